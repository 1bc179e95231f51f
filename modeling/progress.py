"""Progress in words, and the one place where a run learns that it should stop."""

from __future__ import annotations

import time
from copy import copy
from dataclasses import dataclass

from modeling.errors import TrainingCancelled


class TrainingCallback:
    """Base of what a caller may pass in; both methods do nothing here."""

    def progress(self, fraction: float, message: str) -> None:
        """Called at least every two seconds or so, with a fraction in [0, 1] that never falls."""

    def should_stop(self) -> bool:
        """True asks the run to leave a checkpoint and raise TrainingCancelled."""
        return False


class _StopOnly(TrainingCallback):
    def __init__(self, callback: TrainingCallback) -> None:
        self.callback = callback

    def should_stop(self) -> bool:
        return self.callback.should_stop()


@dataclass(slots=True)
class _Clock:
    """When a callback was last called; shared by the parts of one ticker."""

    report_every_s: float
    stop_every_s: float
    reported: float = float("-inf")
    asked: float = float("-inf")


@dataclass(frozen=True, slots=True)
class _Job:
    """A countable stretch of the run, so that its parts can speak of the whole of it."""

    what: str
    total: int
    start: float
    end: float
    began: float


class Ticker:
    """Rate-limited view of a callback, for a part of the whole run.

    `should_stop` may cost its owner a database query, hence at most `stop_every_s` apart.
    """

    def __init__(
        self,
        callback: TrainingCallback | None = None,
        *,
        report_every_s: float = 1.0,
        stop_every_s: float = 0.5,
    ) -> None:
        self.callback = callback or TrainingCallback()
        self.start, self.end = 0.0, 1.0
        self._clock = _Clock(report_every_s, stop_every_s)
        self._job: _Job | None = None

    def part(self, start: float, end: float) -> Ticker:
        """A ticker whose 0..1 is `start`..`end` of this one."""
        inner = copy(self)
        inner.start, inner.end = self._at(start), self._at(end)
        return inner

    def job(self, what: str, total: int) -> Ticker:
        """This ticker, speaking of `total` things from now on, in its parts too."""
        inner = copy(self)
        inner._job = _Job(what, total, self.start, self.end, time.monotonic())
        return inner

    def quiet(self) -> Ticker:
        """A ticker that can stop the run but says nothing."""
        inner = copy(self)
        inner.callback = _StopOnly(self.callback)
        return inner

    def report(self, fraction: float, message: str) -> None:
        """Tell the callback now."""
        self._clock.reported = time.monotonic()
        self.callback.progress(self._at(fraction), message)

    def step(self, fraction: float) -> None:
        """Report how far the job is, with speed and time left, when it is time to."""
        now, job = time.monotonic(), self._job
        if job is None or not self.due():
            return
        done = job.total * (self._at(fraction) - job.start) / max(job.end - job.start, 1e-9)
        speed = done / max(now - job.began, 1e-9)
        left = f"{in_words((job.total - done) / speed)} left" if speed else "time left unknown"
        counted = f"{job.what}: {done:,.0f} of {job.total:,}"
        self.report(fraction, f"{counted}, {speed:,.1f} a second, {left}")

    def due(self) -> bool:
        """Whether the callback has not heard anything for a while."""
        return time.monotonic() - self._clock.reported >= self._clock.report_every_s

    def stopping(self) -> bool:
        """Whether the caller wants the run to stop."""
        now = time.monotonic()
        if now - self._clock.asked < self._clock.stop_every_s:
            return False
        self._clock.asked = now
        return self.callback.should_stop()

    def check(self) -> None:
        """Raise TrainingCancelled when the caller wants the run to stop."""
        if self.stopping():
            raise TrainingCancelled("cancelled on request")

    def _at(self, fraction: float) -> float:
        return self.start + (self.end - self.start) * min(max(fraction, 0.0), 1.0)


def in_words(seconds: float) -> str:
    """A duration for people: "45 seconds", "12 minutes", "3.5 hours"."""
    if seconds < 90:
        return f"{max(seconds, 0):.0f} seconds"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
