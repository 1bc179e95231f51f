"""The English of every code in `modeling.agreement.explanations`."""

from __future__ import annotations

_BEYOND_CHANCE = "0 is what chance alone would give, 1 is full agreement; here it is {value:.2f}"

SENTENCES = {
    "means_alpha_nominal": (
        f"Agreement beyond chance, any two labels differing alike: {_BEYOND_CHANCE}."
    ),
    "means_alpha_ordinal": (
        f"Agreement beyond chance, with unsure between the other two: {_BEYOND_CHANCE}."
    ),
    "means_alpha_masi": (
        "Agreement on sets of reasons beyond chance, where sets that overlap agree in part: "
        f"{_BEYOND_CHANCE}."
    ),
    "means_alpha_jaccard": (
        "Agreement on sets of reasons beyond chance, by the share of reasons in common: "
        f"{_BEYOND_CHANCE}."
    ),
    "means_fleiss_kappa": f"Agreement of all annotators beyond chance: {_BEYOND_CHANCE}.",
    "means_cohen_kappa": f"Agreement of these two annotators beyond chance: {_BEYOND_CHANCE}.",
    "means_gwet_ac1": (
        "Agreement beyond chance, where chance matters little if one label is rare: "
        f"{_BEYOND_CHANCE}."
    ),
    "means_percent_agreement": (
        "Of two labels of one pair {value:.0%} are equal; part of that is chance."
    ),
    "means_positive_agreement": (
        "Where one annotator gave this reason, another gave it too in {value:.0%} of cases."
    ),
    "no_value": (
        "There is no figure yet: {units} pairs were labelled twice, or all labels are the same."
    ),
    "alpha_reliable": (
        "All of the interval is at {mark} or above, where labels are usually relied on "
        "(Krippendorff 2004)."
    ),
    "alpha_tentative": (
        "All of the interval lies between {low} and {high}: for tentative conclusions only "
        "(Krippendorff 2004)."
    ),
    "alpha_not_reliable": (
        "All of the interval is below {mark}: look for what people disagree about before "
        "drawing conclusions (Krippendorff 2004)."
    ),
    "alpha_undecided": (
        "The interval from {low:.2f} to {high:.2f} holds values that call for different "
        "conclusions: it takes more labels to say."
    ),
    "wide_interval": (
        "The interval is wide, {low:.2f} to {high:.2f}: take the figure as a first impression."
    ),
    "no_interval": (
        "There is no interval: too few pairs to tell how far chance could have moved the figure."
    ),
    "few_overlaps": (
        "It rests on {units} pairs with two labels or more; with fewer than {enough} intervals "
        "themselves are uncertain."
    ),
    "little_overlap": (
        "Only {overlap:.1%} of the labelled pairs have two labels: if those were not drawn at "
        "random, the others may differ."
    ),
    "prevalence_paradox": (
        "People agree on {agreement:.0%}, but {prevalence:.0%} of the labels are the same one, "
        "and then figures beyond chance come out low: read percent agreement and Gwet's AC1 "
        "beside it."
    ),
    "chance_alone": (
        "With {prevalence:.0%} of the labels the same one, people who guess would agree on "
        "about {chance:.0%}: read alpha beside it."
    ),
    "generous_where_one_sided": (
        "With {prevalence:.0%} of the labels the same one it stays high even if the rare label "
        "is hardly agreed on: read alpha beside it."
    ),
    "selection_active": (
        "A model chose these pairs because they are hard to decide: agreement on pairs at large"
        " is likely to be higher."
    ),
    "selection_mixed": (
        "Part of these pairs were chosen by a model because they are hard to decide: for "
        "agreement on pairs at large look at the random ones."
    ),
}
