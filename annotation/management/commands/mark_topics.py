import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from annotation.services.topics import mark_everything


class Command(BaseCommand):
    help = (
        "Look for the words of the study's topics in the videos of all campaigns that are not "
        "closed, and mark the queues that are served. Each ranking does so by itself. The last "
        "line is JSON."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        def progress(done: int, of: int) -> None:
            self.stderr.write(f"{done:,} of {of:,} videos", ending="\r" if _is_seen() else "\n")

        self.stdout.write(json.dumps(mark_everything(progress=progress)))


def _is_seen() -> bool:
    return sys.stderr.isatty()
