"""With a password end the tokens that were got for it, and the lock after wrong ones."""

from django.db import migrations

# In Postgres, since a password is set in many ways: by form, by command, by whatever writes to the
# table. Whoever leaves loses their tokens for good.
ENDS = """
CREATE FUNCTION annotation_user_tokens_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM authtoken_token WHERE user_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER user_tokens_end AFTER UPDATE OF password, is_active ON annotation_user
    FOR EACH ROW WHEN (OLD.password <> NEW.password OR NOT NEW.is_active)
    EXECUTE FUNCTION annotation_user_tokens_end();
CREATE FUNCTION annotation_user_lock_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM axes_accessattempt WHERE username = NEW.username;
    RETURN NULL;
END $$;
CREATE TRIGGER user_lock_ends AFTER UPDATE OF password ON annotation_user
    FOR EACH ROW WHEN (OLD.password <> NEW.password)
    EXECUTE FUNCTION annotation_user_lock_ends();
"""
ENDS_NOTHING = """
DROP TRIGGER user_tokens_end ON annotation_user;
DROP FUNCTION annotation_user_tokens_end();
DROP TRIGGER user_lock_ends ON annotation_user;
DROP FUNCTION annotation_user_lock_ends();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0011_state_changes"),
        ("authtoken", "0004_alter_tokenproxy_options"),
        ("axes", "0010_accessattemptexpiration"),
    ]
    operations = [
        migrations.RunSQL(ENDS, ENDS_NOTHING),
        # Who came when, from where and with which browser is not kept any more.
        migrations.RunSQL("DELETE FROM axes_accesslog;", migrations.RunSQL.noop),
    ]
