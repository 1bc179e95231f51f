"""Tables of the pages as files."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse

from annotation.exporters.writers import not_a_formula, write_rows


def csv_file(
    name: str, rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, is_data: bool = False
) -> HttpResponse:
    """`name`.csv. What people read in a spreadsheet has nothing in it that one would run; data,
    which is joined with other data by its ids, is as it is."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    shown = (
        rows
        if is_data
        else ({column: not_a_formula(value) for column, value in row.items()} for row in rows)
    )
    write_rows(shown, response, columns=columns, format_="csv")
    return response
