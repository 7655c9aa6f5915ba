from django.db import migrations

from rectification.sql import STRICTER


class Migration(migrations.Migration):
    dependencies = [("rectification", "0001_initial")]
    operations = [migrations.RunSQL(STRICTER, migrations.RunSQL.noop)]
