import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuexi.settings")
application = get_wsgi_application()
# The pages' code too, before gunicorn forks: Django would read it at the first request.
import_module(settings.ROOT_URLCONF)
