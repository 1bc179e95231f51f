import annotation.models.vectors
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError, migrations, models


EXTENSION_NEEDED = """
This database has no pgvector (0.7 or newer), which looks for near-duplicate videos. On the database
server install it (Debian: postgresql-18-pgvector; Docker: the image pgvector/pgvector:pg18), then,
as a superuser of this database, run: CREATE EXTENSION vector; and migrate again.
"""


def ensure_pgvector(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        installed = cursor.fetchone()
        if installed is None:
            try:
                cursor.execute("CREATE EXTENSION vector")
            except DatabaseError as error:
                raise CommandError(f"{EXTENSION_NEEDED}\nPostgres says: {error}") from error
        elif tuple(map(int, installed[0].split(".")[:2])) < (0, 7):
            raise CommandError(f"{EXTENSION_NEEDED}\nInstalled is {installed[0]}.")


# Cosine distance; the default graph (m 16, ef_construction 64) finds near-duplicates, which are
# far nearer than anything else.
NEIGHBOURS = """
CREATE INDEX embedding_neighbours ON annotation_videoembedding
    USING hnsw (vector halfvec_cosine_ops);
"""
DECIDED = """
CREATE FUNCTION annotation_twindecision_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'decisions are append-only: decide anew instead of changing %', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER twindecision_append_only BEFORE UPDATE OR DELETE ON annotation_twindecision
    FOR EACH ROW EXECUTE FUNCTION annotation_twindecision_is_append_only();
"""
NOT_DECIDED = """
DROP TRIGGER twindecision_append_only ON annotation_twindecision;
DROP FUNCTION annotation_twindecision_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0006_routing"),
    ]

    operations = [
        # Left in place on the way back: something else in the database may use it.
        migrations.RunPython(ensure_pgvector, migrations.RunPython.noop),
        migrations.CreateModel(
            name="VideoFingerprint",
            fields=[
                (
                    "video",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="fingerprint",
                        serialize=False,
                        to="annotation.video",
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(help_text="Of the way it was made.")),
                ("seen_at", models.DateTimeField(help_text="The video's time of change.")),
                ("title_key", models.TextField()),
                ("telling", models.BooleanField(help_text="The title names one thing.")),
                ("numbers", models.TextField(blank=True)),
                ("channel_key", models.CharField(blank=True, max_length=600)),
                ("text_hash", models.BigIntegerField(null=True)),
                ("body_hash", models.BigIntegerField(null=True)),
                ("thumbnail_key", models.CharField(blank=True, max_length=500)),
                ("image_hash", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="DuplicateSearch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "started_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                ("figures", models.JSONField(default=dict)),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="VideoEmbedding",
            fields=[
                (
                    "video",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="embedding",
                        serialize=False,
                        to="annotation.video",
                    ),
                ),
                ("encoder", models.CharField(max_length=64)),
                ("seen_at", models.DateTimeField()),
                ("vector", annotation.models.vectors.HalfVectorField(dimensions=384)),
                (
                    "sought",
                    models.BooleanField(
                        default=False, help_text="Its neighbours have been looked up."
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("sought", False)),
                        fields=["video"],
                        name="embedding_unsought",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VideoGroup",
            fields=[
                (
                    "video",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="duplicate_group",
                        serialize=False,
                        to="annotation.video",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="duplicates",
                        to="annotation.video",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="VideoTwin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "methods",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("title_channel", "Same title and channel"),
                                ("title", "Same title, another channel"),
                                ("text", "Nearly the same texts"),
                                ("thumbnail", "Same thumbnail"),
                                ("embedding", "Nearly the same meaning"),
                            ],
                            max_length=16,
                        ),
                        size=None,
                    ),
                ),
                (
                    "score",
                    models.FloatField(help_text="How alike the best method finds them; 1: equal."),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "To be decided"),
                            ("merged", "The same"),
                            ("rejected", "Not the same"),
                        ],
                        default="proposed",
                        max_length=8,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "found_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "twin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="twins_before",
                        to="annotation.video",
                    ),
                ),
                (
                    "video",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="twins_after",
                        to="annotation.video",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TwinDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "To be decided"),
                            ("merged", "The same"),
                            ("rejected", "Not the same"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "decided_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "twin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="annotation.videotwin",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="PairTwin",
            fields=[
                (
                    "pair",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="twin_group",
                        serialize=False,
                        to="annotation.pair",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="twins",
                        to="annotation.pair",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("group__lte", models.F("pair"))),
                        name="pair_twin_in_order",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="videotwin",
            index=models.Index(fields=["state", "-score", "id"], name="twin_by_state"),
        ),
        migrations.AddConstraint(
            model_name="videotwin",
            constraint=models.UniqueConstraint(fields=("video", "twin"), name="twin_once"),
        ),
        migrations.AddConstraint(
            model_name="videotwin",
            constraint=models.CheckConstraint(
                condition=models.Q(("video__lt", models.F("twin"))), name="twin_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="videotwin",
            constraint=models.CheckConstraint(
                condition=models.Q(("score__gte", 0), ("score__lte", 1)), name="twin_score"
            ),
        ),
        migrations.AddConstraint(
            model_name="videotwin",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["proposed", "merged", "rejected"])),
                name="twin_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="videotwin",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("methods__len__gte", 1),
                    (
                        "methods__contained_by",
                        ["title_channel", "title", "text", "thumbnail", "embedding"],
                    ),
                ),
                name="twin_methods_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="videotwin",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "proposed"), ("decided_at__isnull", False), _connector="OR"
                ),
                name="twin_decided_at_some_time",
            ),
        ),
        migrations.RunSQL(NEIGHBOURS, "DROP INDEX embedding_neighbours;"),
        migrations.RunSQL(DECIDED, NOT_DECIDED),
    ]
