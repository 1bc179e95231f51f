"""The partitions of the queue: one a generation, written beside the served one, dropped whole."""

from itertools import takewhile

import structlog
from django.db import DatabaseError, connection, transaction
from psycopg.errors import LockNotAvailable

from annotation.models import QueueGeneration

log = structlog.get_logger(__name__)
PARENT = "annotation_queueitem"

# Claims update rows at the head of the index all day, so vacuum comes early and often.
CREATE = """
CREATE TABLE {partition} (
    LIKE annotation_queueitem INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
    CONSTRAINT {partition}_of_one CHECK (generation_id = {generation})
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_vacuum_cost_delay = 0)
"""
# Makes the indexes too, and holds back neither claims nor answers.
ATTACH = """
ALTER TABLE annotation_queueitem ATTACH PARTITION {partition} FOR VALUES IN ({generation})
"""
NOT_SERVED = """
SELECT partition.relname FROM pg_inherits JOIN pg_class partition ON partition.oid = inhrelid
WHERE inhparent = 'annotation_queueitem'::regclass AND partition.relname NOT IN (
    SELECT 'annotation_queueitem_' || generation_id FROM annotation_campaign
    WHERE generation_id IS NOT NULL
)
"""


def partition_of(generation: QueueGeneration) -> str:
    return f"{PARENT}_{generation.pk:d}"


def create_partition(generation: QueueGeneration) -> None:
    """An empty table for the items of `generation`, which nobody sees until it is attached."""
    _execute(CREATE.format(partition=partition_of(generation), generation=generation.pk))


def attach_partition(generation: QueueGeneration) -> None:
    names = {"partition": partition_of(generation), "generation": generation.pk}
    _execute("ANALYZE {partition}".format(**names))
    _execute(ATTACH.format(**names))


def drop_unserved() -> int:
    """Drop the partitions of generations that no campaign serves; returns how many.

    To drop one takes the table for a moment. Where another transaction has it (a backup, a report)
    this gives up at the first one rather than hold everybody back; the next call tries again.
    """
    with connection.cursor() as cursor:
        cursor.execute(NOT_SERVED)
        names = [name for (name,) in cursor]
    return sum(1 for _ in takewhile(_drop, names))


def _drop(partition: str) -> bool:
    try:
        with transaction.atomic():
            _execute("SET LOCAL lock_timeout = '50ms'")
            _execute(f"DROP TABLE IF EXISTS {partition}")
            _execute("SET LOCAL lock_timeout = DEFAULT")  # for what else the transaction does
    except DatabaseError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        log.info("queue partition in use; dropped later", partition=partition)
        return False
    return True


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
