"""Planning: how many labels and how much overlap, from what was observed or is typical; and when a
campaign will be done."""

import html
import re
import subprocess
import sys
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from annotation.line_charts import Line, log_lines
from annotation.models import AnnotatorRecord, Campaign, Label, Pair, Role
from annotation.queries.planning import Observed, Person, forecast, observed
from annotation.services.agreement import refresh_report
from annotation.services.planning import Wanted, plan
from modeling.stopping import TYPICAL
from tests.annotation.test_agreement_pages import append_only_off, label_each
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import finished_run, label_all, signed_in

pytestmark = pytest.mark.django_db

PAGE = "/study/planning/"
WANTED = Wanted(alpha=0.05, auroc=0.02, overlap=2, similar=0.28, expected_auroc=0.95)
GOOD = ((0.95, 0.03, 0.02), (0.02, 0.96, 0.02))
POOR = ((0.7, 0.25, 0.05), (0.2, 0.75, 0.05))


@pytest.fixture
def client() -> Client:
    return signed_in(UserFactory(role=Role.COORDINATOR))


@pytest.fixture
def campaign() -> Campaign:
    return campaign_with_pairs(60, labels_per_pair=2)


def weigh(campaign: Campaign, *people: tuple[tuple[float, ...], tuple[float, ...]]) -> None:
    for similar, other in people:
        AnnotatorRecord.objects.create(
            campaign=campaign, assistant=UserFactory(), labels=100,
            if_similar=list(similar), if_not_similar=list(other),
        )  # fmt: skip


