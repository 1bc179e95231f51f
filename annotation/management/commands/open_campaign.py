import json
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DataError

from annotation.management.commands._campaign_options import (
    add_campaign_options,
    add_pool_options,
    campaign_fields,
    pool_fields,
)
from annotation.models import Policy
from annotation.services import sample
from annotation.services.campaigns import NoPairsError, open_campaign
from annotation.services.policies import add_policy


class Command(BaseCommand):
    help = "Open a campaign over imported pairs. The last line is JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--slug", default="", help="in addresses; else made of the name")
        add_pool_options(parser)
        parser.add_argument(
            "--policy", type=Path, help="folder with policy.md and policy.json; else the newest"
        )
        add_campaign_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["policy"]
        newest = None if folder else Policy.objects.first()
        try:
            campaign = open_campaign(
                name=options["name"],
                slug=options["slug"],
                policy=newest or partial(_added, folder or sample.FOLDER),
                **pool_fields(options),
                **campaign_fields(options),
            )
        except NoPairsError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(_by_field(error)) from error
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


def _added(folder: Path) -> Policy:
    try:
        return add_policy(folder=folder)
    except (OSError, ValueError, DataError) as error:
        raise CommandError(f"--policy {folder}: {error}") from error
    except ValidationError as error:
        raise CommandError(f"--policy {folder}: {_by_field(error)}") from error
    except (KeyError, TypeError) as error:
        raise CommandError(
            f"--policy {folder}: policy.json needs a title and reasons, as in sample/ ({error})."
        ) from error


def _by_field(error: ValidationError) -> str:
    lines = []
    for field, messages in error.message_dict.items():
        name = "" if field == NON_FIELD_ERRORS else f"{field}: "
        lines += [f"{name}{message}" for message in messages]
    return "\n".join(lines)
