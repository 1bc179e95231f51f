"""Pairs that a person judged before: mixed in, and no second opinion to anything that counts."""

import io
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from annotation.models import (
    Adjudication,
    Assignment,
    Campaign,
    GoldAnswer,
    Label,
    LearningPair,
    PairConsensus,
    PersonReliability,
    Role,
    Topic,
    User,
    VideoTopics,
)
from annotation.queries.behind import Behind, labels_behind
from annotation.queries.budgets import standings, use_by_person
from annotation.queries.eligibility import eligibility
from annotation.queries.mixed_in import is_repeat
from annotation.queries.repeated_answers import repeated_answers
from annotation.queries.study import progress_by_assistant, totals
from annotation.services.campaigns import set_state
from annotation.services.claim import claim
from annotation.services.cursors import queue_cursors
from annotation.services.dry_run import dry_run
from annotation.services.figures import refresh_figures
from annotation.services.labels import Answer, revise, skip, submit
from annotation.services.leases import release_expired
from annotation.services.policies import note_reading
from tests.annotation.bulk import campaign_of, many_pairs
from tests.annotation.campaign_work import (
    EN,
    NOT_SIMILAR,
    SIMILAR,
    answer,
    budget,
    days_later,
    run_out,
    take,
)
from tests.factories import UserFactory, campaign_with_pairs

pytestmark = pytest.mark.django_db


def repeats(person: User | None = None) -> list[Assignment]:
    found = Assignment.objects.filter(strategy="repeat")
    return list(found.filter(assistant=person) if person else found)


def judged(count: int = 6, *, days: int = 4, **fields: object) -> tuple[Campaign, User]:
    """Somebody who judged so many pairs some days ago, in a campaign with more of them."""
    campaign = campaign_of(many_pairs([EN] * (count + 20)), labels_per_pair=2, **fields)
    person = UserFactory()
    for given in take(person, count):
        answer(given)
    days_later(days)
    Campaign.objects.filter(pk=campaign.pk).update(repeat_share=1)
    campaign.refresh_from_db()
    return campaign, person


def test_a_person_is_shown_what_they_judged_three_days_ago_and_each_pair_once_more() -> None:
    _, person = judged(4)
    mine = set(Label.objects.values_list("pair", flat=True))
    again = [take(person)[0] for _ in range(4)]
    assert {one.pair_id for one in again} == mine
    assert {one.strategy for one in again} == {"repeat"}
    assert [one.strategy for one in take(person, 3)] == ["random"] * 3


def test_what_was_judged_lately_by_others_or_never_is_not_asked_again() -> None:
    _, person = judged(2, days=2)
    assert {one.strategy for one in take(person, 2)} == {"random"}
    days_later(2)
    assert {one.strategy for one in take(UserFactory(), 2)} == {"random"}
    assert {one.strategy for one in take(person, 2)} == {"repeat"}


def test_an_answer_that_was_changed_lately_is_not_asked_for_again() -> None:
    _, person = judged(1)
    label = Label.objects.get()
    revise(assistant=person, label_id=label.pk, submission=label.assignment_id.__class__(int=7),
           answer=SIMILAR)  # fmt: skip
    assert {one.strategy for one in take(person)} == {"random"}


def test_a_known_pair_is_not_asked_again() -> None:
    pairs = many_pairs([EN] * 3)
    campaign = campaign_of(pairs, ranked=True, gold_share=1)
    GoldAnswer.objects.create(campaign=campaign, pair=pairs[0], verdict="similar")
    person = UserFactory()
    (known,) = take(person)
    assert known.strategy == "gold"
    answer(known)
    days_later(9)
    Campaign.objects.filter(pk=campaign.pk).update(repeat_share=1, gold_share=0)
    assert {one.strategy for one in take(person, 3)} == {"random"}


def test_a_topic_that_was_switched_off_since_does_not_come_back() -> None:
    _, person = judged(2)
    touching, other = Label.objects.order_by("id")
    topic = Topic.objects.create(name="Loss", bit=3)
    VideoTopics.objects.update_or_create(
        video=touching.pair.rejected,
        defaults={"topics": topic.mask, "fingerprint": 0, "seen_at": timezone.now()},
    )
    User.objects.filter(pk=person.pk).update(topics_off=topic.mask)
    person.refresh_from_db()
    again = [one for one in take(person, 3) if one.strategy == "repeat"]
    assert [one.pair_id for one in again] == [other.pair_id]


def test_a_language_that_is_read_no_more_does_not_come_back() -> None:
    _, person = judged(2)
    User.objects.filter(pk=person.pk).update(languages=["de"], any_language=False)
    person.refresh_from_db()
    assert take(person, 3) == []


