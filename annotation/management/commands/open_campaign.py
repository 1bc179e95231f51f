import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from annotation.models import Policy
from annotation.services import sample
from annotation.services.campaigns import NoPairsError, open_campaign
from annotation.services.policies import add_policy


class Command(BaseCommand):
    help = "Open a campaign over imported pairs. The last line is JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--source", default="", help="only pairs of this source")
        parser.add_argument("--prefix", default="", help="only pairs whose id begins so")
        parser.add_argument("--limit", type=int, help="a random sample of so many pairs")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--labels-per-pair", type=int, default=1)
        parser.add_argument("--random-share", type=float, default=0.2)
        parser.add_argument("--priority", type=int, default=0)
        parser.add_argument("--retrain-every", type=int, default=200)
        parser.add_argument("--time-budget-s", type=int, default=900)
        parser.add_argument(
            "--policy", type=Path, help="folder with policy.md and policy.json; else the newest"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["policy"]
        policy = add_policy(folder=folder) if folder else Policy.objects.first()
        fields = ("name", "source", "prefix", "limit", "seed", "labels_per_pair", "random_share",
                  "priority", "retrain_every", "time_budget_s")  # fmt: skip
        try:
            campaign = open_campaign(
                policy=policy or add_policy(folder=sample.FOLDER),
                **{field: options[field] for field in fields},
            )
        except NoPairsError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        generation = campaign.generation
        self.stdout.write(
            json.dumps(
                {
                    "campaign": campaign.slug,
                    "pool": campaign.pool.count(),
                    "queue": generation.size if generation else 0,
                }
            )
        )
