import os
import subprocess
import sys

# What a web process loads when it starts, resolves its URLs and answers a first request.
LOAD = """
import sys
from annotation.wsgi import application
from django.contrib import admin
from django.test import RequestFactory
from django.urls import get_resolver
get_resolver().url_patterns
request = RequestFactory().get("/accounts/login/", HTTP_HOST="localhost")
statuses = []
application(request.environ, lambda status, headers: statuses.append(status))
heavy = ("torch", "transformers", "sklearn", "scipy", "numpy", "modeling")
print(statuses, [name for name in heavy if name in sys.modules])
"""


def test_a_web_process_never_loads_the_science() -> None:
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        capture_output=True,
        text=True,
        env={**os.environ, "STATICFILES_BACKEND": plain},
    )
    assert done.stdout.strip() == "['200 OK'] []", done.stderr[-2000:]


def test_to_look_whether_a_model_is_there_loads_no_science() -> None:
    loaded = "[name for name in ('torch', 'numpy') if name in sys.modules]"
    look = f"import sys, modeling.artefact_files; print({loaded})"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr[-2000:]
