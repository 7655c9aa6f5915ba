import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cadres.sql import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('rectification', '0028_plan_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SentVerb',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(verbose_name='对接系统的编号')),
                ('verb', models.CharField(max_length=10, verbose_name='动作')),
                ('digest', models.CharField(max_length=64, verbose_name='内容摘要')),
                ('at', models.DateTimeField()),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sent_verbs', to='rectification.item')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('system', 'key'), name='sent_verb_once'), models.CheckConstraint(condition=models.Q(('verb__in', ['sign', 'decline', 'plan', 'report', 'evidence', 'apply'])), name='sent_verb_known')],
            },
        ),
        migrations.RunSQL(append_only('rectification_sentverb'), migrations.RunSQL.noop),
    ]
