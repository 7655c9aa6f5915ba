from django.db import models


class StepDays(models.Model):
    """Calendar days from one move of an item to the next, kept by the database as the log is
    written (rectification/sql/step_days.py); nobody else writes it."""

    event = models.BigIntegerField(primary_key=True)  # seq of the move that ended it
    # The log names items without a constraint, and so does this.
    item = models.ForeignKey(
        "rectification.Item", models.DO_NOTHING, related_name="+", db_constraint=False
    )
    name = models.CharField(max_length=20)  # the action, or the label of a check's step
    ended = models.DateField()
    days = models.IntegerField()

    class Meta:
        # Without the item the many rows that are alike share an entry: a tenth of the size.
        indexes = [models.Index(fields=["ended", "name", "days"], name="step_days_spread")]
