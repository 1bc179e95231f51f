"""Topics that people keep off their queue: how pairs are marked, and what the claim makes of it."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from annotation.models import Assignment, GoldAnswer, QueueItem, Role, Topic, User
from annotation.models.topics import check_phrases
from annotation.queries.nothing import why_nothing
from annotation.services import training_queue
from annotation.services.claim import claim
from annotation.services.labels import skip
from annotation.services.preferences import set_preferences
from annotation.services.queue import rerank
from annotation.topic_words import TopicWords, phrases_of
from tests.annotation.asking import asked, change, first_pair, given
from tests.annotation.guarantees import check_guarantees
from tests.annotation.topics import topic, touch
from tests.factories import UserFactory, add_pairs, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(
        training_queue.current_app, "send_task", lambda name, **options: messages.append(name)
    )
    return messages


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("war", "The WAR is over", True),
        ("war", "A warm day, afterwards", False),
        ("war", "war-torn", True),
        ("school  shooting", "After the school\nshooting: what now", True),
        ("école", "L’E\u0301COLE brûle", True),
        ("straße", "DIE STRASSE BRENNT", True),
        ("война", "Войнами не живут", False),
        ("война", "Это ВОЙНА!", True),
        ("हत्या", "एक हत्या की कहानी", True),
        ("हत", "एक हत्या की कहानी", False),
        ("自杀", "他想自杀了", True),
        ("การฆ่า", "เรื่องการฆ่าคน", True),
        ("قتل", "خبر قتل اليوم", True),
    ],
)
def test_a_phrase_is_found_as_whole_words_in_any_language(phrase, text, found) -> None:
    assert bool(TopicWords({1: phrases_of(phrase)}).topics_in(text)) == found


@pytest.mark.parametrize("line", ["...", "a", "-"])
def test_a_phrase_that_would_mark_everything_or_nothing_is_refused(line) -> None:
    with pytest.raises(ValidationError):
        check_phrases(f"war\n{line}")


def test_a_topic_is_off_from_the_next_claim_and_back_when_it_is_switched_on() -> None:
    campaign = campaign_with_pairs(6)
    person, colleague = UserFactory(), UserFactory()
    war = topic("War", "war", "Krieg")
    marked = given(person)[1::2]
    touch(campaign, marked, "Bilder vom Krieg")
    set_preferences(person=person, topics_off=war.mask)
    assert not set(given(person)) & set(marked)
    assert len(given(person)) == 3
    assert len(given(colleague)) == 6
    set_preferences(person=person, topics_off=0)
    assert len(given(person)) == 6


def test_words_in_title_description_and_transcript_mark_a_pair_when_it_is_ranked() -> None:
    campaign = campaign_with_pairs(4)
    one, two, three, _ = list(campaign.pool.order_by("pk").values_list("pair_id", flat=True))
    topic("Other", "nothing of the sort")
    war = topic("War", "war")
    for pair, field in ((one, "title"), (two, "description"), (three, "transcript")):
        video = campaign.pool.get(pair=pair).pair.rejected
        setattr(video, field, "Stories of war and peace")
        video.save()
    rerank(campaign=campaign, run=None)
    items = QueueItem.objects.filter(generation=campaign.generation)
    marked = {item.pair_id for item in items if item.topics == war.mask}
    assert marked == {one, two, three}
    assert set(items.exclude(pair__in=marked).values_list("topics", flat=True)) == {0}


def test_a_pair_that_they_have_already_goes_back_without_a_word() -> None:
    campaign = campaign_with_pairs(3)
    person, colleague = UserFactory(), UserFactory()
    war = topic("War", "war")
    held = claim(assistant=person, count=2)
    touch(campaign, [held[0].pair_id], "To war")
    set_preferences(person=person, topics_off=war.mask)
    left = Assignment.objects.get(pk=held[0].pk)
    assert left.state == Assignment.State.EXPIRED
    assert [a.pk for a in claim(assistant=person)] == [held[1].pk]
    assert held[0].pair_id in given(colleague)
    check_guarantees(campaign)
    set_preferences(person=person, topics_off=0)
    assert held[0].pair_id in given(person)


def test_a_language_that_is_switched_off_takes_effect_at_the_next_claim() -> None:
    campaign = campaign_with_pairs(3, languages="de")
    english = [pair.pk for pair in add_pairs(campaign, 3, languages="en")]
    rerank(campaign=campaign, run=None)
    person = UserFactory(languages=["de", "en"], any_language=False)
    client = signed_in(person)
    held = [a.pair_id for a in claim(assistant=person, count=2)]
    form = {"languages": ["en"], "thumbnails": "shown", "work_minutes": 30, "break_minutes": 5}
    assert client.post("/me/", form).status_code == 302
    person = User.objects.get(pk=person.pk)
    assert sorted(given(person)) == sorted(english)
    assert set(given(person)) >= set(held) & set(english)
    assert client.post("/me/", form | {"any_language": "on"}).status_code == 302
    assert len(given(User.objects.get(pk=person.pk))) == 6
    check_guarantees(campaign)


def test_pairs_whose_answer_is_known_keep_off_too() -> None:
    campaign = campaign_with_pairs(2)
    known = add_pairs(campaign, 2)
    for pair in known:
        GoldAnswer.objects.create(campaign=campaign, pair=pair, verdict="similar")
    rerank(campaign=campaign, run=None)
    change(campaign, gold_share=1)
    war, person = topic("War", "war"), UserFactory()
    touch(campaign, known[:1], "A war")
    set_preferences(person=person, topics_off=war.mask)
    assert known[0].pk not in given(person)
    assert known[1].pk in given(person)
    asked(campaign, known[0].pk, person)


def test_the_coordinator_is_told_of_a_choice_and_not_of_which() -> None:
    campaign = campaign_with_pairs(3)
    off, skips = UserFactory(first_name="Ana"), UserFactory(first_name="Ben")
    pair = first_pair(campaign)
    war = topic("War", "war")
    touch(campaign, [pair], "A war")
    set_preferences(person=off, topics_off=war.mask)
    (assignment,) = claim(assistant=skips)
    skip(assistant=skips, assignment_id=assignment.pk)
    said = [asked(campaign, pair, person).says for person in (off, skips)]
    assert said == ["Not for Ana, by their own choice.", "Not for Ben, by their own choice."]
    page = signed_in(UserFactory(role=Role.COORDINATOR)).get(
        "/study/queue/", {"pair": assignment.pair.pair_id, "person": off.username}
    )
    assert "by their own choice" in page.content.decode()
    assert "War" not in page.content.decode().replace("A war", "")


def test_somebody_for_whom_nothing_else_is_left_is_told_so_kindly() -> None:
    campaign = campaign_with_pairs(1)
    war, person = topic("War", "war"), UserFactory()
    touch(campaign, [first_pair(campaign)], "A war")
    set_preferences(person=person, topics_off=war.mask)
    assert why_nothing(assistant=person).reason == "topics"
    page = signed_in(person).get("/label/").content.decode()
    assert "Nothing is left but what you keep off your queue" in page


def test_an_admin_adds_a_topic_and_the_queue_that_is_served_is_marked(sent, capsys) -> None:
    campaign = campaign_with_pairs(3)
    pair = first_pair(campaign)
    client = signed_in(UserFactory(role=Role.ADMIN))
    form = {"name": "War", "description": "Soldiers, weapons", "phrases": "war\nKrieg"}
    with_error = client.post("/admin/annotation/topic/add/", form | {"phrases": "war\n?"})
    assert "has no letter or digit" in with_error.content.decode()
    assert client.post("/admin/annotation/topic/add/", form).status_code == 302
    touch(campaign, [], "")
    video = campaign.pool.get(pair=pair).pair.recommended
    video.title = "Krieg"
    video.save()
    call_command("mark_topics")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"videos": 1, "places": 1}
    war = Topic.objects.get()
    assert QueueItem.objects.get(pair=pair, generation=campaign.generation).topics == war.mask


def test_a_topic_that_is_removed_is_kept_off_by_nobody(sent, django_capture_on_commit_callbacks):
    war, other = topic("War", "war"), topic("Other", "other")
    person = UserFactory(topics_off=war.mask | other.mask)
    client = signed_in(UserFactory(role=Role.ADMIN))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/admin/annotation/topic/{war.pk}/delete/", {"post": "yes"})
    person.refresh_from_db()
    assert person.topics_off == other.mask
    assert sent == ["annotation.tasks.mark_topics"]


def test_nobody_else_may_set_what_is_not_theirs() -> None:
    with pytest.raises(TypeError):
        set_preferences(person=UserFactory(), role="admin")


def test_beyond_the_last_topic_there_can_be_the_admin_says_how_many(sent) -> None:
    Topic.objects.bulk_create(Topic(bit=bit, name=f"Topic {bit}") for bit in range(63))
    client = signed_in(UserFactory(role=Role.ADMIN))
    page = client.get("/admin/annotation/topic/add/", follow=True)
    assert "There can be 63 topics at most" in page.content.decode()
    page = client.post("/admin/annotation/topic/add/", {"name": "One more"}, follow=True)
    assert "There can be 63 topics at most" in page.content.decode()
    assert Topic.objects.count() == 63
