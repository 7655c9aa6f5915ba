import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from rectification.sql.plans import PLANS, UNDO_PLANS


class Migration(migrations.Migration):

    dependencies = [
        ('rectification', '0027_extension_again'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PlanChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cycle', models.PositiveSmallIntegerField()),
                ('no', models.PositiveSmallIntegerField(verbose_name='第几次变更')),
                ('start', models.PositiveSmallIntegerField(verbose_name='从第几阶段起')),
                ('reason', models.CharField(max_length=300, verbose_name='变更理由')),
                ('at', models.DateTimeField(verbose_name='申请时间')),
                ('due', models.DateField(verbose_name='审批时限')),
            ],
        ),
        migrations.CreateModel(
            name='PlanDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('granted', models.BooleanField(verbose_name='同意')),
                ('opinion', models.CharField(max_length=300, verbose_name='审批意见')),
                ('at', models.DateTimeField(verbose_name='审批时间')),
            ],
        ),
        migrations.CreateModel(
            name='PlannedStage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('no', models.PositiveSmallIntegerField(verbose_name='第几阶段')),
                ('goal', models.CharField(max_length=200, verbose_name='阶段目标')),
                ('due', models.DateField(verbose_name='计划完成')),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='milestone',
            name='milestone_once',
        ),
        migrations.AddField(
            model_name='planchange',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='planchange',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plan_changes', to='rectification.item'),
        ),
        migrations.AddField(
            model_name='milestone',
            name='replaced',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_out', to='rectification.planchange'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.UniqueConstraint(condition=models.Q(('replaced', None)), fields=('item', 'cycle', 'no'), name='milestone_once'),
        ),
        migrations.AddField(
            model_name='plandecision',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='plandecision',
            name='change',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='rectification.planchange'),
        ),
        migrations.AddField(
            model_name='plannedstage',
            name='change',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stages', to='rectification.planchange'),
        ),
        migrations.AddConstraint(
            model_name='planchange',
            constraint=models.UniqueConstraint(fields=('item', 'cycle', 'no'), name='plan_change_once'),
        ),
        migrations.AddConstraint(
            model_name='planchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), ('no__gte', 1), ('start__gte', 1)), name='plan_change_says_why'),
        ),
        migrations.AddConstraint(
            model_name='plandecision',
            constraint=models.CheckConstraint(condition=models.Q(('opinion', ''), _negated=True), name='plan_decision_says_why'),
        ),
        migrations.AddConstraint(
            model_name='plannedstage',
            constraint=models.UniqueConstraint(fields=('change', 'no'), name='planned_stage_once'),
        ),
        migrations.AddConstraint(
            model_name='plannedstage',
            constraint=models.CheckConstraint(condition=models.Q(('goal', ''), _negated=True), name='planned_stage_says_what'),
        ),
        migrations.RunSQL(PLANS, UNDO_PLANS),
    ]
