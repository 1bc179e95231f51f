"""Run the checks and the tests: python -m scripts.testing lint|all [--slow].

Everything runs even after a failure. The exit status is 0 only when nothing failed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.testing import browser
from scripts.testing.results import Result, read_report, summary

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
CODE = ["annotation", "modeling", "scripts", "benchmarks"]
# Each phase needs the machine, or its own servers and processes, to itself. Workers and faults are
# tried on one system, which takes a while to start: what does no harm to it comes first.
SYSTEM, BROWSER = ["tests/worker", "tests/faults"], "tests/browser"
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
    # The types take one process some minutes, beside whatever comes first of the rest.
    with ThreadPoolExecutor(1) as beside:
        types = beside.submit(_types)
        others = _checks(whole=chosen.what == "all")
        if chosen.what == "all":
            others += _tests(slow=chosen.slow)
    results = [types.result(), *others]
    print(summary(results))
    return 1 if any(result.failed for result in results) else 0


def _types() -> Result:
    code = [folder for folder in CODE if Path(folder).is_dir()]
    return _check("mypy", [BIN / "mypy", *code], {})


def _checks(*, whole: bool) -> list[Result]:
    """The result of each, in this order."""
    manage = [sys.executable, "manage.py"]
    wanted: list[tuple[str, list[str | Path], dict[str, str]]] = [
        ("ruff", [BIN / "ruff", "check", "."], {}),
        ("ruff format", [BIN / "ruff", "format", "--check", "."], {}),
        ("djlint", [BIN / "djlint", "--lint", "--quiet", "templates"], {}),
        ("import contracts", [BIN / "lint-imports"], {}),
    ]
    if whole:
        deploy = [*manage, "check", "--deploy", "--fail-level", "WARNING"]
        wanted += [
            ("deployment check", [*deploy], DEPLOYMENT),
            ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], {}),
        ]
    return [_check(*check) for check in wanted]


def _tests(*, slow: bool) -> list[Result]:
    folders = sorted(str(path) for path in Path("tests").iterdir() if any(path.rglob("test_*.py")))
    together = [folder for folder in folders if folder not in [*SYSTEM, BROWSER]]
    results = [
        _pytest("tests", [*together, *TWO], slow, {"OMP_NUM_THREADS": "1"}),
        _pytest(" ".join(SYSTEM), SYSTEM, slow),
    ]
    if browser.find() is None:
        return [*results, Result(BROWSER, note="NOT RUN: there is no Chromium")]
    return [*results, _pytest(BROWSER, [BROWSER, *TWO], slow)]


def _check(name: str, command: list[str | Path], environment: dict[str, str]) -> Result:
    began = time.monotonic()
    finished = subprocess.run(
        command,
        env=os.environ | environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    print(f"\n== {name}\n{finished.stdout.rstrip()}", flush=True)
    status, seconds = finished.returncode, time.monotonic() - began
    return Result(name, passed=int(status == 0), failed=int(status != 0), seconds=seconds)


def _pytest(
    name: str, arguments: list[str], slow: bool, extra: dict[str, str] | None = None
) -> Result:
    print(f"\n== {name}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}"]
        command += ["--durations=20", "--durations-min=10", *arguments]
        if not slow:
            command += ["-m", "not slow"]
        status = subprocess.run(command, env=os.environ | (extra or {}), check=False).returncode
        return read_report(name, report, status, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
