"""Messages to the training workers: what is due stands in the database, they only hurry it."""

from typing import Any

import structlog
from celery import current_app
from kombu.exceptions import OperationalError as BrokerError

log = structlog.get_logger(__name__)


def send(task: str, *arguments: Any, otherwise: str, **options: Any) -> bool:
    """Send the message for `annotation.tasks.<task>`; where the broker is away, log what happens
    `otherwise` and return False."""
    try:
        current_app.send_task(
            f"annotation.tasks.{task}", args=[*arguments], queue="training", retry=False, **options
        )
    except (BrokerError, OSError) as error:
        log.warning(
            "broker not reached", task=task, arguments=[*arguments], otherwise=otherwise,
            error=str(error),
        )  # fmt: skip
        return False
    return True
