import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuexi.settings")
application = get_wsgi_application()
# The pages' code too, before gunicorn forks: Django would read it at the first request.
reverse("desk")
