"""Run the checks and the tests: python -m scripts.testing lint|all [--slow].

Everything runs even after a failure. The exit status is 0 only when nothing failed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scripts.testing import browser
from scripts.testing.results import Result, read_report, summary

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
CODE = ["annotation", "modeling", "scripts", "benchmarks"]
# Each needs the machine, or its own servers and processes, to itself.
SERIAL = ["tests/worker", "tests/browser", "tests/faults"]
# Two test processes on two cores: more threads in each only get in each other's way.
TWO = ["-n", "2"]
# As a deployment behind TLS would set them, so that `check --deploy` judges what we can set.
DEPLOYMENT = {
    "ALLOWED_HOSTS": "likewise.example.org",
    "COOKIE_SECURE": "true",
    "DEBUG": "false",
    "HSTS_SECONDS": "31536000",
    "SSL_REDIRECT": "true",
}


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="scripts/test")
    parser.add_argument("what", choices=["lint", "all"])
    parser.add_argument("--slow", action="store_true", help="run the slow tests too")
    chosen = parser.parse_args()
    os.chdir(PROJECT)
    results = _lint()
    if chosen.what == "all":
        results += _django_checks() + _tests(slow=chosen.slow)
    print(summary(results))
    return 1 if any(result.failed for result in results) else 0


def _lint() -> list[Result]:
    code = [folder for folder in CODE if Path(folder).is_dir()]
    return [
        _check("ruff", [BIN / "ruff", "check", "."]),
        _check("ruff format", [BIN / "ruff", "format", "--check", "."]),
        _check("mypy", [BIN / "mypy", *code]),
        _check("djlint", [BIN / "djlint", "--lint", "--quiet", "templates"]),
        _check("import contracts", [BIN / "lint-imports"]),
    ]


def _django_checks() -> list[Result]:
    manage: list[str | Path] = [sys.executable, "manage.py"]
    deploy = [*manage, "check", "--deploy", "--fail-level", "WARNING"]
    migrations = [*manage, "makemigrations", "--check", "--dry-run"]
    return [
        _check("deployment check", deploy, os.environ | DEPLOYMENT),
        _check("migrations", migrations),
    ]


def _tests(*, slow: bool) -> list[Result]:
    folders = sorted(str(path) for path in Path("tests").iterdir() if any(path.rglob("test_*.py")))
    together = [folder for folder in folders if folder not in SERIAL]
    results = [_pytest("tests", [*together, *TWO], slow, {"OMP_NUM_THREADS": "1"})]
    for folder in SERIAL:
        if folder not in folders:
            continue
        if folder == "tests/browser" and browser.find() is None:
            results.append(Result(folder, note="NOT RUN: there is no Chromium"))
            continue
        results.append(_pytest(folder, [folder, *(TWO if folder == "tests/browser" else [])], slow))
    return results


def _check(
    name: str, command: list[str | Path], environment: dict[str, str] | None = None
) -> Result:
    print(f"\n== {name}", flush=True)
    began = time.monotonic()
    status = subprocess.run(command, env=environment, check=False).returncode
    seconds = time.monotonic() - began
    return Result(name, passed=int(status == 0), failed=int(status != 0), seconds=seconds)


def _pytest(
    name: str, arguments: list[str], slow: bool, extra: dict[str, str] | None = None
) -> Result:
    print(f"\n== {name}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments]
        if not slow:
            command += ["-m", "not slow"]
        status = subprocess.run(command, env=os.environ | (extra or {}), check=False).returncode
        return read_report(name, report, status, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
