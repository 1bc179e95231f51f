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


class Migration(migrations.Migration):
    dependencies = [("annotation", "0001_initial")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
        migrations.RunSQL(IDENTITY, NO_IDENTITY),
    ]
