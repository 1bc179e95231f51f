"""Every table of the dashboards as a file."""

import csv
import io
import re

import pytest
from django.test import Client

from annotation.exporters.tables import TABLES
from annotation.models import Role
from annotation.services.figures import refresh_figures
from tests.factories import UserFactory
from tests.studies import Study, living_study, signed_in

pytestmark = pytest.mark.django_db
PAGES = (
    "/study/", "/study/agreement/", "/study/policy/", "/study/queue/", "/study/practice/",
    "/study/planning/?wage=12", "/study/assistants/", "/study/slips/", "/study/agreement/repeats/",
)  # fmt: skip


@pytest.fixture
def study() -> Study:
    study = living_study()
    refresh_figures(campaign=study.campaign)
    return study


@pytest.fixture
def client() -> Client:
    return signed_in(UserFactory(role=Role.COORDINATOR))


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(response.content.decode())))


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_is_a_file_with_its_columns(client, study, name) -> None:
    rows = rows_of(client, f"/study/tables/{name}.csv?campaign={study.campaign.slug}")
    assert rows or name in ("kinds", "queue-languages")
    for row in rows:
        assert tuple(row) == TABLES[name].columns


def test_numbers_are_those_that_the_page_rounds(client, study) -> None:
    figures = study.campaign.reports.first().figures
    rows = {row["measure"]: row for row in rows_of(client, "/study/tables/measures.csv")}
    same = figures["percent_agreement"]
    assert float(rows["percent_agreement"]["value"]) == same["value"]
    assert (rows["percent_agreement"]["high"], same["high"]) == ("", None)  # three pairs
    people = rows_of(client, "/study/tables/progress.csv")
    assert [int(row["labels"]) for row in people] == [3, 3]


def test_every_file_that_a_page_offers_is_there(client, study) -> None:
    offered = set()
    for page in PAGES:
        text = client.get(page).content.decode()
        offered |= set(re.findall(r'href="([^"]*\.csv[^"]*)"', text))
    assert len(offered) > 12
    for address in offered:
        rows_of(client, address.replace("&amp;", "&"))


def test_what_no_page_has_is_not_found(client, study) -> None:
    assert client.get("/study/tables/users.csv").status_code == 404


def test_a_plan_that_makes_no_sense_says_why_instead(client, study) -> None:
    response = client.get("/study/planning.csv?alpha=-3")
    assert response.status_code == 400
    assert b"alpha" in response.content
