"""What a browser posts of a page's form when its button is pressed."""

from collections.abc import Iterator
from typing import Any

from django.test.html import Element, parse_html


def posted(page: str, form: str = "") -> dict[str, Any]:
    """The fields of the form with the id `form`, or of the one without, as they are on the page; a
    list where a field has several values."""
    (found,) = (
        e for e in _within(parse_html(page), "form") if dict(e.attributes).get("id", "") == form
    )
    fields: dict[str, Any] = {}
    for element in _within(found, "input", "select", "textarea"):
        attributes = dict(element.attributes)
        if not (name := attributes.get("name")) or "disabled" in attributes:
            continue
        for value in _values(element, attributes):
            fields.setdefault(name, []).append(value)
    return {name: each if len(each) > 1 else each[0] for name, each in fields.items()}


def _values(element: Element, attributes: dict[str, str]) -> Iterator[str]:
    if element.name == "textarea":
        yield "".join(map(str, element.children))
    elif element.name == "select":
        for option in _within(element, "option"):
            if "selected" in dict(option.attributes):
                yield dict(option.attributes)["value"]
    elif attributes.get("type") in ("checkbox", "radio"):
        if "checked" in attributes:
            yield attributes.get("value", "on")
    elif attributes.get("type") not in ("submit", "button", "file"):
        yield attributes.get("value", "")


def _within(element: Element, *names: str) -> Iterator[Element]:
    for child in element.children:
        if isinstance(child, Element):
            if child.name in names:
                yield child
            yield from _within(child, *names)
