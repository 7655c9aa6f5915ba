import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A primary key cannot become another one, so the table is made anew. Nothing is lost: an
    import that waits for its owner's word finds no staged rows and reads its workbook again."""

    dependencies = [
        ("cadres", "0006_second_administrator"),
        ("households", "0006_offline_visits"),
    ]

    operations = [
        migrations.RunSQL(
            migrations.RunSQL.noop, "ALTER TABLE households_rosterrow SET UNLOGGED"
        ),
        migrations.DeleteModel(name="RosterRow"),
        migrations.CreateModel(
            name="RosterRow",
            fields=[
                ("pk", models.CompositePrimaryKey("run_id", "row_no", blank=True, editable=False, primary_key=True, serialize=False)),
                ("run", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to="cadres.importrun")),
                ("row_no", models.PositiveIntegerField()),
                ("refused", models.BooleanField(default=False)),
                ("reasons", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, help_text="列名：原因", size=None)),
                ("area_code", models.CharField(blank=True, db_collation="C", max_length=12)),
                ("household_no", models.CharField(blank=True, max_length=32)),
                ("person_no", models.CharField(blank=True, max_length=32)),
                ("is_head", models.BooleanField(default=False)),
                ("name", models.CharField(blank=True, max_length=60)),
                ("pinyin", models.CharField(blank=True, max_length=120)),
                ("relation", models.CharField(blank=True, max_length=20)),
                ("idno", models.BinaryField(null=True)),
                ("idno_hash", models.BinaryField(null=True)),
                ("idno_tail", models.CharField(blank=True, max_length=4)),
                ("size", models.PositiveSmallIntegerField(null=True)),
                ("ethnicity", models.CharField(blank=True, max_length=20)),
                ("education", models.CharField(blank=True, max_length=20)),
                ("school", models.CharField(blank=True, max_length=20)),
                ("health", models.CharField(blank=True, max_length=40)),
                ("labour", models.CharField(blank=True, max_length=20)),
                ("work", models.CharField(blank=True, max_length=30)),
                ("work_months", models.PositiveSmallIntegerField(null=True)),
                ("insured", models.BooleanField(null=True)),
                ("kind", models.CharField(blank=True, max_length=8)),
                ("lifted_year", models.CharField(blank=True, max_length=4)),
                ("poverty_class", models.CharField(blank=True, max_length=20)),
                ("cause", models.CharField(blank=True, max_length=20)),
                ("unsafe_house", models.BooleanField(null=True)),
                ("safe_water", models.BooleanField(null=True)),
                ("income_per_head", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ("phone", models.BinaryField(null=True)),
                ("phone_hash", models.BinaryField(null=True)),
                ("household_identified", models.CharField(blank=True, max_length=6)),
                ("person_identified", models.CharField(blank=True, max_length=6)),
            ],
        ),
        migrations.RunSQL(
            "ALTER TABLE households_rosterrow SET UNLOGGED", migrations.RunSQL.noop
        ),
    ]
