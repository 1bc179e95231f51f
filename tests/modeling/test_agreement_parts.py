"""Agreement within parts of the ratings is that of those ratings alone."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.agreement.facets import agreement_by
from modeling.agreement.report import agreement_report

LABELS = ("not_similar", "unsure", "similar")
FIGURES = ("alpha_nominal", "alpha_ordinal", "fleiss_kappa", "gwet_ac1", "percent_agreement")
votes = st.lists(
    st.tuples(
        st.integers(0, 8),
        st.sampled_from("abc"),
        st.sampled_from(LABELS),
        st.lists(st.sampled_from(["de", "en", "fr"]), min_size=1, max_size=2, unique=True),
    ),
    max_size=40,
    unique_by=lambda vote: vote[:2],
)


@given(votes)
def test_each_part_has_the_figures_of_its_own_ratings(rows):
    found = agreement_by(
        [((u, a, label), {"language": languages}) for u, a, label, languages in rows],
        resamples=20,
    )
    parts = defaultdict(list)
    for unit, annotator, label, languages in rows:
        for language in languages:
            parts[language].append((unit, annotator, label))
    assert {part["value"] for part in found.get("language", [])} == parts.keys()
    for part in found.get("language", []):
        alone = agreement_report(parts[part["value"]], order=LABELS, resamples=20)
        assert part["labels"] == len(parts[part["value"]])
        assert part["units_with_overlap"] == alone["units_with_overlap"]
        for figure in FIGURES:
            assert part[figure]["value"] == pytest.approx(alone[figure]["value"], abs=1e-12)


def test_a_changed_answer_counts_once_and_where_it_now_belongs():
    rows = [
        ((1, "a", "similar"), {"policy": ["1"]}),
        ((1, "b", "similar"), {"policy": ["2"]}),
        ((1, "a", "not_similar"), {"policy": ["2"]}),
    ]
    (part,) = agreement_by(rows)["policy"]
    assert (part["value"], part["labels"], part["units_with_overlap"]) == ("2", 2, 1)
    assert part["percent_agreement"]["value"] == 0.0


def test_the_rarest_values_of_a_facet_are_left_out():
    rows = [((n, "a", "similar"), {"source": [f"s{min(n, 6)}"]}) for n in range(9)]
    assert [part["value"] for part in agreement_by(rows, most=2)["source"]] == ["s6", "s0"]
