import time

import pytest

from modeling.errors import TrainingCancelled
from modeling.progress import Ticker, TrainingCallback, in_words


class Recorder(TrainingCallback):
    def __init__(self):
        self.calls, self.asked = [], 0

    def progress(self, fraction, message):
        self.calls.append((fraction, message))

    def should_stop(self):
        self.asked += 1
        return True


def test_parts_of_a_job_speak_of_the_whole_of_it():
    recorder = Recorder()
    job = Ticker(recorder, report_every_s=0).part(0.5, 1.0).job("pairs judged", 200)
    time.sleep(0.01)
    job.part(0.5, 1.0).step(0.5)
    fraction, message = recorder.calls[0]
    assert fraction == pytest.approx(0.875)
    assert message.startswith("pairs judged: 150 of 200, ")
    assert "a second" in message
    assert message.endswith("seconds left")


def test_progress_is_not_reported_more_often_than_asked_for():
    recorder = Recorder()
    job = Ticker(recorder, report_every_s=60).job("texts", 10)
    for step in range(10):
        job.step(step / 10)
    assert len(recorder.calls) == 1


def test_the_wish_to_stop_is_asked_for_at_intervals_even_across_parts():
    recorder = Recorder()
    ticker = Ticker(recorder, stop_every_s=60)
    with pytest.raises(TrainingCancelled):
        ticker.part(0, 0.5).check()
    ticker.part(0.5, 1).check()
    assert recorder.asked == 1


def test_a_quiet_ticker_stops_but_says_nothing():
    recorder = Recorder()
    quiet = Ticker(recorder, report_every_s=0).job("texts", 10).quiet()
    quiet.step(0.5)
    assert recorder.calls == []
    with pytest.raises(TrainingCancelled):
        quiet.check()


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "5 seconds"), (600, "10 minutes"), (3 * 3600, "3.0 hours")]
)
def test_durations_are_put_in_words(seconds, words):
    assert in_words(seconds) == words
