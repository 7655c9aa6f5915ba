from django.db import migrations


class Migration(migrations.Migration):
    """Staged rows can be read again from the kept workbook, so no log is written for them."""

    dependencies = [("households", "0002_visit_via")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE households_rosterrow SET UNLOGGED",
            "ALTER TABLE households_rosterrow SET LOGGED",
        )
    ]
