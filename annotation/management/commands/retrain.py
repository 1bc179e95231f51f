import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotation.models import Campaign, TrainingRun
from annotation.models.campaign_limits import TIME_BUDGET_S
from annotation.services.runs import RunRefusedError, request_run
from modeling.option_types import between


class Command(BaseCommand):
    help = "Ask for a training run, as the admin's button does. The last line is JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--recipe", choices=TrainingRun.Recipe.values, default="basic")
        parser.add_argument("--campaign", help="its slug; the open one of highest priority if none")
        parser.add_argument("--time-budget-s", type=between(*TIME_BUDGET_S))
        parser.add_argument("--wait", action="store_true", help="until the run has ended")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = request_run(
                campaign=self._campaign(options["campaign"]),
                recipe=options["recipe"],
                trigger=TrainingRun.Trigger.COMMAND,
                time_budget_s=options["time_budget_s"],
            )
        except RunRefusedError as error:
            raise CommandError(str(error)) from error
        if options["wait"]:
            self._follow(run)
        run.refresh_from_db()
        self.stdout.write(json.dumps({"run": run.pk, "status": run.status, "metrics": run.metrics}))
        if options["wait"] and run.status != TrainingRun.Status.SUCCEEDED:
            raise CommandError(f"The run {run.status}: {run.message}")

    def _campaign(self, slug: str | None) -> Campaign:
        campaigns = Campaign.objects.exclude(state=Campaign.State.CLOSED)
        campaign = (campaigns.filter(slug=slug) if slug else campaigns).first()
        if campaign is None:
            raise CommandError("No such campaign is open. See manage.py open_campaign.")
        return campaign

    def _follow(self, run: TrainingRun) -> None:
        with tqdm(total=100, file=self.stderr, disable=None, unit="%") as bar:
            while run.is_active:
                time.sleep(1)
                run.refresh_from_db()
                bar.set_postfix_str(run.message)
                bar.update(round(run.progress * 100) - bar.n)
