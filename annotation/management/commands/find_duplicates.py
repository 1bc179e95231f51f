import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotation.models import Video
from annotation.services.duplicates.fingerprints import note_thumbnail, refresh_fingerprints
from annotation.services.duplicates.search import find_duplicates
from annotation.services.duplicates.statements import SearchUnderWayError


class Command(BaseCommand):
    help = (
        "Look for videos that are in the corpus twice, merge the sure ones, propose the others. "
        "Can be run again at any time and goes on where it stopped. The last line is JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--embeddings", action="store_true", help="also by meaning: embeds every video once"
        )
        parser.add_argument(
            "--thumbnails",
            type=Path,
            metavar="FOLDER",
            help="pictures named by video id",
        )
        parser.add_argument("--dry-run", action="store_true", help="count, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        from modeling.errors import ModelingError

        if options["thumbnails"] and not options["dry_run"]:
            self._read_thumbnails(options["thumbnails"])
        try:
            with _Bars() as bars:
                figures = find_duplicates(
                    embeddings=options["embeddings"],
                    dry_run=options["dry_run"],
                    progress=bars.advance,
                )
        except (SearchUnderWayError, ModelingError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(figures))

    def _read_thumbnails(self, folder: Path) -> None:
        """Files of other names are passed over; one that is no picture is named and skipped."""
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.")
        refresh_fingerprints()
        named = [path for path in sorted(folder.iterdir()) if _is_text(path.stem)]
        for path in tqdm(named, disable=None, desc="Thumbnails"):
            video = Video.objects.filter(video_id=path.stem).only("video_id").first()
            if video is None or not path.is_file():
                continue
            try:
                note_thumbnail(video=video, image=path.read_bytes())
            except ValueError as error:
                self.stderr.write(f"{path}: {error}")


def _is_text(name: str) -> bool:
    """Bytes of a file's name that are no text come as halves of surrogates, which no id has."""
    return name.isprintable()


class _Bars:
    """A bar a stage."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._stage = ""

    def __enter__(self) -> "_Bars":
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, stage: str, size: int, done: int) -> None:
        if self._bar is None or stage != self._stage:
            self.__exit__()
            self._bar, self._stage = tqdm(total=size, unit="video", disable=None, desc=stage), stage
        self._bar.update(done)
