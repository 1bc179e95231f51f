"""Addresses that nobody types and somebody tries."""

import pytest

from annotation.models import Role
from tests.factories import UserFactory, campaign_with_pairs
from tests.studies import signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        "/study/agreement/pairs/?by=language&value=%00",
        "/study/agreement/pairs/?by=assistant&value=a%00b",
        "/admin/annotation/campaign/?state__exact=%00",
        "/admin/annotation/label/?verdict__exact=%00",
    ],
)
def test_a_nul_in_an_address_is_a_bad_request(address: str) -> None:
    campaign_with_pairs(1)
    assert signed_in(UserFactory(role=Role.ADMIN)).get(address).status_code == 400
