"""One module for every environment: what differs comes from the environment (deploy/environments/)."""

from pathlib import Path

import environ
from import_export.formats import base_formats

from rwa_portal.conf import approvals, beat, desk, logs, security, unfold
from rwa_portal.conf.chain import ChainParameters

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

PORTAL_ENV = env.str("PORTAL_ENV")  # dev, testnet, staging or mainnet; no default
SECRET_KEY = env.str("SECRET_KEY")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
PORTAL_URL = env.str("PORTAL_URL", default="http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many stand before us and add X-Forwarded-For

CHAIN = ChainParameters(
    chain_id=env.int("CHAIN_ID", default=31337),
    rpc_urls=tuple(env.list("CHAIN_RPC_URL", default=["http://127.0.0.1:8545"])),
    rule=env.str("CHAIN_CONFIRMATION_RULE", default="blocks"),
    confirmations=env.int("CHAIN_CONFIRMATIONS", default=2),
    poll_interval_s=env.float("CHAIN_POLL_INTERVAL_S", default=0.5),
)

# Every relaxation below asks for the chain, never for PORTAL_ENV.
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not CHAIN.is_dev
SECURE_HSTS_SECONDS = 0 if CHAIN.is_dev else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
MFA_REQUIRED = env.bool("MFA_REQUIRED", default=not CHAIN.is_dev)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
SENTRY_DSN = env.str("SENTRY_DSN", default="")

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_prometheus",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "simple_history",
    "rwa_portal.core",
    "indexer",
    "contracts",
    "assets",
    "investors",
    "subscriptions",
    "corporate_actions",
    "rwa_portal.desk",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "rwa_portal.core.requests_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "rwa_portal.core.middleware.ContentSecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "rwa_portal.core.middleware.StaffMfaMiddleware",
    "rwa_portal.core.middleware.RefusalMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "rwa_portal.urls"
WSGI_APPLICATION = "rwa_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "rwa_portal" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rwa_portal.core.context.portal",
            ]
        },
    }
]

DATABASES = {"default": env.db("DATABASE_URL")}  # the runtime role: rows, no DDL
# Only the step that migrates is given this one.
DATABASE_OWNER = env.db("DATABASE_OWNER_URL") if "DATABASE_OWNER_URL" in env else None
REDIS_URL = env.str("REDIS_URL")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"{REDIS_URL}/1"}}
CELERY_BROKER_URL = f"{REDIS_URL}/0"
CELERY_BEAT_SCHEDULE = beat.SCHEDULE
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CSRF_FAILURE_VIEW = "rwa_portal.core.api.problems.csrf_failed"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER = "rwa_portal.core.accounts.AccountAdapter"
MFA_ADAPTER = "rwa_portal.core.accounts.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = CHAIN.is_dev
MFA_TOTP_ISSUER = "RWA Portal"
AUTH_PASSWORD_VALIDATORS = security.PASSWORD_VALIDATORS

EXPORT_FORMATS = [base_formats.CSV]
SIMPLE_HISTORY_REVERT_DISABLED = True

REST_FRAMEWORK = desk.REST_FRAMEWORK
SPECTACULAR_SETTINGS = desk.SPECTACULAR
UNFOLD = unfold.UNFOLD
LOGGING = logs.LOGGING
PROMETHEUS_EXPORT_MIGRATIONS = False

# Approvals by other people, per operation kind: the requester never counts.
APPROVALS_NEEDED = env.json(
    "APPROVALS_NEEDED",
    default=approvals.needed_in(PORTAL_ENV, at_least=env.int("APPROVALS_AT_LEAST", default=0)),
)

ENCRYPTION_KEYS = env.str("ENCRYPTION_KEYS")  # id:base64 of 32 bytes, newest first
BLIND_INDEX_KEY = env.str("BLIND_INDEX_KEY")
AUDIT_CHECKPOINT_KEY = env.str("AUDIT_CHECKPOINT_KEY")  # base64 of 32 bytes, an Ed25519 seed
AUDIT_CHECKPOINT_FILE = env.str("AUDIT_CHECKPOINT_FILE", default="")  # on another disk than the database
LOCAL_SIGNER_SEED = env.str("LOCAL_SIGNER_SEED", default="")  # chain id 31337 only
CUSTODIANS_IN_USE = env.list("CUSTODY_VENDORS", default=["local"] if CHAIN.is_dev else [])
CUSTODIANS = {
    "local": "contracts.custody.local.LocalSigner",
    "fireblocks": "contracts.custody.fireblocks.Fireblocks",
    "anchorage": "contracts.custody.anchorage.Anchorage",
    "coinbase_prime": "contracts.custody.coinbase_prime.CoinbasePrime",
}
CUSTODY_NOTIFIERS = {
    "fireblocks": "contracts.custody.fireblocks_notices.FireblocksNotices",
    "anchorage": "contracts.custody.anchorage_notices.AnchorageNotices",
}
CUSTODY_TIMEOUT_S = env.float("CUSTODY_TIMEOUT_S", default=10)
CUSTODY_BY_PURPOSE = env.json("CUSTODY_BY_PURPOSE", default={})  # dev chain: whose keys a sandbox holds

