"""One runnable module a question. They measure the product's own code, hence the set-up here."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotation.settings")
django.setup()
