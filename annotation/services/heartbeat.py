import threading
import time
from types import TracebackType

import structlog
from django.conf import settings
from django.db import Error, connection

from annotation.models import TrainingRun
from annotation.services import runs

log = structlog.get_logger(__name__)
PROGRESS_EVERY_S = 1.0


class Heartbeat:
    """Shows that a run is alive while its block goes on, also when the training is silent.

    It is the training's callback too: progress goes to the row at most once a second, and
    `should_stop` turns true when the run was cancelled or given to another attempt. A database
    that is away for a while does not stop the training; the beat is tried again.
    """

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        self._stop = threading.Event()
        self._over = threading.Event()
        self._last_progress = 0.0
        self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(timeout=settings.HEARTBEAT_SECONDS)

    def progress(self, fraction: float, message: str) -> None:
        now = time.monotonic()
        if now - self._last_progress >= PROGRESS_EVERY_S or fraction >= 1:
            self._last_progress = now
            self._beat(fraction, message)

    def should_stop(self) -> bool:
        return self._stop.is_set()

    def _beat_on(self) -> None:
        while not self._over.wait(settings.HEARTBEAT_SECONDS):
            self._beat()
        connection.close()

    def _beat(self, fraction: float | None = None, message: str = "") -> None:
        try:
            alive = runs.beat(self.run, progress=fraction, message=message)
        except Error as error:
            log.warning("heartbeat not written", run=self.run.pk, error=str(error))
            connection.close()
            return
        if not alive:
            self._stop.set()
