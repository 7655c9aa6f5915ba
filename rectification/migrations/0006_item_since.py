from django.db import migrations, models

# The day of the last move, as the log tells it; an item without a move waits since 登记.
FILL = """
UPDATE rectification_item i SET since = coalesce(
  (SELECT max((e.at AT TIME ZONE 'Asia/Shanghai')::date) FROM cadres_event e
    WHERE e.kind = 'item' AND e.object_id = i.id AND e.before ? 'status'),
  (i.created_at AT TIME ZONE 'Asia/Shanghai')::date)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('rectification', '0005_hand_over'),
    ]

    operations = [
        migrations.AddField(
            model_name='item',
            name='since',
            field=models.DateField(null=True, verbose_name='进入现状之日'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        # What the triggers put off is done before the table is altered again.
        migrations.RunSQL('SET CONSTRAINTS ALL IMMEDIATE', migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='item',
            name='since',
            field=models.DateField(verbose_name='进入现状之日'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('round__gt', 1)), fields=['since'], name='item_again'),
        ),
    ]
