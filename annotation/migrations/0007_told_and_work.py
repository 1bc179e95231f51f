"""Who was told a known answer; what a ranking took."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0006_repeats'),
    ]

    operations = [
        migrations.AddField(
            model_name='assignment',
            name='answer_told',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='queuegeneration',
            name='work_s',
            field=models.FloatField(null=True),
        ),
    ]
