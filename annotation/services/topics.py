"""Which pairs touch which topics: found in texts, kept beside the videos, written into queues."""

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import blake2b

from django.db import connection, transaction
from django.db.models import F

from annotation.models import Campaign, Topic, User
from annotation.models.topics import MOST_TOPICS
from annotation.queries.topics import TOPICS_OF_PAIR, WITH_TOPICS
from annotation.services import training_queue
from annotation.services.locks import switch_queue
from annotation.topic_words import TopicWords, phrases_of

CHUNK = 1_000
# A transcript says early what it is about, and may be very long.
TRANSCRIPT = 20_000
# Videos of a campaign's pairs that were not looked at by these words, or changed since.
STALE = """
SELECT video.id FROM (
    SELECT pair_id FROM annotation_poolpair WHERE campaign_id = %(campaign)s
    UNION SELECT pair_id FROM annotation_goldanswer WHERE campaign_id = %(campaign)s
) served
JOIN annotation_pair pair ON pair.id = served.pair_id
JOIN annotation_video video ON video.id IN (pair.rejected_id, pair.recommended_id)
LEFT JOIN annotation_videotopics found ON found.video_id = video.id
WHERE found.video_id IS NULL OR found.fingerprint <> %(fingerprint)s
    OR found.seen_at <> video.updated_at
GROUP BY video.id ORDER BY video.id
"""
TEXTS = f"""
SELECT id, updated_at, title, description, left(coalesce(transcript, ''), {TRANSCRIPT})
FROM annotation_video WHERE id = ANY(%(videos)s)
"""  # noqa: S608 - a constant
KEEP = """
INSERT INTO annotation_videotopics (video_id, topics, fingerprint, seen_at)
SELECT video_id, topics, %(fingerprint)s, seen_at
FROM unnest(%(videos)s::bigint[], %(topics)s::bigint[], %(seen)s::timestamptz[])
    AS found (video_id, topics, seen_at)
ON CONFLICT (video_id) DO UPDATE SET
    topics = EXCLUDED.topics, fingerprint = EXCLUDED.fingerprint, seen_at = EXCLUDED.seen_at
"""
# Places of the served queue that say something else than what was found.
OUTDATED = f"""
SELECT item.rank, {TOPICS_OF_PAIR} FROM annotation_queueitem item
JOIN annotation_pair pair ON pair.id = item.pair_id {WITH_TOPICS}
WHERE item.generation_id = %(generation)s AND item.topics <> {TOPICS_OF_PAIR}
ORDER BY item.rank
"""  # noqa: S608 - constants only
MARK = """
UPDATE annotation_queueitem item SET topics = found.topics
FROM unnest(%(ranks)s::integer[], %(topics)s::bigint[]) AS found (rank, topics)
WHERE item.generation_id = %(generation)s AND item.rank = found.rank
"""
Progress = Callable[[int, int], object]


class TooManyTopicsError(Exception):
    pass


def free_bit() -> int:
    """Raises: TooManyTopicsError when all are taken."""
    taken = set(Topic.objects.values_list("bit", flat=True))
    for bit in range(MOST_TOPICS):
        if bit not in taken:
            return bit
    raise TooManyTopicsError(f"There can be {MOST_TOPICS} topics at most.")


@transaction.atomic
def remove_topic(*, topic: Topic) -> None:
    """Nobody keeps it off their queue any more, and its bit may mean another topic."""
    off = User.objects.annotate(bit=F("topics_off").bitand(topic.mask)).exclude(bit=0)
    off.update(topics_off=F("topics_off").bitand(~topic.mask))
    topic.delete()


def mark_videos(*, campaign: Campaign, progress: Progress = lambda done, of: None) -> int:
    """Look at the texts of the campaign's videos that are new, or changed, or were looked at by
    other words; returns how many. Does nothing in a study without topics."""
    topics = {topic.mask: phrases_of(topic.phrases) for topic in Topic.objects.all()}
    if not topics:
        return 0
    words, fingerprint = TopicWords(topics), _fingerprint(topics)
    with connection.cursor() as cursor:
        cursor.execute(STALE, {"campaign": campaign.pk, "fingerprint": fingerprint})
        stale = [pk for (pk,) in cursor]
    for start in range(0, len(stale), CHUNK):
        found = list(_look(stale[start : start + CHUNK], words))
        videos, masks, seen = zip(*found, strict=True) if found else ((), (), ())
        with connection.cursor() as cursor:
            values = {"videos": list(videos), "topics": list(masks), "seen": list(seen)}
            cursor.execute(KEEP, values | {"fingerprint": fingerprint})
        progress(min(start + CHUNK, len(stale)), len(stale))
    return len(stale)


def mark_queue(*, campaign: Campaign) -> int:
    """Write what was found into the queue that is served now; returns how many places changed.

    A thousand at a time, with the queue alone for that moment, so that people hardly wait.
    """
    generation = campaign.generation_id
    with connection.cursor() as cursor:
        cursor.execute(OUTDATED, {"generation": generation})
        outdated = cursor.fetchall()
    for start in range(0, len(outdated), CHUNK):
        ranks, topics = zip(*outdated[start : start + CHUNK], strict=True)
        with transaction.atomic(), connection.cursor() as cursor:
            switch_queue(campaign.pk)
            values = {"generation": generation, "ranks": list(ranks), "topics": list(topics)}
            cursor.execute(MARK, values)
    return len(outdated)


def mark_everything(*, progress: Progress = lambda done, of: None) -> dict[str, int]:
    """Every campaign that is not closed; returns the number of videos looked at and of places of
    queues that changed."""
    videos = places = 0
    for campaign in Campaign.objects.exclude(state=Campaign.State.CLOSED):
        videos += mark_videos(campaign=campaign, progress=progress)
        places += mark_queue(campaign=campaign)
    return {"videos": videos, "places": places}


def ask_for_marking() -> bool:
    """Send the message to a training worker; without one the next ranking does the same."""
    return training_queue.send("mark_topics", otherwise="marked at the next ranking")


def _look(videos: list[int], words: TopicWords) -> Iterator[tuple[int, int, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(TEXTS, {"videos": videos})
        for pk, seen_at, *texts in cursor:
            yield pk, words.topics_in(*texts), seen_at


def _fingerprint(topics: dict[int, list[str]]) -> int:
    """A number that differs where a topic or its words do."""
    text = "\n\n".join(f"{mask}\n" + "\n".join(topics[mask]) for mask in sorted(topics))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)
