"""A site for one run: its folder, its address and the archive's come from the environment."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).parent
FOLDER = Path(os.environ["WAGTAIL_FOLDER"])
SECRET_KEY = "a secret of this run"
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "newsroom",
    "wagtail_story_history",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.embeds",
    "wagtail.images",
    "wagtail.documents",
    "wagtail.snippets",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "wagtail.db",
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
        "TEST": {"NAME": FOLDER / "test.db"},  # A file: other threads look into it, too.
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
MEDIA_ROOT = FOLDER / "media"
MEDIA_URL = "/media/"
USE_TZ = True
TIME_ZONE = "Asia/Kolkata"
WAGTAIL_I18N_ENABLED = True
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES = [("en", "English"), ("de", "German")]
WAGTAIL_SITE_NAME = "The Hill Courier"
WAGTAILADMIN_BASE_URL = os.environ["WAGTAIL_URL"]
WAGTAIL_ENABLE_UPDATE_CHECK = False

STORY_HISTORY_URL = os.environ["STORY_HISTORY_URL"]
STORY_HISTORY_PUBLIC_URL = os.environ.get("STORY_HISTORY_PUBLIC_URL")
STORY_HISTORY_TOKEN = os.environ["STORY_HISTORY_TOKEN"]
STORY_HISTORY_THREAD = "STORY_HISTORY_NO_THREAD" not in os.environ
STORY_HISTORY_PAGES = {
    "newsroom.Article": {},
    "newsroom.Feature": {"summary": "lede", "authors": "owner", "body": "chapters"},
}
