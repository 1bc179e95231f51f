"""Makes the study that benchmarks.labelling puts under load, in the empty database it was given.

    python -m benchmarks.labelling_study --pairs 100000 --assistants 24

Videos, pairs and people are invented. The campaign's queue is ranked by the product's own service.
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection

from annotation.models import Campaign, User
from annotation.models.pairs import is_held_out
from annotation.services import sample
from annotation.services.campaigns import open_campaign
from annotation.services.policies import add_policy

PASSWORD = "a study under load"  # noqa: S105 - of accounts that live as long as the benchmark
WORDS = (
    "kitchen garden market mountain river city music guitar football cake bread soup camera phone "
    "engine bicycle history election climate teacher doctor letter story question answer travel "
)
PAIRS_PER_VIDEO = 5
TRANSCRIBED_PERCENT = 50
LANGUAGES = ("en", "en", "en", "en", "de", "es")
VIDEO_COLUMNS = (
    "id", "video_id", "title", "channel", "channel_id", "description", "transcript", "language",
    "declared_language", "country", "duration_s", "thumbnail_url", "created_at", "updated_at",
)  # fmt: skip
PAIR_COLUMNS = (
    "id", "pair_id", "rejected_id", "recommended_id", "source", "held_out", "created_at",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, required=True)
    parser.add_argument("--assistants", type=int, required=True)
    parser.add_argument("--relabelling", default=Campaign.Relabelling.FIXED)
    parser.add_argument("--labels-per-pair", type=int, default=1)
    options = parser.parse_args()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    rng = random.Random(0)
    videos = max(options.pairs // PAIRS_PER_VIDEO, 50)
    _copy("annotation_video", VIDEO_COLUMNS, _videos(videos, rng))
    _copy("annotation_pair", PAIR_COLUMNS, _pairs(options.pairs, videos))
    people = add_people(options.assistants)
    campaign = open_campaign(
        name="Load", policy=add_policy(folder=sample.FOLDER), queue_size=options.pairs,
        relabelling=options.relabelling, labels_per_pair=options.labels_per_pair,
    )  # fmt: skip
    print(
        json.dumps(
            {
                "campaign": campaign.pk,
                "labels_per_pair": campaign.labels_per_pair,
                "people": people,
                "password": PASSWORD,
            }
        )
    )


def add_people(count: int) -> list[str]:
    """Assistants with one password; every other one takes pairs in English only."""
    password = make_password(PASSWORD)
    people = [
        User(username=f"load-{n:03}", password=password, languages=["en"], any_language=n % 2 == 0)
        for n in range(count)
    ]
    return [person.username for person in User.objects.bulk_create(people)]


def _videos(count: int, rng: random.Random) -> Iterator[tuple[Any, ...]]:
    words = WORDS.split()
    text = " ".join(rng.choices(words, k=50_000))
    for number in range(1, count + 1):
        spoken = number % 100 < TRANSCRIBED_PERCENT
        yield (
            number, f"load{number:07}", _cut(text, rng, 60), _cut(text, rng, 15), "",
            _cut(text, rng, rng.choice((80, 400, 1500))),
            _cut(text, rng, rng.randrange(500, 9000)) if spoken else None,
            rng.choice(LANGUAGES), "", "", rng.randrange(20, 4000),
            f"https://i.ytimg.com/vi/load{number:07}/hqdefault.jpg", "now", "now",
        )  # fmt: skip


def _pairs(count: int, videos: int) -> Iterator[tuple[Any, ...]]:
    """Each video against those that follow it; all pairs differ while count < videos² / 2."""
    for number in range(1, count + 1):
        step, place = divmod(number - 1, videos)
        recommended = (place + step + 1) % videos + 1
        name = f"load-{number:09}"
        yield (number, name, place + 1, recommended, "load", is_held_out(name), "now")


def _cut(text: str, rng: random.Random, length: int) -> str:
    start = rng.randrange(len(text) - length)
    return text[start : start + length].strip() or "untitled"


def _copy(table: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {table}")
        last = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
        cursor.execute(last)


if __name__ == "__main__":
    main()
