from collections.abc import Mapping, Sequence
from typing import Any

from scipy import stats


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """The rows as aligned columns; a figure with an interval as value (low to high)."""
    cells = [[_text(row.get(column)) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for line in [list(columns), *cells]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


def over_seeds(values: Any) -> dict[str, float]:
    """Mean with a 95% t interval over seeds."""
    mean = float(values.mean())
    half = float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)) if len(values) > 1 else 0
    return {key: round(v, 4) for key, v in
            (("value", mean), ("low", mean - half), ("high", mean + half))}  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        if value.get("value") is None:
            return "-"
        if value["low"] is None:
            return f"{value['value']:.3f}"
        return f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f})"
    return "-" if value is None else str(value)
