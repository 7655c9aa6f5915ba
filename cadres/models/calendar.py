from django.db import models


class CalendarDay(models.Model):
    """A day of the working calendar. `announced` is false while the State Council's
    notice for its year is not known: then Monday to Friday stand in, shown as 预计."""

    date = models.DateField("日期", primary_key=True)
    working = models.BooleanField("工作日")
    announced = models.BooleanField("已公布")
    note = models.CharField("说明", max_length=40, blank=True)

    def __str__(self) -> str:
        return self.date.isoformat()
