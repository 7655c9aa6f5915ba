"""周调度: its weeks, its briefing, its sheet and its reminders. Writes are in actions/coordination.py."""
