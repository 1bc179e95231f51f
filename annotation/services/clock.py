from typing import Any

from django.db.models import DateTimeField, Func


class ClockTimestamp(Func):
    """The database's time at this moment; `Now()` is the time at which the transaction began."""

    function = "clock_timestamp"
    arity = 0

    def __init__(self, **extra: Any) -> None:
        super().__init__(output_field=DateTimeField(), **extra)
