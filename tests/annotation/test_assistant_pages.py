"""What is recorded about people: figures with their uncertainty, the pairs behind, contests."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import get_args

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from annotation.figure_words import RATES, TRENDS
from annotation.models import (
    Campaign,
    Contest,
    GoldAnswer,
    Pair,
    PersonReliability,
    ReliabilityReport,
    Role,
    User,
)
from annotation.queries.behind import Behind, labels_behind
from annotation.queries.long_runs import expected_runs, long_runs
from annotation.services.contests import answer_contest, contest
from annotation.services.reliability import refresh_reliability
from annotation.tasks import refresh_agreement
from tests.annotation.answered import label_pairs
from tests.annotation.bulk import campaign_of, many_pairs
from tests.factories import UserFactory
from tests.studies import signed_in

pytestmark = pytest.mark.django_db
SIMILAR, NOT_SIMILAR, UNSURE = "similar", "not_similar", "unsure"
OTHER = {SIMILAR: NOT_SIMILAR, NOT_SIMILAR: SIMILAR}


@pytest.fixture
def coordinator() -> User:
    return UserFactory(role=Role.COORDINATOR, username="coordinator")


@pytest.fixture
def client(coordinator: User) -> Client:
    return signed_in(coordinator)


@pytest.fixture
def pairs() -> list[Pair]:
    return many_pairs([("en", "en")] * 120)


def truth(pairs: list[Pair]) -> dict[Pair, str]:
    """Similar and not in turn, so that there are no long runs."""
    return {pair: (SIMILAR, NOT_SIMILAR)[i % 2] for i, pair in enumerate(pairs)}


def wrong_at(answers: dict[Pair, str], every: int, wrong: int = 1) -> dict[Pair, str]:
    """Of `every` answers the last, or so many."""
    return {
        pair: OTHER[said] if i % every >= every - wrong else said
        for i, (pair, said) in enumerate(answers.items())
    }


@pytest.fixture
def quiet() -> Campaign:
    """Where Ana and Zoe have answered one pair each, without figures."""
    campaign = campaign_of(many_pairs([("en", "en")] * 2), ranked=False)
    for name, pool in zip(("ana", "zoe"), campaign.pool.all(), strict=True):
        label_pairs(campaign, UserFactory(username=name), {pool.pair: SIMILAR})
    return campaign


@pytest.fixture
def campaign(pairs: list[Pair]) -> Campaign:
    """Four people judge all pairs: Ana and Bo nearly always alike, Cy is wrong at every tenth, Zoe
    at two of five. Newcomer Dee has judged five."""
    campaign = campaign_of(pairs, ranked=False)
    right = truth(pairs)
    for name, every, wrong in (("zoe", 5, 2), ("ana", 50, 1), ("cy", 10, 1), ("bo", 40, 1)):
        label_pairs(campaign, UserFactory(username=name), wrong_at(right, every, wrong))
    dee = UserFactory(username="dee", first_name="Dee", last_name="Ng")
    label_pairs(campaign, dee, {pair: right[pair] for pair in pairs[:5]})
    refresh_reliability(campaign=campaign)
    return campaign


def person(name: str) -> User:
    return User.objects.get(username=name)


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# --- the table ---------------------------------------------------------------------------------


def test_people_stand_in_alphabetical_order_with_ranges_and_without_grades(
    client, campaign
) -> None:
    page = shown(client, "/study/assistants/")
    names = re.findall(r'<th scope="row"><a [^>]*>([^<]*)</a>', page)
    assert names == ["ana", "bo", "cy", "Dee Ng", "zoe"]
    zoe = text_of(page[page.index(">zoe<") :])
    assert re.search(r"6\d% \(\d\d–\d\d%\)", zoe)
    assert "Less often than is usual here" in zoe
    assert "the others may be wrong" in zoe


def test_of_somebody_with_few_answers_only_a_range_is_shown(client, campaign) -> None:
    page = shown(client, "/study/assistants/")
    dee = text_of(page[page.index(">Dee Ng<") : page.index(">zoe<")])
    assert re.search(r"5 .*between \d+% and \d+%", dee)
    assert "Too few answers to say anything" in dee
    assert not re.search(r"\d% \(", dee)
    marks = re.findall(r"<svg.*?</svg>", page[page.index(">Dee Ng<") : page.index(">zoe<")])
    assert len(marks) == 1
    assert "circle" not in marks[0]
    assert "<title>From" in marks[0]


def test_the_table_comes_as_csv_without_shares_that_would_say_nothing(client, campaign) -> None:
    response = client.get("/study/assistants.csv")
    assert "attachment" in response["Content-Disposition"]
    rows = {row["person"]: row for row in csv.DictReader(StringIO(response.content.decode()))}
    assert list(rows) == ["ana", "bo", "cy", "dee", "zoe"]
    assert float(rows["zoe"]["consensus"]) < 0.85
    assert rows["zoe"]["labels"] == "120"
    assert rows["dee"]["consensus"] == ""
    assert float(rows["dee"]["consensus_low"]) < float(rows["dee"]["consensus_high"])


def test_long_lists_have_pages(client, campaign, pairs) -> None:
    for i in range(20):
        label_pairs(campaign, UserFactory(username=f"m{i:02d}"), {pairs[0]: SIMILAR})
    refresh_reliability(campaign=campaign)
    assert "Page 1 of 2" in text_of(shown(client, "/study/assistants/"))
    assert ">zoe<" in shown(client, "/study/assistants/?page=2")


def test_without_labels_or_a_campaign_the_pages_say_what_comes(client) -> None:
    assert "No campaign yet" in shown(client, "/study/assistants/")
    assert client.get("/study/assistants.csv").status_code == 404
    campaign_of([], ranked=False)
    assert "appear with the first answers" in shown(client, "/study/assistants/")
    page = shown(client, f"/study/assistants/{UserFactory().pk}/")
    assert "There are no figures on this person" in page


def test_every_verdict_of_the_library_has_words() -> None:
    from modeling.agreement.drift import TrendVerdict
    from modeling.agreement.reliability import RateVerdict

    assert set(get_args(RateVerdict)) == RATES.keys()
    assert set(get_args(TrendVerdict)) == TRENDS.keys()


# --- what is computed --------------------------------------------------------------------------


def test_a_report_is_renewed_by_labels_and_by_known_answers_and_by_nothing_else(
    campaign, pairs
) -> None:
    before = ReliabilityReport.objects.get().computed_at
    refresh_agreement()
    assert ReliabilityReport.objects.get().computed_at == before
    GoldAnswer.objects.create(campaign=campaign, pair=pairs[0], verdict=NOT_SIMILAR)
    refresh_agreement()
    renewed = ReliabilityReport.objects.get()
    assert renewed.computed_at > before
    gold = PersonReliability.objects.get(person=person("ana")).figures["gold"]
    assert (gold["n"], gold["agreed"]) == (1, 0)
    label_pairs(campaign, UserFactory(username="eve"), {pairs[0]: SIMILAR})
    refresh_agreement()
    assert renewed.people.filter(person__username="eve").exists()
    assert renewed.people.count() == 6


def test_answers_under_another_version_of_the_policy_are_not_compared(campaign, pairs) -> None:
    from tests.factories import PolicyFactory

    campaign.policy = PolicyFactory()
    campaign.save()
    label_pairs(campaign, UserFactory(username="late"), {pairs[0]: NOT_SIMILAR})
    refresh_reliability(campaign=campaign)
    late = PersonReliability.objects.get(person__username="late").figures
    assert (late["labels"], late["consensus"]["n"]) == (1, 0)
    found = labels_behind(campaign=campaign, person=person("late"), behind=Behind())
    assert not found.exists()


# --- one person --------------------------------------------------------------------------------


def test_a_persons_page_has_a_matrix_whose_numbers_open_their_pairs(client, campaign) -> None:
    cy = person("cy")
    page = shown(client, f"/study/assistants/{cy.pk}/")
    cells = re.findall(r'href="([^"]*own=[^"]*)">(\d+)</a>', page)
    assert sum(int(count) for _, count in cells) == 120
    for address, count in cells:
        behind = shown(client, address.replace("&amp;", "&"))
        assert f'<span class="soft">{count}</span>' in behind


def test_each_share_leads_to_the_pairs_that_differ(client, campaign, pairs) -> None:
    for pair in pairs[::2]:
        GoldAnswer.objects.create(campaign=campaign, pair=pair, verdict=SIMILAR)
    refresh_reliability(campaign=campaign)
    for row in PersonReliability.objects.select_related("person"):
        page = shown(client, f"/study/assistants/{row.person.pk}/")
        for figure in ("consensus", "gold"):
            differing = row.figures[figure]["n"] - row.figures[figure]["agreed"]
            found = labels_behind(
                campaign=campaign, person=row.person, behind=Behind(figure=figure)
            )
            assert found.count() == differing
            assert (f"figure={figure}&quot;" in page or f'figure={figure}"' in page) == bool(
                differing
            )
    behind = shown(client, f"/study/assistants/{person('zoe').pk}/pairs/?figure=consensus")
    assert behind.count("Side by side") == 20
    assert "Page 1 of " in text_of(behind)


def test_weeks_are_drawn_told_and_open_their_pairs(client) -> None:
    pairs = many_pairs([("en", "en")] * 200)
    campaign = campaign_of(pairs, ranked=False)
    right = truth(pairs)
    for name in ("ana", "bo"):
        label_pairs(campaign, UserFactory(username=name), right)
    flo = UserFactory(username="flo")
    monday = datetime(2026, 1, 5, 9, tzinfo=UTC)
    for week, every in enumerate((2, 3, 8, 100)):
        part = {pair: right[pair] for pair in pairs[week * 50 : week * 50 + 50]}
        label_pairs(campaign, flo, wrong_at(part, every), at=monday + timedelta(weeks=week))
    refresh_reliability(campaign=campaign)
    page = shown(client, f"/study/assistants/{flo.pk}/")
    assert re.search(r"Agreement rose over the weeks, by \d+ to \d+ points", page)
    assert '<svg class="chart lines" role="img"' in page
    assert "Week 2 of 2026" in page
    (address,) = re.findall(r'href="([^"]*week=2026-W02)"', page)
    behind = shown(client, address.replace("&amp;", "&"))
    assert "Week 2 of 2026" in behind
    assert '<span class="soft">25</span>' in behind


@pytest.mark.parametrize(
    "query",
    ["figure=everything", "own=similar", "own=x&reference=similar", "own=similar&reference=unsure",
     "week=2026", "reference=similar"],
)  # fmt: skip
def test_a_figure_that_does_not_exist_is_not_found(client, quiet, query) -> None:
    assert client.get(f"/study/assistants/{person('ana').pk}/pairs/?{query}").status_code == 404


def test_the_pages_ask_as_often_however_many_people_and_labels_there_are(
    client, campaign, django_assert_max_num_queries
) -> None:
    own = signed_in(person("zoe"))
    zoe = person("zoe").pk
    with django_assert_max_num_queries(9):
        shown(client, "/study/assistants/")
    with django_assert_max_num_queries(9):
        shown(client, f"/study/assistants/{zoe}/")
    with django_assert_max_num_queries(8):
        shown(client, f"/study/assistants/{zoe}/pairs/")
    with django_assert_max_num_queries(20):
        shown(own, "/me/record/")


# --- one's own record --------------------------------------------------------------------------


def test_everybody_reads_the_same_figures_about_themself_and_what_else_is_kept(campaign) -> None:
    page = text_of(shown(signed_in(person("zoe")), "/me/record/"))
    assert "120 labels" in page
    assert "you may be the one who is right" in page
    assert "120 pairs judged" in page
    for kept in ("Your breaks", "recorded nowhere", "only in whole minutes", "exports carry"):
        assert kept in page


def test_nobody_sees_anybody_elses_record(campaign) -> None:
    zoe, ana = person("zoe"), person("ana")
    client = signed_in(zoe)
    for address in (
        "/study/assistants/", "/study/assistants.csv", f"/study/assistants/{ana.pk}/",
        f"/study/assistants/{zoe.pk}/", f"/study/assistants/{ana.pk}/pairs/",
    ):  # fmt: skip
        assert client.get(address).status_code == 403
    for address in ("/me/record/", "/me/record/pairs/", "/me/record/run/?first=1&last=999999999"):
        page = shown(client, f"{address}{'&' if '?' in address else '?'}person={ana.pk}")
        assert not re.search(r"\b(ana|bo|cy)\b", text_of(page))
    own = {label.assistant_id for label in labels_behind(
        campaign=campaign, person=zoe, behind=Behind()
    )}  # fmt: skip
    assert own == {zoe.pk}


def test_ones_own_pairs_behind_a_figure_lead_to_ones_answers(campaign) -> None:
    client = signed_in(person("zoe"))
    page = shown(client, "/me/record/pairs/?figure=consensus")
    assert page.count("Look at it again") == 20
    assert "no reason to change an answer" in page
    labels = re.findall(r"/labels/(\d+)/", page)
    assert client.get(f"/labels/{labels[0]}/").status_code == 200


def test_without_answers_the_record_says_what_will_be_kept() -> None:
    client = signed_in(UserFactory())
    page = text_of(shown(client, "/me/record/"))
    assert "There are no figures yet" in page
    assert "Your breaks" in page
    assert "Contest a figure" not in page
    assert client.get("/me/record/pairs/").status_code == 404
    assert client.post("/me/record/", {"figure": "other", "text": "x"}).status_code == 200
    assert not Contest.objects.exists()


# --- long runs ---------------------------------------------------------------------------------


def test_a_long_run_is_shown_to_the_person_alone(client, pairs) -> None:
    campaign = campaign_of(pairs, ranked=False)
    gus = UserFactory(username="gus")
    answers = truth(pairs[:50]) | dict.fromkeys(pairs[50:72], SIMILAR) | truth(pairs[72:])
    label_pairs(campaign, gus, answers)
    refresh_reliability(campaign=campaign)
    own = signed_in(gus)
    page = shown(own, "/me/record/")
    assert "Only you see this" in page
    (address,) = re.findall(r'href="([^"]*/run/[^"]*)"', page)
    assert "This may be right" in page
    run = shown(own, address.replace("&amp;", "&"))
    (found,) = long_runs(campaign=campaign, person=gus)
    assert 22 <= found.length <= 24
    assert f'<span class="soft">{found.length}</span>' in run
    for address in ("/study/assistants/", f"/study/assistants/{gus.pk}/", "/study/"):
        assert "in a row" not in shown(client, address)


def test_runs_that_are_as_long_as_ones_shares_make_likely_are_not_mentioned(pairs) -> None:
    campaign = campaign_of(pairs, ranked=False)
    hal = UserFactory()
    mostly = {pair: SIMILAR if i % 20 == 0 else NOT_SIMILAR for i, pair in enumerate(pairs)}
    label_pairs(campaign, hal, mostly)
    assert long_runs(campaign=campaign, person=hal) == []
    ida = UserFactory()
    label_pairs(campaign, ida, dict.fromkeys(pairs, NOT_SIMILAR))
    assert long_runs(campaign=campaign, person=ida) == []


def test_how_many_long_runs_are_expected_is_what_chance_gives() -> None:
    import numpy as np

    rng = np.random.default_rng(7)
    answers, share, length = 200, 0.6, 8
    tries = rng.random((4000, answers)) < share
    begins = tries[:, : answers - length + 1].copy()
    for step in range(1, length):
        begins &= tries[:, step : answers - length + 1 + step]
    begins[:, 1:] &= ~tries[:, : answers - length]
    assert begins.sum(1).mean() == pytest.approx(
        expected_runs(length, share=share, answers=answers), rel=0.05
    )


# --- contests ----------------------------------------------------------------------------------


def test_a_figure_is_contested_answered_and_both_see_it(client, campaign) -> None:
    zoe = person("zoe")
    own = signed_in(zoe)
    sent = {"figure": "consensus", "text": "  The pairs of May were broken.  "}
    assert own.post("/me/record/", sent).status_code == 302
    assert "Waits for an answer" in shown(own, "/me/record/")
    (made,) = Contest.objects.all()
    assert made.text == "The pairs of May were broken."
    assert made.shown["n"] == 120
    table = shown(client, "/study/assistants/")
    assert "1 figure is contested and waits for an answer" in table
    assert "contested" in text_of(table[table.index("zoe</a></th>") :])
    assert "1 figure is contested" in text_of(shown(client, "/study/"))
    page = shown(client, f"/study/assistants/{zoe.pk}/")
    assert "The pairs of May were broken." in page
    reply = {"reply": "You are right.", "state": "accepted"}
    assert client.post(f"/study/contests/{made.pk}/", reply).status_code == 302
    for reader, address in ((client, f"/study/assistants/{zoe.pk}/"), (own, "/me/record/")):
        page = shown(reader, address)
        assert "You are right." in page
        assert "contested with good reason" in page
        assert "Accepted" in page
    assert "consensus: accepted" in client.get("/study/assistants.csv").content.decode()


def test_a_second_press_makes_no_second_contest_and_an_answered_one_may_be_followed(
    client, campaign, coordinator
) -> None:
    zoe = person("zoe")
    own = signed_in(zoe)
    sent = {"figure": "weeks", "text": "Why?"}
    own.post("/me/record/", sent)
    page = own.post("/me/record/", sent, follow=True).content.decode()
    assert "You already wait for an answer on this" in page
    (made,) = Contest.objects.all()
    assert set(made.shown) == {"weeks", "trend"}
    reply = {"reply": "Because.", "state": "answered"}
    client.post(f"/study/contests/{made.pk}/", reply)
    again = client.post(f"/study/contests/{made.pk}/", reply | {"reply": "No."}, follow=True)
    assert "answered this already" in again.content.decode()
    made.refresh_from_db()
    assert (made.reply, made.answered_by) == ("Because.", coordinator)
    own.post("/me/record/", sent)
    assert Contest.objects.count() == 2


def test_what_cannot_be_sent_is_said_in_place_and_loses_nothing(quiet) -> None:
    own = signed_in(person("zoe"))
    response = own.post("/me/record/", {"figure": "nothing", "text": "My words"})
    page = response.content.decode()
    assert response.status_code == 400
    assert "Choose what this is about" in page
    assert "My words" in page
    empty = own.post("/me/record/", {"figure": "gold", "text": "   "})
    assert "Say in a few words" in empty.content.decode()
    assert not Contest.objects.exists()


def test_an_answer_needs_words_and_nobody_answers_themself(client, quiet, coordinator) -> None:
    made = contest(campaign=quiet, person=person("zoe"), figure="other", text="Why?")
    said = client.post(f"/study/contests/{made.pk}/", {"state": "answered"}, follow=True)
    assert "an answer needs words" in said.content.decode()
    own = contest(campaign=quiet, person=coordinator, figure="other", text="Mine.")
    reply = {"reply": "Yes.", "state": "accepted"}
    said = client.post(f"/study/contests/{own.pk}/", reply, follow=True).content.decode()
    assert "for somebody else to answer" in said
    assert not Contest.objects.exclude(state="open").exists()
    with pytest.raises(IntegrityError, match="contest_not_answered_by_oneself"):
        answer_contest(contest=own, by=coordinator, accepted=True, reply="Yes.")


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"figure": "speed"}, "contest_figure_known"),
        ({"text": " \n "}, "contest_text_not_empty"),
        ({"state": "answered"}, "contest_answered_by_somebody"),
        ({"reply": "Yes."}, "contest_answered_by_somebody"),
        ({"answered_at": datetime(2026, 1, 1, tzinfo=UTC)}, "contest_answered_by_somebody"),
    ],
)
def test_postgres_itself_refuses_a_contest_that_makes_no_sense(quiet, fields, constraint) -> None:
    made = {"campaign": quiet, "person": person("ana"), "figure": "gold", "text": "Why?"}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Contest.objects.create(**made | fields)


def test_postgres_itself_refuses_a_state_that_nobody_knows(quiet, coordinator) -> None:
    answered = {"state": "lost", "reply": "Yes.", "answered_by": coordinator}
    made = {"campaign": quiet, "person": person("ana"), "figure": "gold", "text": "Why?"}
    with pytest.raises(IntegrityError, match="contest_state_known"):
        Contest.objects.create(**made, **answered, answered_at=timezone.now())


def test_hostile_words_are_text(client, quiet) -> None:
    zoe = person("zoe")
    contest(campaign=quiet, person=zoe, figure="gold", text="<script>alert(1)</script>")
    for reader, address in (
        (client, f"/study/assistants/{zoe.pk}/"), (signed_in(zoe), "/me/record/"),
    ):  # fmt: skip
        page = shown(reader, address)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


# --- time --------------------------------------------------------------------------------------


def test_whoever_runs_the_study_sees_no_time_of_less_than_a_week(client, pairs) -> None:
    campaign = campaign_of(pairs, ranked=False)
    ana = UserFactory(username="ana")
    part = dict.fromkeys(pairs[:10], UNSURE)
    label_pairs(campaign, ana, part, at=timezone.now() - timedelta(days=30), seconds=[77])
    label_pairs(campaign, ana, {pairs[10]: UNSURE}, at=timezone.now(), seconds=[3000])
    page = text_of(shown(client, "/study/"))
    assert "Time this week" in page
    assert "Usual time" not in page
    assert "ana 11 1 15 min 100%" in page
    assert "77 s" not in shown(client, f"/study/pairs/{pairs[0].pk}/")
