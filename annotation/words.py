"""The translations of what scripts say, as a block of data in the page; none for English."""

import gettext
import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

# In JSON these could end the block or begin a comment of HTML.
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}
# Rules for plurals go by a number's last two digits, and by small numbers themselves.
PLURALS_KNOWN = 200


def words_block() -> SafeString:
    """The block that `static/js/words.js` reads. It costs no request, and browsers run no data."""
    words = _words(get_language() or settings.LANGUAGE_CODE)
    if not words:
        return SafeString("")
    return format_html('<script type="application/json" id="words">{}</script>', words)


@lru_cache
def _words(language: str) -> SafeString:
    try:
        catalog = gettext.translation(
            "djangojs", settings.LOCALE_PATHS[0], [language.replace("-", "_")]
        )
    except FileNotFoundError:
        return SafeString("")
    words = {"texts": _texts(catalog), "plurals": _plurals(catalog)}
    text = json.dumps(words, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return mark_safe(text.translate(ESCAPES))  # noqa: S308 - nothing in it can end the block


def _texts(catalog: gettext.GNUTranslations) -> dict[str, Any]:
    """Each text with its translation; one with plurals with the list of its forms."""
    texts: dict[str, Any] = {}
    for key, translation in catalog._catalog.items():  # type: ignore[attr-defined]
        if isinstance(key, tuple):
            text, form = key
            texts.setdefault(text, {})[form] = translation
        elif key:
            texts[key] = translation
    return {
        text: [forms[form] for form in sorted(forms)] if isinstance(forms, dict) else forms
        for text, forms in texts.items()
    }


def _plurals(catalog: gettext.GNUTranslations) -> str:
    """The form that each number takes, a digit each: no rule has to be evaluated in the browser."""
    form_of = catalog.plural  # type: ignore[attr-defined]
    return "".join(str(form_of(number)) for number in range(PLURALS_KNOWN))
