"""Model instances from hand-written joins, for the statements that run at every pair.

Putting a join of five tables together from a queryset takes longer than Postgres takes to answer
it, so that the text is made once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model


class Columns:
    """The columns of one table of a join, and the instances that its part of a row makes."""

    def __init__(
        self,
        model: type[Model],
        alias: str,
        *,
        only: Sequence[str] = (),
        cut: Mapping[str, int] | None = None,
    ) -> None:
        """`only`: the fields wanted, all others are deferred; `cut`: texts of which so many
        characters are enough."""
        fields = [f for f in model._meta.concrete_fields if not only or f.attname in only]
        self._model = model
        self._names = [field.attname for field in fields]
        self.sql = ", ".join(
            f'left({alias}."{field.column}", {cut[field.attname]})'
            if cut and field.attname in cut
            else f'{alias}."{field.column}"'
            for field in fields
        )

    def __len__(self) -> int:
        return len(self._names)

    def instance(self, values: Sequence[Any]) -> Any:
        return self._model.from_db(DEFAULT_DB_ALIAS, self._names, values)


def instances(row: Sequence[Any], *tables: Columns) -> list[Any]:
    """One instance a table from a row that has their columns one after the other."""
    found, start = [], 0
    for table in tables:
        found.append(table.instance(row[start : start + len(table)]))
        start += len(table)
    return found
