"""The interface's texts and their translations: scripts/messages update|compile|check.

update takes the texts from the sources into locale/*/LC_MESSAGES/*.po, where they are
translated. compile makes the .mo files that the software reads. check says what is missing,
out of date or wrong; the exit status is 0 only when nothing is.
"""

import argparse
import sys
from pathlib import Path

from babel.core import UnknownLocaleError
from babel.messages.catalog import Catalog

from scripts.translation.faults import faults
from scripts.translation.files import DOMAINS, compiled, po_files, read, updated, write
from scripts.translation.sources import texts_of

PROJECT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None, project: Path = PROJECT) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="scripts/messages", description=__doc__)
    parser.add_argument("what", choices=["update", "compile", "check"])
    parser.add_argument("--add", metavar="LANGUAGE", help="with update: begin one, such as fr")
    chosen = parser.parse_args(arguments)
    if chosen.what == "compile":
        return _compile(project)
    texts = {domain: texts_of(domain, project) for domain in DOMAINS}
    if chosen.what == "check":
        return _check(project, texts)
    try:
        return _update(project, texts, chosen.add)
    except (UnknownLocaleError, ValueError) as error:
        parser.error(str(error))


def _update(project: Path, texts: dict[str, Catalog], new: str | None) -> int:
    for path in po_files(project, new):
        write(path, updated(path, texts[path.stem]))
        missing = len([each for each in read(path) if each.id and not _is_translated(each.string)])
        print(f"{path.relative_to(project)}: {len(texts[path.stem])} texts, {missing} to translate")
    return 0


def _compile(project: Path) -> int:
    for path in po_files(project):
        write(path.with_suffix(".mo"), compiled(path))
    return 0


def _check(project: Path, texts: dict[str, Catalog]) -> int:
    found = [
        f"{path.relative_to(project)}: {fault}"
        for path in po_files(project)
        for fault in faults(path, texts[path.stem])
    ]
    print("\n".join(found) or "All texts are translated.")
    return 1 if found else 0


def _is_translated(string: str | list[str] | tuple[str, ...] | None) -> bool:
    return bool(string) and all(string or ())


if __name__ == "__main__":
    sys.exit(main())
