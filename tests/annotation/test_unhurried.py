"""Heavy work that rests between its steps."""

import pytest

from annotation import unhurried
from annotation.unhurried import LEAST_STEP_S, LITTLE_S, Unhurried


class Clock:
    """Stands still but for work and rests."""

    def __init__(self) -> None:
        self.now, self.rests = 100.0, []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(unhurried, "time", clock)
    return clock


def test_work_rests_after_each_step_until_its_patience_is_over(clock) -> None:
    work = Unhurried(2.0, 10.0)
    clock.now += 1.0
    work.rest()
    work.rest()  # nothing was done since
    assert clock.rests == [2.0]
    clock.now += 0.5
    work.rest()
    assert clock.rests == [2.0, 1.0]
    clock.now += 6.0
    work.rest()
    assert clock.rests == [2.0, 1.0]
    assert work.worked_s == 7.5


def test_small_steps_add_up_to_a_rest(clock) -> None:
    work = Unhurried(2.0, 10.0)
    clock.now += LITTLE_S
    work.rest()
    clock.rests.clear()
    for _ in range(3):
        clock.now += LEAST_STEP_S * 0.6
        work.rest()
    assert clock.rests == [pytest.approx(2 * 1.2 * LEAST_STEP_S)]


def test_work_that_takes_but_a_moment_does_not_rest(clock) -> None:
    work = Unhurried(3.0, 10.0)
    clock.now += LITTLE_S * 0.9
    work.rest()
    assert clock.rests == []
