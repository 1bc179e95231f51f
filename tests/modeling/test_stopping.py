import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.stopping import TYPICAL, VERDICTS, Confusion, Opinion, Rule, decide, posterior

CERTAIN = Confusion(similar=(1, 0, 0), not_similar=(0, 1, 0))
GUESSING = Confusion(similar=(0.3, 0.65, 0.05), not_similar=(0.3, 0.65, 0.05))
COIN_OF_90 = Confusion(similar=(0.9, 0.1, 0), not_similar=(0.1, 0.9, 0))


@st.composite
def confusions(draw):
    """People who say "similar" rather of similar pairs than of others, and the reverse."""
    unsure = draw(st.floats(0, 0.3))
    hit, false_alarm = sorted(draw(st.tuples(st.floats(0, 1), st.floats(0, 1))), reverse=True)
    sure = 1 - unsure
    return Confusion(
        similar=(sure * hit, sure * (1 - hit), unsure),
        not_similar=(sure * false_alarm, sure * (1 - false_alarm), unsure),
    )


verdicts = st.sampled_from(VERDICTS)
opinions = st.lists(st.builds(Opinion, verdicts, confusions()), max_size=8)
priors = st.floats(0, 1)
rules = st.sampled_from(Rule)


def say(*said):
    return [Opinion(verdict) for verdict in said]


def decide_with(rule, opinions, *, prior=0.3, most=5, stop_at=0.95, base=1):
    return decide(rule, opinions=opinions, prior=prior, most=most, stop_at=stop_at, base=base)


@given(opinions, priors, st.randoms())
@settings(deadline=None)
def test_the_order_of_the_opinions_does_not_matter(given_opinions, prior, random):
    shuffled = random.sample(given_opinions, len(given_opinions))
    assert posterior(shuffled, prior) == posterior(given_opinions, prior)


@given(st.lists(confusions(), max_size=8), confusions(), priors)
@settings(deadline=None)
def test_one_more_person_who_agrees_never_lowers_certainty(people, another, prior):
    for verdict, sign in (("similar", 1), ("not_similar", -1)):
        said = [Opinion(verdict, person) for person in people]
        before, after = posterior(said, prior), posterior([*said, Opinion(verdict, another)], prior)
        assert sign * (after - before) >= -1e-12


@given(rules, opinions, priors, st.integers(1, 6), st.integers(1, 6), st.floats(0.51, 0.99))
@settings(deadline=None)
def test_a_pair_wants_no_fewer_labels_than_it_has_and_one_more_at_most_up_to_the_limit(
    rule, given_opinions, prior, most, base, stop_at
):
    decision = decide_with(rule, given_opinions, prior=prior, most=most, base=base, stop_at=stop_at)
    there = len(given_opinions)
    assert decision.wanted >= max(there, 1)
    assert 0 <= decision.posterior <= 1
    if rule in (Rule.DIFFER, Rule.POSTERIOR):
        assert decision.wanted <= max(most, there)
        assert decision.wanted <= max(there + 1, 2)
    else:
        assert decision.wanted == max(base, there)


@given(opinions, priors, st.floats(0.51, 0.99))
@settings(deadline=None)
def test_the_posterior_stop_goes_on_while_the_answer_is_in_doubt(given_opinions, prior, stop_at):
    decision = decide_with(Rule.POSTERIOR, given_opinions, prior=prior, most=20, stop_at=stop_at)
    sure = max(decision.posterior, 1 - decision.posterior) >= stop_at
    enough = sure and len(given_opinions) > 0
    assert decision.wanted == len(given_opinions) + (not enough)


