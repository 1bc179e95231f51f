"""A known answer, told after one's own where the campaign wants that."""

from uuid import uuid4

import pytest
from django.urls import reverse

from annotation.models import Assignment, Campaign, GoldAnswer, Label, User
from annotation.services.labels import ConflictingLabelError, revise
from annotation.services.reliability import refresh_reliability
from tests.annotation.bulk import campaign_of, many_pairs
from tests.annotation.campaign_work import EN, NOT_SIMILAR, SIMILAR, answer, take
from tests.factories import UserFactory
from tests.studies import signed_in

pytestmark = pytest.mark.django_db
WHY = "Both are about the same law."


@pytest.fixture
def person() -> User:
    return UserFactory()


@pytest.fixture
def campaign() -> Campaign:
    pairs = many_pairs([EN] * 3)
    campaign = campaign_of(pairs, gold_share=1, gold_feedback=True)
    GoldAnswer.objects.create(campaign=campaign, pair=pairs[0], verdict="similar", rationale=WHY)
    return campaign


def post(client, given: Assignment, verdict: str, reasons: tuple[str, ...] = ()) -> dict:
    response = client.post(
        reverse("api:assignment-submit", args=[given.pk]),
        {"verdict": verdict, "reasons": list(reasons), "seconds": 3},
        content_type="application/json",
    )
    assert response.status_code == 201
    return response.json()


def test_who_answers_otherwise_is_told_the_known_answer_and_why(client, campaign, person) -> None:
    client.force_login(person)
    (known,) = take(person)
    told = post(client, known, "not_similar")["told"]
    assert "the study says “Similar”" in told
    assert told.endswith(WHY)


def test_who_gives_the_known_answer_is_told_so(client, campaign, person) -> None:
    client.force_login(person)
    (known,) = take(person)
    assert "yours is the same" in post(client, known, "similar", ("other",))["told"]


def test_sent_again_the_answer_is_told_again_as_the_first_reply_may_be_lost(
    client, campaign, person
) -> None:
    client.force_login(person)
    (known,) = take(person)
    first = post(client, known, "not_similar")["told"]
    response = client.post(
        reverse("api:assignment-submit", args=[known.pk]),
        {"verdict": "not_similar", "reasons": [], "seconds": 3},
        content_type="application/json",
    )
    assert (response.status_code, response.json()["told"]) == (200, first)


def test_without_scripts_it_stands_above_the_next_pair(client, campaign, person) -> None:
    client.force_login(person)
    (known,) = take(person)
    page = client.post(f"/label/{known.pk}/", {"verdict": "not_similar"}, follow=True)
    assert WHY in page.content.decode()


def test_an_answer_stays_as_it_was_once_the_known_one_was_told(campaign, person) -> None:
    label = answer(take(person)[0], NOT_SIMILAR)
    with pytest.raises(ConflictingLabelError, match="stays as it was"):
        revise(assistant=person, label_id=label.pk, submission=uuid4(), answer=SIMILAR)
    assert Label.objects.get().verdict == "not_similar"


def test_of_other_pairs_and_in_other_campaigns_nothing_is_told(client, campaign, person) -> None:
    client.force_login(person)
    known, other = take(person, 2)
    assert other.strategy != "gold"
    assert "told" not in post(client, other, "not_similar")
    Campaign.objects.update(gold_feedback=False)
    assert "told" not in post(client, known, "not_similar")
    label = Label.objects.get(pair=known.pair_id)
    changed = revise(assistant=person, label_id=label.pk, submission=uuid4(), answer=SIMILAR)
    assert changed.created


def change(person: User, label: Label) -> None:
    revise(assistant=person, label_id=label.pk, submission=uuid4(), answer=SIMILAR)


def test_who_was_told_was_told_whatever_the_campaign_does_later(campaign, person) -> None:
    label = answer(take(person)[0], NOT_SIMILAR)
    Campaign.objects.update(gold_feedback=False)
    with pytest.raises(ConflictingLabelError, match="stays as it was"):
        change(person, label)
    GoldAnswer.objects.all().delete()
    with pytest.raises(ConflictingLabelError, match="stays as it was"):
        change(person, label)


def test_who_answered_before_anybody_was_told_may_change_their_answer(campaign, person) -> None:
    Campaign.objects.update(gold_feedback=False)
    label = answer(take(person)[0], NOT_SIMILAR)
    Campaign.objects.update(gold_feedback=True)
    change(person, label)
    assert Label.objects.current().get().verdict == "similar"


def agreed_on_gold(campaign: Campaign) -> int:
    report = refresh_reliability(campaign=campaign)
    assert report
    return report.people.get().figures["gold"]["agreed"]


def test_who_was_shown_the_known_answer_on_their_record_cannot_improve_their_figure_on_gold(
    campaign, person
) -> None:
    """By changing the label: on its own page, or by the API."""
    Campaign.objects.update(gold_feedback=False)
    label = answer(take(person)[0], NOT_SIMILAR)
    assert agreed_on_gold(campaign) == 0
    client = signed_in(person)
    page = client.get("/me/record/pairs/?figure=gold").content.decode()
    assert "Known answer" in page
    assert f"/labels/{label.pk}/" not in page
    change = {"verdict": "similar", "reasons": ["other"], "submission": str(uuid4())}
    client.post(f"/labels/{label.pk}/", change)
    url = reverse("api:assignment-revise", args=[label.assignment_id])
    assert client.post(url, change, content_type="application/json").status_code == 409
    assert agreed_on_gold(campaign) == 0
    assert "stays as it was" in client.get(f"/labels/{label.pk}/").content.decode()


def test_what_others_see_of_an_answer_tells_its_author_nothing(campaign, person) -> None:
    Campaign.objects.update(gold_feedback=False)
    label = answer(take(person)[0], NOT_SIMILAR)
    coordinator = signed_in(UserFactory(role="coordinator"))
    address = f"/study/assistants/{person.pk}/pairs/?campaign={campaign.slug}&figure=gold"
    assert "Known answer" in coordinator.get(address).content.decode()
    signed_in(person).get("/me/record/pairs/?figure=consensus")
    change(person, label)
    assert Label.objects.current().get().verdict == "similar"
