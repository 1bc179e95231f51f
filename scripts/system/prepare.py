"""Bring database, static files, sample study and accounts up to date, in one Django process.

The last line of its output is the sign-ins as `demo_accounts --json` prints them.
"""

import hashlib
import io
import json
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command


def main() -> None:
    """Do what is missing; a second run finds nothing to do and takes a second or two."""
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    _collect_static()
    call_command("load_sample", stdout=sys.stderr)
    output = io.StringIO()
    call_command("demo_accounts", "--json", stdout=output)
    print(json.dumps(json.loads(output.getvalue().strip().splitlines()[-1])))


def _collect_static() -> None:
    stamp = Path(settings.STATIC_ROOT).with_suffix(".stamp")
    wanted = _fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(wanted)


def _fingerprint() -> str:
    """Of our static files and of the pinned packages, which carry the rest."""
    digest = hashlib.sha256((settings.BASE_DIR / "requirements.txt").read_bytes())
    for folder in map(Path, settings.STATICFILES_DIRS):
        for path in sorted(folder.rglob("*")):
            digest.update(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotation.settings")
    main()
