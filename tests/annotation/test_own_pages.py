"""One's own settings and pace, the page of support, content warnings; what nobody else sees."""

import re
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from annotation.models import Assignment, Budget, Label, Role, SupportText, User, Video
from annotation.services.claim import claim
from annotation.services.labels import Answer, revise, skip, submit
from tests.annotation.topics import topic
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import label_all, signed_in

pytestmark = pytest.mark.django_db
FORM = {"languages": ["en"], "thumbnails": "shown", "work_minutes": 30, "break_minutes": 5}
FLAGGED = Answer(verdict="unsure", flagged=True)


@pytest.fixture
def person() -> User:
    return UserFactory(languages=["de", "quc"], any_language=False)


@pytest.fixture
def client(person: User) -> Client:
    return signed_in(person)


def coordinator() -> Client:
    return signed_in(UserFactory(role=Role.COORDINATOR))


# --- settings ---------------------------------------------------------------------------------


def test_settings_are_kept_and_the_first_language_stays_the_first(client, person) -> None:
    war = topic("War", "war")
    chosen = FORM | {
        "languages": ["en", "de"], "other_languages": "nds, quc", "any_language": "on",
        "thumbnails": "blurred", "work_minutes": 45, "break_minutes": 10, "daily_minutes": 240,
        "topics_off": [war.pk],
    }  # fmt: skip
    assert client.post("/me/", chosen).status_code == 302
    person.refresh_from_db()
    assert person.languages == ["de", "quc", "en", "nds"]
    assert (person.any_language, person.thumbnails, person.topics_off) == (True, "blurred", 1)
    assert (person.work_minutes, person.break_minutes, person.daily_minutes) == (45, 10, 240)
    assert not person.players_muted
    assert not person.break_reminders
    page = client.get("/me/").content.decode()
    assert "Your settings are kept" in page
    assert 'value="de" checked' in page
    assert 'value="nds, quc"' in page or 'value="quc, nds"' in page
    assert 'data-thumbnails="blurred"' in page


def test_what_cannot_be_kept_is_said_beside_its_field_and_loses_nothing(client, person) -> None:
    wrong = FORM | {"other_languages": "klingon", "work_minutes": 1, "daily_minutes": "many"}
    response = client.post("/me/", wrong)
    page = response.content.decode()
    assert response.status_code == 400
    assert "“klingon” is not a language tag" in page
    assert "greater than or equal to 5" in page
    assert 'value="many"' in page
    person.refresh_from_db()
    assert person.languages == ["de", "quc"]


def test_the_table_refuses_minutes_that_make_no_sense(person) -> None:
    for wrong in ({"work_minutes": 0}, {"break_minutes": 61}, {"daily_minutes": 1441},
                  {"topics_off": -1}, {"thumbnails": "gone"}, {"agreed_hours": 0}):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=person.pk).update(**wrong)


# --- pace -------------------------------------------------------------------------------------


def test_hours_used_of_hours_agreed_stand_on_the_labelling_page() -> None:
    campaign, person = campaign_with_pairs(3), UserFactory()
    label_all(person, "unsure", 2)
    page = signed_in(person).get("/label/").content.decode()
    assert ">1 min</b>" in page
    Budget.objects.create(
        campaign=campaign, scope="person", amount=20, unit="hours", period="total"
    )
    assert "of 20 h 00" in signed_in(person).get("/label/").content.decode()
    User.objects.filter(pk=person.pk).update(agreed_hours=12)
    assert "of 12 h 00" in signed_in(person).get("/label/").content.decode()


def test_a_page_left_open_counts_a_quarter_of_an_hour_at_most() -> None:
    campaign_with_pairs(2)
    person = UserFactory()
    (given,) = claim(assistant=person)
    submit(assistant=person, assignment_id=given.pk, answer=Answer("unsure", seconds=20_000))
    assert Label.objects.get().seconds == 20_000
    assert "1 pair, 15 min" in signed_in(person).get("/me/pace/").content.decode()


def test_a_pace_is_ones_own_and_the_days_are_a_table_too() -> None:
    campaign_with_pairs(4)
    person, colleague = UserFactory(), UserFactory()
    label_all(person, "unsure", 3)
    label_all(colleague, "unsure", 1)
    page = signed_in(person).get("/me/pace/").content.decode()
    assert page.count('<svg class="chart columns"') == 2
    assert '<td class="num">3</td>' in page
    assert colleague.username not in page
    assert (
        "Nothing in the last four weeks"
        in signed_in(UserFactory()).get("/me/pace/").content.decode()
    )


def test_the_time_that_is_enough_for_a_day_is_said_without_scripts_too() -> None:
    campaign_with_pairs(3)
    person = UserFactory(daily_minutes=10)
    said = "Those were the 10 minutes you set yourself"
    hidden = "data-day-done hidden"
    assert hidden in signed_in(person).get("/label/").content.decode()
    (given,) = claim(assistant=person)
    submit(assistant=person, assignment_id=given.pk, answer=Answer("unsure", seconds=700))
    page = signed_in(person).get("/label/").content.decode()
    assert said in page
    assert hidden not in page


# --- what is hard to see ----------------------------------------------------------------------


