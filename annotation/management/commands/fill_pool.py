import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.management.commands._campaign_options import add_pool_options, pool_fields
from annotation.models import Campaign
from annotation.services.campaigns import fill_pool


class Command(BaseCommand):
    help = (
        "Add imported pairs to a campaign that is open already; they are served from the next "
        "ranking on. The last line is JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", help="its slug")
        add_pool_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = Campaign.objects.filter(slug=options["campaign"]).first()
        if campaign is None:
            raise CommandError(f"There is no campaign “{options['campaign']}”.")
        added = fill_pool(campaign=campaign, **pool_fields(options))
        self.stdout.write(json.dumps({"added": added, "pool": campaign.pool.count()}))
