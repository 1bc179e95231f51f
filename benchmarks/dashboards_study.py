"""A study of a million labels in a few statements, for `benchmarks.dashboards`."""

from typing import Any

from benchmarks.queue_corpus import make_corpus, open_campaign

EACH = 3
# Whoever labels is right on 80 to 95% of pairs, and unsure of 4%; three in ten pairs are similar.
GIVEN = """
CREATE TEMPORARY TABLE given AS
SELECT uuidv7() AS id, pair_id, person, at, CASE
    WHEN random() < 0.04 THEN 'unsure'
    WHEN is_similar = (random() < 0.8 + 0.15 * place / %(people)s) THEN 'similar'
    ELSE 'not_similar' END AS verdict
FROM (
    SELECT pair.id AS pair_id, hashint8(pair.id) %% 10 IN (0, 1, 2) AS is_similar,
        (pair.id * 7 + k * 17) %% %(people)s AS place,
        (%(ids)s::bigint[])[1 + (pair.id * 7 + k * 17) %% %(people)s] AS person,
        now() - make_interval(secs => (pair.id %% 100 * 86400 + k * 3600)::float8) AS at
    FROM (
        SELECT id FROM annotation_pair
        WHERE id > coalesce((SELECT max(pair_id) FROM annotation_label), 0)
        ORDER BY id LIMIT %(pairs)s
    ) pair, generate_series(0, %(each)s - 1) k
) asked
"""
ASSIGNMENTS = """
INSERT INTO annotation_assignment (id, campaign_id, pair_id, assistant_id, policy_id, state,
    strategy, served_at, lease_expires_at, changed_at)
SELECT id, %(campaign)s, pair_id, person, %(policy)s, 'labelled',
    CASE WHEN pair_id %% 5 = 0 THEN 'random' ELSE 'uncertainty' END, at, at, at FROM given
"""
LABELS = """
INSERT INTO annotation_label (submission, assignment_id, campaign_id, pair_id, assistant_id,
    policy_id, verdict, reasons, comment, flagged, seconds, strategy, late, created_at)
SELECT gen_random_uuid(), id, %(campaign)s, pair_id, person, %(policy)s, verdict,
    CASE WHEN verdict <> 'similar' THEN '{}'::varchar[] WHEN random() < 0.3
        THEN ARRAY['similar_subject', 'same_persons']::varchar[]
        ELSE ARRAY[(ARRAY['similar_subject', 'similar_opinion', 'same_controversy', 'same_persons',
            'same_undesirable_content', 'other'])[1 + floor(random() * 6)::int]]::varchar[] END,
    '', random() < 0.01, 5 + random() * 60,
    CASE WHEN pair_id %% 5 = 0 THEN 'random' ELSE 'uncertainty' END, false, at
FROM given ORDER BY at, pair_id
"""
JUDGED = """
INSERT INTO annotation_outofsample (run_id, pair_id, probability, leverage)
SELECT DISTINCT ON (label.pair_id) %(run)s, label.pair_id,
    least(greatest(CASE WHEN hashint8(label.pair_id) %% 10 IN (0, 1, 2) THEN 0.7 ELSE 0.25 END
        + (random() - 0.5) * 0.6, 0.01), 0.99), random() * 0.01
FROM annotation_label label WHERE label.campaign_id = %(campaign)s
"""
DECIDED = """
INSERT INTO annotation_adjudication (campaign_id, pair_id, policy_id, verdict, reasons, rationale,
    decided_by_id, decided_at)
SELECT %(campaign)s, pair_id, %(policy)s, 'not_similar', '{}'::varchar[], 'For the benchmark.',
    %(person)s, now()
FROM annotation_label WHERE campaign_id = %(campaign)s GROUP BY pair_id ORDER BY pair_id LIMIT 500
"""


def make_study(*, labels: int, people: int) -> Any:
    """A campaign with `labels` labels, three a pair, and a served run that judged their pairs."""
    from django.utils import timezone

    from annotation.models import CrossValidation, Promotion, TrainingRun, User

    make_corpus(int(labels / EACH * 1.1))
    campaign, _, _ = open_campaign(1000)
    User.objects.bulk_create(User(username=f"assistant-{n:03d}") for n in range(people))
    add_labels(campaign, labels)
    run = TrainingRun.objects.create(
        campaign=campaign, recipe="basic", trigger="command", status="succeeded", artefact="m",
        finished_at=timezone.now(), progress=1,
    )  # fmt: skip
    Promotion.objects.create(campaign=campaign, run=run, reason="for the benchmark")
    pairs = _run(JUDGED, campaign, run=run.pk)
    CrossValidation.objects.create(run=run, pairs=pairs)
    _run(DECIDED, campaign, policy=campaign.policy_id, person=User.objects.earliest("pk").pk)
    _analyse()
    return campaign


def add_labels(campaign: Any, count: int) -> None:
    """As many more, on pairs that have none."""
    from annotation.models import User

    ids = list(User.objects.filter(username__startswith="assistant-").values_list("pk", flat=True))
    pairs = max(count // EACH, 1)
    _run(GIVEN, campaign, people=len(ids), ids=ids, pairs=pairs, each=EACH)
    for statement in (ASSIGNMENTS, LABELS):
        _run(statement, campaign, policy=campaign.policy_id)
    _run("DROP TABLE given", campaign)
    _analyse()


def _run(statement: str, campaign: Any, **parameters: Any) -> int:
    """Foreign keys are right by construction: triggers are off."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(statement, {"campaign": campaign.pk} | parameters)
        return int(cursor.rowcount)


def _analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET statement_timeout")
