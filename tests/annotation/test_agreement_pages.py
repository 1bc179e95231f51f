"""Agreement in detail: by part of the study, with the pairs behind each figure."""

import csv
import html
import re
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.test import Client
from django.utils import timezone

from annotation.agreement_words import REMARKS, remark_text
from annotation.models import AgreementReport, Campaign, Label, Pair, Policy, Role, Video
from annotation.services.agreement import refresh_report
from annotation.services.claim import claim
from annotation.services.consensus import refresh_consensus
from annotation.services.labels import Answer, submit
from tests.annotation.campaign_work import append_only_off
from tests.factories import CampaignFactory, UserFactory, campaign_with_pairs
from tests.studies import label_all, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return signed_in(UserFactory(role=Role.COORDINATOR))


@pytest.fixture
def campaign() -> Campaign:
    """Six pairs with two answers each: the two people differ on those in German."""
    campaign = campaign_with_pairs(6, labels_per_pair=2)
    pairs = list(Pair.objects.order_by("pk"))
    german = [pair.rejected_id for pair in pairs[:3]]
    Video.objects.update(language="en")
    Video.objects.filter(pk__in=[*german, *(p.recommended_id for p in pairs[:3])]).update(
        language="de"
    )
    Pair.objects.filter(pk__in=[p.pk for p in pairs[:2]]).update(source='=cmd|"x"!A1 & more')
    one, other = UserFactory(username="ana"), UserFactory(username="bo")
    label_all(one, "similar", 6)
    answers = {pair.pk: "not_similar" if pair in pairs[:3] else "similar" for pair in pairs}
    label_each(other, answers)
    return campaign


def refresh(campaign: Campaign) -> AgreementReport:
    """As a worker does it once a minute."""
    refresh_consensus(campaign=campaign)
    report = refresh_report(campaign=campaign)
    assert report is not None
    return report


def label_each(person, answers: dict[int, str]) -> None:
    for _ in answers:
        (assignment,) = claim(assistant=person)
        verdict = answers[assignment.pair_id]
        reasons = ("other",) if verdict == "similar" else ()
        comment = "Why." if reasons else ""
        answer = Answer(verdict=verdict, reasons=reasons, comment=comment, seconds=9)
        submit(assistant=person, assignment_id=assignment.pk, answer=answer)


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def row_of(page: str, name: str) -> list[str]:
    begins = rf'<th scope="row">(?:<a [^>]*>)?{name}[^\w ]'
    (row,) = re.findall(rf"{begins}(?:(?!</th>).)*</th>(.*?)</tr>", page, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row, re.S)]


def test_every_measure_is_shown_for_each_part_and_all_together(client, campaign) -> None:
    refresh(campaign)
    page = shown(client, "/study/agreement/?by=language")
    assert "6 of 6 pairs have answers from two people" in page
    assert row_of(page, "German")[:3] == ["3", "6", "0%"]
    assert row_of(page, "English")[:3] == ["3", "6", "100%"]
    (same,) = [cells for cells in [row_of(page, "Same answer")] if cells]
    assert same[0].startswith("50%")


def test_each_figure_leads_to_the_pairs_behind_it(client, campaign) -> None:
    refresh(campaign)
    page = shown(client, "/study/agreement/?by=language")
    (address,) = re.findall(r'href="([^"]*value=de)"', page)
    behind = shown(client, address.replace("&amp;", "&"))
    assert "Language: German" in behind
    assert behind.count("Side by side") == 3
    english = shown(client, "/study/agreement/pairs/?by=language&value=en")
    assert "None so far" in english
    assert shown(client, "/study/agreement/pairs/").count("Side by side") == 3


@pytest.mark.parametrize("by", ["source", "selection", "policy", "week"])
def test_the_pairs_of_all_parts_are_those_that_people_see_differently(client, campaign, by) -> None:
    report = refresh(campaign)
    pairs = set()
    for part in report.figures["by"][by]:
        query = {"by": by, "value": part["value"]}
        page = client.get("/study/agreement/pairs/", query).content.decode()
        found = set(re.findall(r"/study/pairs/(\d+)/", page))
        share = part["percent_agreement"]["value"]
        assert len(found) == round((1 - share) * part["units_with_overlap"])
        pairs |= found
    assert len(pairs) == 3


