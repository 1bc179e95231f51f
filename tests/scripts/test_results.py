from pathlib import Path

from scripts.testing.results import Result, read_report, summary

REPORT = """<testsuites><testsuite tests="6" failures="1" errors="1" skipped="1"/></testsuites>"""


def test_a_report_is_counted_by_outcome(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    result = read_report("tests", tmp_path / "report.xml", 1, 2.0)

    assert (result.passed, result.failed, result.skipped) == (3, 2, 1)


def test_a_phase_that_crashed_counts_as_a_failure(tmp_path: Path) -> None:
    assert read_report("tests", tmp_path / "missing.xml", 139, 2.0).failed == 1


def test_a_phase_that_ended_badly_without_a_failed_test_counts_as_a_failure(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT.replace('"1"', '"0"'))

    assert read_report("tests", tmp_path / "report.xml", 3, 2.0).failed == 1
    assert read_report("tests", tmp_path / "report.xml", 0, 2.0).failed == 0


def test_a_phase_whose_tests_are_all_left_out_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text('<testsuites><testsuite tests="0"/></testsuites>')

    assert read_report("tests", tmp_path / "report.xml", 5, 0.1).failed == 0


def test_the_last_line_of_the_summary_counts_everything() -> None:
    results = [Result("ruff", passed=1), Result("tests", passed=3, failed=2, skipped=1)]

    assert summary(results).splitlines()[-1] == "4 passed, 2 failed, 1 skipped"
