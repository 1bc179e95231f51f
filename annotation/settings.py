"""Every knob of the deployment, from the environment, with defaults that are safe."""

from pathlib import Path

import environ

from annotation import embedded
from annotation.logs import logging_config

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env("LIKEWISE_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="")
if not SECRET_KEY:
    from annotation.secret_key import local_secret_key

    SECRET_KEY = local_secret_key(DATA_DIR)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "annotation.apps.AnnotationConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "axes",
    "csp",
    "django_structlog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "annotation.no_nul.NoNulMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "annotation.interface_language.InterfaceLanguageMiddleware",
    "annotation.sign_in_first.SignInFirstMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "annotation.body_length.BodyLengthMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "annotation.urls"
WSGI_APPLICATION = "annotation.wsgi.application"
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
                "annotation.views.context.navigation",
            ],
        },
    }
]

# --- storage -------------------------------------------------------------------------------
DATABASES = {
    "default": env.db_url_config(env("DATABASE_URL", default=embedded.database_url(DATA_DIR)))
}
# Django's own; a connection that died with the server is replaced before it is used.
DATABASES["default"]["ENGINE"] = "annotation.postgres"
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    # A page must never wait on a stuck statement; imports and re-ranking raise it for themselves.
    # A prepared statement keeps its plan; those that are prepared have one that always serves.
    "options": "-c statement_timeout=60000 -c idle_in_transaction_session_timeout=120000"
    " -c plan_cache_mode=force_generic_plan -c jit=off",
    # Only `annotation.postgres` prepares.
    "prepare_threshold": None,
    "pool": {
        "min_size": env.int("DB_POOL_MIN", default=1),
        "max_size": env.int("DB_POOL_MAX", default=16),
        "timeout": 10,
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ARTEFACT_DIR = DATA_DIR / "models"
WORK_DIR = DATA_DIR / "work"

# --- people --------------------------------------------------------------------------------
AUTH_USER_MODEL = "annotation.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "annotation.sessions.PeopleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
SESSION_ENGINE = "annotation.sessions"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=10)
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "annotation.sign_in.locked"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
# The lock needs wrong passwords alone. Who came when and from where is needed for nothing.
AXES_DISABLE_ACCESS_LOG = True

# --- transport -----------------------------------------------------------------------------
COOKIE_SECURE = env.bool("COOKIE_SECURE", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = COOKIE_SECURE
SESSION_COOKIE_AGE = 60 * 60 * 12
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=0)
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=False)
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Lock out the address that guesses, not everybody behind the proxy.
    AXES_IPWARE_PROXY_COUNT = 1
    AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"]
# Whether subdomains and browsers' preload lists are bound too is the operator's to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", *env.list("THUMBNAIL_ORIGINS", default=["https://i.ytimg.com"])],
        "connect-src": ["'self'"],
        "frame-src": env.list(
            "PLAYER_ORIGINS",
            default=["https://www.youtube-nocookie.com", "https://embed.ted.com"],
        ),
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- language, time, files -----------------------------------------------------------------
LANGUAGE_CODE = "en"
# Each under its own name, so that whoever is looking for it can read it.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["annotation.formats"]
TIME_ZONE = env("TIME_ZONE", default="UTC")
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env(
            "STATICFILES_BACKEND",
            default="annotation.static_storage.ModuleStaticFilesStorage",
        )
    },
}
# Where people read what is in none of their languages. Empty: no link.
TRANSLATION_URL = env(
    "TRANSLATION_URL",
    default="https://translate.google.com/?sl=auto&tl={to}&text={text}&op=translate",
)

# --- API -----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    # Deny by default: an endpoint that states no permission serves nobody.
    "DEFAULT_PERMISSION_CLASSES": ["annotation.api.permissions.Nobody"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["annotation.api.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "annotation.api.pagination.StandardPagination",
    "EXCEPTION_HANDLER": "annotation.api.errors.answer",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Likewise",
    "VERSION": "1",
    "DESCRIPTION": "Pairs of videos, the judgements of people on them, and training runs.",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "annotation.api.schema.add_refusals",
    ],
}

# --- workers -------------------------------------------------------------------------------
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default=embedded.broker_url(DATA_DIR))
# A run is found again by its own heartbeat; the broker must not hand a training out twice
# while it is still going, so its redelivery comes later than any training takes.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 7 * 24 * 3600,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "retry_on_timeout": False,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ROUTES = {
    "annotation.tasks.train": {"queue": "training"},
    "annotation.tasks.rank": {"queue": "training"},
    "annotation.tasks.cross_validate": {"queue": "training"},
    "annotation.tasks.mark_topics": {"queue": "training"},
    "annotation.tasks.find_duplicates": {"queue": "training"},
    # Whoever writes the models may remove them.
    "annotation.tasks.discard_old_models": {"queue": "training"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
RUN_CHECK_SECONDS = env.float("RUN_CHECK_SECONDS", default=10.0)
HOUSEKEEPING_SECONDS = env.float("HOUSEKEEPING_SECONDS", default=60.0)
TIMING_CHECK_SECONDS = env.float("TIMING_CHECK_SECONDS", default=3600.0)
# One that was not taken up before the next is due says nothing any more.
CELERY_BEAT_SCHEDULE = {
    name.replace("_", "-"): {
        "task": f"annotation.tasks.{name}",
        "schedule": seconds,
        "options": {"expires": seconds},
    }
    for name, seconds in (
        ("attend_to_runs", RUN_CHECK_SECONDS),
        ("attend_to_queues", RUN_CHECK_SECONDS),
        ("retrain_when_due", RUN_CHECK_SECONDS),
        ("release_leases", HOUSEKEEPING_SECONDS),
        ("refresh_agreement", HOUSEKEEPING_SECONDS),
        ("attend_to_cross_validation", HOUSEKEEPING_SECONDS),
        # After each run as well: this is for what a killed worker left.
        ("discard_old_models", TIMING_CHECK_SECONDS),
        ("coarsen_times", TIMING_CHECK_SECONDS),
        ("forget_wrong_passwords", TIMING_CHECK_SECONDS),
    )
}
HEARTBEAT_SECONDS = env.float("HEARTBEAT_SECONDS", default=5.0)
HEARTBEAT_LOST_SECONDS = env.float("HEARTBEAT_LOST_SECONDS", default=60.0)
RUN_MAX_ATTEMPTS = env.int("RUN_MAX_ATTEMPTS", default=3)
# Models of a campaign that never served, the newest; what served is kept for ever.
KEPT_MODELS = env.int("KEPT_MODELS", default=3)
# Whether A against B and B against A are one judgement; look for duplicates after a change.
REVERSED_PAIRS_ARE_TWINS = env.bool("REVERSED_PAIRS_ARE_TWINS", default=True)
# Any encoder of the model hub, or a folder; empty means the small one that is installed.
ENCODER = env("ENCODER", default="")
# Whether new models compare thumbnails, by the hashes that find_duplicates --thumbnails keeps.
THUMBNAIL_SIMILARITY = env.bool("THUMBNAIL_SIMILARITY", default=False)

# Where a person signed in from is nobody's business in a log that is kept.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
LOGGING = logging_config(
    level=env("LOG_LEVEL", default="INFO"), as_json=env.bool("LOG_JSON", default=not DEBUG)
)
