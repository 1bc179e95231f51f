"""When the figures of a campaign are computed anew, and what is shown where they are not."""

import csv
import io
import re

import pytest

from annotation.models import (
    AgreementReport,
    Campaign,
    GoldAnswer,
    PairConsensus,
    PersonReliability,
    Promotion,
    Role,
)
from annotation.services import figures, training_queue
from annotation.services.campaigns import set_state
from annotation.services.claim import claim
from annotation.services.cross_validation import attend_to_cross_validation
from annotation.services.labels import Answer, submit
from annotation.tasks import refresh_agreement
from tests.annotation.answered import label_pairs
from tests.annotation.campaign_work import SIMILAR, answer, take
from tests.factories import RunFactory, UserFactory, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign() -> Campaign:
    """One answer of 50 seconds, with its figures."""
    campaign = campaign_with_pairs(3)
    (given,) = claim(assistant=UserFactory(username="ana"))
    submit(
        assistant=given.assistant, assignment_id=given.pk, answer=Answer("not_similar", seconds=50)
    )
    refresh_agreement()
    return campaign


def close(campaign: Campaign) -> None:
    set_state(campaign=campaign, state=Campaign.State.CLOSED, by=UserFactory())


def counted(campaign: Campaign) -> int:
    report = campaign.reports.first()
    assert report is not None
    return report.figures["progress"]["totals"]["labels"]


def make_old(campaign: Campaign) -> None:
    """Have the report be of another day."""
    report = campaign.reports.first()
    report.figures["progress"]["day"] = "2026-01-01"
    report.save()


def test_an_answer_to_a_pair_that_was_out_when_its_campaign_closed_is_in_the_figures(
    campaign,
) -> None:
    (out,) = take(UserFactory())
    close(campaign)
    answer(out, SIMILAR)
    refresh_agreement()
    assert counted(campaign) == 2
    assert sum(PairConsensus.objects.values_list("labels", flat=True)) == 2


def test_a_known_answer_that_comes_after_closing_is_in_the_figures_on_people(campaign) -> None:
    close(campaign)
    pair = campaign.labels.get().pair
    GoldAnswer.objects.create(campaign=campaign, pair=pair, verdict="not_similar")
    refresh_agreement()
    assert PersonReliability.objects.get().figures["gold"]["n"] == 1


def test_the_model_of_a_closed_campaign_judges_its_labels_too(campaign, monkeypatch) -> None:
    run = RunFactory(campaign=campaign, status="succeeded", artefact="m")
    Promotion.objects.create(campaign=campaign, run=run, reason="for the test")
    close(campaign)
    monkeypatch.setattr(training_queue, "send", lambda *_, **__: True)
    assert attend_to_cross_validation() == [run.pk]


def test_a_new_day_is_none_to_a_closed_campaign(campaign) -> None:
    close(campaign)
    make_old(campaign)
    refresh_agreement()
    assert AgreementReport.objects.count() == 1
    set_state(campaign=campaign, state=Campaign.State.OPEN, by=UserFactory())
    refresh_agreement()
    assert AgreementReport.objects.count() == 2


def test_what_a_report_of_another_day_says_of_its_today_and_its_week_is_not_shown(campaign) -> None:
    client = signed_in(UserFactory(role=Role.COORDINATOR))

    def shown() -> str:
        page = client.get("/study/").content.decode()
        return re.search(r">ana</th>(.*?)</tr>", page, re.DOTALL)[1]

    assert re.findall(r">([^<]+)</td>", shown())[:3] == ["1", "1", "50 s"]
    make_old(campaign)
    assert re.findall(r">([^<]+)</td>", shown())[:3] == ["1", "–", "–"]
    table = client.get("/study/tables/progress.csv").content.decode()
    (row,) = csv.DictReader(io.StringIO(table))
    assert [row[name] for name in ("labels", "today", "spent")] == ["1", "", ""]


def test_the_two_weeks_of_the_chart_end_today_however_old_the_report_is(campaign) -> None:
    client = signed_in(UserFactory(role=Role.COORDINATOR))
    before = client.get("/study/tables/days.csv").content
    report = campaign.reports.first()
    report.figures["progress"]["days"] = [["2026-01-01", 1]]
    report.save()
    make_old(campaign)
    assert client.get("/study/tables/days.csv").content == before


def test_what_keeps_one_campaign_from_its_figures_keeps_no_other_and_is_not_hushed_up(
    campaign, monkeypatch
) -> None:
    later = campaign_with_pairs(1, priority=-1)
    assert [*Campaign.objects.all()] == [campaign, later]
    label_pairs(later, UserFactory(), {later.pool.get().pair: "unsure"})
    refresh = figures.refresh_report

    def fail_on_the_first(*, campaign: Campaign, **rest: object) -> object:
        if campaign != later:
            raise ValueError("cannot be computed")
        return refresh(campaign=campaign, **rest)

    monkeypatch.setattr(figures, "refresh_report", fail_on_the_first)
    with pytest.raises(ExceptionGroup) as raised:
        refresh_agreement()
    assert [str(error) for error in raised.value.exceptions] == ["cannot be computed"]
    assert counted(later) == 1
