"""The plans of the statements that run at every pair, as Postgres makes them for a queue of a few
thousand: each finds its rows by the index made for it, in one partition, without a great sort."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar
from unittest import mock

import pytest
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import TestCase

from annotation import arrays
from annotation.models import Campaign, GoldAnswer, Prediction, User
from annotation.services.claim import claim
from annotation.services.labels import Answer, skip, submit
from annotation.services.leases import release_expired
from annotation.services.queue import rerank
from annotation.services.statistics import note_bulk_change
from tests.annotation.bulk import campaign_of, many_pairs, run_saying
from tests.factories import queue_of

LANGUAGES = [("en", "en"), ("de", "de"), ("de", "en"), ("fr", "fr"), ("", "")]
PAIRS, PEOPLE, GREAT = 4000, 40, 1000
NAMED = re.compile(r"%\((\w+)\)s")
# What people did before: of every 25 pairs handed out 15 expired, 4 are labelled, 5 were skipped.
WORK = """
INSERT INTO annotation_assignment (id, campaign_id, pair_id, assistant_id, policy_id, state,
    strategy, served_at, lease_expires_at, changed_at)
SELECT uuidv7(), %(campaign)s, pool.pair_id, person.id, %(policy)s,
    CASE WHEN n %% 25 = 0 THEN 'leased' WHEN n %% 25 < 5 THEN 'labelled' WHEN n %% 25 < 10
        THEN 'skipped' ELSE 'expired' END,
    'random', served, served + interval '30 minutes', served
FROM (SELECT id, row_number() OVER (ORDER BY id) AS p FROM annotation_user) person
CROSS JOIN generate_series(1, 250) n
JOIN (SELECT pair_id, row_number() OVER (ORDER BY pair_id) AS r FROM annotation_poolpair
    WHERE campaign_id = %(campaign)s) pool ON pool.r = (n * 37 + person.p * 101) %% 1000 + 1
CROSS JOIN LATERAL (SELECT now() - make_interval(mins => (n * 40)::int) AS served) at
ON CONFLICT DO NOTHING;
INSERT INTO annotation_label (submission, assignment_id, campaign_id, pair_id, assistant_id,
    policy_id, verdict, reasons, comment, flagged, seconds, strategy, late)
SELECT id, id, campaign_id, pair_id, assistant_id, policy_id, 'unsure', '{}', '', false, 30,
    'random', false
