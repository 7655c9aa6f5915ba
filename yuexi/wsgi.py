import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuexi.settings")
application = get_wsgi_application()
# The pages' code too, before gunicorn forks: Django would read it at the first request.
import_module(settings.ROOT_URLCONF)
# What is loaded now stays: the collector need not walk it again in the middle of a batch, which
# took a third of the batch's time, and forked processes go on sharing its memory.
gc.collect()
gc.freeze()
