import django.db.models.deletion
import uuid6
from django.conf import settings
from django.db import migrations, models

from rectification.sql.accountability import ACCOUNTABILITY, UNDO_ACCOUNTABILITY


class Migration(migrations.Migration):

    dependencies = [
        ('cadres', '0009_log_indexes'),
        ('rectification', '0009_look_back_draw'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Accountability',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid6.uuid7, editable=False, unique=True)),
                ('occasion', models.CharField(choices=[('IDLE', '逾期且没有任何进展'), ('FAILED', '两次以上检查没有通过'), ('REBOUND', '回头看期内反弹')], max_length=7, verbose_name='缘由')),
                ('cycle', models.PositiveSmallIntegerField(verbose_name='第几次反弹')),
                ('at', models.DateTimeField(verbose_name='提出时间')),
            ],
        ),
        migrations.CreateModel(
            name='AccountabilityDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('NONE', '不予问责'), ('REMIND', '提醒谈话'), ('TALK', '约谈'), ('NOTICE', '通报'), ('CASE', '移交处理')], max_length=6, verbose_name='结果')),
                ('document_no', models.CharField(blank=True, max_length=40, verbose_name='文号')),
                ('heard_on', models.DateField(verbose_name='听取本人说明的日期')),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='日期')),
                ('outcome', models.CharField(choices=[('MADE', '已提出'), ('UPHELD', '维持'), ('CHANGED', '变更'), ('REVOKED', '撤销')], max_length=7, verbose_name='申诉情况')),
                ('document_no', models.CharField(blank=True, max_length=40, verbose_name='文号')),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='evidence',
            name='by_camera',
            field=models.BooleanField(db_default=False, default=False, verbose_name='拍摄日期'),
        ),
        migrations.AddField(
            model_name='evidence',
            name='dated',
            field=models.DateField(null=True, verbose_name='材料日期'),
        ),
        migrations.AddField(
            model_name='evidence',
            name='look',
            field=models.BigIntegerField(null=True, verbose_name='画面指纹'),
        ),
        migrations.AddIndex(
            model_name='evidence',
            index=models.Index(condition=models.Q(('look__isnull', False)), fields=['look'], name='evidence_by_look'),
        ),
        migrations.AddField(
            model_name='accountability',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accountabilities', to='rectification.item'),
        ),
        migrations.AddField(
            model_name='accountabilitydecision',
            name='accountability',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='rectification.accountability'),
        ),
        migrations.AddField(
            model_name='accountabilitydecision',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appeal',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appeal',
            name='decision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appeals', to='rectification.accountabilitydecision'),
        ),
        migrations.AddConstraint(
            model_name='accountability',
            constraint=models.UniqueConstraint(fields=('item', 'occasion', 'cycle'), name='accountability_once'),
        ),
        migrations.AddConstraint(
            model_name='accountability',
            constraint=models.CheckConstraint(condition=models.Q(('occasion__in', ['IDLE', 'FAILED', 'REBOUND'])), name='accountability_occasion_known'),
        ),
        migrations.AddConstraint(
            model_name='accountabilitydecision',
            constraint=models.CheckConstraint(condition=models.Q(('outcome', 'NONE'), models.Q(('outcome__in', ['REMIND', 'TALK', 'NOTICE', 'CASE']), models.Q(('document_no', ''), _negated=True)), _connector='OR'), name='accountability_outcome_known'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['MADE', 'UPHELD', 'CHANGED', 'REVOKED'])), name='appeal_outcome_known'),
        ),
        migrations.RunSQL(ACCOUNTABILITY, UNDO_ACCOUNTABILITY),
    ]
