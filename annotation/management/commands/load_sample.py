from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from annotation.services import sample


class Command(BaseCommand):
    help = "Load the sample study: videos, pairs, a policy, some labels and a first model."

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = sample.sample_campaign()
        if campaign is None:
            call_command("import_videos", str(sample.FOLDER / "videos.jsonl"), stdout=self.stderr)
            call_command("import_pairs", str(sample.FOLDER / "pairs.jsonl"), stdout=self.stderr)
            campaign = sample.open_sample_study()
        if not campaign.learning_pairs.exists():
            sample.offer_practice(campaign=campaign)
        if not campaign.runs.filter(status="succeeded").exists():
            status = sample.train_sample_model(campaign=campaign)
            if status != "succeeded":
                raise CommandError(f"The sample model was not trained: the run {status}.")
        self.stdout.write(f"{campaign.name}: {campaign.pool.count()} pairs")
