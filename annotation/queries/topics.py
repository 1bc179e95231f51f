"""The topics of pairs as SQL takes them, over `pair`."""

from django.db import connection

from annotation.models import Pair, Topic, User

WITH_TOPICS = """
LEFT JOIN annotation_videotopics rejected_on ON rejected_on.video_id = pair.rejected_id
LEFT JOIN annotation_videotopics recommended_on ON recommended_on.video_id = pair.recommended_id
"""
TOPICS_OF_PAIR = "(coalesce(rejected_on.topics, 0) | coalesce(recommended_on.topics, 0))"
ONE_PAIR = f"""
SELECT {TOPICS_OF_PAIR} FROM annotation_pair pair {WITH_TOPICS} WHERE pair.id = %s
"""  # noqa: S608 - constants only


def topics_of(pair: Pair) -> int:
    with connection.cursor() as cursor:
        cursor.execute(ONE_PAIR, [pair.pk])
        return int(cursor.fetchone()[0])


def topics_off(person: User) -> list[Topic]:
    """The topics that this person keeps off their queue, by name."""
    return [topic for topic in Topic.objects.all() if topic.mask & person.topics_off]
