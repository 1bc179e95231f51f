"""Progress on standard error."""

from __future__ import annotations

from types import TracebackType

from tqdm import tqdm

from modeling.progress import TrainingCallback


class ProgressBar(TrainingCallback):
    """A bar in per cent with the latest message beside it."""

    def __init__(self) -> None:
        layout = "{percentage:3.0f}%|{bar:20}| {elapsed} {postfix}"
        self._bar: tqdm[None] = tqdm(total=1.0, bar_format=layout)

    def progress(self, fraction: float, message: str) -> None:
        self._bar.n = fraction
        self._bar.set_postfix_str(message)

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()
