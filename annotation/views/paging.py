from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest


def page_of(
    request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], *, size: int, name: str = "page"
) -> Page[Any]:
    """The page of `rows` that the query string asks for; the nearest one for a wrong number."""
    return Paginator(rows, size).get_page(request.GET.get(name))
