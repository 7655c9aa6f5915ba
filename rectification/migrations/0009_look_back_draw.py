import django.db.models.deletion
from django.db import migrations, models

from rectification.sql import FUNCTIONS
from rectification.sql.look_back import LOOK_BACK, UNDO_LOOK_BACK


class Migration(migrations.Migration):

    dependencies = [
        ('rectification', '0008_red_line_and_screening'),
    ]

    operations = [
        migrations.CreateModel(
            name='LookBackDraw',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('week', models.DateField(unique=True, verbose_name='星期一')),
                ('seed', models.BigIntegerField(verbose_name='种子')),
                ('share', models.PositiveSmallIntegerField(verbose_name='抽取比例（%）')),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('share__gte', 1), ('share__lte', 100), ('week__week_day', 2)), name='draw_share')],
            },
        ),
        migrations.CreateModel(
            name='DrawnItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('closed_on', models.DateField(verbose_name='销号日期')),
                ('mark', models.PositiveSmallIntegerField(verbose_name='第几天')),
                ('why', models.CharField(choices=[('LOT', '抽中'), ('REBOUND', '反弹过，必查'), ('RED_LINE', '涉红线，必查'), ('NOT', '未抽中')], max_length=8, verbose_name='结果')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='draws', to='rectification.item')),
                ('draw', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='rectification.lookbackdraw')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('item', 'closed_on', 'mark'), name='drawn_once'), models.CheckConstraint(condition=models.Q(('why__in', ['LOT', 'REBOUND', 'RED_LINE', 'NOT'])), name='drawn_why_known')],
            },
        ),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(LOOK_BACK, UNDO_LOOK_BACK),
    ]
