"""Which engine a network's next batch goes through: by what is promised, measured as it goes.

A job starts in PyTorch, which is ready at once. When what is left would take longer than a
conversion, the network is converted; what has been measured on both then decides.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from modeling.engines import CHOICES, ENGINES, Engine
from modeling.errors import ModelingError

logger = logging.getLogger(__name__)

# Seconds that a conversion is taken to cost until one has been timed.
CONVERSION_S = 10.0
# A converted network is taken to save this share of PyTorch's time, until it is measured.
_SAVED = 0.5
# Batches before a converted network is judged: one may meet a busy machine.
_TRIED = 5


@dataclass(slots=True)
class _Speed:
    """Of one engine; its first batch warms up and does not count."""

    batches: int = 0
    tokens: int = 0
    seconds: float = 0.0

    def add(self, tokens: int, seconds: float) -> None:
        self.batches += 1
        if self.batches > 1:
            self.tokens += tokens
            self.seconds += seconds

    @property
    def per_s(self) -> float | None:
        """Tokens a second; None before there is anything to go by."""
        return self.tokens / max(self.seconds, 1e-9) if self.tokens else None


@dataclass(slots=True)
class EnginePicker:
    """The engines of one network: `make` makes one by name, `candidates` names the one that is
    ready at once and the one to convert to, if any, for "exact" or "fast".

    `conversion_s`: seconds that the last conversion took; `last`: the engine of the last batch.
    """

    make: Callable[[str], Engine]
    candidates: Callable[[str], tuple[str, str | None]]
    conversion_s: float = CONVERSION_S
    last: str = field(init=False, default="")
    _made: dict[str, Engine] = field(init=False, default_factory=dict)
    _failed: set[str] = field(init=False, default_factory=set)
    _speeds: dict[str, _Speed] = field(init=False, default_factory=dict)
    _candidates: dict[str, tuple[str, str | None]] = field(init=False, default_factory=dict)

    def pick(self, choice: str, tokens_left: int) -> Engine:
        """For the next batch of a job with so many tokens left.

        Raises:
            ModelingError: an engine that was asked for by name does not run here.
            ValueError: no such choice.
        """
        if choice not in CHOICES:
            raise ValueError(f"unknown engine {choice!r}; known: {', '.join(CHOICES)}")
        if choice in ENGINES:
            return self._get(choice)
        if choice not in self._candidates:
            self._candidates[choice] = self.candidates(choice)
        ready, converted = self._candidates[choice]
        if converted is None or converted in self._failed:
            return self._get(ready)
        if converted not in self._made and not self._pays(ready, tokens_left):
            return self._get(ready)
        return self._quicker(ready, converted)

    def record(self, engine: Engine, tokens: int, seconds: float) -> None:
        """A batch of `engine`, of so many tokens with padding, took so long."""
        self.last = engine.name
        self._speed(engine.name).add(tokens, seconds)

    def _pays(self, ready: str, tokens_left: int) -> bool:
        speed = self._speed(ready)
        if speed.per_s is None:
            return False
        # A stream does not say how long it is: what has passed is the best guess at what comes.
        seconds_left = max(tokens_left / speed.per_s, speed.seconds)
        return _SAVED * seconds_left > self.conversion_s

    def _quicker(self, ready: str, converted: str) -> Engine:
        if converted not in self._made:
            began = time.monotonic()
            try:
                self._get(converted)
            except ModelingError as error:
                logger.warning("%s; going on with %s", error, ready)
                self._failed.add(converted)
                return self._get(ready)
            self.conversion_s = time.monotonic() - began
        tried, other = self._speed(converted), self._speed(ready).per_s
        judged = tried.batches >= _TRIED and tried.per_s is not None and other is not None
        slower = judged and (tried.per_s or 0.0) < (other or 0.0)
        return self._get(ready if slower else converted)

    def _speed(self, name: str) -> _Speed:
        return self._speeds.setdefault(name, _Speed())

    def _get(self, name: str) -> Engine:
        if name not in self._made:
            self._made[name] = self.make(name)
        return self._made[name]
