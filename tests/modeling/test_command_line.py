"""The commands as people call them: arguments, last line, exit status, complaints."""

import csv
import gzip
import json
from dataclasses import replace

import pytest

from modeling.cli import main
from modeling.cli.train import REPORTED


def card_row(example, **extra):
    row = {"pair_id": example.pair_id, "label": int(example.target)}
    for side, video in (("regret", example.left), ("recommendation", example.right)):
        row |= {
            f"{side}_title": video.title,
            f"{side}_description": video.description,
            f"{side}_transcript": video.transcript,
        }
    return row | {"channel_sim": int(example.same_channel), "split": example.split} | extra


def nested_row(example):
    def side(video):
        return {"title": video.title, "description": video.description, "channel": video.channel}

    label = "similar" if example.target else "not_similar"
    return {
        "pair_id": example.pair_id,
        "left": side(example.left),
        "right": side(example.right),
        "label": label,
        "split": "valid" if example.split == "validation" else example.split,
    }


def write_jsonl(path, rows):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(capsys, *arguments):
    status = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    last = json.loads(captured.out.strip().splitlines()[-1]) if status == 0 else None
    return status, last, captured.err


@pytest.fixture
def trained(study, tiny_encoder, tmp_path, capsys):
    data = write_jsonl(tmp_path / "train.jsonl.gz", [card_row(e) for e in study])
    status, last, _ = run(
        capsys, "train", "--data", data, "--recipe", "basic", "--output", tmp_path / "model",
        "--encoder", tiny_encoder,
    )  # fmt: skip
    assert status == 0
    return tmp_path / "model", data, last


def test_train_prints_the_figures_of_the_test_split(trained):
    _, _, last = trained
    assert set(last["metrics"]) == set(REPORTED)
    assert last["metrics"]["auroc"] > 0.6
    assert last["seconds"] > 0
    assert last["evaluated_on"] == "test"
    assert last["variants"] == ["nt", "wt"]


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.csv.gz"])
def test_predict_keeps_every_row_and_column_in_order(trained, study, tmp_path, capsys, name):
    model, _, _ = trained
    rows = [card_row(e, note=f'Zeile {i}, "ü"\n') for i, e in enumerate(study[:70])]
    source = write_csv(tmp_path / "in.csv", rows)
    status, last, _ = run(
        capsys, "predict", "--model", model, "--input", source, "--output", tmp_path / name
    )
    assert status == 0
    assert last["rows"] == 70
    opener = gzip.open if name.endswith(".gz") else open
    with opener(tmp_path / name, "rt", encoding="utf-8", newline="") as stream:
        written = list(csv.DictReader(stream) if "csv" in name else map(json.loads, stream))
    assert [r["note"] for r in written] == [r["note"] for r in rows]
    assert list(written[0]) == [*rows[0], "probability", "logit", "missing"]
    for row in written:
        without = "regret_description" in row["missing"].split()
        assert without == (not row["regret_description"])
    assert all(0 <= float(r["probability"]) <= 1 for r in written)
    assert not list(tmp_path.glob(".*out*"))


def test_unlabelled_rows_are_predicted_and_channel_sim_counts(trained, study, tmp_path, capsys):
    model, _, _ = trained
    row = card_row(study[0])
    del row["label"]
    rows = [row | {"channel_sim": 0}, row | {"channel_sim": 1}]
    source = write_jsonl(tmp_path / "in.jsonl", rows)
    out = tmp_path / "out.jsonl"
    status, _, _ = run(capsys, "predict", "--model", model, "--input", source, "--output", out)
    assert status == 0
    apart, together = (json.loads(line)["logit"] for line in out.read_text().splitlines())
    assert together > apart


def test_evaluate_prints_intervals(trained, capsys):
    model, data, trained_last = trained
    status, last, _ = run(capsys, "evaluate", "--model", model, "--data", data, "--split", "test")
    assert status == 0
    assert last["rows"] == 40
    auroc = last["metrics"]["auroc"]
    assert auroc["low"] <= auroc["value"] <= auroc["high"]
    assert auroc["value"] == pytest.approx(trained_last["metrics"]["auroc"], abs=1e-3)


def test_left_and_right_rows_train_too_and_validation_stands_in_for_test(
    make_examples, tiny_encoder, tmp_path, capsys
):
    examples = [
        *make_examples(80, 1),
        *make_examples(20, 2, prefix="w", split="validation"),
    ]
    rows = [nested_row(e) for e in examples]
    rows[0]["label"] = "unsure"
    data = write_jsonl(tmp_path / "pairs.jsonl", rows)
    status, last, _ = run(
        capsys, "train", "--data", data, "--recipe", "basic", "--output", tmp_path / "m",
        "--encoder", tiny_encoder,
    )  # fmt: skip
    assert status == 0
    assert last["evaluated_on"] == "validation"
    assert last["counts"]["validation"] == 20


