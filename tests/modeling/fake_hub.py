"""A hub of one process: as much of its HTTP interface as up- and downloading takes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"


class FakeHub(ThreadingHTTPServer):
    """`files[repository][path]` is its content; `asked` are the requests, in their order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files: dict[str, dict[str, bytes]] = {}
        self.asked: list[str] = []
        self.tokens: set[str] = set()
        self.visibility: dict[str, str] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeHub

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        path = self._note()
        if found := re.fullmatch(r"/api/models/(\w+/[\w-]+)(/revision/\w+)?", path):
            self._about(found[1])
        elif found := re.fullmatch(r"/api/models/(\w+/[\w-]+)/tree/\w+", path):
            files = self.server.files[found[1]].items()
            self._json([self._entry(name, content) for name, content in files])
        elif found := re.fullmatch(r"/(\w+/[\w-]+)/resolve/\w+/(.+)", path):
            self._send(200, self.server.files[found[1]][found[2]])
        else:
            self._send(404, b"{}")

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        path, body = self._note(), self.rfile.read(int(self.headers["Content-Length"] or 0))
        if path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}"
            self.server.visibility[name] = asked["visibility"]
            self.server.files.setdefault(name, {})
            self._json({"url": f"{self.server.address}/{name}", "name": name, "id": name})
        elif path == "/api/validate-yaml":
            self._json({"errors": [], "warnings": []})
        elif "/preupload/" in path:
            modes = {"uploadMode": "regular", "shouldIgnore": False}
            self._json({"files": [{"path": f["path"], **modes} for f in json.loads(body)["files"]]})
        elif found := re.fullmatch(r"/api/models/(\w+/[\w-]+)/commit/\w+", path):
            self._commit(found[1], body)
        else:
            self._send(404, b"{}")

    def _note(self) -> str:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(f"{self.command} {path}")
        self.server.tokens.add(self.headers.get("Authorization", ""))
        return path

    def _about(self, name: str) -> None:
        if name not in self.server.files:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            return
        siblings = [{"rfilename": path} for path in self.server.files[name]]
        self._json({"id": name, "modelId": name, "sha": SHA, "siblings": siblings, "tags": []})

    def _commit(self, name: str, body: bytes) -> None:
        for line in body.splitlines():
            operation = json.loads(line)
            if operation["key"] == "file":
                value = operation["value"]
                self.server.files[name][value["path"]] = base64.b64decode(value["content"])
        url = f"{self.server.address}/{name}/commit/{SHA}"
        self._json({"success": True, "commitOid": SHA, "commitUrl": url})

    @staticmethod
    def _entry(name: str, content: bytes) -> dict[str, Any]:
        oid = hashlib.sha1(content).hexdigest()  # noqa: S324
        return {"type": "file", "path": name, "size": len(content), "oid": oid}

    def _json(self, answer: Any) -> None:
        self._send(200, json.dumps(answer).encode())

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        etag = hashlib.sha1(content).hexdigest()  # noqa: S324
        more = {"ETag": f'"{etag}"', "X-Repo-Commit": SHA, "Content-Length": str(len(content))}
        for name, value in (more | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    with FakeHub() as hub:
        thread = threading.Thread(target=hub.serve_forever, daemon=True)
        thread.start()
        yield hub
        hub.shutdown()
        thread.join()
