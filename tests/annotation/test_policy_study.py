"""What the policy leaves unclear: where the best still differ, what versions did, examples."""

import re

import pytest
from django.test import Client

from annotation.models import Adjudication, Campaign, Pair, Role, Video
from annotation.services.agreement import refresh_report
from annotation.services.claim import claim
from annotation.services.consensus import refresh_consensus
from annotation.services.labels import Answer, submit
from tests.factories import PolicyFactory, UserFactory, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db
PAGE = "/study/policy/"


@pytest.fixture
def client() -> Client:
    return signed_in(UserFactory(role=Role.COORDINATOR))


@pytest.fixture
def campaign() -> Campaign:
    """Forty pairs with three answers each; on the ten German ones the third person differs."""
    campaign = campaign_with_pairs(40, labels_per_pair=3)
    pairs = list(Pair.objects.order_by("pk"))
    german = pairs[:10]
    sides = [v for pair in german for v in (pair.rejected_id, pair.recommended_id)]
    Video.objects.filter(pk__in=sides).update(language="de")
    for name in ("ana", "bo", "cy"):
        person = UserFactory(username=name)
        for assignment in claim(assistant=person, count=40):
            place = pairs.index(assignment.pair)
            similar = bool(place % 2) != (name == "cy" and place < 10)
            reasons = ("same_persons" if place < 10 else "other",) if similar else ()
            answer = Answer("similar" if similar else "not_similar", reasons, "Why.", seconds=9)
            submit(assistant=person, assignment_id=assignment.pk, answer=answer)
    refresh_report(campaign=campaign)
    refresh_consensus(campaign=campaign)
    return campaign


def shown(client: Client, address: str = PAGE) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def kinds(page: str) -> list[tuple[str, str]]:
    rows = re.findall(
        r'<th scope="row"><a href="[^"]*by=[^"]*">([^<]*)</a></th>(.*?)</tr>', page, re.S
    )
    return [(name, "yes" if ">yes<" in cells else "no") for name, cells in rows]


def test_kinds_that_the_best_disagree_on_come_first_and_are_told_from_chance(
    client, campaign
) -> None:
    found = kinds(shown(client))
    assert {name for name, _ in found[:2]} == {"Language: German", "Somebody found: Same persons"}
    assert dict(found)["Language: German"] == "yes"
    assert dict(found)["Language: English"] == "no"
    assert "From the answers of 3 people" in shown(client)


def test_each_kind_opens_its_pairs(client, campaign) -> None:
    page = shown(client)
    for address in re.findall(
        r'href="(/study/agreement/pairs/[^"]*by=(?:given|language)[^"]*)"', page
    ):
        assert client.get(address.replace("&amp;", "&")).status_code == 200
    given = shown(client, "/study/agreement/pairs/?by=given&value=same_persons")
    assert given.count("Side by side") == 10
    assert client.get("/study/agreement/pairs/?by=given&value=moon").status_code == 404


def test_with_two_people_nobody_is_called_the_best(client) -> None:
    campaign = campaign_with_pairs(2)
    refresh_report(campaign=campaign)
    assert "It takes three people with twenty answers each" in shown(client)


@pytest.mark.parametrize(
    ("after", "says"),
    [
        ({"value": 0.9, "low": 0.8, "high": 0.95}, "People agree better"),
        ({"value": 0.2, "low": 0.1, "high": 0.3}, "People agree less"),
        ({"value": 0.6, "low": 0.5, "high": 0.7}, "The intervals overlap"),
        ({"value": None, "low": None, "high": None}, "Too few pairs"),
    ],
)
def test_versions_are_compared_by_their_intervals(client, campaign, after, says) -> None:
    report = campaign.reports.first()
    (row,) = report.figures["by"]["policy"]
    row["alpha_nominal"] = {"value": 0.5, "low": 0.4, "high": 0.6}
    newer = PolicyFactory(version=int(row["value"]) + 1)
    report.figures["by"]["policy"] = [
        {**row, "value": str(newer.version), "alpha_nominal": after},
        row,
    ]
    report.save()
    page = shown(client)
    assert page.count(says) == 1
    assert "a difference need not come from the words" in page


def test_decisions_marked_as_examples_wait_for_whoever_writes_the_policy(client, campaign) -> None:
    Adjudication.objects.create(
        campaign=campaign, pair=Pair.objects.first(), policy=campaign.policy, verdict="unsure",
        rationale="Neither <b>nor</b>.", decided_by=UserFactory(), policy_example=True,
    )  # fmt: skip
    page = shown(client)
    assert "Neither &lt;b&gt;nor&lt;/b&gt;." in page
    assert "/admin/annotation/policy/add/" not in page
    admin = signed_in(UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True))
    assert "/admin/annotation/policy/add/" in shown(admin)


def test_the_page_takes_few_queries(client, campaign, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(10):
        shown(client)
