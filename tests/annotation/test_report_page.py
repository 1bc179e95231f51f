"""The report for a study's appendix: what it says, in what order, and of whom."""

import html
import re

import pytest
from django.test import Client

from annotation.models import AgreementReport, Campaign, Role, User
from annotation.pseudonyms import letters, pseudonyms
from annotation.services.agreement import refresh_report
from tests.annotation.test_agreement_pages import label_each
from tests.factories import CampaignFactory, UserFactory, campaign_with_pairs
from tests.studies import FIGURES, label_all, signed_in

pytestmark = pytest.mark.django_db

PAGE = "/study/report/"


@pytest.fixture
def client() -> Client:
    return signed_in(UserFactory(role=Role.COORDINATOR, username="zoe"))


@pytest.fixture
def campaign() -> Campaign:
    """Six pairs with two answers each; the two people differ on three."""
    campaign = campaign_with_pairs(6, labels_per_pair=2)
    pairs = sorted(campaign.pool.values_list("pair", flat=True))
    label_all(UserFactory(username="ana", first_name="Ana", last_name="Anders"), "similar", 6)
    verdicts = {pk: "not_similar" if pk in pairs[:3] else "similar" for pk in pairs}
    label_each(UserFactory(username="bo", first_name="Bo", last_name="Berg"), verdicts)
    return campaign


def shown(client: Client, query: str = "") -> str:
    """All words of the page below its header."""
    response = client.get(f"{PAGE}?{query}")
    assert response.status_code == 200
    page = response.content.decode()
    text = re.sub(r"<svg.*?</svg>", " ", page[page.index("<main") :], flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_the_report_says_what_was_judged_by_whom_and_when(client, campaign) -> None:
    refresh_report(campaign=campaign)
    text = shown(client)
    assert f"How well people agree in {campaign.name}" in text
    assert f"Policy {campaign.policy}" in text
    assert "As many for every pair: 2" in text
    assert "Pairs 6, of which 6 have answers from two people or more" in text
    assert re.search(r"Similar 9 75% Not similar 3 25% Unsure 0 0% In all 12", text)


def test_every_coefficient_stands_with_its_interval_its_pairs_and_what_it_may_be_taken_for(
    client, campaign
) -> None:
    report = refresh_report(campaign=campaign)
    text = shown(client)
    same = report.figures["percent_agreement"]
    value = f"{same['value']:.0%} ({same['low'] * 100:.0f}–{same['high']:.0%})"
    assert re.search(rf"Same answer [^%]*{re.escape(value)} 6", text)
    for name in ("Krippendorff’s α, nominal", "Fleiss’ κ", "Gwet’s AC1"):
        assert name in text
    assert "The interval is wide" in text
    assert text.count("with fewer than 50, intervals themselves are uncertain") == 1


def test_tables_are_numbered_in_the_order_in_which_they_stand(client, campaign) -> None:
    refresh_report(campaign=campaign)
    text = shown(client)
    assert re.findall(r"Table (\d)\.", text) == [str(n) for n in range(1, 9)]
    assert "Table 4. Agreement by version of the policy" in text
    assert "Table 5. Agreement by language of the pair’s videos" in text
    assert "Table 6. Agreement by how pairs were chosen" in text
    assert "Table 7. Agreement by week of a pair’s first answer" in text
    assert "Table 8. Cohen’s κ of each two people" in text


def test_a_part_without_figures_has_no_table_and_takes_no_number(client, campaign) -> None:
    AgreementReport.objects.create(campaign=campaign, last_label=1, figures=FIGURES)
    text = shown(client)
    assert "by version of the policy" not in text.partition("How it was computed")[0]
    assert re.findall(r"Table (\d)\.", text) == ["1", "2", "3", "4", "5", "6"]
    assert "Figure 2. Krippendorff’s α by week" in text
    assert "a code version that was not recorded" in text


def test_people_are_letters_unless_names_are_asked_for(client, campaign) -> None:
    refresh_report(campaign=campaign)
    text = shown(client)
    assert not re.search(r"\b(ana|anders|bo|berg)\b", text, re.IGNORECASE)
    assert "Letters stand for people" in text
    named = shown(client, "names=1")
    assert "Ana Anders" in named
    assert "Bo Berg" in named
    assert "Letters stand for people" not in named


def test_two_people_of_one_name_are_two_people(client, campaign) -> None:
    User.objects.filter(username__in=["ana", "bo"]).update(first_name="Kim", last_name="Lee")
    refresh_report(campaign=campaign)
    text = shown(client, "names=1")
    assert "Kim Lee (ana)" in text
    assert "Kim Lee (bo)" in text


def test_letters_stand_in_the_order_of_the_alphabet(client, campaign) -> None:
    AgreementReport.objects.create(campaign=campaign, last_label=1, figures=FIGURES)
    page = client.get(PAGE).content.decode()
    heads = re.findall(r'<th scope="col"><span>([A-Z]+)</span>', page)
    assert heads == [*map(letters, range(26))]


def test_a_letter_is_the_same_in_every_report_and_tells_nothing() -> None:
    people = [f"person{n:02}" for n in range(30)]
    one = pseudonyms(people, of="summer")
    assert one == pseudonyms(reversed(people), of="summer")
    assert sorted(one.values(), key=lambda name: (len(name), name)) == [*map(letters, range(30))]
    assert [one[person] for person in people] != [*map(letters, range(30))]
    assert one != pseudonyms(people, of="winter")
    assert [letters(n) for n in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


def test_it_says_how_it_was_computed_with_which_code_and_when(client, campaign) -> None:
    report = refresh_report(campaign=campaign)
    text = shown(client)
    assert report.figures["code_version"] in text
    assert "drawn anew with replacement 500 times" in text
    assert "seed 0" in text
    for reference in (
        "Krippendorff, K. (2011)", "Krippendorff, K. (2019)", "Efron, B. (1979)",
        "Gwet, K. L. (2008)",
        "Fleiss, J. L. (1971)", "Cohen, J. (1960)", "Dawid, A. P., & Skene, A. M. (1979)",
    ):  # fmt: skip
        assert reference in text
    assert "Pairs on which people differ therefore have more answers" not in text
    Campaign.objects.update(relabelling="posterior")
    assert "Pairs on which people differ therefore have more answers" in shown(client)


def test_a_correction_after_the_report_changes_none_of_its_counts(client, campaign) -> None:
    from uuid import uuid4

    from annotation.models import Label
    from annotation.services.labels import Answer, revise

    refresh_report(campaign=campaign)
    before = shown(client)
    label = Label.objects.filter(verdict="similar").first()
    unsure = Answer(verdict="unsure")
    revise(assistant=label.assistant, label_id=label.pk, submission=uuid4(), answer=unsure)
    assert shown(client) == before


def test_without_labels_or_a_campaign_the_page_says_what_comes(client) -> None:
    assert "No campaign yet" in shown(client)
    CampaignFactory()
    assert "appear once some pairs have answers" in shown(client)


def test_the_page_asks_as_often_however_many_labels_there_are(
    client, campaign, django_assert_max_num_queries
) -> None:
    refresh_report(campaign=campaign)
    with django_assert_max_num_queries(8):
        shown(client, "names=1")
    assert User.objects.count() == 3