def test_the_posterior_is_that_of_bayes_rule():
    # 0.3 * 0.9 / (0.3 * 0.9 + 0.7 * 0.1)
    assert posterior([Opinion("similar", COIN_OF_90)], 0.3) == pytest.approx(0.27 / 0.34)
    two = [Opinion("similar", COIN_OF_90), Opinion("not_similar", COIN_OF_90)]
    assert posterior(two, 0.3) == pytest.approx(0.3)
    # "unsure" tells as much as its shares differ; those of the typical person do not.
    assert posterior(say("unsure"), 0.5) == pytest.approx(0.5)
    shy = Confusion(similar=(0.5, 0.1, 0.4), not_similar=(0.2, 0.6, 0.2))
    assert posterior([Opinion("unsure", shy)], 0.5) == pytest.approx(2 / 3)


def test_somebody_who_guesses_changes_nothing():
    assert posterior([Opinion("similar", GUESSING)] * 5, 0.3) == pytest.approx(0.3)


def test_a_model_alone_never_settles_a_pair():
    assert decide_with(Rule.POSTERIOR, [], prior=1.0).wanted == 1
    assert decide_with(Rule.POSTERIOR, [], prior=0.0, stop_at=0.6).wanted == 1


def test_one_typical_label_is_enough_where_it_agrees_with_a_sure_model_and_not_where_it_differs():
    assert decide_with(Rule.POSTERIOR, say("not_similar"), prior=0.05).wanted == 1
    assert decide_with(Rule.POSTERIOR, say("similar"), prior=0.05).wanted == 2
    assert decide_with(Rule.POSTERIOR, say("similar"), prior=0.5).wanted == 2


def test_even_a_person_without_a_mistake_so_far_can_be_outvoted():
    against = [Opinion("not_similar", CERTAIN)] * 2
    assert posterior([Opinion("similar", CERTAIN), *against], 0.5) < 0.001


def test_the_posterior_stop_gives_up_at_the_limit():
    said = say("similar", "not_similar", "unsure")
    assert decide_with(Rule.POSTERIOR, said, most=3).wanted == 3


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ([], 2),
        (["similar"], 2),
        (["similar", "similar"], 2),
        (["unsure", "unsure"], 2),
        (["similar", "not_similar"], 3),
        (["similar", "unsure"], 3),
        (["similar", "not_similar", "similar"], 3),
        (["similar", "not_similar", "unsure"], 4),
        (["similar", "not_similar", "unsure", "similar"], 4),
    ],
)
def test_two_then_a_third_if_they_differ(said, wanted):
    assert decide_with(Rule.DIFFER, say(*said), most=4).wanted == wanted


def test_a_limit_of_one_label_holds_for_every_adaptive_rule():
    assert decide_with(Rule.DIFFER, [], most=1).wanted == 1
    assert decide_with(Rule.POSTERIOR, say("unsure"), most=1).wanted == 1


@pytest.mark.parametrize("rule", [Rule.FIXED, Rule.OVERLAP, Rule.ACTIVELAB])
def test_the_other_rules_want_what_the_caller_says(rule):
    assert decide_with(rule, say("similar", "similar"), base=3).wanted == 3
    assert decide_with(rule, say("similar", "similar"), base=1).wanted == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"opinions": say("maybe")}, "'maybe' is not among similar, not_similar, unsure"),
        ({"prior": 1.1}, "prior must lie within 0 and 1"),
        ({"prior": float("nan")}, "prior must lie within 0 and 1"),
        ({"stop_at": 0.5}, "stop_at must lie between"),
        ({"stop_at": 1.0}, "stop_at must lie between"),
        ({"most": 0}, "1 or more"),
        ({"base": 0}, "1 or more"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(change, message):
    with pytest.raises(ValueError, match=message):
        decide_with(Rule.POSTERIOR, **{"opinions": [], **change})


@pytest.mark.parametrize("row", [(0.5, 0.4, 0.2), (1.2, -0.2, 0.0), (0.5, 0.5)])
def test_a_confusion_is_made_of_distributions(row):
    with pytest.raises(ValueError, match="three shares of 1"):
        Confusion(similar=row, not_similar=TYPICAL.not_similar)


def test_a_web_process_can_decide_without_loading_numpy():
    code = "import sys, modeling.stopping; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
