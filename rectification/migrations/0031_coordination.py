import datetime
import django.db.models.deletion
import django.db.models.expressions
import uuid6
from django.conf import settings
from django.db import migrations, models

from rectification.sql.coordination import COORDINATION, UNDO_COORDINATION


class Migration(migrations.Migration):

    dependencies = [
        ('cadres', '0023_half_days'),
        ('rectification', '0029_sent_verbs'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Coordination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ('monday', models.DateField(verbose_name='周一')),
                ('held_on', models.DateField(verbose_name='召开日期')),
                ('slot', models.CharField(choices=[('AM', '上午'), ('PM', '下午')], max_length=2, verbose_name='时段')),
                ('mandate', models.CharField(blank=True, max_length=200, verbose_name='委托事项')),
                ('topics', models.CharField(max_length=500, verbose_name='议题')),
                ('drafted_at', models.DateTimeField(verbose_name='起草时间')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='确认时间')),
                ('briefing', models.JSONField(null=True, verbose_name='简报')),
                ('area', models.ForeignKey(db_column='area_code', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cadres.area', to_field='code', verbose_name='乡镇')),
                ('chair', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='主持人')),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='确认人')),
                ('drafted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='起草人')),
                ('giver', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='委托的县领导')),
                ('mandate_file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cadres.storedfile', verbose_name='委托书')),
                ('minutes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cadres.storedfile', verbose_name='会议记录或照片')),
                ('present', models.ManyToManyField(related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='参加人员')),
            ],
        ),
        migrations.CreateModel(
            name='CoordinationDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=500, verbose_name='交办事项')),
                ('category', models.CharField(max_length=20, verbose_name='类别')),
                ('deadline', models.DateField(verbose_name='完成期限')),
                ('area', models.ForeignKey(db_column='area_code', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cadres.area', to_field='code', verbose_name='地方')),
                ('coordination', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='rectification.coordination')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='责任人')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cadres.unit', verbose_name='责任单位')),
            ],
        ),
        migrations.CreateModel(
            name='FollowUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('DONE', '已办结'), ('GOING', '正在办理'), ('STUCK', '有困难，需协调')], max_length=5, verbose_name='落实情况')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('coordination', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='follow_ups', to='rectification.coordination')),
                ('decision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='rectification.coordinationdecision')),
            ],
        ),
        migrations.AddIndex(
            model_name='coordination',
            index=models.Index(fields=['held_on'], name='coordination_by_day'),
        ),
        migrations.AddConstraint(
            model_name='coordination',
            constraint=models.UniqueConstraint(fields=('area', 'monday'), name='coordination_once_a_week'),
        ),
        migrations.AddConstraint(
            model_name='coordination',
            constraint=models.CheckConstraint(condition=models.Q(('monday__iso_week_day', 1)), name='coordination_begins_on_monday'),
        ),
        migrations.AddConstraint(
            model_name='coordination',
            constraint=models.CheckConstraint(condition=models.Q(('held_on__gte', models.F('monday')), ('held_on__lte', django.db.models.expressions.CombinedExpression(models.F('monday'), '+', models.Value(datetime.timedelta(days=6))))), name='coordination_within_its_week'),
        ),
        migrations.AddConstraint(
            model_name='coordination',
            constraint=models.CheckConstraint(condition=models.Q(('slot__in', ['AM', 'PM'])), name='coordination_slot_known'),
        ),
        migrations.AddConstraint(
            model_name='coordination',
            constraint=models.CheckConstraint(condition=models.Q(('topics', ''), _negated=True), name='coordination_has_topics'),
        ),
        migrations.AddConstraint(
            model_name='coordination',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('giver__isnull', True), ('mandate', ''), ('mandate_file__isnull', True)), models.Q(('giver__isnull', False), ('mandate_file__isnull', False), models.Q(('mandate', ''), _negated=True), models.Q(('giver', models.F('chair')), _negated=True)), _connector='OR'), name='coordination_mandate_in_writing'),
        ),
        migrations.AddConstraint(
            model_name='coordination',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('briefing__isnull', True), ('closed_at__isnull', True), ('closed_by__isnull', True)), models.Q(('briefing__isnull', False), ('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='coordination_closed_with_figures'),
        ),
        migrations.AddConstraint(
            model_name='coordinationdecision',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='coordination_decision_says_what'),
        ),
        migrations.AddConstraint(
            model_name='followup',
            constraint=models.UniqueConstraint(fields=('coordination', 'decision'), name='follow_up_once'),
        ),
        migrations.AddConstraint(
            model_name='followup',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['DONE', 'GOING', 'STUCK'])), name='follow_up_known'),
        ),
        migrations.AddConstraint(
            model_name='followup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'STUCK'), _negated=True), models.Q(('note', ''), _negated=True), _connector='OR'), name='follow_up_stuck_says_why'),
        ),
        migrations.RunSQL(COORDINATION, UNDO_COORDINATION),
    ]
