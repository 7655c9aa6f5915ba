import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from yuexi.secrets import load_keys

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = False
_keys = load_keys(Path(os.environ.get("YUEXI_KEYS") or BASE_DIR / ".data" / "keys.json"))
SECRET_KEY = _keys["secret_key"]
FIELD_KEYS = _keys["field"]
LOOKUP_KEYS = _keys["lookup"]
# Seconds added to the clock for a demonstration.
CLOCK_OFFSET_S = int(os.environ.get("CLOCK_OFFSET_S", "0"))
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")
ROOT_URLCONF = "yuexi.urls"
INSTALLED_APPS = ["cadres"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
    }
]
_db = urlsplit(os.environ.get("DATABASE_URL", "postgresql://yuexi@127.0.0.1:5432/yuexi"))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _db.path.lstrip("/"),
        "USER": unquote(_db.username or ""),
        "PASSWORD": unquote(_db.password or ""),
        "HOST": _db.hostname or "",
        "PORT": _db.port or 5432,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
