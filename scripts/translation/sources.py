"""The texts of the interface, as they stand in the sources."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation.template import templatize

PYTHON: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    # A check's rule, which pages translate when they show it.
    "Check": None,
}
SCRIPTS: dict[str, Any] = {"t": None, "tn": (1, 2)}
COMMENTS = ["Translators:"]

_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(rf"\b(_|gettext|ngettext|pgettext|npgettext)\(({_STRING}(?:, {_STRING})*)")


@dataclass(frozen=True, slots=True)
class Text:
    """`words` are one text, or the one for one thing and the one for several."""

    words: str | tuple[str, ...]
    context: str | None = None
    comments: tuple[str, ...] = ()


def texts_of(domain: str, project: Path) -> Catalog:
    """Every text of a domain: "django" for pages and Python, "djangojs" for scripts."""
    catalog = Catalog(fuzzy=False)
    for path in sorted(_files(domain, project)):
        place = (path.relative_to(project).as_posix(), 0)
        for text in READERS[path.suffix](path):
            catalog.add(text.words, None, [place], (), text.comments, context=text.context)
    return catalog


def _files(domain: str, project: Path) -> Iterator[Path]:
    if domain == "djangojs":
        yield from (project / "static" / "js").rglob("*.js")
    else:
        yield from (project / "templates").rglob("*.html")
        yield from (project / "annotation").rglob("*.py")


def _in_template(path: Path) -> Iterator[Text]:
    # Django makes calls of gettext of it, among letters that stand for the rest.
    code = templatize(path.read_text(), origin=str(path))
    for function, literals in _CALL.findall(code):
        words: tuple[str, ...] = ast.literal_eval(f"({literals},)")
        context = None
        if function == "_":  # the one call that it leaves as it was, with single percent signs
            words = tuple(word.replace("%", "%%") for word in words)
        elif function in ("pgettext", "npgettext"):
            context, words = words[0], words[1:]
        yield Text(words if len(words) > 1 else words[0], context)


def _in_python(path: Path) -> Iterator[Text]:
    yield from _found(path, "python", PYTHON)


def _in_script(path: Path) -> Iterator[Text]:
    yield from _found(path, "javascript", SCRIPTS)


def _found(path: Path, language: str, keywords: dict[str, Any]) -> Iterator[Text]:
    with path.open("rb") as file:
        found = extract(language, file, keywords, COMMENTS, {"parse_template_string": True})
        for _, words, comments, context in found:
            yield Text(words, context, tuple(comments))


READERS = {".html": _in_template, ".py": _in_python, ".js": _in_script}
