"""The basic model's features and classifiers against scikit-learn's own, and stored whole."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer

from modeling.models.classifiers import Boosted
from modeling.models.lexical import ANALYZERS, TermWeights
from modeling.models.pair_features import lexical_columns
from modeling.models.stacking import (
    CLASSIFIERS,
    Stacked,
    Told,
    classifier_from,
    fit_classifier,
    fit_logistic,
)
from modeling.recipes import load_model, train

FEW = [0, 1]
TEXTS = ["Bake bread at home", "bread from a hot oven", "Moon launch 2024", "", "naïve café 北京"]


@pytest.fixture
def noisy_table():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 5))
    targets = (x[:, 0] + x[:, 1] * x[:, 2] + rng.normal(size=400) > 0.5).astype(float)
    return x, targets


def test_stored_trees_give_the_logits_of_scikit_learn(noisy_table):
    x, targets = noisy_table
    ours = Boosted.fit(x, targets, np.ones(len(x)), seed=3)
    theirs = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.05, max_leaf_nodes=6, min_samples_leaf=10,
        l2_regularization=5.0, early_stopping=False, random_state=3,
    )  # fmt: skip
    # Rows in the order in which a soft label's two rows stand.
    order = np.argsort(-targets, kind="stable")
    theirs.fit(x[order], targets[order].astype(int))
    fresh = np.random.default_rng(1).normal(size=(300, 5))
    np.testing.assert_allclose(ours.logits(fresh), theirs.decision_function(fresh), atol=1e-9)


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_a_classifier_is_the_same_after_it_was_stored(kind, noisy_table):
    x, targets = noisy_table
    fitted = fit_classifier(kind, Told(x, targets, np.ones(len(x)), FEW), 0)
    again = classifier_from(kind, fitted.tensors())
    np.testing.assert_array_equal(fitted.logits(x), again.logits(x))
    assert np.corrcoef(fitted.logits(x), targets)[0, 1] > 0.3


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_a_soft_label_is_worth_its_shares_of_both_answers(kind, noisy_table):
    x, targets = noisy_table
    soft = fit_classifier(kind, Told(x, np.full(len(x), 0.25), np.ones(len(x)), FEW), 0)
    assert soft.logits(x).mean() == pytest.approx(np.log(0.25 / 0.75), abs=0.05)
    hard = fit_classifier(kind, Told(x, targets, np.where(targets == 1.0, 2.0, 1.0), FEW), 0)
    doubled = np.concatenate([x, x[targets == 1.0]])
    twice = np.concatenate([targets, np.ones(int(targets.sum()))])
    repeated = fit_classifier(kind, Told(doubled, twice, np.ones(len(doubled)), FEW), 0)
    assert np.corrcoef(hard.logits(x), repeated.logits(x))[0, 1] > 0.97


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_one_example_of_a_class_is_enough_to_fit(kind):
    x = np.random.default_rng(0).normal(size=(30, 3))
    fitted = fit_classifier(kind, Told(x, np.r_[1.0, np.zeros(29)], np.ones(30), FEW), 0)
    assert np.isfinite(fitted.logits(x)).all()


def test_a_pair_that_comes_again_is_not_told_to_who_judges_it():
    """Labels at random: nothing is to be learnt but which pair it is."""
    from modeling.evaluation import evaluate

    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(100, 6)), 3, axis=0)
    targets, same = np.repeat(rng.random(100) < 0.5, 3).astype(float), np.repeat(np.arange(100), 3)
    found = {}
    for way, numbers in (("known", same), ("unknown", None)):
        logits = Stacked.unseen(Told(x, targets, np.ones(300), [0, 1], numbers), seed=0)
        judged = evaluate(1 / (1 + np.exp(-logits)), targets, resamples=0)
        found[way] = judged["auroc"]["value"]
    assert found["known"] < 0.65
    assert found["unknown"] > 0.85


def test_pairs_are_the_same_whichever_video_comes_first(make_examples, config):
    from modeling.embeddings import SentenceEncoder
    from modeling.encoders import resolve_encoder
    from modeling.models.feature_table import FeatureTable
    from modeling.models.pair_features import PairFeatures
    from modeling.progress import Ticker
    from modeling.vector_store import MemoryStore

    one, other = make_examples(2, 1)
    mirrored = replace(
        one, left=one.right, right=one.left, left_id=one.right_id, right_id=one.left_id
    )
    encoder = SentenceEncoder(resolve_encoder(config.encoder), device="cpu")
    features = PairFeatures(encoder, ("title", "description"), 32, terms=None)
    table = FeatureTable.read(features, [one, other, mirrored, one], MemoryStore(), Ticker())
    same = table.told.same.tolist()
    assert same in ([0, 1, 0, 0], [1, 0, 1, 1])
    turned = FeatureTable.read(features, [other, one, one], MemoryStore(), Ticker()).told.same
    assert turned.tolist() == [same[1], same[0], same[0]]


def test_the_order_of_the_labelled_pairs_changes_no_judgement(make_examples, config, tmp_path):
    rng = np.random.default_rng(0)
    unsure = [
        replace(e, target=float(np.clip(e.target + rng.normal() * 0.4, 0, 1)))
        for e in make_examples(100, 1)
    ]
    held = make_examples(60, 2, split="validation", prefix="v")
    found = []
    for number, order in enumerate((unsure, sorted(unsure, key=lambda e: e.target))):
        result = train("basic", [*order, *held], output=tmp_path / f"{number}", config=config)
        found.append([p.probability for p in load_model(result.path).predict(held)])
    assert found[1] == pytest.approx(found[0], abs=1e-3)


def test_the_order_of_the_labelled_pairs_changes_no_penalty():
    rng = np.random.default_rng(0)
    for _ in range(4):
        x = rng.normal(size=(60, 12))
        targets = np.clip(np.round(x[:, 0] + rng.normal(size=60), 1), 0, 1)
        told = Told(x, targets, np.ones(60), [], np.arange(60))
        order = np.argsort(x[:, 0])
        turned = Told(x[order], targets[order], np.ones(60), [], order)
        one, other = (fit_logistic(each, seed=0) for each in (told, turned))
        assert one.coefficients == pytest.approx(other.coefficients, abs=1e-3)


def test_a_penalty_is_chosen_on_pairs_that_are_held_back_whole():
    """Labels at random, each pair three times: whoever knows a pair knows its other labels."""
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(60, 40)), 3, axis=0)
    targets = np.repeat(rng.choice([0.1, 0.9], 60), 3)
    size = {}
    for way, same in (("known", np.repeat(np.arange(60), 3)), ("unknown", None)):
        fitted = fit_logistic(Told(x, targets, np.ones(180), [], same), seed=0)
        size[way] = np.abs(fitted.coefficients).mean()
    assert size["known"] < 0.5 * size["unknown"]


def test_a_part_that_does_not_know_has_little_weight_and_a_good_one_is_not_lost(noisy_table):
    x, _ = noisy_table
    # The few columns tell nothing, the target is a product that a straight line cannot follow.
    crossed = (x[:, 0] * x[:, 1] > 0).astype(float)
    stacked = Stacked.fit(Told(x, crossed, np.ones(len(x)), [4]), seed=0)
    seen = {"few": x[:, [4]], "logistic": x, "boosting": x}
    spread = [part.logits(seen[name]).std() for name, part in stacked.parts.items()]
    say = dict(zip(stacked.parts, stacked.weights * spread, strict=True))
    assert say["boosting"] > 0.8 * sum(say.values())
    assert (stacked.weights >= 0).all()
    fresh = np.random.default_rng(5).normal(size=(400, 5))
    right = (stacked.logits(fresh) > 0) == (fresh[:, 0] * fresh[:, 1] > 0)
    assert right.mean() > 0.8


@pytest.mark.parametrize("analyzer", ANALYZERS)
def test_overlap_of_words_is_the_cosine_of_scikit_learns_tfidf(analyzer):
    terms = TermWeights.fit(TEXTS)
    left = [a for a in TEXTS for _ in TEXTS]
    right = [b for _ in TEXTS for b in TEXTS]
    theirs = TfidfVectorizer(sublinear_tf=True, **ANALYZERS[analyzer])
    theirs.fit([text for text in TEXTS if text])
    a, b = theirs.transform(left), theirs.transform(right)
    expected = np.asarray(a.multiply(b).sum(1)).ravel()
    cosine, contained = terms.overlap(analyzer, left, right).T
    np.testing.assert_allclose(cosine, expected, atol=1e-6)
    assert ((contained >= 0) & (contained <= 1 + 1e-9)).all()
    same = [i for i, (p, q) in enumerate(zip(left, right, strict=True)) if p == q and p]
    np.testing.assert_allclose(contained[same], 1.0)


def test_words_with_digits_are_compared_and_nothing_is_not_a_match():
    terms = TermWeights.fit(TEXTS)
    titles = (["iPhone 13 128GB", "no digits", "part 2"], ["128gb iPhone 13", "none", "part 3"])
    columns = lexical_columns({"title": titles, "description": (["", "", ""],) * 2}, terms)
    assert columns["numbers"].tolist() == [1.0, -1.0, 0.0]
    assert columns["words_description"].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("features", ["study", "lexical"])
@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_a_loaded_basic_model_judges_as_the_trained_one(
    features, classifier, study, config, tmp_path
):
    config = replace(config, features=features, classifier=classifier)
    result = train("basic", study, output=tmp_path / "m", config=config)
    model = load_model(result.path)
    assert model.manifest["config"]["classifier"] == classifier
    described = model.manifest["variants"]["nt"]
    assert ("words_title" in described["columns"]) == (features == "lexical")
    figures = model.manifest["metrics"]["test"]["overall"]
    probabilities = [p.probability for p in model.predict([e for e in study if e.split == "test"])]
    targets = [e.target for e in study if e.split == "test"]
    brier = np.mean((np.array(probabilities) - np.array(targets)) ** 2)
    assert brier == pytest.approx(figures["brier"]["value"])


def test_a_column_that_is_the_same_for_all_pairs_says_nothing():
    rng = np.random.default_rng(0)
    told = rng.normal(size=(100, 1))
    targets = (told[:, 0] + rng.normal(size=100) > 0).astype(float)
    # Its standard deviation is 3e-17, not 0.
    x = np.column_stack([told, np.full(100, 0.1)])
    assert x[:, 1].std() > 0
    one = fit_logistic(Told(x, targets, np.ones(100), []), seed=0)
    assert abs(one.coefficients[1]) < 1e-6
    alone = fit_logistic(Told(told, targets, np.ones(100), []), seed=0)
    x[:, 1] += 5.0
    assert one.logits(x) == pytest.approx(alone.logits(told), abs=1e-6)
