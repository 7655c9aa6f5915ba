import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cadres.sql import FORCES, UNDO_FORCES


class Migration(migrations.Migration):

    dependencies = [
        ('cadres', '0022_evaluators'),
    ]

    operations = [
        migrations.CreateModel(
            name='Exemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='开始日期')),
                ('end', models.DateField(help_text='不含当日', null=True, verbose_name='结束日期')),
                ('document_no', models.CharField(blank=True, max_length=60, verbose_name='依据文号')),
                ('at', models.DateTimeField(verbose_name='登记时间')),
                ('reason', models.CharField(choices=[('MATERNITY', '孕期、哺乳期'), ('ILLNESS', '长期病假'), ('STUDY', '脱产学习'), ('AWAY', '援外、挂职、借调县外'), ('TASKFORCE', '抽调专班')], max_length=9, verbose_name='事由')),
            ],
        ),
        migrations.CreateModel(
            name='HalfDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='日期')),
                ('slot', models.CharField(choices=[('AM', '上午'), ('PM', '下午')], max_length=2, verbose_name='时段')),
                ('category', models.CharField(choices=[('HOME', '入户'), ('VILLAGE', '驻村'), ('COORDINATION', '调度'), ('PROJECT', '项目现场'), ('TRAINING', '培训'), ('TASKFORCE', '专班'), ('OWN', '本职'), ('LEAVE', '休假')], max_length=12, verbose_name='主要事项')),
                ('place', models.CharField(blank=True, db_collation='C', max_length=12, verbose_name='地方')),
                ('source', models.CharField(blank=True, max_length=20, verbose_name='依据')),
                ('source_id', models.BigIntegerField(null=True)),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='确认时间')),
            ],
        ),
        migrations.CreateModel(
            name='Ruling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='生效日期')),
                ('end', models.DateField(help_text='不含当日', null=True, verbose_name='失效日期')),
                ('document_no', models.CharField(blank=True, max_length=60, verbose_name='文号')),
                ('proposed_at', models.DateTimeField(verbose_name='提出时间')),
                ('status', models.CharField(choices=[('WAITS', '待确认'), ('ACCEPTED', '已确认'), ('REFUSED', '退回'), ('WITHDRAWN', '撤回')], default='WAITS', max_length=9, verbose_name='状态')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='确认时间')),
                ('said', models.CharField(blank=True, max_length=200, verbose_name='意见')),
                ('question', models.CharField(max_length=20, verbose_name='问题')),
                ('text', models.CharField(max_length=500, verbose_name='裁定内容')),
                ('signed_by', models.CharField(max_length=30, verbose_name='签发人')),
                ('values', models.JSONField(default=dict, verbose_name='取值')),
            ],
        ),
        migrations.CreateModel(
            name='Stationing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='开始日期')),
                ('end', models.DateField(help_text='不含当日', null=True, verbose_name='结束日期')),
                ('document_no', models.CharField(blank=True, max_length=60, verbose_name='依据文号')),
                ('at', models.DateTimeField(verbose_name='登记时间')),
                ('kind', models.CharField(choices=[('TOWNSHIP', '进驻乡镇'), ('VILLAGE', '驻村'), ('HOUSEHOLD', '包户')], max_length=9, verbose_name='进驻方式')),
            ],
        ),
        migrations.CreateModel(
            name='UnitProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='开始日期')),
                ('end', models.DateField(help_text='不含当日', null=True, verbose_name='结束日期')),
                ('document_no', models.CharField(blank=True, max_length=60, verbose_name='依据文号')),
                ('at', models.DateTimeField(verbose_name='登记时间')),
                ('profile', models.CharField(choices=[('EXCEPTION', '例外部门（信访维稳、安全、环保等）'), ('SPECIAL', '专抓单位（工业、园区、重点工程）')], max_length=9, verbose_name='类别')),
            ],
        ),
        migrations.AddField(
            model_name='absence',
            name='approved_at',
            field=models.DateTimeField(null=True, verbose_name='批准时间'),
        ),
        migrations.AddField(
            model_name='absence',
            name='approved_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='批准人'),
        ),
        migrations.AddField(
            model_name='absence',
            name='kind',
            field=models.CharField(choices=[('LEAVE', '休假'), ('TRIP', '出差'), ('STUDY', '学习培训')], db_default='TRIP', default='TRIP', max_length=5, verbose_name='事由'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['LEAVE', 'TRIP', 'STUDY'])), name='absence_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', True), ('approved_by__isnull', True)), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False), models.Q(('approved_by', models.F('cadre')), _negated=True)), _connector='OR'), name='absence_approved_by_another'),
        ),
        migrations.AddField(
            model_name='exemption',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人'),
        ),
        migrations.AddField(
            model_name='exemption',
            name='cadre',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='干部'),
        ),
        migrations.AddField(
            model_name='halfday',
            name='cadre',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='halfday',
            name='confirmed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ruling',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='确认人'),
        ),
        migrations.AddField(
            model_name='ruling',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提出人'),
        ),
        migrations.AddField(
            model_name='ruling',
            name='scan',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cadres.storedfile', verbose_name='签字件'),
        ),
        migrations.AddField(
            model_name='stationing',
            name='area',
            field=models.ForeignKey(db_column='area_code', on_delete=django.db.models.deletion.PROTECT, to='cadres.area', to_field='code', verbose_name='进驻地方'),
        ),
        migrations.AddField(
            model_name='stationing',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人'),
        ),
        migrations.AddField(
            model_name='stationing',
            name='cadre',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stationings', to=settings.AUTH_USER_MODEL, verbose_name='干部'),
        ),
        migrations.AddField(
            model_name='stationing',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='cadres.unit', verbose_name='派出单位'),
        ),
        migrations.AddField(
            model_name='unitprofile',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人'),
        ),
        migrations.AddField(
            model_name='unitprofile',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='cadres.unit', verbose_name='单位'),
        ),
        migrations.AddConstraint(
            model_name='exemption',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['MATERNITY', 'ILLNESS', 'STUDY', 'AWAY', 'TASKFORCE'])), name='exemption_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='exemption',
            constraint=models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gte', models.F('start')), _connector='OR'), name='exemption_period'),
        ),
        migrations.AddConstraint(
            model_name='exemption',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('cadre'), '='), (models.Func(models.F('start'), models.F('end'), models.Value('[)'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='exemption_one_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='halfday',
            index=models.Index(fields=['day', 'cadre'], name='half_day_by_day'),
        ),
        migrations.AddConstraint(
            model_name='halfday',
            constraint=models.UniqueConstraint(fields=('cadre', 'day', 'slot'), name='half_day_one_category'),
        ),
        migrations.AddConstraint(
            model_name='halfday',
            constraint=models.CheckConstraint(condition=models.Q(('slot__in', ['AM', 'PM'])), name='half_day_slot_known'),
        ),
        migrations.AddConstraint(
            model_name='halfday',
            constraint=models.CheckConstraint(condition=models.Q(('category__in', ['HOME', 'VILLAGE', 'COORDINATION', 'PROJECT', 'TRAINING', 'TASKFORCE', 'OWN', 'LEAVE'])), name='half_day_category_known'),
        ),
        migrations.AddConstraint(
            model_name='halfday',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), models.Q(('confirmed_at__isnull', True), ('confirmed_by__isnull', True), models.Q(('source', ''), _negated=True)), _connector='OR'), name='half_day_filled_or_confirmed'),
        ),
        migrations.AddConstraint(
            model_name='ruling',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['WAITS', 'ACCEPTED', 'REFUSED', 'WITHDRAWN'])), name='ruling_status_known'),
        ),
        migrations.AddConstraint(
            model_name='ruling',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('status', 'WAITS')), models.Q(models.Q(('status', 'WAITS'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='ruling_decided_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='ruling',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['ACCEPTED', 'REFUSED']), _negated=True), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='ruling_confirmed_by_another'),
        ),
        migrations.AddConstraint(
            model_name='ruling',
            constraint=models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gt', models.F('start')), _connector='OR'), name='ruling_period'),
        ),
        migrations.AddConstraint(
            model_name='ruling',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('text', ''), _negated=True), models.Q(('signed_by', ''), _negated=True), models.Q(('document_no', ''), _negated=True)), name='ruling_says_what'),
        ),
        migrations.AddConstraint(
            model_name='ruling',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'WAITS')), fields=('question',), name='ruling_one_waits'),
        ),
        migrations.AddConstraint(
            model_name='ruling',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('status', 'ACCEPTED')), expressions=[(models.F('question'), '='), (models.Func(models.F('start'), models.F('end'), models.Value('[)'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='ruling_one_in_force'),
        ),
        migrations.AddIndex(
            model_name='stationing',
            index=models.Index(fields=['area', 'start'], name='stationing_area'),
        ),
        migrations.AddConstraint(
            model_name='stationing',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['TOWNSHIP', 'VILLAGE', 'HOUSEHOLD'])), name='stationing_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='stationing',
            constraint=models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gte', models.F('start')), _connector='OR'), name='stationing_period'),
        ),
        migrations.AddConstraint(
            model_name='stationing',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('cadre'), '='), (models.Func(models.F('start'), models.F('end'), models.Value('[)'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='stationing_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='unitprofile',
            constraint=models.CheckConstraint(condition=models.Q(('profile__in', ['EXCEPTION', 'SPECIAL'])), name='unit_profile_known'),
        ),
        migrations.AddConstraint(
            model_name='unitprofile',
            constraint=models.CheckConstraint(condition=models.Q(('document_no', ''), _negated=True), name='unit_profile_has_document'),
        ),
        migrations.AddConstraint(
            model_name='unitprofile',
            constraint=models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gte', models.F('start')), _connector='OR'), name='unit_profile_period'),
        ),
        migrations.AddConstraint(
            model_name='unitprofile',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('unit'), '='), (models.Func(models.F('start'), models.F('end'), models.Value('[)'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='unit_profile_one_at_a_time'),
        ),
        migrations.RunSQL(FORCES, UNDO_FORCES),
    ]