def test_about_the_share_of_a_persons_pairs_are_repeats() -> None:
    campaign, person = judged(60)
    Campaign.objects.filter(pk=campaign.pk).update(repeat_share=0.25)
    campaign.refresh_from_db()
    # Which of them depends on their ids, so that twenty may well have two or nine.
    drawn = sum(is_repeat(campaign, person.pk, number) for number in range(2000))
    assert 410 <= drawn <= 590
    numbers = sum(is_repeat(campaign, person.pk, number) for number in range(60, 80))
    assert sum(one.strategy == "repeat" for one in take(person, 20)) == numbers


def test_a_second_answer_changes_no_count_consensus_or_export() -> None:
    campaign, person = judged(3)
    for given in take(UserFactory(), 5):
        answer(given, SIMILAR)
    refresh_figures(campaign=campaign)
    rows, exported = list(PairConsensus.objects.values()), export("raw")
    report = campaign.reports.get()
    for given in take(person, 3):
        assert given.strategy == "repeat"
        answer(given, SIMILAR)
    refresh_figures(campaign=campaign)
    assert list(PairConsensus.objects.values()) == rows
    assert export("raw") == exported
    newest = campaign.reports.first()
    assert newest.pk != report.pk
    for key in ("labels", "units", "units_with_overlap", "alpha_nominal", "by"):
        assert newest.figures[key] == report.figures[key]
    # It is work all the same.
    before, after = (each.figures["progress"]["totals"] for each in (report, newest))
    assert after == before | {"seconds": before["seconds"] + 3 * 39}


def test_repeats_are_listed_nowhere_among_the_campaigns(client) -> None:
    campaign, person = judged(1)
    (again,) = take(person)
    assert Campaign.objects.get() == campaign
    assert again.campaign_id != campaign.pk
    client.force_login(UserFactory(role=Role.COORDINATOR))
    assert "repeats" not in client.get("/study/").content.decode()
    progress = client.get(reverse("api:progress"))
    assert progress.status_code == 200
    assert campaign.slug in progress.content.decode()
    assert again.campaign.slug not in progress.content.decode()


def test_a_campaign_that_is_closed_or_renamed_takes_its_repeats_along() -> None:
    campaign, person = judged(2)
    (again,) = take(person)
    campaign.refresh_from_db()
    campaign.name, campaign.mark_shared_words = "Another name", True
    campaign.save()
    set_state(campaign=campaign, state=Campaign.State.CLOSED, by=UserFactory())
    again.campaign.refresh_from_db()
    own = again.campaign
    assert (own.name, own.mark_shared_words, own.state) == ("Another name", True, "closed")
    assert claim(assistant=person) == []
    assert answer(again).assignment_id == again.pk


def test_a_repeat_that_runs_out_is_freed_answered_late_and_not_asked_a_third_time() -> None:
    _, person = judged(1)
    (again,) = take(person)
    run_out(again)
    assert release_expired() == 1
    assert {one.strategy for one in take(person, 2)} == {"random"}
    assert answer(again).late


def test_a_repeat_may_be_skipped_and_changed_like_any_pair() -> None:
    _, person = judged(2)
    one, two = take(person, 2)
    skip(assistant=person, assignment_id=one.pk, reason="unreadable")
    label = answer(two)
    changed = revise(assistant=person, label_id=label.pk, submission=one.pk.__class__(int=8),
                     answer=SIMILAR).label  # fmt: skip
    assert (changed.verdict, changed.campaign_id) == ("similar", two.campaign_id)
    assert [one.state for one in repeats(person)].count("skipped") == 1


def test_budgets_count_repeats_as_the_work_that_they_are() -> None:
    campaign, person = judged(3)
    budget(campaign, 2, "person", "pairs", "day")
    first = timezone.now() - timedelta(days=2)
    Assignment.objects.filter(state="labelled").update(served_at=first)
    budget(campaign, 1, "person", "hours", "total")
    assert {one.strategy for one in take(person, 5)} == {"repeat"}
    assert len(repeats(person)) == 2
    for one in repeats(person):
        submit(assistant=person, assignment_id=one.pk, answer=Answer("unsure", seconds=60))
    kept = campaign.budget_use.order_by("day").values_list("pairs", "seconds")
    assert list(kept) == [(3, 117), (2, 120)]


