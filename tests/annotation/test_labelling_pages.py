"""Labelling, one's own labels and changing them, without scripts."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Assignment, Budget, Campaign, Label, Pair, User, Video
from annotation.queries.training_set import pair_texts
from annotation.services.budgets import refresh_use
from annotation.services.claim import claim
from annotation.services.examples import pair_example
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import living_study, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant() -> User:
    return UserFactory()


def shown_assignment(client: Client) -> str:
    html = client.get("/label/").content.decode()
    found = re.search(r'data-assignment="([0-9a-f-]{36})"', html)
    assert found, "no pair is shown"
    return found[1]


def test_a_pair_is_answered_without_scripts(assistant: User) -> None:
    campaign_with_pairs(2)
    client = signed_in(assistant)
    first = shown_assignment(client)
    answer = {"verdict": "similar", "reasons": ["other", "same_persons"], "comment": " Both. "}
    assert client.post(f"/label/{first}/", answer)["Location"] == "/label/"
    label = Label.objects.get()
    assert (label.reasons, label.comment, label.flagged) == (
        ["other", "same_persons"],
        "Both.",
        False,
    )
    assert 0 < label.seconds < 60  # measured by the server, as no script did
    assert shown_assignment(client) != first


def test_the_time_that_the_page_measured_is_kept(assistant: User) -> None:
    campaign_with_pairs(1)
    client = signed_in(assistant)
    form = {"verdict": "unsure", "seconds": "12.5", "flagged": "on"}
    client.post(f"/label/{shown_assignment(client)}/", form)
    assert Label.objects.values_list("seconds", "flagged").get() == (12.5, True)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({}, "Choose similar, not similar or unsure."),
        ({"verdict": "alike"}, "Select a valid choice"),
        ({"verdict": "similar"}, "Choose at least one way"),
        ({"verdict": "similar", "reasons": "taste"}, "Select a valid choice"),
        ({"verdict": "unsure", "comment": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_a_wrong_answer_is_explained_and_kept(assistant: User, form, message: str) -> None:
    campaign_with_pairs(1)
    client = signed_in(assistant)
    pair = shown_assignment(client)
    response = client.post(f"/label/{pair}/", {"comment": "kept", **form})
    html = response.content.decode()
    assert response.status_code == 400
    assert message in html
    assert form.get("comment", "kept") in html
    assert pair in html
    assert not Label.objects.exists()


def test_reasons_ticked_before_a_change_of_mind_do_not_count(assistant: User) -> None:
    campaign_with_pairs(1)
    client = signed_in(assistant)
    form = {"verdict": "not_similar", "reasons": ["other"]}
    client.post(f"/label/{shown_assignment(client)}/", form)
    assert Label.objects.get().reasons == []


def test_a_pair_is_skipped_without_scripts(assistant: User) -> None:
    campaign_with_pairs(2)
    client = signed_in(assistant)
    first = shown_assignment(client)
    client.post(f"/label/{first}/skip/")
    assert Assignment.objects.get(pk=first).state == Assignment.State.SKIPPED
    assert shown_assignment(client) != first


def test_a_colleagues_pair_cannot_be_answered(assistant: User) -> None:
    campaign_with_pairs(2)
    theirs = shown_assignment(signed_in(UserFactory()))
    response = signed_in(assistant).post(f"/label/{theirs}/", {"verdict": "unsure"}, follow=True)
    assert "not handed to you" in response.content.decode()
    assert signed_in(assistant).post(f"/label/{theirs}/", {}).status_code == 404
    assert not Label.objects.exists()


def test_the_second_answer_to_a_pair_is_refused_in_words(assistant: User) -> None:
    campaign_with_pairs(1)
    client = signed_in(assistant)
    pair = shown_assignment(client)
    client.post(f"/label/{pair}/", {"verdict": "unsure"})
    again = client.post(f"/label/{pair}/", {"verdict": "not_similar"}, follow=True)
    assert "another answer of yours" in again.content.decode()


def test_an_empty_queue_says_why(assistant: User) -> None:
    client = signed_in(assistant)
    assert "No campaign is open" in client.get("/label/").content.decode()
    campaign_with_pairs(1, languages="de")
    assistant.languages, assistant.any_language = ["en"], False
    assistant.save()
    assert "in your languages" in client.get("/label/").content.decode()
    assistant.any_language = True
    assistant.save()
    client.post(f"/label/{shown_assignment(client)}/", {"verdict": "unsure"})
    assert "last pair for now" in client.get("/label/").content.decode()


def empty_page(assistant: User) -> str:
    return signed_in(assistant).get("/label/").content.decode()


def test_someone_who_reached_their_budget_is_thanked(assistant: User) -> None:
    campaign = campaign_with_pairs(3)
    client = signed_in(assistant)
    client.post(f"/label/{shown_assignment(client)}/", {"verdict": "unsure"})
    budget = Budget.objects.create(
        campaign=campaign, scope="person", amount=1, unit="pairs", period="day"
    )
    refresh_use(campaign=campaign)
    assert "your share for today. Thank you" in empty_page(assistant)
    Budget.objects.filter(pk=budget.pk).update(period="total")
    assert "done your whole share" in empty_page(assistant)
    Budget.objects.filter(pk=budget.pk).update(scope="campaign")
    assert "The planned work is done" in empty_page(assistant)


def test_a_campaign_that_opens_later_or_is_for_others_is_said_so(assistant: User) -> None:
    campaign = campaign_with_pairs(1)
    later = timezone.now() + timedelta(days=2)
    Campaign.objects.update(opens_at=later)
    assert f"The campaign opens at {later:%H:%M}" in empty_page(assistant)
    Campaign.objects.update(opens_at=None, everyone=False)
    assert "is for a smaller group" in empty_page(assistant)
    campaign.members.add(assistant)
    assert shown_assignment(signed_in(assistant))


def test_pairs_that_are_with_colleagues_are_said_to_be_there(assistant: User) -> None:
    campaign_with_pairs(1)
    claim(assistant=UserFactory())
    assert "The last pairs are with your colleagues" in empty_page(assistant)
    assistant.languages, assistant.any_language = ["fr"], False
    assistant.save()
    assert "That was the last pair for now" in empty_page(assistant)


def test_two_videos_of_one_channel_are_marked(assistant: User) -> None:
    campaign_with_pairs(1)
    client = signed_in(assistant)
    assert "Same channel" in client.get("/label/").content.decode()
    Video.objects.update(channel="")
    assert "Same channel" not in client.get("/label/").content.decode()


@pytest.mark.parametrize(
    ("ids", "names", "same"),
    [
        (("UC1", "UC1"), ("Name", "Renamed"), True),
        (("UC1", "UC2"), ("Name", "Name"), False),
        (("UC1", ""), ("Name", "name"), True),
        (("UC1", ""), ("Name", "Other"), False),
        (("UC1", ""), ("", "Name"), False),
        (("ted", ""), ("", "TED"), False),
        (("", ""), ("Straße", "STRASSE"), True),
        (("", ""), ("", ""), False),
    ],
)
def test_channels_are_compared_by_id_where_both_are_known_and_else_by_name(
    assistant: User, ids: tuple[str, str], names: tuple[str, str], *, same: bool
) -> None:
    """On the page, and in what a model reads."""
    campaign_with_pairs(1)
    pair = Pair.objects.get()
    for video, channel_id, channel in zip(
        (pair.rejected, pair.recommended), ids, names, strict=True
    ):
        Video.objects.filter(pk=video.pk).update(channel_id=channel_id, channel=channel)
    html = signed_in(assistant).get("/label/").content.decode()
    assert ("Same channel" in html) is same
    [texts] = pair_texts([pair.pk])
    assert pair_example(texts).same_channel is same


def test_ones_own_labels_are_listed_by_page_and_nobody_elses() -> None:
    study = living_study()
    html = signed_in(study.person).get("/labels/").content.decode()
    assert html.count("Change<span") == 3
    assert "Changed; it was “Similar”" in html
    assert "judged 0 pairs" in signed_in(UserFactory()).get("/labels/").content.decode()


def test_a_label_is_changed_and_a_second_press_is_harmless(assistant: User) -> None:
    campaign_with_pairs(1)
    client = signed_in(assistant)
    client.post(f"/label/{shown_assignment(client)}/", {"verdict": "unsure"})
    first = Label.objects.get()
    assert client.get("/labels/last/")["Location"] == f"/labels/{first.pk}/"
    html = client.get(f"/labels/{first.pk}/").content.decode()
    submission = re.search(r'name="submission" value="([0-9a-f-]{36})"', html)
    assert submission
    form = {"verdict": "not_similar", "submission": submission[1]}
    for _ in range(2):
        assert client.post(f"/labels/{first.pk}/", form)["Location"] == "/labels/"
    latest = Label.objects.latest("id")
    assert (Label.objects.count(), latest.verdict, latest.supersedes) == (2, "not_similar", first)
    assert "You changed this answer later" in client.get(f"/labels/{first.pk}/").content.decode()


def test_a_wrong_change_is_explained_and_a_colleagues_label_is_not_found() -> None:
    study = living_study()
    url = f"/labels/{study.label.pk}/"
    response = signed_in(study.person).post(url, {"submission": uuid4(), "verdict": "similar"})
    assert "Choose at least one way" in response.content.decode()
    assert signed_in(UserFactory()).get(url).status_code == 404


def test_the_labelling_page_asks_the_database_a_fixed_number_of_times(
    assistant: User, django_assert_max_num_queries
) -> None:
    campaign_with_pairs(30)
    client = signed_in(assistant)
    claim(assistant=assistant)
    with django_assert_max_num_queries(20):
        client.get("/label/")


def test_a_text_in_none_of_ones_languages_comes_with_a_link_to_a_translation() -> None:
    campaign_with_pairs(1, relabelling="fixed", labels_per_pair=3)
    video = Video.objects.earliest("pk")
    video.title, video.description, video.language = "Новости & погода", "Сегодня " * 300, "ru"
    video.save()
    reader = UserFactory(languages=["de", "en"], any_language=True)
    html = signed_in(reader).get("/label/").content.decode()
    (link,) = re.findall(r'href="(https://translate[^"]+)"', html)
    asked = parse_qs(urlsplit(unescape(link)).query)
    assert (asked["tl"], asked["text"][0][:16]) == (["de"], "Новости & погода")
    assert len(link) < 8000
    for languages in (["ru", "en"], []):
        other = UserFactory(languages=languages, any_language=True)
        assert "translate.google" not in signed_in(other).get("/label/").content.decode()
