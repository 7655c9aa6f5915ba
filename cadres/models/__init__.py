from cadres.models.area import Area
from cadres.models.calendar import CalendarDay
from cadres.models.event import Event
from cadres.models.people import Cadre, Post, Unit

__all__ = ["Area", "Cadre", "CalendarDay", "Event", "Post", "Unit"]
