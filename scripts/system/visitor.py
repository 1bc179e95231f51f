"""A person with a browser, as far as HTTP goes: signs in, labels, asks for a retraining."""

import time
from collections.abc import Callable
from html.parser import HTMLParser
from types import TracebackType
from typing import Any, Self

import httpx

JSON = dict[str, Any]
# Patient: on a busy machine the workers' start can keep the website from answering for a minute.
ANSWER_TIMEOUT_S = 300
LABEL = {
    "verdict": "unsure",
    "reasons": [],
    "comment": "",
    "flagged": False,
    "seconds": 4.0,
}


class VisitError(RuntimeError):
    """The website did not do what a visitor may expect of it."""


def wait_until_healthy(
    address: str, timeout_s: float, gave_up: Callable[[], bool] = lambda: False
) -> bool:
    """Whether the website at `address` becomes healthy within `timeout_s`, unless `gave_up`."""
    deadline = time.monotonic() + timeout_s
    # One client for all: each reads the machine's certificates, while others try to start.
    with httpx.Client(base_url=address, timeout=10) as client:
        while time.monotonic() < deadline and not gave_up():
            try:
                if client.get("healthz").status_code == httpx.codes.OK:
                    return True
            except httpx.TransportError:
                pass  # not listening yet
            time.sleep(0.2)
    return False


class Visitor:
    """One signed-in session at `address`, which ends in a slash."""

    def __init__(self, address: str, username: str, password: str) -> None:
        # A connection a request: the website closes idle ones after two seconds, which a busy
        # machine needs between two requests, and a closing one may be taken for open.
        self._client = httpx.Client(
            base_url=address,
            follow_redirects=True,
            timeout=ANSWER_TIMEOUT_S,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self._sign_in(username, password)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def label_a_pair(self) -> str:
        """Label the next pair as unsure; return its assignment's UUID."""
        handed: list[JSON] = self._post("api/v1/assignments/next/", {})["assignments"]
        if not handed:
            raise VisitError("there is no pair to label")
        assignment = str(handed[0]["assignment"])
        self._post(f"api/v1/assignments/{assignment}/submit/", LABEL)
        return assignment

    def progress(self) -> JSON:
        """What a coordinator sees of campaigns and queue."""
        return self._get("api/v1/progress/")

    def runs(self) -> list[JSON]:
        """The training runs, newest first."""
        answer = self._get("api/v1/runs/")
        results: list[JSON] = answer["results"]
        return results

    def run(self, identifier: str | int) -> JSON:
        """One training run."""
        return self._get(f"api/v1/runs/{identifier}/")

    def press_retrain(self, recipe: str, time_budget_s: int) -> None:
        """Fill in and send the form behind the admin's button, for the first campaign offered."""
        path = "admin/annotation/trainingrun/retrain/"
        page = self._checked(self._client.get(path)).text
        campaign = _first_option(page, "campaign")
        form = {"campaign": campaign, "recipe": recipe, "time_budget_s": str(time_budget_s)}
        answer = self._checked(self._client.post(path, data=form | self._csrf_field()))
        if answer.url.path.endswith("/retrain/"):
            raise VisitError(f"the retraining form was refused: {answer.text[:2000]}")

    def _sign_in(self, username: str, password: str) -> None:
        path = "accounts/login/"
        self._checked(self._client.get(path))
        form = {"username": username, "password": password}
        self._checked(self._client.post(path, data=form | self._csrf_field()))
        if "sessionid" not in self._client.cookies:
            raise VisitError(f"{username} could not sign in")

    def _csrf_field(self) -> dict[str, str]:
        return {"csrfmiddlewaretoken": self._client.cookies["csrftoken"]}

    def _get(self, path: str) -> JSON:
        answer: JSON = self._checked(self._client.get(path)).json()
        return answer

    def _post(self, path: str, body: JSON) -> JSON:
        headers = {"X-CSRFToken": self._client.cookies["csrftoken"]}
        answer: JSON = self._checked(self._client.post(path, json=body, headers=headers)).json()
        return answer

    @staticmethod
    def _checked(response: httpx.Response) -> httpx.Response:
        if not response.is_success:
            asked = f"{response.request.method} {response.url.path}"
            raise VisitError(f"{asked} answered {response.status_code}: {response.text[:500]}")
        return response


def _first_option(page: str, name: str) -> str:
    """The first value that is not empty of the drop-down `name`, as a browser would offer it."""
    finder = _Options(name)
    finder.feed(page)
    if not finder.values:
        raise VisitError(f"the page offers no {name}")
    return finder.values[0]


class _Options(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.values: list[str] = []
        self._name = name
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "select":
            self._inside = attributes.get("name") == self._name
        elif tag == "option" and self._inside and attributes.get("value"):
            self.values.append(str(attributes["value"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._inside = False