def test_a_pair_is_of_the_week_of_its_first_answer_and_others_are_not_compared_across_policies(
    client, campaign
) -> None:
    newer = Policy.objects.create(version=99, title="Newer", body="Other words.")
    late = Label.objects.filter(assistant__username="bo").order_by("pk").first()
    with append_only_off():
        Label.objects.filter(assistant__username="ana").update(
            created_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
        Label.objects.filter(pk=late.pk).update(policy=newer)
    figures = refresh(campaign).figures["by"]
    assert [part["value"] for part in figures["week"]] == ["2026-W01"]
    overlap = {part["value"]: part["units_with_overlap"] for part in figures["policy"]}
    assert overlap["99"] == 0
    assert sum(overlap.values()) == 5
    page = shown(client, "/study/agreement/?by=week")
    assert "Week 1 of 2026" in page


def test_what_the_figures_may_not_be_taken_for_is_said_beside_them(client, campaign) -> None:
    refresh(campaign)
    page = shown(client, "/study/agreement/")
    resting = "All of this rests on 6 pairs with two answers or more; with fewer than 50"
    assert page.count(resting) == 1
    assert "The interval is wide" in page
    assert "take the figure as a first impression" in page


def test_every_remark_has_words_with_all_its_values_in_them() -> None:
    from modeling.agreement.english import SENTENCES

    assert {code for code in SENTENCES if not code.startswith("means_")} == REMARKS.keys()
    for code, text in REMARKS.items():
        wanted = set(re.findall(r"{(\w+)", SENTENCES[code]))
        assert set(re.findall(r"%\((\w+)\)s", str(text))) == wanted
        parameters = {name: 0.667 if name == "mark" else 0.25 for name in wanted}
        said = remark_text({"code": code, "parameters": parameters})
        assert "%(" not in said
        assert ("0.667" in said) == ("mark" in wanted)
        assert ("25%" in said) == bool(wanted & {"overlap", "agreement", "prevalence", "chance"})


def test_the_table_comes_as_csv(client, campaign) -> None:
    refresh(campaign)
    response = client.get(f"/study/agreement.csv?campaign={campaign.slug}&by=language")
    assert "attachment" in response["Content-Disposition"]
    rows = {row["value"]: row for row in csv.DictReader(StringIO(response.content.decode()))}
    assert rows["German"]["units_with_overlap"] == "3"
    assert float(rows["English"]["percent_agreement"]) == 1.0
    assert rows["English"]["alpha_nominal"] == ""


def test_two_people_have_a_cell_each_way(client, campaign) -> None:
    refresh(campaign)
    page = shown(client, "/study/agreement/")
    cells = re.findall(r'<td class="tint-0" title="([^"]*)"', page)
    assert len(cells) == 2
    assert all("6 pairs in common" in cell for cell in cells)


def test_hostile_names_of_sources_are_text(client, campaign) -> None:
    Pair.objects.filter(source__startswith="=").update(source="<script>alert(1)</script>&by=week")
    refresh(campaign)
    page = shown(client, "/study/agreement/?by=source")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;by=week" in page
    (address,) = re.findall(r'href="([^"]*value=%3Cscript[^"]*)"', page)
    assert shown(client, address.replace("&amp;", "&")).count("Side by side") == 2


@pytest.mark.parametrize(
    "query", ["by=nothing&value=x", "by=week&value=x", "by=policy&value=x", "by=selection&value=x"]
)
def test_a_part_that_does_not_exist_is_not_found(client, campaign, query) -> None:
    assert client.get(f"/study/agreement/pairs/?{query}").status_code == 404


def test_without_labels_or_a_campaign_the_page_says_what_comes(client) -> None:
    assert "No campaign yet" in shown(client, "/study/agreement/")
    assert client.get("/study/agreement.csv").status_code == 404
    CampaignFactory()
    assert "appear once some pairs have answers" in shown(client, "/study/agreement/")


def test_the_pages_ask_as_often_however_many_labels_there_are(
    client, campaign, django_assert_max_num_queries
) -> None:
    refresh(campaign)
    with django_assert_max_num_queries(6):
        shown(client, "/study/agreement/")
    with django_assert_max_num_queries(8):
        shown(client, "/study/agreement/pairs/?by=language&value=de")


def test_now_is_a_week_that_pages_know(client, campaign) -> None:
    refresh(campaign)
    year, week, _ = timezone.now().astimezone(UTC).isocalendar()
    assert f"Week {week} of {year}" in shown(client, "/study/agreement/?by=week")


def test_reasons_agree_as_sets_and_each_opens_the_pairs_where_some_only_gave_it(client) -> None:
    campaign = campaign_with_pairs(3, labels_per_pair=2)
    pairs = list(Pair.objects.order_by("pk").values_list("pk", flat=True))
    ways = {"ana": [("same_persons",)] * 3, "bo": [("same_persons", "other")] + [("other",)] * 2}
    for name, reasons in ways.items():
        person = UserFactory(username=name)
        for assignment in claim(assistant=person, count=3):
            given = reasons[pairs.index(assignment.pair_id)]
            answer = Answer("similar", given, "Why.", seconds=9)
            submit(assistant=person, assignment_id=assignment.pk, answer=answer)
    refresh(campaign)
    page = shown(client, "/study/agreement/")
    assert "3 pairs were called similar by two people or more" in page
    assert row_of(page, "Same persons")[:2] == ["4", "67%"]
    other = shown(client, "/study/agreement/pairs/?by=reason&value=other")
    assert all(f"/study/pairs/{pair}/" in other for pair in pairs)
    persons = shown(client, "/study/agreement/pairs/?by=reason&value=same_persons")
    assert f"/study/pairs/{pairs[0]}/" not in persons
    assert client.get("/study/agreement/pairs/?by=reason&value=moon").status_code == 404


def test_each_assistant_s_pairs_are_a_part_of_the_study_and_no_grade(client, campaign) -> None:
    refresh(campaign)
    page = shown(client, "/study/agreement/?by=assistant")
    assert "it is no grade" in page
    table = csv.DictReader(StringIO(shown(client, "/study/agreement.csv?by=assistant")))
    rows = {row["value"]: row for row in table}
    assert set(rows) == {"ana", "bo"}
    assert (rows["ana"]["units"], rows["ana"]["labels"]) == ("6", "12")
    assert float(rows["ana"]["percent_agreement"]) == 0.5
    pairs = shown(client, "/study/agreement/pairs/?by=assistant&value=ana")
    assert pairs.count("/study/pairs/") == 3


def test_campaigns_stand_beside_each_other_with_their_pairs(client, campaign) -> None:
    refresh(campaign)
    other = campaign_with_pairs(2, labels_per_pair=2, name="A second study", slug="second")
    for person in (UserFactory(), UserFactory()):
        label_all(person, "similar", 2)
    refresh(other)
    campaign_with_pairs(1, name="Nobody began", slug="none")
    page = shown(client, f"/study/agreement/?campaign={campaign.slug}&by=campaign")
    assert row_of(page, campaign.name)[:3] == ["6", "12", "50% (17–83%)"]
    assert row_of(page, "A second study")[:2] == ["2", "4"]
    assert '<th scope="row"><a href="/study/agreement/pairs/?campaign=second">' in page
    assert "Nobody began" not in page.partition("<table>")[2]
    table = shown(client, f"/study/agreement.csv?campaign={campaign.slug}&by=campaign")
    assert len(table.splitlines()) == 3


def test_the_figure_on_two_people_opens_the_pairs_on_which_they_differ(client, campaign) -> None:
    refresh(campaign)
    address = f"/study/agreement/pairs/?campaign={campaign.slug}&by=two&value=ana%20bo"
    assert shown(client, address).count("Side by side") == 3
    heat = shown(client, f"/study/agreement/?campaign={campaign.slug}")
    assert html.escape(address) in heat
    assert html.escape(address) in shown(client, f"/study/?campaign={campaign.slug}")
    assert client.get("/study/agreement/pairs/?by=two&value=ana").status_code == 404
