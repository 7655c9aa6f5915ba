import os
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

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
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "cadres",
    "households",
    "rectification",
    "inspections",
    "yuexi",
]
AUTH_USER_MODEL = "cadres.Cadre"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cadres.middleware.LogInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cadres.middleware.no_nul",
    "cadres.middleware.origin",
    "cadres.middleware.password_first",
    "yuexi.core.refused.refusals",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "cadres.context.product",
            ],
            "builtins": ["cadres.templatetags.county"],
        },
    }
]
# Migrations run as the owner of the tables, everything else as a role that owns none.
_owner = sys.argv[1:2] == ["migrate"] and os.environ.get("DATABASE_OWNER_URL")
_db = urlsplit(
    _owner or os.environ.get("DATABASE_URL") or "postgresql://yuexi_app@127.0.0.1:5432/yuexi"
)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _db.path.lstrip("/"),
        "USER": unquote(_db.username or ""),
        "PASSWORD": unquote(_db.password or ""),
        "HOST": _db.hostname or "",
        "PORT": _db.port or 5432,
        "OPTIONS": dict(parse_qsl(_db.query)),  # as ?sslmode=require
        # A connection costs more than most requests. Looked at before it is used again, so a
        # restart of PostgreSQL costs no request.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "cadres.login.CadreBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "login"
CSRF_FAILURE_VIEW = "yuexi.core.failed.csrf"
# Lock-out: five wrong passwords close the account for a quarter of an hour.
# By account and not by address: a whole township office sits behind one address.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "cadres.login.username_of"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "people/locked.html"
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
# A batch of visits of this size is promised (BODY_MAX in households/sync/records.py).
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
# Set behind a TLS proxy: cookies then travel over https alone.
HTTPS = os.environ.get("HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("TRUSTED_ORIGINS", "").split(",") if o]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
    }
}
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
# The county is data: its name and the body that issues 交办单 come from the environment.
PRODUCT_NAME = os.environ.get("PRODUCT_NAME", "岳西帮扶")
ISSUING_BODY = os.environ.get("ISSUING_BODY", "县委农村工作领导小组办公室")
# Where telephones outside the office find us, e.g. https://bangfu.example.gov.cn: what the QR
# codes of 明白卡 hold. Without it they hold the address that the printing person uses.
PUBLIC_ADDRESS = os.environ.get("PUBLIC_ADDRESS", "").rstrip("/")
# How long a message may take to be handed to its channel, and how long a courier holds it:
# a killed one's message is taken again when that is over.
DELIVERY_LIMIT_S = float(os.environ.get("DELIVERY_LIMIT_S", "12"))
LEASE_S = float(os.environ.get("LEASE_S", "30"))
RETRY_S = float(os.environ.get("RETRY_S", "60"))  # the first gap; those after it grow
DEMO = os.environ.get("DEMO") == "1"
DATA_DIR = Path(os.environ.get("YUEXI_FILES") or BASE_DIR / ".data" / "files")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["cadres.api.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "yuexi.core.api.as_problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{PRODUCT_NAME} 接口",
    "DESCRIPTION": "供乡镇自有系统对接：读取本乡镇的农户、走访和整改事项，送走访，登记问题，代责任人签收、退签、定措施、记进展、传佐证、申请销号；检查、验收和批准由本人登录办理。",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "GradeEnum": [("AT_ONCE", "立行立改"), ("LIMITED", "限期整改"), ("LASTING", "长期坚持")]
    },
}
