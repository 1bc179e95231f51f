import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.models import Campaign
from annotation.services.campaigns import fill_pool
from modeling.option_types import at_least


class Command(BaseCommand):
    help = (
        "Add imported pairs to a campaign that is open already; they are served from the next "
        "ranking on. The last line is JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="its slug")
        parser.add_argument("--source", default="", help="only pairs of this source")
        parser.add_argument("--prefix", default="", help="only pairs whose id begins so")
        parser.add_argument("--limit", type=at_least(1), help="a random sample of so many pairs")
        parser.add_argument("--seed", type=at_least(0), default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = Campaign.objects.filter(slug=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"There is no campaign “{options['campaign']}”.")
        fields = ("source", "prefix", "limit", "seed")
        added = fill_pool(campaign=campaign, **{field: options[field] for field in fields})
        self.stdout.write(json.dumps({"added": added, "pool": campaign.pool.count()}))
