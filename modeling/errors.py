"""The exceptions that callers of this package may catch."""


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
    """Whether it says that there is not enough memory, of the processor's or a card's: PyTorch and
    OpenVINO say so in words alone."""
    said = str(error).lower() if isinstance(error, RuntimeError) else ""
    signs = ("out of memory", "allocate memory", "bad_alloc", "bad allocation")
    return isinstance(error, MemoryError) or any(sign in said for sign in signs)
