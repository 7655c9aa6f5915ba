from django.db import models


class SweepCursor(models.Model):
    """Where a sweep that takes only so many at a time goes on: what nobody can settle yet is
    passed by and asked again on the next round, and starves nothing behind it."""

    name = models.CharField(max_length=40, primary_key=True)
    after = models.BigIntegerField(default=0)