def test_a_pair_with_a_flagged_video_is_covered_for_others_until_the_flag_goes() -> None:
    campaign_with_pairs(1, labels_per_pair=3)
    first, second = UserFactory(), UserFactory()
    (given,) = claim(assistant=first)
    label = submit(assistant=first, assignment_id=given.pk, answer=FLAGGED).label
    page = signed_in(second).get("/label/").content.decode()
    assert "This may be hard to see" in page
    assert "A pair with a content warning" in page
    assert page.count("I’d rather not do this one") >= 2
    (api,) = (
        signed_in(second)
        .post("/api/v1/assignments/next/", {"count": 1}, content_type="application/json")
        .json()["assignments"]
    )
    assert (api["rejected"]["content_warning"], api["recommended"]["content_warning"]) == (
        False, True,
    )  # fmt: skip
    revise(assistant=first, label_id=label.pk, submission=uuid4(), answer=Answer("unsure"))
    assert "This may be hard to see" not in signed_in(second).get("/label/").content.decode()


def test_one_flag_of_two_keeps_the_warning() -> None:
    campaign_with_pairs(1, labels_per_pair=2)
    people = UserFactory(), UserFactory()
    labels = []
    for person in people:
        (given,) = claim(assistant=person)
        labels.append(submit(assistant=person, assignment_id=given.pk, answer=FLAGGED).label)
    revise(assistant=people[0], label_id=labels[0].pk, submission=uuid4(), answer=Answer("unsure"))
    assert Video.objects.get(pk=labels[0].pair.recommended_id).warns


def test_a_coordinator_puts_a_warning_on_and_takes_it_off_whatever_is_flagged() -> None:
    campaign_with_pairs(1, labels_per_pair=3)
    person = UserFactory()
    (given,) = claim(assistant=person)
    video, client = given.pair.recommended, coordinator()
    url = f"/study/videos/{video.video_id}/warning/"
    page = client.post(url, {"warns": "yes", "pair": given.pair_id}, follow=True).content.decode()
    assert "Put on by a coordinator" in page
    assert "This may be hard to see" in page
    client.post(url, {"warns": "no", "pair": given.pair_id})
    submit(assistant=person, assignment_id=given.pk, answer=FLAGGED)
    assert not Video.objects.get(pk=video.pk).warns
    assert (
        "Taken off by a coordinator"
        in client.get(f"/study/pairs/{given.pair_id}/").content.decode()
    )


# --- what is kept about nobody ----------------------------------------------------------------


def test_nobody_learns_that_somebody_passed_pairs_on() -> None:
    """Every page, endpoint and export that a coordinator or admin has is the same, whether a pair
    was passed on or merely not asked yet."""
    campaign = campaign_with_pairs(4, labels_per_pair=2)
    person = UserFactory(username="passes-on", first_name="Passes")
    label_all(person, "unsure", 1)
    skipped = claim(assistant=person)[0]
    Assignment.objects.filter(assistant=person, state="leased").exclude(pk=skipped.pk).delete()
    skip(assistant=person, assignment_id=skipped.pk)
    admin = signed_in(UserFactory(role=Role.ADMIN))
    why = f"?campaign={campaign.slug}&pair={skipped.pair.pair_id}&person={person.username}"
    pages = [
        "/study/", f"/study/pairs/{skipped.pair_id}/", f"/study/queue/{why}", "/study/duplicates/",
        f"/api/v1/queues/{campaign.slug}/", f"/api/v1/queues/{campaign.slug}/why/{why}",
        "/admin/", "/admin/annotation/label/", f"/admin/annotation/user/{person.pk}/change/",
        f"/admin/annotation/pair/{skipped.pair_id}/change/", "/api/v1/progress/",
    ]  # fmt: skip
    for page in pages:
        text = admin.get(page).content.decode().lower()
        # To the content; and random or signed values, in which any word may stand.
        shown = re.sub(r'skip[- ](link|to)|value="[\w.:=+/-]{40,}"', "", text)
        for word in ("skip", "handed back", "handed it back", "passed on", "rather not"):
            assert word not in shown, (page, word)
    assert admin.get("/admin/annotation/assignment/").status_code == 404


def test_what_a_person_chose_is_in_no_form_of_the_admin_but_their_languages() -> None:
    person = UserFactory(thumbnails="blurred", daily_minutes=77)
    page = signed_in(UserFactory(role=Role.ADMIN)).get(
        f"/admin/annotation/user/{person.pk}/change/"
    )
    fields = {name for name, _ in page.context["adminform"].form.fields.items()}
    shown = {f for _, options in page.context["adminform"].fieldsets for f in options["fields"]}
    assert {"languages", "any_language", "agreed_hours"} <= shown
    own = {"thumbnails", "daily_minutes", "topics_off", "work_minutes", "break_reminders"}
    assert not own & (fields & shown)


# --- support ----------------------------------------------------------------------------------


def test_everybody_is_one_step_from_support_and_a_coordinator_edits_it(client) -> None:
    campaign_with_pairs(1)
    assert 'href="/support/"' in client.get("/label/").content.decode()
    page = client.get("/support/").content.decode()
    assert "findahelpline.com" in page
    assert "Edit this page" not in page
    assert client.get("/support/edit/").status_code == 403
    editor = coordinator()
    assert "Put in whom your people can talk to" in editor.get("/support/").content.decode()
    assert editor.post("/support/edit/", {"body": " "}).status_code == 400
    for text in ("# Ours\n\nAsk *Ana*. <script>alert(1)</script>", "Ask Ben."):
        editor.post("/support/edit/", {"body": text})
    page = client.get("/support/").content.decode()
    assert "Ask Ben." in page
    first = SupportText.objects.last()
    assert "Ask *Ana*" in editor.get(f"/support/edit/?version={first.pk}").content.decode()
    editor.post("/support/edit/", {"body": first.body})
    page = client.get("/support/").content.decode()
    assert "<em>Ana</em>" in page
    assert "<script>alert" not in page
    assert SupportText.objects.count() == 3
