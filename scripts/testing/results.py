"""Counting what passed: a check counts as one test, a pytest phase as what its report says."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True)
class Result:
    """What one check or phase came to."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    note: str = ""

    def __str__(self) -> str:
        counts = f"{self.passed:>6} passed {self.failed:>4} failed {self.skipped:>4} skipped"
        return f"{self.name:<24}{counts} {self.seconds:>7.1f} s  {self.note}".rstrip()


def read_report(name: str, report: Path, exit_status: int, seconds: float) -> Result:
    """The result of a pytest phase from its JUnit `report`.

    A phase that ended badly without a failed test (a crash, an import error) counts as one failure.
    """
    if not report.exists():
        return Result(name, failed=1, seconds=seconds, note=f"no report; exit status {exit_status}")
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))  # noqa: S314 - our own file

    def total(attribute: str) -> int:
        return sum(int(suite.get(attribute, 0)) for suite in suites)

    failed, skipped = total("failures") + total("errors"), total("skipped")
    passed = max(total("tests") - failed - skipped, 0)
    nothing_found = exit_status == 5
    if exit_status and not failed and not nothing_found:
        return Result(name, passed, 1, skipped, seconds, f"exit status {exit_status}")
    return Result(name, passed, failed, skipped, seconds, "no tests" if nothing_found else "")


def summary(results: list[Result]) -> str:
    """A table, and alone on its last line the totals."""
    passed, failed, skipped = (
        sum(getattr(result, field) for result in results)
        for field in ("passed", "failed", "skipped")
    )
    return "\n".join(
        ["", *map(str, results), "", f"{passed} passed, {failed} failed, {skipped} skipped"]
    )
