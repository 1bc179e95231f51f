"""An invented corpus of any size, written by Postgres itself, and a campaign over all of it."""

import time
from typing import Any

# Videos: a tenth of the pairs; languages as uneven as those of the study (Zipf, 40 of them).
VIDEOS = """
INSERT INTO annotation_video (video_id, title, channel, channel_id, description, language,
    declared_language, thumbnail_url, country, created_at, updated_at)
SELECT 'v' || i, 'Video number ' || i, 'Channel ' || i %% 5000, '', 'What it is about.',
    (%(languages)s::varchar[])[least(floor(exp(random() * ln(40)))::int, 40)], '', '', '',
    now(), now()
FROM generate_series(1, %(videos)s) i
"""
# Ten pairs for each rejected video, so that ids and both sides come in an order indexes like.
PAIRS = """
INSERT INTO annotation_pair (pair_id, rejected_id, recommended_id, source, held_out, created_at)
SELECT 'p' || lpad(i::text, 9, '0'), %(first)s + (i - 1) / 10,
    %(first)s + ((i - 1) / 10 + 1 + (i::bigint * 7919) %% (%(videos)s - 1)) %% %(videos)s,
    'benchmark', hashint8(i) %% 10 = 0, now()
FROM generate_series(1, %(pairs)s) i
"""
LANGUAGES = [a + b for a in "abcde" for b in "klmnopqr"]


def make_corpus(pairs: int) -> None:
    """Write `pairs` pairs over a tenth as many videos; foreign keys are right by construction."""
    from django.db import connection, transaction

    videos = max(pairs // 10, 100)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(VIDEOS, {"videos": videos, "languages": LANGUAGES})
        cursor.execute("SELECT min(id) FROM annotation_video")
        first = cursor.fetchone()[0]
        cursor.execute(PAIRS, {"pairs": pairs, "videos": videos, "first": first})
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE annotation_video, annotation_pair")
        cursor.execute("RESET statement_timeout")


def open_campaign(queue_size: int, **fields: Any) -> tuple[Any, float, float]:
    """A campaign over the whole corpus; returns it, and the seconds for its pool and queue."""
    from django.db import connection

    from annotation.models import Campaign, Policy
    from annotation.services.campaigns import fill_pool
    from annotation.services.queue import rerank

    policy, _ = Policy.objects.get_or_create(version=1, defaults={"title": "P", "body": "P"})
    campaign = Campaign.objects.create(
        name="Benchmark", slug="benchmark", policy=policy, queue_size=queue_size, **fields
    )
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    fill_pool(campaign=campaign)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE annotation_poolpair")
        cursor.execute("RESET statement_timeout")
    filled = time.perf_counter()
    rerank(campaign=campaign, run=None, seed=1)
    ranked = time.perf_counter()
    with connection.cursor() as cursor:
        # As on a server that has run for a while: its log goes into files that are there already.
        cursor.execute("CHECKPOINT")
    return campaign, filled - started, ranked - filled


def environment(address: str, data: str) -> dict[str, str]:
    """For processes that shall work on the database at `address`; to be set before they start,
    since the settings are read when the first module of the project is."""
    return {
        "DATABASE_URL": address,
        "LIKEWISE_DATA_DIR": data,
        "DJANGO_SETTINGS_MODULE": "annotation.settings",
        "LOG_LEVEL": "WARNING",
        "DB_POOL_MAX": "32",
    }
