import django.db.models.deletion
import rectification.workflow
from django.conf import settings
from django.db import migrations, models

from rectification.sql import FUNCTIONS
from rectification.sql.time import EXTENSIONS, MILESTONES, UNDO_TIME

# Items of before: the time that they were given, and one stage for what lasts and is in work.
FILL = """
UPDATE rectification_item SET grade = 'AT_ONCE' WHERE grade = 'LASTING' AND route = 'ON_SPOT';
UPDATE rectification_item i SET length = (SELECT count(*) FROM cadres_calendarday d
    WHERE d.working AND d.date > i.issued_on AND d.date <= i.deadline) WHERE i.issued_on IS NOT NULL;
UPDATE rectification_item i SET review_due = (date_trunc('quarter', now() AT TIME ZONE 'Asia/Shanghai') + interval '3 months - 1 day')::date
 WHERE i.grade = 'LASTING' AND i.status IN ('ISSUED', 'SIGNED', 'RECTIFYING', 'SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE');
"""
STAGES = """
INSERT INTO rectification_milestone (item_id, cycle, no, goal, planned, due)
SELECT id, rebounds, 1, coalesce(nullif(goal, ''), left(measure, 200)), deadline, deadline FROM rectification_item
 WHERE grade = 'LASTING' AND status = 'RECTIFYING';
"""
NOW = "SET CONSTRAINTS ALL IMMEDIATE;"


class Migration(migrations.Migration):

    dependencies = [
        ('cadres', '0009_log_indexes'),
        ('households', '0013_terms'),
        ('rectification', '0006_item_since'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField(verbose_name='延长的工作日')),
                ('deadline', models.DateField(verbose_name='申请时的期限')),
                ('reason', models.CharField(max_length=300, verbose_name='延期理由')),
                ('at', models.DateTimeField(verbose_name='申请时间')),
                ('due', models.DateField(verbose_name='审批时限')),
            ],
        ),
        migrations.CreateModel(
            name='ExtensionDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('granted', models.BooleanField(verbose_name='同意')),
                ('opinion', models.CharField(max_length=300, verbose_name='审批意见')),
                ('at', models.DateTimeField(verbose_name='审批时间')),
            ],
        ),
        migrations.CreateModel(
            name='Milestone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cycle', models.PositiveSmallIntegerField()),
                ('no', models.PositiveSmallIntegerField(verbose_name='第几阶段')),
                ('goal', models.CharField(max_length=200, verbose_name='阶段目标')),
                ('planned', models.DateField(verbose_name='计划完成')),
                ('due', models.DateField(verbose_name='完成期限')),
                ('closed_on', models.DateField(null=True, verbose_name='完成日期')),
            ],
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quarter', models.CharField(max_length=6, verbose_name='季度')),
                ('at', models.DateTimeField()),
                ('finding', models.CharField(max_length=300, verbose_name='复核情况')),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='check',
            name='check_step_known',
        ),
        migrations.RemoveConstraint(
            model_name='item',
            name='item_status_known',
        ),
        migrations.RemoveConstraint(
            model_name='item',
            name='item_check_has_limit',
        ),
        migrations.RemoveConstraint(
            model_name='item',
            name='item_measure_before_work',
        ),
        migrations.AddField(
            model_name='item',
            name='length',
            field=models.PositiveSmallIntegerField(help_text='交办到期限（长期坚持为本阶段）；延期不得超过它', null=True, verbose_name='给定工作日'),
        ),
        migrations.AddField(
            model_name='item',
            name='review_due',
            field=models.DateField(help_text='只有长期坚持的有', null=True, verbose_name='季度复核期限'),
        ),
        migrations.RunSQL(FILL + NOW, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='item',
            name='status',
            field=models.CharField(choices=[('REGISTERED', '待审核'), ('CONFIRMED', '待交办'), ('ISSUED', '待签收'), ('DECLINED', '退签待改派'), ('SIGNED', '待定措施'), ('RECTIFYING', '整改中'), ('MILESTONE', '待阶段核查'), ('SELF_CHECK', '待自查'), ('VERIFY', '待核查'), ('ACCEPT', '待验收'), ('APPROVE', '待批准销号'), ('CLOSED', '已销号'), ('CONSOLIDATED', '已巩固'), ('DISMISSED', '不成立'), ('MERGED', '已合并')], default=rectification.workflow.Status['REGISTERED'], max_length=12, verbose_name='进展'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('review_due__isnull', False)), fields=['review_due'], name='item_review_due'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.CheckConstraint(condition=models.Q(('step__in', ['MILESTONE', 'SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE'])), name='check_step_known'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['REGISTERED', 'CONFIRMED', 'ISSUED', 'DECLINED', 'SIGNED', 'RECTIFYING', 'MILESTONE', 'SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE', 'CLOSED', 'CONSOLIDATED', 'DISMISSED', 'MERGED'])), name='item_status_known'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('grade', 'LASTING'), ('route', 'ON_SPOT'), _negated=True), models.Q(('review_due__isnull', True), ('grade', 'LASTING'), _connector='OR')), name='item_lasting_by_stages'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('applied_on__isnull', False), ('check_due__isnull', False), ('status__in', ['MILESTONE', 'SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE'])), models.Q(models.Q(('status__in', ['MILESTONE', 'SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE']), _negated=True), ('check_due__isnull', True)), _connector='OR'), name='item_check_has_limit'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['RECTIFYING', 'MILESTONE', 'SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE', 'CLOSED', 'CONSOLIDATED']), _negated=True), models.Q(('measure', ''), _negated=True), _connector='OR'), name='item_measure_before_work'),
        ),
        migrations.AddField(
            model_name='extension',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='extension',
            name='item',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='extension', to='rectification.item'),
        ),
        migrations.AddField(
            model_name='extensiondecision',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='extensiondecision',
            name='extension',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='rectification.extension'),
        ),
        migrations.AddField(
            model_name='milestone',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='milestones', to='rectification.item'),
        ),
        migrations.AddField(
            model_name='milestone',
            name='passed',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='milestone', to='rectification.check'),
        ),
        migrations.AddField(
            model_name='review',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='review',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='rectification.item'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), ('days__gte', 1)), name='extension_says_why'),
        ),
        migrations.AddConstraint(
            model_name='extensiondecision',
            constraint=models.CheckConstraint(condition=models.Q(('opinion', ''), _negated=True), name='extension_decision_says_why'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.UniqueConstraint(fields=('item', 'cycle', 'no'), name='milestone_once'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('goal', ''), _negated=True), ('no__gte', 1)), name='milestone_says_what'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.CheckConstraint(condition=models.Q(('due__gte', models.F('planned'))), name='milestone_only_later'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_on__isnull', True), ('passed__isnull', True)), models.Q(('closed_on__isnull', False), ('passed__isnull', False)), _connector='OR'), name='milestone_closed_by_a_check'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(fields=('item', 'quarter'), name='quarter_review_once'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('finding', ''), _negated=True), name='quarter_review_says_what'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('quarter__regex', '^[0-9]{4}Q[1-4]$')), name='quarter_review_known'),
        ),
        migrations.RunSQL(STAGES + NOW, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(MILESTONES + EXTENSIONS, UNDO_TIME),
    ]
