"""All methods behind one call, their intervals, and the command."""

import csv
import json

import numpy as np
import pytest

from modeling.agreement import dawid_skene, dawid_skene_labels
from modeling.agreement.credible import interval, of_confusions
from modeling.agreement.methods import MODELS, consensus
from modeling.agreement.ratings import read_ratings
from modeling.agreement.votes import read_votes
from modeling.cli import main
from modeling.stopping import VERDICTS
from tests.modeling.crowds import crowd

LABELS = "unit,annotator,label\nu1,a,similar\nu1,b,similar\nu2,a,not_similar\nu2,b,unsure\n"
every_model = pytest.mark.parametrize("method", MODELS)


def rows_of(votes, names):
    return [(f"u{u}", f"a{a}", names[y]) for u, a, y in zip(*votes, strict=True)]


def run(capsys, *arguments):
    status = main(["consensus", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture
def files(tmp_path):
    """Writes labels and probabilities and gives the arguments that name them."""

    def write(labels, probabilities=None, method="crowdlab"):
        (tmp_path / "labels.csv").write_text(labels)
        more = []
        if probabilities is not None:
            (tmp_path / "p.csv").write_text(probabilities)
            more = ["--probabilities", tmp_path / "p.csv"]
        out = tmp_path / "out.csv"
        return ["--labels", tmp_path / "labels.csv", "--method", method, "--output", out, *more]

    return write


@every_model
@pytest.mark.parametrize("k", [2, 3])
def test_every_posterior_lies_in_its_interval_which_more_labels_make_narrower(method, k):
    widths = []
    for units in (40, 1000):
        _, *votes = crowd(units, 4, n_labels=k)
        ratings = read_ratings(rows_of(votes, "abc"))
        p = np.random.default_rng(0).dirichlet(np.ones(k), size=units)
        found = consensus(ratings, method, probabilities=p, labels="abc"[:k])
        assert found.posterior.shape == found.low.shape == (units, k)
        assert np.all((found.low >= 0) & (found.low <= found.posterior))
        assert np.all((found.posterior <= found.high) & (found.high <= 1))
        widths.append((found.high - found.low).mean())
    # GLAD's stays wide: how difficult a unit is has to be told from its own few labels.
    assert 0 < widths[1] < (0.9 if method == "glad" else 0.6) * widths[0]


def test_an_interval_mostly_holds_the_posterior_by_the_real_confusions():
    rng = np.random.default_rng(0)
    n, m = 2000, 12
    truth = rng.integers(2, size=n)
    right = rng.beta(8, 2, size=(m, 2))
    confusion = np.where(np.eye(2, dtype=bool), right[:, :, None], 1 - right[:, :, None])
    units, annotators = np.repeat(np.arange(n), 4), rng.random((n, m)).argsort(1)[:, :4].ravel()
    correct = rng.random(4 * n) < right[annotators, truth[units]]
    labels = np.where(correct, truth[units], 1 - truth[units])
    evidence = np.log(confusion[annotators, 1, labels] / confusion[annotators, 0, labels])
    real = 1 / (1 + np.exp(-np.bincount(units, weights=evidence)))
    fitted = dawid_skene_labels.fit(units, annotators, labels)
    sampler = of_confusions(fitted.concentration, fitted.posterior.sum(0) + 1, rng)
    low, high = interval(read_votes(units, annotators, labels), sampler, fitted.posterior)
    # Near 0 and 1 differences are tiny; what is right to half a per cent is right enough.
    held = (low[:, 1] <= real + 0.005) & (real - 0.005 <= high[:, 1])
    close = np.abs(fitted.posterior[:, 1] - real) <= 0.005
    assert held.mean() > 0.9 > 0.6 > close.mean()


def test_of_verdicts_dawid_skene_is_the_products_own():
    _, units, people, labels = crowd(300, 3)
    labels[::17] = VERDICTS.index("unsure")
    found = consensus(read_ratings(rows_of((units, people, labels), VERDICTS)), "dawid-skene")
    own = dawid_skene.fit(units, people, labels).posterior
    assert found.labels == ["not_similar", "similar"]
    assert found.posterior[:, 1] == pytest.approx(own)


def test_intervals_of_verdicts_are_as_wide_as_those_of_the_same_labels_by_other_names():
    """Ten units with two labels are all that teaches how reliable people are."""
    rng = np.random.default_rng(0)
    units = np.concatenate([np.repeat(np.arange(10), 2), np.arange(10, 610)])
    people = np.arange(len(units)) % 3
    said = (rng.random(len(units)) < 0.4).astype(int)
    widths = []
    for names in (("not_similar", "similar"), ("no", "yes")):
        found = consensus(read_ratings(rows_of((units, people, said), names)), "dawid-skene")
        widths.append(np.median((found.high - found.low)[10:]))
    assert 0.7 < widths[0] / widths[1] < 1.4


@pytest.mark.parametrize("method", ["dawid-skene", "glad", "mace"])
@pytest.mark.parametrize("labels", [["not_similar", "similar"], ["no", "yes"]])
def test_labels_of_nobody_are_a_consensus_on_nothing(method, labels):
    assert consensus(read_ratings([]), method, labels=labels).decided() == []


@every_model
def test_unsure_is_no_answer_about_similarity_and_ties_are_unsure(method):
    rows = [
        ("u", "a", "similar"),
        ("u", "b", "similar"),
        ("v", "a", "unsure"),
        ("v", "b", "unsure"),
    ]
    found = consensus(
        read_ratings(rows), method, probabilities=[[0.3, 0.7], [0.5, 0.5]],
        labels=["not_similar", "similar"],
    )  # fmt: skip
    (first, *_), (second, probability, *_) = found.decided()
    assert first == "similar"
    if method != "dawid-skene":  # which starts from the share of similar pairs
        assert (second, probability) == ("unsure", 0.5)


@every_model
def test_where_one_label_was_given_there_is_nothing_to_doubt(method):
    ratings = read_ratings([("u", "a", "x"), ("v", "a", "x")])
    found = consensus(ratings, method, probabilities=[[1.0], [1.0]], labels=["x"])
    assert found.decided() == [("x", 1.0, 1.0, 1.0)] * 2


@every_model
def test_the_command_writes_label_probability_and_interval(capsys, files, method):
    arguments = files(LABELS, "unit,similar\nu1,0.9\nu2,0.2\nu3,0.5\n", method)
    status, out, _ = run(capsys, *arguments)
    assert status == 0
    assert json.loads(out)["units"] == 2
    with open(arguments[5]) as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["unit", "label", "probability", "low", "high"]
    assert [(row["unit"], row["label"]) for row in rows] == [
        ("u1", "similar"),
        ("u2", "not_similar"),
    ]
    for row in rows:
        assert float(row["low"]) <= float(row["probability"]) <= float(row["high"])


def test_a_column_for_each_label_serves_any_labels(capsys, files):
    labels = "unit,annotator,label\nu,a,cat\nu,b,dog\nv,a,dog\nv,b,dog\n"
    arguments = files(labels, "unit,bird,cat,dog\nv,0.1,0.1,0.8\nu,0.0,0.9,0.1\n")
    assert run(capsys, *arguments)[0] == 0
    lines = arguments[5].read_text().splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["u", "cat"], ["v", "dog"]]


def test_crowdlab_without_probabilities_says_what_it_needs(capsys, files):
    status, _, err = run(capsys, *files(LABELS))
    assert status == 1
    assert "error: --method crowdlab needs --probabilities" in err


@pytest.mark.parametrize(
    ("labels", "probabilities", "sentence"),
    [
        (LABELS, "unit,similar\nu1,0.9\n", "labels.csv, line 4: field unit: 'u2' has no row in"),
        (LABELS, "unit,similar\nu1,1.2\n", "p.csv, line 2: field similar: '1.2' is not a prob"),
        (LABELS, "unit,similar\nu1,\n", "p.csv, line 2: field similar: '' is not a probability"),
        (LABELS, "unit,similar\nu1,nan\n", "p.csv, line 2: field similar: 'nan' is not a prob"),
        (LABELS, "unit,similar\nu1,0.5\nu1,0.5\n", "p.csv, line 3: field unit: 'u1' has a row al"),
        (LABELS, "unit,similar\n,0.5\n", "p.csv, line 2: field unit: empty"),
        (LABELS, "pair,similar\nu1,0.5\n", "p.csv, line 2: field unit: missing"),
        (LABELS, "unit,score\nu1,0.5\n", "p.csv, line 2: field similar: missing"),
        (LABELS, "unit,similar,not_similar\nu1,0.5,0.6\n", "line 2: field similar: the probabi"),
        (LABELS, "unit,similar\n", "p.csv: has no rows"),
        (
            LABELS.replace("unsure", "maybe"),
            "unit,similar\nu1,0.9\nu2,0.1\n",
            "labels.csv, line 5: field label: 'maybe' has no column in",
        ),
        (
            "unit,annotator,label\nu1,a,similar\n",
            "unit,similar\nu1,0.9\n",
            "crowdlab needs a unit with labels of two annotators",
        ),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(capsys, files, labels, probabilities, sentence):
    arguments = files(labels, probabilities)
    status, _, err = run(capsys, *arguments)
    assert status == 1
    assert sentence in err
    assert not arguments[5].exists()


def test_an_unknown_method_or_label_is_refused():
    ratings = read_ratings([("u", "a", "x"), ("u", "b", "y")])
    with pytest.raises(ValueError, match="'magic' is not among"):
        consensus(ratings, "magic")
    with pytest.raises(ValueError, match="label 'y' is not among x, z"):
        consensus(ratings, "mace", labels=["x", "z"])
