"""Which rows others refer to: what somebody did, or what was followed, is kept."""

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

# Of these apps: a token, for one, is nothing that anybody did.
APPS = {"annotation", "admin"}
Row = TypeVar("Row", bound=Model)


def in_use(rows: QuerySet[Row], *, but: Collection[type[Model]] = ()) -> QuerySet[Row]:
    """Those of `rows` that a row of any other table refers to, except of the tables `but`."""
    found = Q(pk__in=[])
    for model, field in _references(rows.model):
        if model not in but:
            found |= Q(Exists(model._base_manager.filter(**{field: OuterRef("pk")})))
    return rows.filter(found)


def _references(model: type[Model]) -> Iterator[tuple[type[Model], str]]:
    """Tables that refer to `model`, and by which field; who is a member of what does not count."""
    for relation in model._meta.get_fields(include_hidden=True):
        by: Any = relation.related_model
        is_reference = relation.auto_created and (relation.one_to_many or relation.one_to_one)
        if not is_reference or by._meta.auto_created or by._meta.app_label not in APPS:
            continue
        yield by, relation.remote_field.name  # type: ignore[union-attr]