def test_train_says_that_nothing_is_known_of_a_model_where_no_pair_could_be_held_out(
    make_examples, tiny_encoder, tmp_path, capsys, caplog
):
    video = make_examples(1)[0].left
    rows = [card_row(replace(e, left=video, left_id="v")) for e in make_examples(60, 1)]
    status, last, _ = run(
        capsys, "train", "--data", write_jsonl(tmp_path / "star.jsonl", rows), "--recipe", "auto",
        "--output", tmp_path / "m", "--encoder", tiny_encoder,
    )  # fmt: skip
    assert status == 0
    assert last["evaluated_on"] is None
    assert set(last["metrics"].values()) == {None}
    assert (last["recipe"], last["tried"]) == ("basic", {"basic": None})
    assert "not calibrated, and nothing says how good it is; label pairs of other" in caplog.text


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"label": "maybe"}, "line 2: field label: 'maybe'"),
        ({"label": None}, "line 2: field label: None"),
        ({"regret_title": ["x"]}, "line 2: field regret_title: list instead of text"),
        ({"channel_sim": 2}, "line 2: field channel_sim: 2"),
        ({"split": "holdout"}, "line 2: field split: 'holdout'"),
    ],
)
def test_a_bad_field_is_named_with_file_and_line(study, tmp_path, capsys, change, complaint):
    rows = [card_row(study[0]), card_row(study[1]) | change]
    data = write_jsonl(tmp_path / "bad.jsonl", rows)
    status, _, err = run(
        capsys, "train", "--data", data, "--recipe", "basic", "--output", tmp_path / "m"
    )
    assert status == 1
    assert "bad.jsonl" in err
    assert complaint in err
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("x.jsonl", b'{"regret_title": "a"}\n', "field recommendation_title: missing"),
        ("x.jsonl", b"{}\n", "field regret_title (or left): missing"),
        ("x.jsonl", b"[1]\n", "line 1: not a JSON object"),
        ("x.jsonl", b"\n{oops\n", "line 2: not JSON"),
        ("x.jsonl", b"\xff\xfe\n", "not UTF-8"),
        ("x.csv", b"regret_title,recommendation_title\na\n", "line 2: not as many fields"),
        ("x.jsonl.gz", b"not gzip", "cannot be read"),
        ("x.xlsx", b"", "must end in .jsonl or .csv"),
        ("x.jsonl", b'{"left": "a", "right": {}}\n', "field left: 'a' is not an object"),
    ],
)
def test_a_malformed_file_is_an_error_in_words_and_leaves_no_output(
    trained, tmp_path, capsys, name, content, complaint
):
    (tmp_path / name).write_bytes(content)
    out = tmp_path / "out.jsonl"
    status, _, err = run(
        capsys, "predict", "--model", trained[0], "--input", tmp_path / name, "--output", out
    )
    assert status == 1
    assert complaint in err
    assert not out.exists()


def test_too_few_labels_exit_with_advice(study, tmp_path, capsys):
    data = write_jsonl(
        tmp_path / "few.jsonl", [card_row(replace(e, split=None)) for e in study[:5]]
    )
    status, _, err = run(
        capsys, "train", "--data", data, "--recipe", "basic", "--output", tmp_path / "m"
    )
    assert status == 1
    assert "Label more pairs" in err


def test_agreement_prints_every_figure(tmp_path, capsys):
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "unit,annotator,label\nu1,a,similar\nu1,b,similar\nu2,a,not_similar\nu2,b,unsure\n"
        "u3,a,not_similar\nu3,b,not_similar\nu4,a,similar\nu4,b,\n"
    )
    status, last, _ = run(capsys, "agreement", "--labels", labels)
    assert status == 0
    for name in (
        "alpha_nominal", "alpha_ordinal", "fleiss_kappa", "gwet_ac1", "percent_agreement",
    ):  # fmt: skip
        assert {"value", "low", "high"} <= last[name].keys()
    assert last["percent_agreement"]["value"] == pytest.approx(2 / 3)
    assert last["cohen_kappa"][0].keys() >= {"a", "b", "value", "low", "high", "n"}
    assert last["cohen_kappa"][0]["n"] == 3
    assert (last["units"], last["annotators"]) == (4, 2)


def test_consensus_writes_one_row_a_unit(tmp_path, capsys):
    labels, out = tmp_path / "labels.csv", tmp_path / "consensus.csv"
    labels.write_text("unit,annotator,label\nu1,a,similar\nu1,b,not_similar\nu2,a,similar\n")
    status, last, _ = run(
        capsys, "consensus", "--labels", labels, "--method", "majority", "--output", out
    )
    assert status == 0
    assert last["units"] == 2
    assert out.read_text() == "unit,label,probability\nu1,unsure,0.5\nu2,similar,1.0\n"


def test_labels_without_an_annotator_are_refused_with_their_line(tmp_path, capsys):
    labels = tmp_path / "labels.csv"
    labels.write_text("unit,annotator,label\nu1,a,similar\nu1,,similar\n")
    status, _, err = run(capsys, "agreement", "--labels", labels)
    assert status == 1
    assert "line 3: field annotator: empty" in err
