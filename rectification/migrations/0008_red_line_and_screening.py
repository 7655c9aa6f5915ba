import django.db.models.deletion
import rectification.workflow
import uuid6
from django.conf import settings
from django.db import migrations, models

from rectification.sql import FUNCTIONS
from rectification.sql.red_line import RED_LINE, SCREENING, UNDO_RED_LINE


class Migration(migrations.Migration):

    dependencies = [
        ('cadres', '0009_log_indexes'),
        ('households', '0013_terms'),
        ('rectification', '0007_stages_and_extension'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RedLineDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('no', models.PositiveSmallIntegerField()),
                ('outcome', models.CharField(choices=[('RETURNED', '退回普通流程'), ('ENDED', '纪委监委已办结')], max_length=8, verbose_name='结果')),
                ('document_no', models.CharField(blank=True, max_length=40, verbose_name='文号')),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='RedLineOpening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='RedLineReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('no', models.PositiveSmallIntegerField()),
                ('line', models.CharField(choices=[('FRAUD', '弄虚作假'), ('NUMBERS', '数字脱贫和被脱贫'), ('UNLAWFUL', '违法违纪违规')], max_length=8, verbose_name='哪条红线')),
                ('said', models.BinaryField(verbose_name='反映内容（密文）')),
                ('reporter', models.BinaryField(verbose_name='反映人（密文）')),
                ('on', models.DateField(verbose_name='反映日期')),
            ],
        ),
        migrations.CreateModel(
            name='ScreenedHousehold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(blank=True, choices=[('CLEAR', '无此问题'), ('FOUND', '有此问题')], max_length=5, verbose_name='结果')),
                ('at', models.DateTimeField(null=True)),
                ('opinion', models.CharField(blank=True, max_length=200, verbose_name='情况')),
            ],
        ),
        migrations.CreateModel(
            name='Screening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ('chosen', models.CharField(max_length=100, verbose_name='按什么选的')),
                ('what', models.CharField(max_length=200, verbose_name='要查什么')),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='item',
            name='item_issued_with_day',
        ),
        migrations.RemoveConstraint(
            model_name='item',
            name='item_status_known',
        ),
        migrations.AddField(
            model_name='item',
            name='left_from',
            field=models.CharField(blank=True, db_default='', default='', max_length=12, verbose_name='移送前的状态'),
        ),
        migrations.AddField(
            model_name='item',
            name='parent',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='rectification.item', verbose_name='举一反三的母件'),
        ),
        migrations.AddField(
            model_name='item',
            name='red_count',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='移送次数'),
        ),
        migrations.AddField(
            model_name='item',
            name='red_line',
            field=models.CharField(blank=True, choices=[('FRAUD', '弄虚作假'), ('NUMBERS', '数字脱贫和被脱贫'), ('UNLAWFUL', '违法违纪违规')], db_default='', default='', max_length=8, verbose_name='红线'),
        ),
        migrations.AlterField(
            model_name='item',
            name='status',
            field=models.CharField(choices=[('REGISTERED', '待审核'), ('CONFIRMED', '待交办'), ('ISSUED', '待签收'), ('DECLINED', '退签待改派'), ('SIGNED', '待定措施'), ('RECTIFYING', '整改中'), ('MILESTONE', '待阶段核查'), ('SELF_CHECK', '待自查'), ('VERIFY', '待核查'), ('ACCEPT', '待验收'), ('APPROVE', '待批准销号'), ('CLOSED', '已销号'), ('CONSOLIDATED', '已巩固'), ('DISMISSED', '不成立'), ('MERGED', '已合并'), ('REDLINE', '已移送纪委监委'), ('HANDLED', '纪委监委已办结')], default=rectification.workflow.Status['REGISTERED'], max_length=12, verbose_name='进展'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['REGISTERED', 'CONFIRMED', 'ISSUED', 'DECLINED', 'SIGNED', 'RECTIFYING', 'MILESTONE', 'SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE', 'CLOSED', 'CONSOLIDATED', 'DISMISSED', 'MERGED', 'REDLINE', 'HANDLED'])), name='item_status_known'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('red_line__in', ['', 'FRAUD', 'NUMBERS', 'UNLAWFUL'])), name='item_red_line_known'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['REDLINE', 'HANDLED']), _negated=True), models.Q(models.Q(('red_line', ''), _negated=True), models.Q(('left_from', ''), _negated=True), ('red_count__gte', 1)), _connector='OR'), name='item_red_line_said'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='item_not_its_own_child'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['REGISTERED', 'CONFIRMED', 'DISMISSED', 'MERGED', 'REDLINE', 'HANDLED']), models.Q(('dispatch__isnull', False), ('issued_on__isnull', False)), models.Q(('dispatch__isnull', True), ('issued_on__isnull', True), ('route', 'ON_SPOT'), ('status__in', ['RECTIFYING', 'APPROVE', 'CLOSED', 'CONSOLIDATED'])), _connector='OR'), name='item_issued_with_day'),
        ),
        migrations.AddField(
            model_name='redlinedecision',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='redlinedecision',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='red_decisions', to='rectification.item'),
        ),
        migrations.AddField(
            model_name='redlineopening',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='redlinereport',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='red_reports', to='rectification.item'),
        ),
        migrations.AddField(
            model_name='redlineopening',
            name='report',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='openings', to='rectification.redlinereport'),
        ),
        migrations.AddField(
            model_name='screenedhousehold',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='screenedhousehold',
            name='child',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='screened', to='rectification.item'),
        ),
        migrations.AddField(
            model_name='screenedhousehold',
            name='household',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='households.household'),
        ),
        migrations.AddField(
            model_name='screenedhousehold',
            name='visit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='households.visit'),
        ),
        migrations.AddField(
            model_name='screening',
            name='area',
            field=models.ForeignKey(db_column='area_code', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cadres.area', to_field='code'),
        ),
        migrations.AddField(
            model_name='screening',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='screening',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='screenings', to='rectification.item'),
        ),
        migrations.AddField(
            model_name='screenedhousehold',
            name='screening',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='rectification.screening'),
        ),
        migrations.AddConstraint(
            model_name='redlinedecision',
            constraint=models.UniqueConstraint(fields=('item', 'no'), name='red_decision_once'),
        ),
        migrations.AddConstraint(
            model_name='redlinedecision',
            constraint=models.CheckConstraint(condition=models.Q(('outcome', 'RETURNED'), models.Q(('outcome', 'ENDED'), models.Q(('document_no', ''), _negated=True)), _connector='OR'), name='red_decision_with_number'),
        ),
        migrations.AddConstraint(
            model_name='redlinereport',
            constraint=models.CheckConstraint(condition=models.Q(('line__in', ['FRAUD', 'NUMBERS', 'UNLAWFUL'])), name='red_report_line_known'),
        ),
        migrations.AddConstraint(
            model_name='screening',
            constraint=models.CheckConstraint(condition=models.Q(('what', ''), _negated=True), name='screening_says_what'),
        ),
        migrations.AddIndex(
            model_name='screenedhousehold',
            index=models.Index(condition=models.Q(('outcome', '')), fields=['screening'], name='screened_unlooked'),
        ),
        migrations.AddConstraint(
            model_name='screenedhousehold',
            constraint=models.UniqueConstraint(fields=('screening', 'household'), name='screened_once'),
        ),
        migrations.AddConstraint(
            model_name='screenedhousehold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('at__isnull', True), ('by__isnull', True), ('child__isnull', True), ('opinion', ''), ('outcome', ''), ('visit__isnull', True)), models.Q(('at__isnull', False), ('by__isnull', False), ('child__isnull', True), ('outcome', 'CLEAR'), models.Q(('visit__isnull', False), models.Q(('opinion', ''), _negated=True), _connector='OR')), models.Q(('at__isnull', False), ('by__isnull', False), ('child__isnull', False), ('outcome', 'FOUND')), _connector='OR'), name='screened_by_somebody'),
        ),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(RED_LINE + SCREENING, UNDO_RED_LINE),
    ]
