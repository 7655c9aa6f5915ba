from django.contrib.postgres.fields import ArrayField
from django.db import models


class RosterRow(models.Model):
    """A row of an uploaded roster, checked and waiting: nothing of it counts before the
    owner of the file applies it, and then all good rows do, in one transaction."""

    # One index and no foreign key in the database: both are paid for by every row, and a run
    # is never deleted. An unlogged table has nothing to keep anyway.
    pk = models.CompositePrimaryKey("run_id", "row_no")
    run = models.ForeignKey("cadres.ImportRun", models.CASCADE, db_constraint=False, db_index=False)
    row_no = models.PositiveIntegerField()
    refused = models.BooleanField(default=False)
    reasons = ArrayField(models.TextField(), default=list, help_text="列名：原因")
    area_code = models.CharField(max_length=12, blank=True, db_collation="C")
    household_no = models.CharField(max_length=32, blank=True)
    person_no = models.CharField(max_length=32, blank=True)
    takes = models.BigIntegerField(null=True, help_text="这些人在册的、还没有国家系统编号的户")
    is_head = models.BooleanField(default=False)
    name = models.CharField(max_length=60, blank=True)
    pinyin = models.CharField(max_length=120, blank=True)
    relation = models.CharField(max_length=20, blank=True)
    idno = models.BinaryField(null=True)
    idno_hash = models.BinaryField(null=True)
    idno_tail = models.CharField(max_length=4, blank=True)
    size = models.PositiveSmallIntegerField(null=True)
    ethnicity = models.CharField(max_length=20, blank=True)
    education = models.CharField(max_length=20, blank=True)
    school = models.CharField(max_length=20, blank=True)
    health = models.CharField(max_length=40, blank=True)
    labour = models.CharField(max_length=20, blank=True)
    work = models.CharField(max_length=30, blank=True)
    work_months = models.PositiveSmallIntegerField(null=True)
    insured = models.BooleanField(null=True)
    kind = models.CharField(max_length=8, blank=True)
    lifted_year = models.CharField(max_length=4, blank=True)
    poverty_class = models.CharField(max_length=20, blank=True)
    cause = models.CharField(max_length=20, blank=True)
    unsafe_house = models.BooleanField(null=True)
    safe_water = models.BooleanField(null=True)
    income_per_head = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    phone = models.BinaryField(null=True)
    phone_hash = models.BinaryField(null=True)
    household_identified = models.CharField(max_length=6, blank=True)
    person_identified = models.CharField(max_length=6, blank=True)
