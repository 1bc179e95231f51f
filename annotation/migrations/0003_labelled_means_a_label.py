from django.db import migrations

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


class Migration(migrations.Migration):
    dependencies = [("annotation", "0002_append_only_labels")]

    operations = [migrations.RunSQL(LABELLED, NOT_LABELLED)]
