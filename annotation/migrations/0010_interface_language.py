from django.db import migrations, models


class Migration(migrations.Migration):
    """Nobody has chosen a language yet: the browser's counts."""

    dependencies = [("annotation", "0009_policy_readings")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="interface_language",
            field=models.CharField(
                blank=True,
                choices=[("en", "English"), ("de", "Deutsch")],
                help_text="Empty: as the browser asks.",
                max_length=8,
                verbose_name="language of the interface",
            ),
        ),
    ]
