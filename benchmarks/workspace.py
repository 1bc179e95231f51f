"""How long from the key that submits an answer until the next pair is painted, with a far server?

Starts Postgres (unless DATABASE_URL names a server) and the Procfile's web server in a scratch
folder, invents a study, and labels in Debian's Chromium with two keys a pair, every request held up
by so many milliseconds. The time is taken in the page: from the key's own time stamp to the frame
after the one in which another pair stands there.

    python -m benchmarks.workspace --delay-ms 200 [--pairs 60] [--pause-ms 1500]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright
from tqdm import tqdm

from benchmarks.labelling import percentiles
from benchmarks.labelling_server import web_server
from benchmarks.scratch import scratch_database, scratch_folder
from scripts.system import ports
from scripts.system.environment import demo_environment
from scripts.system.processes import PROJECT

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Two frames later the one with the change in it has been painted.
WATCH = """
() => {
  window.painted = [];
  window.shift = 0;
  const task = document.querySelector("#task");
  let pressed = 0;
  addEventListener("keydown", ({ key, timeStamp }) => {
    if (key === "Enter") pressed = timeStamp;
  }, true);
  new MutationObserver(() => {
    if (!pressed || !task.querySelector("[data-assignment]")) return;
    const began = pressed;
    pressed = 0;
    requestAnimationFrame(() => requestAnimationFrame((now) => window.painted.push(now - began)));
  }).observe(task, { childList: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}
"""


def main() -> int:
    options = _arguments()
    result = measure(options)
    print(json.dumps(result))
    return 0 if result["saved"] == options.pairs else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--delay-ms", type=float, default=200, help="of every request")
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument(
        "--pause-ms", type=int, default=1500, help="that the person looks at a pair"
    )
    return parser.parse_args()


def measure(options: argparse.Namespace) -> dict[str, Any]:
    with (
        scratch_folder("likewise-workspace-") as root,
        scratch_database(root, os.environ) as address,
    ):
        environment = demo_environment(
            root, ports.any_free(), {**os.environ, "DATABASE_URL": address}
        )
        study = _make_study(environment)
        with web_server(root, environment) as server, _chromium() as page:
            _sign_in(page, server.address, study)
            loaded = _far_away(page, options.delay_ms)
            page.goto(f"{server.address}label/")
            page.wait_for_load_state("networkidle")
            first_load = loaded.by_kind()
            page.evaluate(WATCH)
            _label(page, options)
            painted, shift = page.evaluate("[window.painted, window.shift]")
            saved = int(page.locator("[data-today]").text_content() or 0)
    return {
        "next_ms": percentiles(painted),
        "first_load_kb": round(sum(first_load.values()) - first_load["thumbnails"], 1),
        "first_load_kb_of": first_load,
        "layout_shift": round(shift, 4),
        "pairs": len(painted),
        "saved": saved,
        "delay_ms": options.delay_ms,
        "load_average": os.getloadavg()[0],
    }


def _make_study(environment: Mapping[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.labelling_study"]
    command += ["--pairs", "2000", "--assistants", "1"]
    made = subprocess.run(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, check=True, text=True
    )
    return dict(json.loads(made.stdout.splitlines()[-1]))


@contextmanager
def _chromium() -> Iterator[Page]:
    """A page that reaches this machine alone: thumbnails of elsewhere are refused at once."""
    if (chromium := shutil.which("chromium")) is None:
        raise SystemExit("Chromium is not installed (apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        # Without the content security policy, which would not let us wait for what we measure.
        context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
        page = context.new_page()
        page.route("https://**", lambda route: route.abort())
        yield page
        browser.close()


def _sign_in(page: Page, address: str, study: Mapping[str, Any]) -> None:
    page.goto(f"{address}accounts/login/")
    page.fill("[name=username]", study["people"][0])
    page.fill("[name=password]", study["password"])
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/label/")
    page.wait_for_load_state("networkidle")  # so that nothing of this load counts for the next


class Loaded:
    """The bytes of all responses, as they came over the network."""

    KINDS = {"thumbnails": "/thumbnails/", "scripts": "/static/js/", "styles": "/static/css/"}

    def __init__(self, devtools: CDPSession) -> None:
        self._urls: dict[str, str] = {}
        self._bytes: dict[str, int] = {}
        devtools.on("Network.responseReceived", self._received)
        devtools.on("Network.loadingFinished", self._finished)

    def _received(self, event: dict[str, Any]) -> None:
        self._urls[event["requestId"]] = event["response"]["url"]

    def _finished(self, event: dict[str, Any]) -> None:
        self._bytes[event["requestId"]] = event["encodedDataLength"]

    def by_kind(self) -> dict[str, float]:
        """In kB: thumbnails, scripts, styles, and what is left, which is the page and its pairs."""
        found = dict.fromkeys([*self.KINDS, "pages"], 0)
        for request, size in self._bytes.items():
            url = self._urls.get(request, "")
            kind = next((kind for kind, part in self.KINDS.items() if part in url), "pages")
            found[kind] += size
        return {kind: round(size / 1024, 1) for kind, size in found.items()}


def _far_away(page: Page, delay_ms: float) -> Loaded:
    """Hold every request up from now on, and note what each response weighs."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.clearBrowserCache")
    conditions = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    devtools.send("Network.emulateNetworkConditions", {**conditions, "latency": delay_ms})
    return Loaded(devtools)


def _label(page: Page, options: argparse.Namespace) -> None:
    for number in tqdm(
        range(1, options.pairs + 1), desc="Labelling", unit=" pairs", file=sys.stderr
    ):
        page.wait_for_timeout(options.pause_ms)
        page.keyboard.press("2")
        page.keyboard.press("Enter")
        page.wait_for_function("count => window.painted.length >= count", arg=number)
    page.wait_for_function("document.querySelector('[data-saved]').dataset.state === 'saved'")
    page.wait_for_timeout(options.delay_ms + 500)


if __name__ == "__main__":
    sys.exit(main())