FROM annotation_assignment WHERE state = 'labelled';
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
ANALYZE
"""
# The index of the parent that an index of a partition belongs to.
PARENTS = """
SELECT child.relname, parent.relname FROM pg_inherits
JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
"""


@dataclass(frozen=True)
class Statement:
    """What was sent; `prepared`: its plan was made without its parameters."""

    sql: str
    parameters: Any
    prepared: bool

    def explain(self, cursor: CursorWrapper) -> dict[str, Any]:
        """The plan with which it runs."""
        explain = "EXPLAIN (ANALYZE, BUFFERS OFF, FORMAT JSON)"
        if self.prepared:
            self._prepare(cursor)
            arguments = ", ".join(["%s"] * len(self.names))
            values = [self.parameters[name] for name in self.names]
            cursor.execute(f"{explain} EXECUTE hot({arguments})", values)
        else:
            cursor.execute(f"{explain} {self.sql}", self.parameters)
        root: dict[str, Any] = cursor.fetchone()[0][0]["Plan"]
        if self.prepared:
            cursor.execute("DEALLOCATE hot")
        return root

    def _prepare(self, cursor: CursorWrapper) -> None:
        numbered = {name: f"${number}" for number, name in enumerate(self.names, 1)}
        cursor.execute(f"PREPARE hot AS {self.sql % numbered}")

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(NAMED.findall(self.sql)))


class Plan:
    """The nodes of a plan that were executed."""

    def __init__(self, statement: Statement) -> None:
        with connection.cursor() as cursor:
            root = statement.explain(cursor)
            cursor.execute(PARENTS)
            self._parents = dict(cursor)
        self.nodes = [node for node in _walk(root) if node["Actual Loops"]]

    @property
    def indexes(self) -> set[str]:
        found = {node["Index Name"] for node in self.nodes if "Index Name" in node}
        return {self._parents.get(name, name) for name in found}

    @property
    def partitions(self) -> set[str]:
        tables = {node.get("Relation Name", "") for node in self.nodes}
        return {name for name in tables if name.startswith("annotation_queueitem_")}

    @property
    def read_whole(self) -> set[str]:
        scans = [node for node in self.nodes if node["Node Type"] == "Seq Scan"]
        great = [n for n in scans if _rows(n) + n.get("Rows Removed by Filter", 0) > GREAT]
        return {node["Relation Name"] for node in great}

    @property
    def great_sorts(self) -> list[dict[str, Any]]:
        return [n for n in self.nodes if "Sort" in n["Node Type"] and _rows(n) > GREAT]


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _walk(child)


def _rows(node: dict[str, Any]) -> float:
    return float(node["Actual Rows"] * node["Actual Loops"])


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def statement_of(act: Callable[[], object], part: str) -> Statement:
    """The first statement with `part` in it of those that `act` sends, and its parameters."""
    sent: list[Statement] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        prepared = context["cursor"] is None
        sent.extend(Statement(each, params, prepared) for each in sql.split(";\n"))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        act()
    return next(each for each in sent if part in each.sql)


class HotPlans(TestCase):
    campaign: ClassVar[Campaign]
    anybody: ClassVar[User]
    reader: ClassVar[User]

    @classmethod
    def setUpTestData(cls) -> None:
        pairs = many_pairs(LANGUAGES * (PAIRS // len(LANGUAGES)))
        fields = {"relabelling": "posterior", "labels_per_pair": 4, "queue_size": PAIRS}
        cls.campaign = campaign_of(pairs, ranked=False, **fields)
        campaign_of(pairs[:2000], policy=cls.campaign.policy, state="paused")
        cls.anybody, cls.reader, *_ = User.objects.bulk_create(
            User(username=f"reader {n}", languages=["en", "de"], any_language=n == 0)
            for n in range(PEOPLE)
        )
        names = {"campaign": cls.campaign.pk, "policy": cls.campaign.policy_id}
        with connection.cursor() as cursor:
            cursor.execute(WORK, names)
        rerank(campaign=cls.campaign, run=None)

    def plan(self, act: Callable[[], object], part: str) -> Plan:
        with taken_back():
            return Plan(statement_of(act, part))

    def check(self, plan: Plan, *indexes: str, partitions: int = 1) -> None:
        served = {f"annotation_queueitem_{queue_of(self.campaign).pk}"}
        assert set(indexes) <= plan.indexes, plan.indexes
        assert plan.read_whole == set()
        assert plan.great_sorts == []
        assert plan.partitions == (served if partitions else set())

    # --- what a person does -----------------------------------------------------------------

    def test_a_claim_in_any_language_walks_the_queue_by_rank(self) -> None:
        plan = self.plan(lambda: claim(assistant=self.anybody, count=2), "WITH picked")
        self.check(plan, "queue_ready", "assignment_once_a_person")
        assert not [n for n in plan.nodes if n["Node Type"] == "Sort" and _rows(n) > 2]

    def test_a_claim_in_own_languages_walks_each_lane_by_rank(self) -> None:
        plan = self.plan(lambda: claim(assistant=self.reader, count=2), "WITH picked")
        self.check(plan, "queue_ready_by_lane", "assignment_once_a_person")

    def test_a_known_pair_is_found_among_the_known_ones(self) -> None:
        pairs = self.campaign.pool.values_list("pair_id", flat=True)[:40]
        GoldAnswer.objects.bulk_create(
            GoldAnswer(campaign=self.campaign, pair_id=pair, verdict="similar") for pair in pairs
        )
        Campaign.objects.filter(pk=self.campaign.pk).update(gold_share=1)
        plan = self.plan(lambda: claim(assistant=self.reader, count=2), "unseen")
        self.check(plan, "annotation_pair_pkey", "assignment_once_a_person", partitions=0)

    def test_what_a_person_holds_is_found_among_their_open_leases(self) -> None:
        plan = self.plan(lambda: claim(assistant=self.reader), "SELECT lease.id")
        self.check(plan, "assignment_held", partitions=0)

    def test_leases_that_ran_out_are_found_by_their_time(self) -> None:
        plan = self.plan(lambda: release_expired(limit=20), '"lease_expires_at" <=')
        self.check(plan, "assignment_leases", partitions=0)

    def test_an_answer_looks_at_its_own_pair_alone(self) -> None:
        (given,) = claim(assistant=self.reader)
        answer = Answer("unsure")

        def act() -> None:
            submit(assistant=self.reader, assignment_id=given.pk, answer=answer)

        self.check(self.plan(act, "FOR UPDATE OF item"), "queue_pair_once")
        opinions = self.plan(act, "LEFT JOIN annotation_annotatorrecord")
        self.check(opinions, partitions=0)
        self.check(self.plan(act, "WITH decided"), "queue_rank_once", "assignment_once_a_person")

    def test_a_pair_handed_back_is_counted_alone(self) -> None:
        (given,) = claim(assistant=self.reader)
        plan = self.plan(lambda: skip(assistant=self.reader, assignment_id=given.pk), "SET slots")
        self.check(plan, "queue_rank_once", "assignment_once_a_person")

    def test_a_switch_counts_what_changed_since(self) -> None:
        with taken_back():
            recount = statement_of(lambda: rerank(campaign=self.campaign, run=None), "now_wanted")
            claim(assistant=self.reader, count=5)
            plan = Plan(recount)
            self.check(plan, "assignment_changed", "queue_pair_once", "assignment_once_a_person")

    def test_a_ranking_reads_a_portion_of_the_pool_in_its_order(self) -> None:
        plan = self.plan_in_portions("pool.held_out")
        self.check(plan, "pool_pair_once", partitions=0)

    def test_a_ranking_reads_a_portion_of_what_the_model_said_in_its_order(self) -> None:
        self.check(
            self.plan_in_portions("pair_id > %(after)s ORDER BY pair_id"),
            "prediction_once",
            partitions=0,
        )

    def plan_in_portions(self, part: str) -> Plan:
        pairs = self.campaign.pool.values_list("pair_id", flat=True)
        with taken_back(), mock.patch.object(arrays, "PORTION", 100):
            run = run_saying(self.campaign, dict.fromkeys(pairs, 0.5))
            note_bulk_change(Prediction, rows=len(pairs))
            return Plan(statement_of(lambda: rerank(campaign=self.campaign, run=run), part))

    # --- that these tests can fail ----------------------------------------------------------

    def test_each_of_them_fails_without_its_index(self) -> None:
        for index, table, check in (
            ("queue_ready", "", self.test_a_claim_in_any_language_walks_the_queue_by_rank),
            ("queue_ready_by_lane", "", self.test_a_claim_in_own_languages_walks_each_lane_by_rank),
            (
                "assignment_once_a_person",
                "assignment",
                self.test_a_known_pair_is_found_among_the_known_ones,
            ),
            ("assignment_held", "", self.test_what_a_person_holds_is_found_among_their_open_leases),
            ("assignment_leases", "", self.test_leases_that_ran_out_are_found_by_their_time),
            ("queue_pair_once", "queueitem", self.test_an_answer_looks_at_its_own_pair_alone),
            ("assignment_changed", "", self.test_a_switch_counts_what_changed_since),
            (
                "pool_pair_once",
                "poolpair",
                self.test_a_ranking_reads_a_portion_of_the_pool_in_its_order,
            ),
            (
                "prediction_once",
                "prediction",
                self.test_a_ranking_reads_a_portion_of_what_the_model_said_in_its_order,
            ),
        ):
            with self.subTest(index), taken_back():
                drop = f"ALTER TABLE annotation_{table} DROP CONSTRAINT {index}"
                _execute(drop if table else f"DROP INDEX {index}")
                with pytest.raises(AssertionError):
                    check()


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
