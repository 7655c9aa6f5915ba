from yuexi.celery import app

__all__ = ["app"]
