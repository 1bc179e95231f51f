"""The exceptions that callers of this package may catch."""

from errno import ENOMEM

_NO_MEMORY = (
    "out of memory", "allocate memory", "bad_alloc", "bad allocation", "failed to map segment",
    "could not create a primitive",  # oneDNN, of the memory that one works in
    "can't start new thread",
)  # fmt: skip


class ModelingError(Exception):
    """Base of every error this package raises on purpose; its text can be shown to a person."""


class NotEnoughData(ModelingError):  # noqa: N818  (the name states the condition)
    """The labels at hand cannot train a model; the message says what to collect."""


class TrainingCancelled(ModelingError):  # noqa: N818
    """The caller's `should_stop` answered true."""


class ArtefactError(ModelingError):
    """A stored model is missing, damaged, tampered with or of another format."""


class InputError(ModelingError):
    """A row of an input file is unusable; the message names file, line and field."""


def out_of_memory(error: BaseException) -> bool:
    """Whether it says that there is not enough memory, of the processor's or a card's."""
    # Where no thread starts, Python's pool of them fails again when it ends those it has not got.
    masked = error.__context__ if isinstance(error, AttributeError) else None
    return _says_no_memory(error) or (masked is not None and _says_no_memory(masked))


def _says_no_memory(error: BaseException) -> bool:
    # PyTorch, OpenVINO and what loads a library or starts a thread say so in words alone.
    by_words = isinstance(error, (RuntimeError, ImportError))
    words = any(sign in str(error).lower() for sign in _NO_MEMORY) if by_words else False
    by_number = isinstance(error, OSError) and error.errno == ENOMEM
    return isinstance(error, MemoryError) or by_number or words
