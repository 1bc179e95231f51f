"""Heavy work that rests between its steps."""

import time

from annotation.unhurried import LEAST_STEP_S, Unhurried


def worked(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def test_unhurried_work_rests_after_its_steps_until_its_patience_is_over(monkeypatch) -> None:
    rests: list[float] = []
    monkeypatch.setattr("annotation.unhurried.time.sleep", rests.append)
    work = Unhurried(2.0, 10.0)
    worked(LEAST_STEP_S * 1.5)
    work.rest()
    assert rests[0] >= LEAST_STEP_S * 3
    work.rest()  # nothing was done since
    assert len(rests) == 1
    hurried = Unhurried(2.0, 0.0)
    worked(LEAST_STEP_S * 1.5)
    hurried.rest()
    assert len(rests) == 1