def shown(client: Client, query: str = "") -> str:
    response = client.get(f"{PAGE}?{query}")
    assert response.status_code == 200
    text = re.sub(r"<(svg|head).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def work_on_days(campaign: Campaign, hours: int) -> None:
    """Half of the answers similar, spread over so many different hours of the last days."""
    label_all(UserFactory(), "similar", 20)
    label_all(UserFactory(), "not_similar", 20)
    with append_only_off():
        for place, label in enumerate(Label.objects.order_by("pk")):
            at = timezone.now() - timedelta(hours=1 + place % hours)
            Label.objects.filter(pk=label.pk).update(created_at=at)
    refresh_report(campaign=campaign)


def test_without_a_campaign_typical_people_are_assumed_and_it_says_so(client) -> None:
    text = shown(client)
    assert re.search(r"[\d,]+ pairs with 2 labels each: [\d,]+ labels, about [\d,]+ hours", text)
    assert "Nothing has been observed of how people answer: typical people are assumed" in text
    assert "The share of similar pairs is a guess: 28%" in text
    assert "39 s are assumed" in text
    assert "When" not in text
    assert (TYPICAL.similar[0], TYPICAL.not_similar[1]) == (0.83, 0.87)


def test_the_address_holds_all_that_was_asked(client, campaign) -> None:
    query = "alpha=0.1&auroc=0.05&overlap=3&similar=40&expected_auroc=0.9&wage=15"
    page = client.get(f"{PAGE}?{query}").content.decode()
    for field in query.split("&"):
        name, _is, value = field.partition("=")
        (given,) = re.findall(rf'name="{name}" value="([^"]*)"', page)
        assert float(given) == float(value)
    assert 'method="get"' in page


def test_what_was_observed_is_what_it_starts_from(client, campaign) -> None:
    weigh(campaign, GOOD, GOOD)
    work_on_days(campaign, 5)
    finished_run(campaign, 0.83)
    refresh_report(campaign=campaign)
    page = client.get(PAGE).content.decode()
    assert re.search(r'name="similar" value="50.0"', page)
    assert re.search(r'name="expected_auroc" value="0.83"', page)
    text = shown(client)
    assert "the answers of 2 people, as weighed" in text
    assert "Of 40 sure answers on pairs drawn at random 50% say similar" in text
    assert "A label takes 31 s, the mean of 40" in text
    assert "The last model reached an AUROC of 0.83" in text
    assert "What was observed so far: α" in text
    from_nothing = shown(client, "campaign=-")
    assert "typical people are assumed" in from_nothing
    assert "When" not in from_nothing


def labelled_pool(*, held_out: int, similar: int) -> None:
    """80 labelled pairs, the first of them held out, and the first of them similar."""
    campaign = campaign_with_pairs(80, labels_per_pair=1)
    pairs = list(Pair.objects.order_by("pk").values_list("pk", flat=True))
    Pair.objects.update(held_out=False)
    Pair.objects.filter(pk__in=pairs[:held_out]).update(held_out=True)
    answers = dict.fromkeys(pairs, "not_similar") | dict.fromkeys(pairs[:similar], "similar")
    label_each(UserFactory(), answers)
    refresh_report(campaign=campaign)


def test_the_share_of_similar_pairs_is_that_of_held_out_pairs_where_there_are_enough(
    client,
) -> None:
    labelled_pool(held_out=40, similar=20)
    text = shown(client)
    assert (
        "Of 40 sure answers on held-out pairs, a random sample of the whole pool, 50% say" in text
    )
    assert re.search(r'name="similar" value="50.0"', client.get(PAGE).content.decode())


def test_with_few_held_out_pairs_all_drawn_at_random_tell_the_share_and_their_bias_is_named(
    client,
) -> None:
    labelled_pool(held_out=10, similar=8)
    assert (
        "Of 80 sure answers on pairs drawn at random 10% say similar. Later draws come from what "
        "models have left, so the whole pool may differ."
    ) in shown(client)


def test_people_who_err_less_take_fewer_pairs() -> None:
    good, poor = (
        plan(seen=Observed(people=(Person(*people),)), wanted=WANTED).chosen
        for people in (GOOD, POOR)
    )
    assert good.pairs_for_alpha < poor.pairs_for_alpha
    assert good.settled > poor.settled
    assert good.best_auroc > poor.best_auroc
    assert good.alpha > poor.alpha


def test_more_overlap_takes_fewer_pairs_for_alpha_and_says_more_of_a_model() -> None:
    rows = plan(seen=Observed(), wanted=WANTED).rows
    assert [row.each for row in rows] == [1, 2, 3, 5]
    assert (rows[0].pairs_for_alpha, rows[0].pairs, rows[0].labels) == (None, None, None)
    assert rows[1].pairs_for_alpha > rows[2].pairs_for_alpha > rows[3].pairs_for_alpha
    assert rows[0].right < rows[2].right < rows[3].right
    for row in rows[1:]:
        assert row.pairs == max(row.pairs_for_alpha, row.pairs_for_auroc)
        assert row.labels == row.pairs * row.each
        assert row.hours == pytest.approx(row.labels * 39 / 3600)


def test_a_wage_gives_the_cost_and_is_not_kept(client, campaign) -> None:
    text = shown(client, "wage=12.5")
    row = plan(seen=Observed(), wanted=WANTED).chosen
    assert f"{round(row.labels * 39 / 3600 * 12.5):,} in wages" in text
    assert "Wages to come" in text
    assert "Wages" not in shown(client)


@pytest.mark.parametrize(
    "query",
    ["alpha=0", "alpha=x", "overlap=1", "overlap=200", "similar=100", "expected_auroc=1", "wage=-1",
     "auroc=nan", "alpha=inf"],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_refused_beside_its_field(client, campaign, query) -> None:
    page = client.get(f"{PAGE}?{query}").content.decode()
    assert page.count('role="alert"') == 1
    assert 'aria-invalid="true"' in page
    assert "How many labels does it take?" in page


@pytest.mark.parametrize(
    "query",
    ["alpha=0.005&auroc=0.005&similar=0.5&overlap=10", "alpha=0.4&auroc=0.4", "similar=99.5",
     "expected_auroc=0.999&auroc=0.4", "expected_auroc=0.5&auroc=0.005&similar=0.5"],
)  # fmt: skip
def test_every_value_that_the_form_takes_has_an_answer(client, campaign, query) -> None:
    assert 'role="alert"' not in client.get(f"{PAGE}?{query}").content.decode()


@pytest.mark.parametrize(
    "person",
    [((1, 0, 0), (0, 1, 0)), ((0, 0, 1), (0, 0, 1)), ((1, 0, 0), (1, 0, 0)),
     ((0, 1, 0), (1, 0, 0))],
)  # fmt: skip
def test_people_of_any_kind_have_a_plan_or_a_dash(client, campaign, person) -> None:
    weigh(campaign, person, person)
    assert client.get(PAGE).status_code == 200


def test_a_picture_says_in_words_and_in_a_table_what_it_shows(client) -> None:
    page = client.get(PAGE).content.decode()
    assert page.count('<svg class="chart lines several" role="img"') == 2
    assert "Half-width of α by the number of labels" in page
    assert page.count("<summary>As a table</summary>") == 2
    legends = re.findall(r'<ul class="legend">(.*?)</ul>', page, re.DOTALL)
    kinds = [dict(re.findall(r"line (line-\d).*?</svg> ([^<]*)<", legend)) for legend in legends]
    assert kinds[1]["line-1"] == "1 label a pair"
    # One label a pair says nothing of alpha; the others look the same in both.
    assert kinds[0] == {kind: name for kind, name in kinds[1].items() if kind != "line-1"}


def test_a_chart_of_several_lines_puts_larger_values_higher() -> None:
    lines = [Line("<b>a</b>", "line-1", [0.2, 0.1, 0.05]), Line("b", "line-2", [None, 0.2, 0.1])]
    root = ElementTree.fromstring(log_lines(lines, [100, 1000, 10_000], title="T"))  # noqa: S314
    assert (
        root[1].text
        == "<b>a</b>: 100: 0.200, 1,000: 0.100, 10,000: 0.050; b: 1,000: 0.200, 10,000: 0.100"
    )
    dots = [(float(c.attrib["cx"][:-1]), float(c.attrib["cy"])) for c in root.iter("circle")]
    assert len(dots) == 5
    assert dots[0][1] < dots[1][1] < dots[2][1]
    assert dots[1][0] - dots[0][0] == pytest.approx(dots[2][0] - dots[1][0])
    assert log_lines([Line("a", "line-1", [None])], [100], title="T") == ""


def test_the_forecast_goes_by_the_queue_the_pace_and_the_time_a_label_takes(
    client, campaign
) -> None:
    work_on_days(campaign, 5)
    seen = observed(campaign=campaign)
    found = forecast(campaign=Campaign.objects.get(pk=campaign.pk), seen=seen)
    assert found.labels.value == 120 - 40
    assert found.hours.value == pytest.approx(80 * 31 / 3600)
    # Five hours a week with eight labels in each.
    assert found.days.value == pytest.approx(80 / 8 * 7 / 5)
    first, low, high = found.ends
    assert low <= first <= high
    assert first == timezone.localdate() + timedelta(days=14)
    text = shown(client)
    assert "as many such hours (5) are worked each week" in text
    assert f"When {campaign.name} will be done" in text


def test_before_anybody_worked_there_is_no_date_and_the_hours_are_a_guess(client, campaign) -> None:
    text = shown(client)
    assert "A date can be told after three hours in which anybody worked" in text
    assert "The hours are a guess" in text
    assert forecast(campaign=campaign, seen=observed(campaign=campaign)).ends is None


def test_a_closed_campaign_has_a_plan_but_no_forecast(client, campaign) -> None:
    Campaign.objects.update(state="closed")
    text = shown(client)
    assert "will be done" not in text
    assert "Labels in all" in text


def test_the_page_asks_as_often_however_many_labels_there_are(
    client, campaign, django_assert_max_num_queries
) -> None:
    work_on_days(campaign, 5)
    weigh(campaign, *[GOOD] * 24)
    with django_assert_max_num_queries(16):
        shown(client, "overlap=10&wage=3")


def test_a_plan_loads_no_numpy() -> None:
    code = (
        "import os, sys, django;"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'annotation.settings'); django.setup();"
        "from annotation.services.planning import Wanted, plan;"
        "from annotation.queries.planning import Observed;"
        "plan(seen=Observed(), wanted=Wanted(0.05, 0.02, 2, 0.28, 0.95));"
        "print([m for m in ('numpy', 'scipy', 'torch', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr[-2000:]
