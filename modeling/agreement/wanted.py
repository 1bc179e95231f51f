"""What may be asked of a plan. On the standard library alone, as whatever a web process loads."""

MOST_UNITS = 5_000_000


def check_wanted(half_width: float, assurance: float = 0.8) -> None:
    """Raise ValueError where a wanted value is out of range."""
    if not 0 < half_width < 1:
        raise ValueError(f"half-width must lie between 0 and 1, not {half_width}")
    if not 0 < assurance < 1:
        raise ValueError(f"assurance must lie between 0 and 1, not {assurance}")
