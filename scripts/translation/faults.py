"""What is wrong with a file of translations."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from scripts.translation.files import compiled, read, updated

# What stands for a value, or is markup: a translation that lacks it shows too little, one that
# has it wrong is an error when the page is shown.
PLACE = re.compile(r"%\(\w+\)[a-z]|%%|\{\w+\}|</?[a-z][^>]*>")
LONGEST = 60


def faults(path: Path, texts: Catalog) -> Iterator[str]:
    """Each fault of a .po file and of its .mo file, in a line."""
    if not path.exists():
        yield "is missing: run scripts/messages update"
        return
    catalog = read(path)
    yield from _out_of_date(path, catalog, texts)
    for message in catalog:
        if message.id and (fault := _fault(message)):
            yield f"{_named(message)}: {fault}"
    translations = path.with_suffix(".mo")
    if not translations.exists() or translations.read_bytes() != compiled(path):
        yield "the .mo file differs: run scripts/messages compile"


def _out_of_date(path: Path, catalog: Catalog, texts: Catalog) -> Iterator[str]:
    here, there = {_key(each): each for each in catalog}, {_key(each): each for each in texts}
    for key in there.keys() - here.keys():
        yield f"{_named(there[key])}: is missing here: run scripts/messages update"
    for key in here.keys() - there.keys():
        yield f"{_named(here[key])}: the sources lack it: run scripts/messages update"
    if here.keys() == there.keys() and path.read_bytes() != updated(path, texts):
        yield "is not as scripts/messages update writes it"


def _fault(message: Message) -> str:
    originals, forms = _several(message.id), _several(message.string)
    if message.fuzzy or not all(forms):
        return "is not translated"
    allowed = [_places(original) for original in originals]
    for form in forms:
        if _places(form) not in allowed:
            return f"places or tags differ in “{form}”"
        if message.python_format and "%" in PLACE.sub("", form):
            return f"a percent sign must be written twice in “{form}”"
    return ""


def _places(text: str) -> Counter[str]:
    return Counter(PLACE.findall(text))


def _several(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (text or "",)


def _key(message: Message) -> tuple[str | None, tuple[str, ...]]:
    return message.context, _several(message.id)


def _named(message: Message) -> str:
    text = _several(message.id)[0]
    return f"“{text if len(text) <= LONGEST else text[:LONGEST] + '…'}”"
