"""The files of translations: .po to write in, .mo for the software to read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HEADER = "# The interface's texts. docs/operations.md says how to translate them."
DOMAINS = ("django", "djangojs")


def po_files(project: Path, new: str | None = None) -> Iterator[Path]:
    """Of each language that has a folder, and of a `new` one."""
    languages = {path.name for path in (project / "locale").glob("*") if path.is_dir()}
    for language in sorted(languages | ({new} if new else set())):
        for domain in DOMAINS:
            yield project / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def read(path: Path) -> Catalog:
    language = path.parts[-3]
    if not path.exists():
        return _begun(language, path.stem)
    with path.open("rb") as file:
        return read_po(file, language, path.stem)


def _begun(language: str, domain: str) -> Catalog:
    return Catalog(
        language,
        domain,
        header_comment=HEADER,
        project="Likewise",
        version="1",
        msgid_bugs_address="the maintainers of Likewise",
        last_translator="the maintainers of Likewise",
        language_team=language,
        revision_date=datetime.now(UTC),
        fuzzy=False,
    )


def updated(path: Path, texts: Catalog) -> bytes:
    """The file as it should be: with the sources' texts, each with the translation it has.

    A text that was changed is a new one: to guess its translation from the old one's would
    show people what nobody has read.
    """
    catalog = read(path)
    catalog.update(texts, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    file = BytesIO()
    write_po(file, catalog, width=100, include_lineno=False, sort_output=True)
    return file.getvalue()


def compiled(path: Path) -> bytes:
    """What the .mo file of a .po file holds."""
    file = BytesIO()
    write_mo(file, read(path))
    return file.getvalue()


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
