import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cadres.sql import COVERING, UNDO_COVERING


class Migration(migrations.Migration):

    dependencies = [
        ('cadres', '0023_half_days'),
    ]

    operations = [
        migrations.CreateModel(
            name='KindExclusion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('GENERAL', '一般岗位'), ('CASHIER', '出纳'), ('ACCOUNTS', '会计记账'), ('AUDIT', '稽核'), ('ARCHIVE', '会计档案保管'), ('APPROVAL', '资金审批'), ('HANDLING', '资金经办')], max_length=8, verbose_name='岗位性质')),
                ('other', models.CharField(choices=[('GENERAL', '一般岗位'), ('CASHIER', '出纳'), ('ACCOUNTS', '会计记账'), ('AUDIT', '稽核'), ('ARCHIVE', '会计档案保管'), ('APPROVAL', '资金审批'), ('HANDLING', '资金经办')], max_length=8, verbose_name='不得兼任')),
                ('basis', models.CharField(max_length=60, verbose_name='依据')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'other'), name='kind_exclusion_once'), models.CheckConstraint(condition=models.Q(('kind', models.F('other')), _negated=True), name='kind_exclusion_of_two')],
            },
        ),
        migrations.CreateModel(
            name='TaskForce',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='开始日期')),
                ('end', models.DateField(help_text='不含当日', null=True, verbose_name='结束日期')),
                ('document_no', models.CharField(blank=True, max_length=60, verbose_name='依据文号')),
                ('at', models.DateTimeField(verbose_name='登记时间')),
                ('name', models.CharField(max_length=40, verbose_name='专班名称')),
                ('scope', models.CharField(max_length=200, verbose_name='职责范围')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
                ('leader', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='负责人')),
            ],
        ),
        migrations.CreateModel(
            name='TaskForceMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='开始日期')),
                ('end', models.DateField(help_text='不含当日', null=True, verbose_name='结束日期')),
                ('document_no', models.CharField(blank=True, max_length=60, verbose_name='依据文号')),
                ('at', models.DateTimeField(verbose_name='登记时间')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
                ('cadre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='成员')),
                ('force', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='cadres.taskforce')),
            ],
        ),
        migrations.CreateModel(
            name='UnitVillage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='开始日期')),
                ('end', models.DateField(help_text='不含当日', null=True, verbose_name='结束日期')),
                ('document_no', models.CharField(blank=True, max_length=60, verbose_name='依据文号')),
                ('at', models.DateTimeField(verbose_name='登记时间')),
                ('area', models.ForeignKey(db_column='area_code', on_delete=django.db.models.deletion.PROTECT, to='cadres.area', to_field='code', verbose_name='村')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='cadres.unit', verbose_name='包村单位')),
            ],
        ),
        migrations.CreateModel(
            name='WorkPost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='开始日期')),
                ('end', models.DateField(help_text='不含当日', null=True, verbose_name='结束日期')),
                ('document_no', models.CharField(blank=True, max_length=60, verbose_name='依据文号')),
                ('at', models.DateTimeField(verbose_name='登记时间')),
                ('name', models.CharField(max_length=30, verbose_name='岗位名称')),
                ('kind', models.CharField(choices=[('GENERAL', '一般岗位'), ('CASHIER', '出纳'), ('ACCOUNTS', '会计记账'), ('AUDIT', '稽核'), ('ARCHIVE', '会计档案保管'), ('APPROVAL', '资金审批'), ('HANDLING', '资金经办')], default='GENERAL', max_length=8, verbose_name='岗位性质')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='cadres.unit', verbose_name='单位')),
            ],
        ),
        migrations.CreateModel(
            name='ABPair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='开始日期')),
                ('end', models.DateField(help_text='不含当日', null=True, verbose_name='结束日期')),
                ('document_no', models.CharField(blank=True, max_length=60, verbose_name='依据文号')),
                ('at', models.DateTimeField(verbose_name='登记时间')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='A 岗')),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='B 岗')),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pairs', to='cadres.workpost', verbose_name='岗位')),
            ],
        ),
        migrations.CreateModel(
            name='ABNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=500, verbose_name='交接内容')),
                ('at', models.DateTimeField(verbose_name='填写时间')),
                ('received_at', models.DateTimeField(null=True, verbose_name='接收时间')),
                ('absence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cadres.absence')),
                ('giver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='交出人')),
                ('taker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='接手人')),
                ('pair', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='cadres.abpair')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('pair', 'absence'), name='ab_note_once'), models.CheckConstraint(condition=models.Q(models.Q(('text', ''), _negated=True), models.Q(('giver', models.F('taker')), _negated=True)), name='ab_note_says')],
            },
        ),
        migrations.CreateModel(
            name='ABCover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='开始日期')),
                ('end', models.DateField(help_text='不含当日', null=True, verbose_name='结束日期')),
                ('document_no', models.CharField(blank=True, max_length=60, verbose_name='依据文号')),
                ('at', models.DateTimeField(verbose_name='登记时间')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
                ('third', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='顶岗人')),
                ('pair', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='covers', to='cadres.abpair')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('end__gte', models.F('start')), ('end__isnull', False)), name='ab_cover_period'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('pair'), '='), (models.Func(models.F('start'), models.F('end'), models.Value('[)'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='ab_cover_one_at_a_time')],
            },
        ),
        migrations.AddConstraint(
            model_name='taskforce',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('scope', ''), _negated=True), models.Q(('document_no', ''), _negated=True)), name='task_force_says'),
        ),
        migrations.AddConstraint(
            model_name='taskforce',
            constraint=models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gte', models.F('start')), _connector='OR'), name='task_force_period'),
        ),
        migrations.AddConstraint(
            model_name='taskforce',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('name'), '='), (models.Func(models.F('start'), models.F('end'), models.Value('[)'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='task_force_once'),
        ),
        migrations.AddConstraint(
            model_name='taskforcemember',
            constraint=models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gte', models.F('start')), _connector='OR'), name='task_force_member_period'),
        ),
        migrations.AddConstraint(
            model_name='taskforcemember',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('force'), '='), (models.F('cadre'), '='), (models.Func(models.F('start'), models.F('end'), models.Value('[)'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='task_force_member_once'),
        ),
        migrations.AddIndex(
            model_name='unitvillage',
            index=models.Index(fields=['area', 'start'], name='unit_village_area'),
        ),
        migrations.AddConstraint(
            model_name='unitvillage',
            constraint=models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gte', models.F('start')), _connector='OR'), name='unit_village_period'),
        ),
        migrations.AddConstraint(
            model_name='unitvillage',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('unit'), '='), (models.F('area'), '='), (models.Func(models.F('start'), models.F('end'), models.Value('[)'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='unit_village_once'),
        ),
        migrations.AddConstraint(
            model_name='workpost',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['GENERAL', 'CASHIER', 'ACCOUNTS', 'AUDIT', 'ARCHIVE', 'APPROVAL', 'HANDLING'])), name='work_post_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='workpost',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='work_post_named'),
        ),
        migrations.AddConstraint(
            model_name='workpost',
            constraint=models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gte', models.F('start')), _connector='OR'), name='work_post_period'),
        ),
        migrations.AddConstraint(
            model_name='workpost',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('unit'), '='), (models.F('name'), '='), (models.Func(models.F('start'), models.F('end'), models.Value('[)'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='work_post_once'),
        ),
        migrations.AddConstraint(
            model_name='abpair',
            constraint=models.CheckConstraint(condition=models.Q(('first', models.F('second')), _negated=True), name='ab_pair_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='abpair',
            constraint=models.CheckConstraint(condition=models.Q(('end__isnull', True), ('end__gte', models.F('start')), _connector='OR'), name='ab_pair_period'),
        ),
        migrations.AddConstraint(
            model_name='abpair',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('post'), '='), (models.Func(models.F('start'), models.F('end'), models.Value('[)'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='ab_pair_one_at_a_time'),
        ),
        migrations.RunSQL(COVERING, UNDO_COVERING),
    ]