def test_the_turn_of_a_pair_counts_the_repeats_before_it() -> None:
    campaign, person = judged(4)
    Campaign.objects.filter(pk=campaign.pk).update(repeat_share=0.5)
    campaign.refresh_from_db()
    seen = set(Label.objects.values_list("pair", flat=True))
    open_to = [entry.pair for entry in campaign.pool.select_related("pair").exclude(pair__in=seen)]
    turns = {
        pair.pk: eligibility(campaign=campaign, pair=pair, person=person).turn for pair in open_to
    }
    queue_cursors.forget()
    came = []
    for turn in range(1, 13):
        (given,) = claim(assistant=person)
        came.append(given.strategy)
        if given.strategy != "repeat":
            assert turns[given.pair_id] == turn
        answer(given)
    assert came.count("repeat") == 4


def test_a_dry_run_hands_repeats_out_and_keeps_none_of_them() -> None:
    campaign, person = judged(2)
    (run,) = dry_run(campaign=campaign, people=[person], pairs=3)
    assert [one.rank is None for one in run.served] == [True, True, False]
    assert repeats() == []
    assert Campaign.every.count() == 1


def test_the_report_and_a_persons_figures_say_how_far_they_agree_with_themselves() -> None:
    campaign, person = judged(4)
    for given, with_ in zip(take(person, 4), [NOT_SIMILAR] * 3 + [SIMILAR], strict=True):
        answer(given, with_)
    refresh_figures(campaign=campaign)
    found = campaign.reports.first().figures["repeats"]
    assert (found["n"], found["agreed"], found["people"], found["other_policy"]) == (4, 3, 1, 0)
    assert found["same"]["value"] == 0.75
    own = PersonReliability.objects.get(person=person).figures["repeats"]
    assert (own["n"], own["agreed"]) == (4, 3)


def test_answers_under_a_new_version_of_the_policy_are_counted_apart() -> None:
    campaign, person = judged(2)
    policy = campaign.policy
    policy.pk, policy.version = None, policy.version + 1
    policy.save()
    Campaign.objects.filter(pk=campaign.pk).update(policy=policy)
    note_reading(person=person, policies=[policy.pk])
    for given in take(person, 2):
        answer(given, SIMILAR)
    refresh_figures(campaign=campaign)
    found = campaign.reports.first().figures["repeats"]
    assert (found["n"], found["other_policy"]) == (0, 2)
    assert found["same"]["value"] is None


def test_the_pages_show_the_figure_the_pairs_behind_it_and_every_answer_as_a_file(client) -> None:
    campaign, person = judged(2)
    one, two = take(person, 2)
    answer(one)
    answer(two, SIMILAR)
    refresh_figures(campaign=campaign)
    client.force_login(UserFactory(role=Role.COORDINATOR))
    page = client.get("/study/agreement/").content.decode()
    assert "The same person, asked again" in page
    assert "2 pairs were judged a second time" in page
    behind = client.get("/study/agreement/repeats/").content.decode()
    assert two.pair.rejected.title in behind
    assert behind.count(f'href="/study/pairs/{two.pair_id}/"') == 1
    assert f'href="/study/pairs/{one.pair_id}/"' not in behind
    table = client.get("/study/agreement/repeats.csv").content.decode().splitlines()
    assert len(table) == 3
    assert table[0].startswith("campaign,pair_id,assistant,first_verdict")
    client.force_login(person)
    record = client.get("/me/record/").content.decode()
    assert "Agreement with your own earlier answers" in record
    assert (
        two.pair.rejected.title in client.get("/me/record/pairs/?figure=repeats").content.decode()
    )


def test_second_answers_are_exported_beside_the_first() -> None:
    campaign, person = judged(1)
    answer(take(person)[0], SIMILAR)
    rows = [json.loads(line) for line in export("repeats").splitlines()]
    assert [(row["campaign"], row["first_verdict"], row["verdict"]) for row in rows] == [
        (campaign.slug, "not_similar", "similar")
    ]
    assert repeated_answers(campaign=campaign).count() == 1


def test_a_campaign_without_repeats_has_no_table_of_them() -> None:
    campaign_with_pairs(2)
    assert export("repeats") == ""


