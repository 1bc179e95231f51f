import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    Field = models.Field[Sequence[float], list[float]]
else:
    Field = models.Field


class HalfVectorField(Field):
    """pgvector's halfvec: float16, which is what the encoders' vectors are kept in anyway.

    The pgvector package has such a field, but loads numpy, which the website must not.
    """

    def __init__(self, *args: Any, dimensions: int, **kwargs: Any) -> None:
        self.dimensions = dimensions
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "dimensions": self.dimensions}

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return f"halfvec({self.dimensions})"

    def get_prep_value(self, value: Sequence[float] | None) -> str | None:
        return None if value is None else json.dumps([float(each) for each in value])

    def from_db_value(self, value: str | None, *args: Any) -> list[float] | None:
        return None if value is None else json.loads(value)
