"""Heavy work in small steps with rests between them, for the sake of those who wait meanwhile."""

import time

# A step of less is not worth a rest of its own, nor is work that is done in so little time.
LEAST_STEP_S, LITTLE_S = 0.02, 0.5


class Unhurried:
    """Between steps rests for `share` times as long as they took; no more once `patience_s` are
    over."""

    def __init__(self, share: float, patience_s: float) -> None:
        self._share, self._rested = share, 0.0
        self._began = self._since = time.monotonic()
        self._begins_at = self._since + LITTLE_S
        self._hurries_at = self._since + patience_s

    def rest(self) -> None:
        """To be called after every step, however small."""
        now = time.monotonic()
        if now - self._since < LEAST_STEP_S:
            return
        if self._begins_at <= now < self._hurries_at:
            time.sleep(self._share * (now - self._since))
        self._since = time.monotonic()
        self._rested += self._since - now

    @property
    def worked_s(self) -> float:
        """Since it began, rests not counted."""
        return time.monotonic() - self._began - self._rested
