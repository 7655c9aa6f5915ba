"""The worker and the clock. Early acknowledgement lost tasks at a kill, so acks are late;
and since late acks park a task for an hour, sweeps find every piece of work again."""

import os
import warnings

from celery import Celery
from celery.platforms import SecurityWarning
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuexi.settings")

# Every ten minutes; a demonstration or a test may look more often.
SWEEP_S = float(os.environ.get("SWEEP_S", "600"))
RESUME_S = float(os.environ.get("RESUME_S", "30"))
COURIER_S = float(os.environ.get("COURIER_S", "15"))

# Root is warned of messages that run code. Ours are JSON, which cannot.
warnings.simplefilter("ignore", SecurityWarning)

app = Celery("yuexi")
app.conf.update(
    broker_url=os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"),
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    timezone="Asia/Shanghai",
    # A channel that hangs holds a courier's thread and never the worker of imports and sweeps.
    task_routes={
        "cadres.tasks.ring_couriers": {"queue": "outbox"},
        "cadres.tasks.deliver_channel": {"queue": "outbox"},
    },
    beat_schedule={
        "resume-imports": {"task": "cadres.tasks.resume_imports", "schedule": RESUME_S},
        "resume-checks": {"task": "inspections.tasks.resume_checks", "schedule": RESUME_S},
        "check-new-versions": {
            "task": "inspections.tasks.check_new_versions",
            "schedule": crontab(hour=5, minute=20),
        },
        # What nobody came for is rung again: an old bell is worth nothing.
        "ring-couriers": {
            "task": "cadres.tasks.ring_couriers",
            "schedule": COURIER_S,
            "options": {"expires": 4 * COURIER_S},
        },
        "sweep-reminders": {"task": "cadres.tasks.sweep_reminders", "schedule": SWEEP_S},
        "fill-half-days": {
            "task": "cadres.tasks.fill_half_days",
            "schedule": crontab(hour=1, minute=20),
        },
        "fill-half-days-of-today": {
            "task": "cadres.tasks.fill_half_days",
            "schedule": 3 * SWEEP_S,
            "args": [2],
        },
        "detect-leads": {
            "task": "households.tasks.detect_leads",
            "schedule": crontab(hour=2, minute=40),
        },
        "propose-accountability": {
            "task": "rectification.tasks.propose_accountability",
            "schedule": crontab(hour=3, minute=10),
        },
        "draw-look-backs": {
            "task": "rectification.tasks.draw_look_backs",
            "schedule": crontab(hour=6, minute=10),
        },
        "recover-findings": {"task": "rectification.tasks.recover_findings", "schedule": 300.0},
        "recover-found-matters": {
            "task": "inspections.tasks.recover_found_matters",
            "schedule": 300.0,
        },
    },
)
app.autodiscover_tasks()
