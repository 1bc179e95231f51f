import csv
import json

import numpy as np
import pytest

from modeling.agreement.report import agreement_report
from modeling.agreement.sets import reasons_report
from modeling.cli import main

HEADER = ["unit", "annotator", "label"]


def agreement(capsys, tmp_path, header, rows):
    path = tmp_path / "labels.csv"
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    status = main(["agreement", "--labels", str(path), "--resamples", "100"])
    captured = capsys.readouterr()
    found = json.loads(captured.out.splitlines()[-1]) if status == 0 else None
    return status, found, captured.err


def labels(units=60):
    rng = np.random.default_rng(0)
    return [
        (f"u{u}", f"a{a}", "similar" if (u % 3 == 0) != (rng.random() < 0.1) else "not_similar")
        for u in range(units) for a in range(2)
    ]  # fmt: skip


def test_without_reasons_every_figure_is_as_before_and_remarks_are_added(capsys, tmp_path):
    status, found, err = agreement(capsys, tmp_path, HEADER, labels())
    assert status == 0
    remarks = found.pop("remarks")
    assert found == agreement_report(labels(), resamples=100)
    assert remarks["alpha_nominal"][0]["code"] == "means_alpha_nominal"
    assert "percent_agreement: Of two labels of one pair" in err


def test_with_reasons_those_who_gave_any_are_compared(capsys, tmp_path):
    said = {"similar": '["similar_subject", "other"]', "not_similar": "[]"}
    rows = [(*row, said[row[2]]) for row in labels()]
    # Somebody changed from similar to not similar: the reasons went with it.
    rows += [("u0", "a9", "similar", "other"), ("u0", "a9", "not_similar", "")]
    status, found, _ = agreement(capsys, tmp_path, [*HEADER, "reasons"], rows)
    assert status == 0
    similar = [row for row in labels() if row[2] == "similar"]
    expected = reasons_report(
        [(unit, who, {"similar_subject", "other"}) for unit, who, _ in similar], resamples=100
    )
    assert found["reasons"] == expected
    assert found["reasons"]["labels"] == len(similar)
    assert found["remarks"]["alpha_masi"][0]["code"] == "no_value"


def test_words_between_separators_are_reasons_too(capsys, tmp_path):
    rows = [("u", "a", "similar", "x|y"), ("u", "b", "similar", "y; x"),
            ("v", "a", "similar", "z"), ("v", "b", "similar", "Z")]  # fmt: skip
    _, found, _ = agreement(capsys, tmp_path, [*HEADER, "reasons"], rows)
    assert found["reasons"]["alpha_masi"]["value"] == pytest.approx(1)
    assert [entry["reason"] for entry in found["reasons"]["by_reason"]] == ["x", "y", "z"]


def test_reasons_that_are_no_list_name_the_line(capsys, tmp_path):
    rows = [("u", "a", "similar", "x"), ("u", "b", "similar", "[1")]
    status, _, err = agreement(capsys, tmp_path, [*HEADER, "reasons"], rows)
    assert status == 1
    assert "line 3: field reasons" in err
