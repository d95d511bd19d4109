"""Every setting, and the only place where the environment is read.

`docs/settings.md` lists the variables an operator may set.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ

from config import logs
from config.api_document import API_DOCUMENT
from config.cluster import cluster
from config.console import UNFOLD as CONSOLE
from config.stores import cache, database

django_stubs_ext.monkeypatch()  # ModelAdmin[Trigger] and the like, at run time too

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(str(BASE_DIR / ".env"))

# --- Identity and security -------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY and DEBUG:
    SECRET_KEY = "debug-only-secret-key-" + "0123456789" * 4
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Newest first: the first encrypts, all decrypt. Rotate by putting a new one in front.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[]) or [
    base64.urlsafe_b64encode(hashlib.sha256(b"encryption:" + SECRET_KEY.encode()).digest()).decode()
]

HTTPS = env.bool("HTTPS", default=BASE_URL.startswith("https://"))
SECURE_SSL_REDIRECT = HTTPS and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = HTTPS
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# --- Applications ----------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_api_key",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
    "simple_history",
    "axes",
    "config",
    "dispatcher",
    "postbacks",
    "offers",
    "notifications",
]

MIDDLEWARE = [
    "dispatcher.api.middleware.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "config.middleware.NoNulMiddleware",
    "dispatcher.middleware.PagesPlannedByValuesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.signin.middleware.SecondFactorMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "config.middleware.RequestLogMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database, cache, queue ------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["models.W040"]  # SQLite makes indexes without what they carry along
DATABASE = database(
    env.db_url_config(
        env.str("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
    ),
    test_file=env.str("TEST_SQLITE", default=str(BASE_DIR / ".test.sqlite3")),
    is_prepared=env.bool("PREPARED_STATEMENTS", default=True),
)
DATABASE["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASE["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": DATABASE}

REDIS_URL = env.str("REDIS_URL", default="")
QUEUE_NAME = env.str("QUEUE_NAME", default="postbacks")  # what is in Redis begins with it
CACHES = {"default": cache(name=QUEUE_NAME, redis_url=REDIS_URL)}

WORKERS = env.int("WORKERS", default=2)
Q_CLUSTER = cluster(name=QUEUE_NAME, workers=WORKERS, redis_url=REDIS_URL)

# --- Delivery --------------------------------------------------------------

# CIDRs that deliveries may reach although they are private or reserved.
ALLOWED_NETWORKS = env.list("ALLOWED_NETWORKS", default=[])
DELIVERY_DEADLINE = env.float("DELIVERY_DEADLINE", default=30.0)  # seconds, in all
CA_FILE = env.str("CA_FILE", default="")  # more certificate authorities, a PEM file

PASS_SECONDS = 20.0  # how long a pass claims before it hands over to a fresh one
LEASE_SECONDS = env.float("LEASE_SECONDS", default=12.0)
SEND_THREADS = env.int("SEND_THREADS", default=32)
MAX_CLAIMS = 5  # a delivery that took this many workers with it is not tried again
OVERDUE_SECONDS = env.float("OVERDUE_SECONDS", default=60.0)  # readiness turns false

RETENTION_DAYS = env.int("RETENTION_DAYS", default=90)  # 0: nothing is ever purged
IDEMPOTENCY_DAYS = env.int("IDEMPOTENCY_DAYS", default=30)

# The mail server for whom the operators' pages name none.
EMAIL: dict[str, Any] = env.email_url_config(env.str("EMAIL_URL", default="") or "dummymail://")
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]  # for what goes to users and operators themselves
EMAIL_FILE_PATH = EMAIL.get("EMAIL_FILE_PATH", "")
EMAIL_HOST = EMAIL["EMAIL_HOST"] or ""
EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_USE_TLS = EMAIL.get("EMAIL_USE_TLS", False)
EMAIL_PORT = EMAIL["EMAIL_PORT"] or (465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25)
EMAIL_HOST_USER = EMAIL["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_PASSWORD"] or ""
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="postbacks@localhost")

# Destinations and rules that keep failing are paused and probed (design section 5).
BREAKER_WINDOW = env.float("BREAKER_WINDOW", default=60.0)
BREAKER_FAILURES = env.int("BREAKER_FAILURES", default=20)
BREAKER_PAUSE = env.float("BREAKER_PAUSE", default=30.0)
BREAKER_PAUSE_MAX = env.float("BREAKER_PAUSE_MAX", default=600.0)

# --- Affiliates' postbacks ---------------------------------------------------

OFFERS_REQUIRE_APPROVAL = env.bool("OFFERS_REQUIRE_APPROVAL", default=False)
OFFERS_PAUSE_AFTER_FAILURES = env.int("OFFERS_PAUSE_AFTER_FAILURES", default=10)  # 0: never
OFFERS_PAUSE_WITHIN_HOURS = env.float("OFFERS_PAUSE_WITHIN_HOURS", default=72.0)
OFFERS_OPERATOR_EMAILS = env.list("OFFERS_OPERATOR_EMAILS", default=[])

# --- System notifications ----------------------------------------------------

# A funnel order is told as completed this long after its first purchase, at the latest.
NOTIFICATIONS_FUNNEL_WAIT = env.float("NOTIFICATIONS_FUNNEL_WAIT", default=1800.0)
# Retried after these statuses alone, at most three times, this far apart (seconds).
NOTIFICATIONS_RETRY_STATUSES = env.list(
    "NOTIFICATIONS_RETRY_STATUSES", cast=int, default=[408, 425, 429, 500, 502, 503, 504]
)
NOTIFICATIONS_RETRY_DELAYS = env.list(
    "NOTIFICATIONS_RETRY_DELAYS", cast=float, default=[5.0, 60.0, 300.0]
)
NOTIFICATIONS_DEADLINE = env.float("NOTIFICATIONS_DEADLINE", default=30.0)  # seconds, in all
# The same operational news about the same thing is told once in this time (seconds).
NOTIFICATIONS_QUIET = env.float("NOTIFICATIONS_QUIET", default=600.0)

# --- API -------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # spec section 6: 1 MiB, then 413
EMIT_RATE = env.str("EMIT_RATE", default="2000/second")
READ_RATE = env.str("READ_RATE", default="100/second")
ANONYMOUS_RATE = env.str("ANONYMOUS_RATE", default="30/minute")  # without a valid token, by address
REST_FRAMEWORK: dict[str, Any] = {
    # Views of the API say themselves who may call and how bodies are read: dispatcher.api.views.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "dispatcher.api.openapi.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "dispatcher.api.problems.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": 1 if SECURE_PROXY_SSL_HEADER else 0,
}
SPECTACULAR_SETTINGS = API_DOCUMENT

# --- Pages -----------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

# --- Logging in ------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=False)
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
# A name that browsers take over HTTPS only, for this host alone (RFC 6265bis section 4.1.3).
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
# Who fails this often in a row, by name and address, waits.
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURES", default=5)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("LOGIN_LOCK_MINUTES", default=15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = False  # `config.signin` forgives, once every step was passed
AXES_LOCKOUT_CALLABLE = "config.signin.lockout.locked_out"
AXES_CLIENT_IP_CALLABLE = "config.signin.lockout.client_address"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SIMPLE_HISTORY_HISTORY_ID_USE_UUID = False

# --- Logs and metrics ------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = logs.configuration(is_readable=DEBUG, level=LOG_LEVEL)
logs.configure()
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # without one, /metrics is for loopback only

# --- The operators' pages ----------------------------------------------------

UNFOLD = CONSOLE