def export(kind: str) -> str:
    out = io.StringIO()
    call_command("export_labels", kind=kind, format="jsonl", stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.mark.parametrize("reason", ["gone", "other", "unreadable"])
def test_a_repeat_may_be_skipped_for_any_reason_and_does_not_come_back(reason) -> None:
    _, person = judged(2, skipped_pairs="come_back")
    (again,) = take(person)
    skip(assistant=person, assignment_id=again.pk, reason=reason)
    again.refresh_from_db()
    assert (again.state, again.skip_reason, again.comes_back_at) == ("skipped", reason, None)


def test_who_changes_one_of_the_two_answers_afterwards_agrees_with_themselves_no_more() -> None:
    campaign, person = judged(1)
    first = Label.objects.get()
    second = answer(take(person)[0], SIMILAR)
    for label, now in ((first, SIMILAR), (second, NOT_SIMILAR)):
        revise(assistant=person, label_id=label.pk, submission=uuid4(), answer=now)
    (found,) = repeated_answers(campaign=campaign)
    assert (found.first_verdict, found.verdict) == ("not_similar", "similar")
    assert found.first_id == first.pk
    behind = labels_behind(campaign=campaign, person=person, behind=Behind("repeats"))
    assert [(label.pk, label.reference) for label in behind] == [(first.pk, "similar")]


def test_what_was_changed_before_the_pair_came_again_is_the_first_answer() -> None:
    campaign, person = judged(1, days=0)
    revise(assistant=person, label_id=Label.objects.get().pk, submission=uuid4(), answer=SIMILAR)
    days_later(4)
    answer(take(person)[0], SIMILAR)
    (found,) = repeated_answers(campaign=campaign)
    assert (found.first_verdict, found.verdict) == ("similar", "similar")


def test_a_pair_whose_answer_may_have_been_told_since_is_not_asked_again() -> None:
    campaign, person = judged(3)
    practised, decided, rest = Label.objects.order_by("pk")
    LearningPair.objects.create(
        campaign=campaign, pair_id=practised.pair_id, verdicts=["similar"], reasons=["other"],
        explanation="Told.", position=1, round="practice",
    )  # fmt: skip
    Adjudication.objects.create(
        campaign=campaign, pair_id=decided.pair_id, verdict="similar", reasons=["other"],
        rationale="Both.", policy=campaign.policy, decided_by=UserFactory(role=Role.COORDINATOR),
    )  # fmt: skip
    came = take(person, 3)
    assert [one.pair_id for one in came if one.strategy == "repeat"] == [rest.pair_id]


def test_repeats_that_are_out_count_against_a_budget_of_hours() -> None:
    campaign, person = judged(4)
    budget(campaign, 1, "person", "hours", "total")
    (before,) = standings(campaign=campaign, assistant=person)
    assert {one.strategy for one in take(person, 2)} == {"repeat"}
    (after,) = standings(campaign=campaign, assistant=person)
    assert (after.used - before.used) * 3600 == pytest.approx(2 * 39)
    use = use_by_person(campaign=campaign)[person.pk].of(after.budget)
    assert use.used == pytest.approx(after.used)


def test_coordinators_see_the_time_of_second_answers_and_no_more_labels() -> None:
    campaign, person = judged(2)
    before = totals(campaign=campaign)
    answer(take(person)[0])
    after = totals(campaign=campaign)
    assert after == before | {"seconds": before["seconds"] + 39}
    (row,) = progress_by_assistant(campaign=campaign)
    assert (row["labels"], row["spent"] % 39) == (2, 0)
    assert row["spent"] >= 39


def test_the_time_of_a_second_answer_stays_when_it_is_corrected() -> None:
    campaign, person = judged(2)
    again = answer(take(person)[0])
    before = totals(campaign=campaign), progress_by_assistant(campaign=campaign)
    revise(assistant=person, label_id=again.pk, submission=uuid4(), answer=Answer("unsure"))
    assert (totals(campaign=campaign), progress_by_assistant(campaign=campaign)) == before


def test_why_says_that_a_judged_pair_may_come_once_more_and_when_it_has() -> None:
    campaign, person = judged(1)
    pair = Label.objects.get().pair

    def said():
        found = eligibility(campaign=campaign, pair=pair, person=person)
        return found.outcome, next(c.says for c in found.checks if c.rule == "Once a person")

    assert said()[1].endswith("and may be asked once more.")
    (again,) = take(person)
    assert said()[0] == "held"
    assert "once more, until" in said()[1]
    answer(again)
    assert "once more" not in said()[1]


def test_the_api_does_not_say_why_a_pair_comes(client) -> None:
    _, person = judged(2)
    client.force_login(person)
    response = client.post(
        reverse("api:assignment-next-pairs"), {"count": 1}, content_type="application/json"
    )
    (given,) = response.json()["assignments"]
    assert Assignment.objects.get(pk=given["assignment"]).strategy == "repeat"
    assert "strategy" not in given


def test_a_rule_that_changed_while_the_repeats_were_made_is_followed_at_the_next_claim() -> None:
    campaign, person = judged(3)
    take(person)
    Campaign.every.filter(repeats_of=campaign).update(lease_seconds=17)
    take(person)
    made = Campaign.every.get(repeats_of=campaign)
    assert made.lease_seconds == campaign.lease_seconds
