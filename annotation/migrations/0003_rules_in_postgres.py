"""What Postgres keeps beyond what Django's models can say."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION annotation_label_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'labels are append-only: supersede label % instead', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER label_append_only BEFORE UPDATE OR DELETE ON annotation_label
    FOR EACH ROW EXECUTE FUNCTION annotation_label_is_append_only();
"""
NOT_APPEND_ONLY = """
DROP TRIGGER label_append_only ON annotation_label;
DROP FUNCTION annotation_label_is_append_only();
"""

# A label repeats its assignment's campaign, pair and person for quick reading; these keys make it
# impossible for them to differ, and for a correction to supersede a label of another assignment.
IDENTITY = """
ALTER TABLE annotation_label
    ADD CONSTRAINT label_of_its_assignment
        FOREIGN KEY (assignment_id, campaign_id, pair_id, assistant_id)
        REFERENCES annotation_assignment (id, campaign_id, pair_id, assistant_id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT label_supersedes_own
        FOREIGN KEY (supersedes_id, assignment_id)
        REFERENCES annotation_label (id, assignment_id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT label_not_its_own_successor CHECK (supersedes_id <> id);
"""
NO_IDENTITY = """
ALTER TABLE annotation_label
    DROP CONSTRAINT label_of_its_assignment,
    DROP CONSTRAINT label_supersedes_own,
    DROP CONSTRAINT label_not_its_own_successor;
"""
# Checked when the transaction ends, since a label and its assignment's state are written one after
# the other.
LABELLED = """
CREATE FUNCTION annotation_labelled_means_a_label() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    assignment uuid := CASE TG_TABLE_NAME
        WHEN 'annotation_label' THEN (to_jsonb(NEW) ->> 'assignment_id')::uuid
        ELSE (to_jsonb(NEW) ->> 'id')::uuid END;
BEGIN
    IF (SELECT state = 'labelled' FROM annotation_assignment WHERE id = assignment)
        <> EXISTS (SELECT FROM annotation_label WHERE assignment_id = assignment)
    THEN
        RAISE EXCEPTION 'labelled_means_a_label: assignment % has one without the other', assignment
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER labelled_means_a_label AFTER INSERT ON annotation_label
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION annotation_labelled_means_a_label();
CREATE CONSTRAINT TRIGGER labelled_means_a_label_new AFTER INSERT ON annotation_assignment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'labelled')
    EXECUTE FUNCTION annotation_labelled_means_a_label();
CREATE CONSTRAINT TRIGGER labelled_means_a_label_changed
    AFTER UPDATE OF state ON annotation_assignment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.state = 'labelled' OR OLD.state = 'labelled')
    EXECUTE FUNCTION annotation_labelled_means_a_label();
"""
NOT_LABELLED = """
DROP TRIGGER labelled_means_a_label ON annotation_label;
DROP TRIGGER labelled_means_a_label_new ON annotation_assignment;
DROP TRIGGER labelled_means_a_label_changed ON annotation_assignment;
DROP FUNCTION annotation_labelled_means_a_label();
"""
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
ANSWERED = """
CREATE FUNCTION annotation_learning_answer_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'answers are append-only: %', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER learning_answer_append_only BEFORE UPDATE OR DELETE ON annotation_learninganswer
    FOR EACH ROW EXECUTE FUNCTION annotation_learning_answer_is_append_only();
"""
NOT_ANSWERED = """
DROP TRIGGER learning_answer_append_only ON annotation_learninganswer;
DROP FUNCTION annotation_learning_answer_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0002_partitioned_queue")]
    operations = [
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
        migrations.RunSQL(IDENTITY, NO_IDENTITY),
        migrations.RunSQL(LABELLED, NOT_LABELLED),
        migrations.RunSQL(NEIGHBOURS, "DROP INDEX embedding_neighbours;"),
        migrations.RunSQL(DECIDED, NOT_DECIDED),
        migrations.RunSQL(ANSWERED, NOT_ANSWERED),
    ]
