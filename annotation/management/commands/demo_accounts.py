import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from annotation.services.people import demo_accounts


class Command(BaseCommand):
    help = "Make one account a role; passwords are random and shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = demo_accounts()
        if options["json"]:
            self.stdout.write(json.dumps(accounts))
            return
        for role, account in accounts.items():
            password = account["password"] or "(set when it was made)"
            self.stdout.write(f"{role:12} {account['username']:12} {password}")
