import django.db.models.deletion
from django.db import migrations, models

from rectification.sql.plans import EXTENSION_AGAIN, UNDO_AGAIN


class Migration(migrations.Migration):

    dependencies = [
        ('rectification', '0026_appeal_and_film'),
    ]

    operations = [
        migrations.AddField(
            model_name='extension',
            name='no',
            field=models.PositiveSmallIntegerField(default=1, verbose_name='第几次申请'),
        ),
        migrations.AlterField(
            model_name='extension',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='rectification.item'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.UniqueConstraint(fields=('item', 'no'), name='extension_once'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('no__in', [1, 2])), name='extension_twice_at_most'),
        ),
        migrations.RunSQL(EXTENSION_AGAIN, UNDO_AGAIN),
    ]