# How many days after its lock a redemption should be settled; an overdue one is urgent work.
REDEMPTION_DUE_DAYS = env.int("REDEMPTION_DUE_DAYS", default=5)

KYC_PROVIDER = env.str("KYC_PROVIDER", default="sumsub")
KYC_VALID_DAYS = env.int("KYC_VALID_DAYS", default=365)  # how long a review is believed
# The sandbox stands in for the vendor where the launcher has started it.
SUMSUB_BASE_URL = env.str("SUMSUB_BASE_URL", default=env.str("SANDBOX_URL", default="https://api.sumsub.com"))
SUMSUB_APP_TOKEN = env.str("SUMSUB_APP_TOKEN", default="")
SUMSUB_SECRET_KEY = env.str("SUMSUB_SECRET_KEY", default="")
SUMSUB_WEBHOOK_SECRETS = env.list("SUMSUB_WEBHOOK_SECRETS", default=[])
SUMSUB_LEVEL_NAME = env.str("SUMSUB_LEVEL_NAME", default="basic-kyc")
SANDBOX_URL = env.str("SANDBOX_URL", default="")

FIREBLOCKS_BASE_URL = env.str("FIREBLOCKS_BASE_URL", default=SANDBOX_URL or "https://api.fireblocks.io")
FIREBLOCKS_API_KEY = env.str("FIREBLOCKS_API_KEY", default="")
FIREBLOCKS_PRIVATE_KEY = env.str("FIREBLOCKS_PRIVATE_KEY", default="")  # PEM, or base64 of it
FIREBLOCKS_JWKS_URL = env.str(
    "FIREBLOCKS_JWKS_URL", default=f"{SANDBOX_URL or 'https://keys.fireblocks.io'}/.well-known/jwks.json"
)
FIREBLOCKS_WEBHOOK_LEGACY_KEY = env.str("FIREBLOCKS_WEBHOOK_LEGACY_KEY", default="")  # empty: refused
FIREBLOCKS_CONTRACT_WALLETS = env.json("FIREBLOCKS_CONTRACT_WALLETS", default={})  # address: its id there
ANCHORAGE_BASE_URL = env.str("ANCHORAGE_BASE_URL", default=SANDBOX_URL or "https://api.anchorage.com")
ANCHORAGE_ACCESS_KEY = env.str("ANCHORAGE_ACCESS_KEY", default="")
ANCHORAGE_SIGNING_KEY = env.str("ANCHORAGE_SIGNING_KEY", default="")  # hex of 32 bytes, an Ed25519 seed
PRIME_BASE_URL = env.str("PRIME_BASE_URL", default=SANDBOX_URL or "https://api.prime.coinbase.com")
PRIME_ACCESS_KEY = env.str("PRIME_ACCESS_KEY", default="")
PRIME_PASSPHRASE = env.str("PRIME_PASSPHRASE", default="")
PRIME_SIGNING_KEY = env.str("PRIME_SIGNING_KEY", default="")
PRIME_PORTFOLIO_ID = env.str("PRIME_PORTFOLIO_ID", default="")
VENDOR_URLS = [  # a fence looks at them
    "SUMSUB_BASE_URL",
    "SANDBOX_URL",
    "FIREBLOCKS_BASE_URL",
    "FIREBLOCKS_JWKS_URL",
    "ANCHORAGE_BASE_URL",
    "PRIME_BASE_URL",
]
CONTENT_SECURITY_POLICY = security.content_security_policy(vendor_pages=[SUMSUB_BASE_URL, SANDBOX_URL])
PERMISSIONS_POLICY = security.PERMISSIONS_POLICY

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "rwa_portal.conf.formats"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = CHAIN.is_dev  # elsewhere collectstatic is a step, and names carry hashes
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if CHAIN.is_dev
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))

EMAIL_BACKEND = "rwa_portal.core.mail.OutboxBackend"
EMAIL_HOST = env.str("EMAIL_HOST", default="")  # empty on the dev chain only: /dev/mail shows the mail
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=True)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="RWA Portal <portal@portal.example>")
