"""Videos that mean nearly the same: embeddings in pgvector, and each one's nearest neighbours."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from annotation.models import VideoEmbedding, VideoFingerprint
from annotation.models.duplicates import EMBEDDING_SIZE
from annotation.services.artefacts import embedding_cache
from annotation.services.duplicates.detection import (
    COMPATIBLE,
    FEW,
    SAME_CHANNEL,
    VIDEOS,
    Thresholds,
)
from annotation.services.duplicates.evidence import new_evidence, propose
from annotation.services.duplicates.statements import patient_cursor

if TYPE_CHECKING:
    from modeling.embeddings import SentenceEncoder
    from modeling.vector_store import VectorStore

Progress = Callable[[int], None]
BATCH = 1000
TOKENS = 64
DESCRIPTION = 300  # characters: about what is left of the tokens after a title

NOT_EMBEDDED = """
SELECT video.id, video.title, left(video.description, %(characters)s), made.seen_at
FROM annotation_videofingerprint made
JOIN annotation_video video ON video.id = made.video_id
LEFT JOIN annotation_videoembedding known ON known.video_id = made.video_id
WHERE known.video_id IS NULL OR known.seen_at <> made.seen_at OR known.encoder <> %(encoder)s
ORDER BY made.video_id LIMIT %(batch)s
"""
EMBEDDED_NOW = """
CREATE TEMP TABLE embedded_now ON COMMIT DROP AS
SELECT video_id, encoder, seen_at, vector, sought FROM annotation_videoembedding LIMIT 0
"""
KEEP = """
INSERT INTO annotation_videoembedding (video_id, encoder, seen_at, vector, sought)
SELECT * FROM embedded_now
ON CONFLICT (video_id) DO UPDATE SET encoder = EXCLUDED.encoder, seen_at = EXCLUDED.seen_at,
    vector = EXCLUDED.vector, sought = false
"""
# The index answers the inner query. What is near must also share most of the title's words, since
# an encoder finds all songs of a band alike, and all titles in a script that it does not know.
# Equal titles are left to their own rules.
NEIGHBOURS = f"""
INSERT INTO evidence
WITH asking AS MATERIALIZED (
    SELECT video_id, encoder, vector FROM annotation_videoembedding
    WHERE video_id = ANY(%(videos)s)
), closest AS (
    SELECT least(asking.video_id, found.video_id) AS first,
        greatest(asking.video_id, found.video_id) AS second, found.distance
    FROM asking CROSS JOIN LATERAL (
        SELECT other.video_id, other.encoder, other.vector <=> asking.vector AS distance
        FROM annotation_videoembedding other
        ORDER BY other.vector <=> asking.vector LIMIT %(neighbours)s
    ) found
    WHERE found.video_id <> asking.video_id AND found.encoder = asking.encoder
        AND found.distance <= %(distance)s
), near AS (
    SELECT first, second, min(distance) AS distance FROM closest
    JOIN annotation_videofingerprint a ON a.video_id = closest.first
    JOIN annotation_videofingerprint b ON b.video_id = closest.second
    {VIDEOS}
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE sides = 2) / greatest(count(*), 1)::float8 AS words FROM (
            SELECT count(*) AS sides FROM (
                SELECT DISTINCT 1 AS side, unnest(string_to_array(a.title_key, ' ')) AS word
                UNION SELECT 2, unnest(string_to_array(b.title_key, ' '))
            ) each_word GROUP BY word
        ) counted
    ) shared
    WHERE {COMPATIBLE} AND a.title_key <> b.title_key AND shared.words >=
        CASE WHEN {SAME_CHANNEL} THEN %(words_channel)s ELSE %(words)s END
    GROUP BY first, second
), {FEW}
SELECT first, second, 'embedding', least(1, greatest(0, 1 - distance)), false FROM few
"""  # noqa: S608 - constants only


def embed_missing(*, progress: Progress = lambda done: None) -> int:
    """Embed every video that is new, has changed, or was embedded by another encoder.

    Each batch is a transaction, and every text that was ever embedded is in the workers' cache.

    Raises: ModelingError when the encoder's vectors do not have 384 numbers.
    """
    from modeling.embeddings import SentenceEncoder
    from modeling.encoders import resolve_encoder
    from modeling.vector_store import open_store

    encoder = SentenceEncoder(resolve_encoder(settings.ENCODER or None))
    store, done = open_store(embedding_cache()), 0
    while rows := _batch(encoder.encoder.id):
        vectors = _vectors(encoder, store, rows)
        with patient_cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS embedded_now")
            cursor.execute(EMBEDDED_NOW)
            with cursor.copy("COPY embedded_now FROM STDIN") as copy:
                for row, vector in zip(rows, vectors, strict=True):
                    copy.write_row((row[0], encoder.encoder.id, row[3], vector, False))
            cursor.execute(KEEP)
        done += len(rows)
        progress(len(rows))
    return done


def propose_neighbours(*, thresholds: Thresholds, progress: Progress = lambda done: None) -> None:
    """Propose the near neighbours of every embedding that was not asked about yet."""
    while True:
        with patient_cursor() as cursor:
            cursor.execute(
                "SELECT video_id FROM annotation_videoembedding WHERE NOT sought"
                " ORDER BY video_id LIMIT %s",
                [BATCH],
            )
            videos = [pk for (pk,) in cursor]
            if not videos:
                return
            new_evidence(cursor)
            cursor.execute(NEIGHBOURS, {**thresholds.values(), "videos": videos})
            propose(cursor)
            cursor.execute(
                "UPDATE annotation_videoembedding SET sought = true WHERE video_id = ANY(%s)",
                [videos],
            )
        progress(len(videos))


def missing_count() -> int:
    """How many videos have a fingerprint and no embedding yet."""
    return VideoFingerprint.objects.filter(video__embedding=None).count()


def unsought_count() -> int:
    return VideoEmbedding.objects.filter(sought=False).count()


def _batch(encoder: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"characters": DESCRIPTION, "encoder": encoder, "batch": BATCH}
        cursor.execute(NOT_EMBEDDED, values)
        return list(cursor.fetchall())


def _vectors(
    encoder: "SentenceEncoder", store: "VectorStore", rows: list[tuple[Any, ...]]
) -> list[str]:
    """The vectors of the rows' texts as pgvector reads them."""
    from modeling.errors import ModelingError

    texts = [f"{title}\n{description}" for _, title, description, _ in rows]
    vectors = encoder.embed(texts, TOKENS, store)
    if vectors.shape[1] != EMBEDDING_SIZE:
        raise ModelingError(
            f"The encoder {encoder.encoder.name} makes vectors of {vectors.shape[1]} numbers; "
            f"the search for duplicates keeps {EMBEDDING_SIZE}. Search without embeddings."
        )
    return [f"[{','.join(map(str, vector))}]" for vector in vectors.tolist()]
