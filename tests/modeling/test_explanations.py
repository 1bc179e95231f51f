import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.agreement.english import SENTENCES
from modeling.agreement.explanations import STATISTICS, Facts, explain, in_english
from modeling.agreement.report import agreement_report

shares = st.none() | st.floats(0, 1)
facts = st.builds(
    Facts, units=st.integers(0, 10_000), overlap=shares, prevalence=shares,
    percent_agreement=shares, selection=st.sampled_from([None, "random", "active", "mixed"]),
)  # fmt: skip


def codes(statistic, value, low, high, **known):
    return {r["code"] for r in explain(statistic, value, low, high, Facts(**known))}


@given(st.sampled_from(STATISTICS), st.floats(-1, 1), st.floats(0, 0.5), facts)
def test_every_remark_has_a_sentence_with_all_of_its_values(statistic, value, half, known):
    for remark in explain(statistic, value, value - half, value + half, known):
        sentence = SENTENCES[remark["code"]]
        used = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
        assert used == set(remark["parameters"])
        assert in_english(remark).endswith(".")


@pytest.mark.parametrize("statistic", STATISTICS)
def test_every_statistic_is_explained_first(statistic):
    first = explain(statistic, 0.5, 0.45, 0.55, Facts(units=1000))[0]
    assert first["code"] == f"means_{statistic}"


def test_the_prevalence_paradox_is_seen_in_the_published_example():
    # Feinstein & Cicchetti 1990: much agreement, one label rare, kappa low.
    pairs = [("+", "+")] * 118 + [("+", "-")] * 5 + [("-", "+")] * 2
    rows = [(u, who, label) for u, pair in enumerate(pairs)
            for who, label in zip("ab", pair, strict=True)]  # fmt: skip
    report = agreement_report(rows, resamples=100)
    agreement = report["percent_agreement"]["value"]
    known = {"units": 125, "prevalence": 243 / 250, "percent_agreement": agreement}
    for name in ("alpha_nominal", "fleiss_kappa"):
        figure = report[name]
        assert "prevalence_paradox" in codes(name, *list(figure.values())[:3], **known)
    assert "chance_alone" in codes("percent_agreement", 0.94, 0.9, 0.98, **known)
    assert "generous_where_one_sided" in codes("gwet_ac1", 0.94, 0.9, 0.98, **known)
    level = {"units": 125, "prevalence": 0.5, "percent_agreement": agreement}
    assert "prevalence_paradox" not in codes("alpha_nominal", 0.4, 0.35, 0.45, **level)


def test_alpha_is_judged_by_its_interval_and_not_by_its_value():
    assert "alpha_reliable" in codes("alpha_nominal", 0.85, 0.81, 0.9, units=900)
    assert "alpha_undecided" in codes("alpha_nominal", 0.85, 0.7, 0.95, units=90)
    assert "alpha_tentative" in codes("alpha_ordinal", 0.72, 0.68, 0.77, units=900)
    assert "alpha_not_reliable" in codes("alpha_masi", 0.5, 0.4, 0.6, units=900)
    assert not any("alpha_" in c for c in codes("gwet_ac1", 0.85, 0.81, 0.9, units=900))


def test_warnings_come_where_they_are_due_and_only_there():
    quiet = codes("percent_agreement", 0.9, 0.88, 0.92, units=900, overlap=0.3, selection="random")
    assert quiet == {"means_percent_agreement"}
    loud = codes("percent_agreement", 0.9, 0.7, 1.0, units=20, overlap=0.01, selection="active")
    assert loud >= {"few_overlaps", "little_overlap", "wide_interval", "selection_active"}
    assert codes("fleiss_kappa", 0.9, None, None, units=60) == {"means_fleiss_kappa", "no_interval"}


def test_without_a_value_nothing_is_explained_but_that():
    assert codes("alpha_nominal", None, None, None, units=0) == {"no_value"}


def test_an_unknown_statistic_is_refused():
    with pytest.raises(ValueError, match="'beta' is not among"):
        explain("beta", 1.0, 1.0, 1.0, Facts(units=3))
