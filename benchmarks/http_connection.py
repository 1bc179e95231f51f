"""A keep-alive HTTP/1.1 connection that costs the machine little beside the server it measures."""

import asyncio
from dataclasses import dataclass, field


class ConnectionLostError(Exception):
    """The server closed the connection before it had answered."""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    cookies: dict[str, str]
    body: bytes


@dataclass
class HttpConnection:
    """One request at a time. A connection that the server closed while idle is opened again, as a
    browser does."""

    host: str
    port: int
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def request(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> Response:
        """The whole response.

        Raises:
            ConnectionLostError, OSError: none came.
        """
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        message = "\r\n".join([*lines, "", ""]).encode() + body
        async with self.lock:
            return await self._exchange(message)

    async def close(self) -> None:
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None

    async def _exchange(self, message: bytes) -> Response:
        reused = self.reader is not None and not self.reader.at_eof()
        try:
            return await self._send(message)
        except (ConnectionLostError, OSError):
            await self.close()
            if not reused:
                raise
        # It was closed at the very moment of asking: the answer may be had on a new one.
        return await self._send(message)

    async def _send(self, message: bytes) -> Response:
        if self.reader is None or self.writer is None or self.reader.at_eof():
            await self.close()
            self.reader, self.writer = await asyncio.open_connection(
                self.host, self.port, limit=2**20
            )
        self.writer.write(message)
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            response, length, closes = _parsed(head)
            body = await self.reader.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise ConnectionLostError("closed before the answer was complete") from error
        if closes:
            await self.close()
        return Response(response.status, response.cookies, body)


def _parsed(head: bytes) -> tuple[Response, int, bool]:
    """(status and cookies, length of the body, whether the server closes the connection)."""
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    cookies, length, closes = {}, 0, False
    for line in lines:
        name, _, value = line.partition(":")
        match name.lower():
            case "content-length":
                length = int(value)
            case "connection":
                closes = value.strip().lower() == "close"
            case "set-cookie":
                key, _, content = value.strip().partition(";")[0].partition("=")
                cookies[key] = content
    return Response(int(first.split(" ", 2)[1]), cookies, b""), length, closes
