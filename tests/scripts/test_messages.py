"""The interface's translations, and the command that keeps them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.translation.__main__ import PROJECT, main

PAGE = """{% load i18n %}<p title="{% translate 'A title' %}">
{% blocktranslate count n=n %}{{ n }} pair{% plural %}{{ n }} pairs{% endblocktranslate %}
{% translate "Open" context "a round" %}{{ _("It’s 95% done") }}</p>"""
CODE = 'says = _("%(name)s has it.") % {"name": name}\n'
SCRIPT = 'say(t("Saving…"), `${tn("{n} answer", "{n} answers", 2)}`);\n'
GERMAN = {
    "A title": "Ein Titel",
    "%(n)s pair": ["%(n)s Paar", "%(n)s Paare"],
    "Open": "Öffnen",
    "It’s 95%% done": "Zu 95 %% fertig",
    "%(name)s has it.": "%(name)s hat es.",
    "Saving…": "Wird gespeichert …",
    "{n} answer": ["{n} Antwort", "{n} Antworten"],
}


def test_every_text_of_the_interface_is_translated(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["check"], PROJECT)
    assert capsys.readouterr().out == "All texts are translated.\n"
    assert status == 0


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small one with its texts, all translated."""
    files = {"templates/page.html": PAGE, "annotation/says.py": CODE, "static/js/say.js": SCRIPT}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(content)
    assert main(["update", "--add", "de"], tmp_path) == 0
    for domain in ("django", "djangojs"):
        translate(po_file(tmp_path, domain))
    assert main(["compile"], tmp_path) == 0
    return tmp_path


def po_file(project: Path, domain: str = "django") -> Path:
    return project / "locale" / "de" / "LC_MESSAGES" / f"{domain}.po"


def translate(path: Path) -> None:
    text = path.read_text()
    for english, german in GERMAN.items():
        one, *more = [german] if isinstance(german, str) else german
        before = f'msgid "{english}"\n'
        text = text.replace(f'{before}msgstr ""', f'{before}msgstr "{one}"')
        several = re.escape(before) + r'(msgid_plural ".*"\n)msgstr\[0\] ""\nmsgstr\[1\] ""'
        for other in more:
            filled = rf'{before}\1msgstr[0] "{one}"\nmsgstr[1] "{other}"'
            text = re.sub(several, filled, text)
    path.write_text(text)


def faults(project: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    status = main(["check"], project)
    out = capsys.readouterr().out
    assert status == (0 if out == "All texts are translated.\n" else 1)
    return out


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_texts_of_pages_code_and_scripts_are_found_and_translated(project, capsys) -> None:
    assert faults(project, capsys) == "All texts are translated.\n"


def new_text(project: Path) -> None:
    change(project / "static/js/say.js", "Saving…", "Almost there…")


def lost_translation(project: Path) -> None:
    change(po_file(project), '"Ein Titel"', '""')


def lost_plural(project: Path) -> None:
    change(po_file(project, "djangojs"), '"{n} Antworten"', '""')


def guess(project: Path) -> None:
    change(po_file(project), 'msgid "A title"', '#, fuzzy\nmsgid "A title"')


def other_place(project: Path) -> None:
    change(po_file(project), "%(name)s hat es.", "%(nam)s hat es.")


def lost_place(project: Path) -> None:
    change(po_file(project, "djangojs"), "{n} Antworten", "Antworten")


def bare_percent_sign(project: Path) -> None:
    change(po_file(project), "%(name)s hat es.", "%(name)s hat es zu 100 %.")


def not_compiled(project: Path) -> None:
    change(po_file(project), "Ein Titel", "Eine Überschrift")


def missing_file(project: Path) -> None:
    po_file(project).unlink()


@pytest.mark.parametrize(
    ("break_", "said"),
    [
        (new_text, "“Almost there…”: is missing here"),
        (new_text, "“Saving…”: the sources lack it"),
        (lost_translation, "“A title”: is not translated"),
        (lost_plural, "“{n} answer”: is not translated"),
        (guess, "“A title”: is not translated"),
        (other_place, "“%(name)s has it.”: places or tags differ"),
        (lost_place, "“{n} answer”: places or tags differ"),
        (bare_percent_sign, "“%(name)s has it.”: a percent sign must be written twice"),
        (not_compiled, "the .mo file differs"),
        (missing_file, "django.po: is missing"),
    ],
)
def test_what_is_wrong_is_said(
    project: Path, capsys: pytest.CaptureFixture[str], break_: Callable[[Path], None], said: str
) -> None:
    break_(project)
    assert said in faults(project, capsys)


def test_an_update_keeps_translations_and_guesses_none(project: Path) -> None:
    change(project / "templates/page.html", "A title", "A titel")
    assert main(["update"], project) == 0
    text = po_file(project).read_text()
    assert "Ein Titel" not in text
    assert 'msgid "A titel"\nmsgstr ""' in text
    assert 'msgstr "%(name)s hat es."' in text
