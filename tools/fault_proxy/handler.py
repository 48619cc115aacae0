"""The threads of a fault proxy: each reads the requests of one connection, and has the store answer them."""

import http.client
import http.server
import select
import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from tools.fault_proxy.control import Control
from tools.fault_proxy.faults import REFUSALS, Faults, Request

ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "expect", "proxy-connection"}  # fmt: skip
"""Headers that concern one connection, not the message."""


class Server(http.server.ThreadingHTTPServer):
    control: Control
    store: tuple[str, int]
    """Host and port."""
    daemon_threads = False
    request_queue_size = 1024

    def __init__(self, *arguments: Any) -> None:
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """Wake the threads that read from a client."""
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):  # The client was faster.
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no error here; what else goes wrong the client sees by a closed connection."""


@dataclass
class _Answer:
    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def handle_expect_100(self) -> bool:
        # The proxy itself decides later when the client may go on.
        return True

    def _serve(self) -> None:
        control, begin = self.server.control, time.monotonic()
        self._size = 0
        fault, faults = control.fate(self.command, self._access_key())
        answer, left = None, False
        try:
            answer = self._handle(control, fault, faults)
        except OSError:
            fault, left = fault or "gone", True
            self.close_connection = True
        finally:
            parts = urlsplit(self.path)
            request = Request(
                self.command,
                unquote(parts.path),
                parts.query,
                self._size,
                answer.status if answer else None,
                fault,
                begin,
                time.monotonic(),
                len(answer.body) if answer and self.command != "HEAD" else 0,
                self._access_key(),
            )
            # Before the client knows, so that who has an answer finds the request in the log.
            control.end(request)
        if answer is not None:
            self._send(answer)
        elif fault in ("reset", "lost") and not left:
            self._reset()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815 - names that http.server looks for
    do_PROPFIND = do_MKCOL = do_COPY = do_MOVE = _serve  # noqa: N815

    def _handle(
        self, control: Control, fault: str | None, faults: Faults
    ) -> _Answer | None:
        """The answer that the client is to have."""
        if faults.latency:
            control.pause(faults, faults.latency, self._gone)
        length = int(self.headers.get("Content-Length") or 0)
        if "100-continue" in self.headers.get("Expect", "").lower():
            self.send_response_only(100)
            self.end_headers()
        if fault == "reset":
            # Half of the body; where there is none, the request as it is.
            self._read(length // 2)
            return None
        body = self._body(length)
        if fault == "black hole":
            control.pause(faults, float("inf"), self._gone)
            self.close_connection = True
            return None
        if fault in REFUSALS:
            status = faults.status or REFUSALS[fault][0]
            return _refusal(fault, status, self.path)
        answer = self._ask(body)
        return None if fault == "lost" else answer

    def _access_key(self) -> str | None:
        found = self.headers.get("Authorization", "").partition("Credential=")[2]
        return found.partition("/")[0] or None

    def _body(self, length: int) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self._read(length)
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self._read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def _read(self, size: int) -> bytes:
        parts = []
        while size:
            part = self.rfile.read1(min(size, 1 << 16))
            if not part:
                raise ConnectionResetError("the client has left")
            parts.append(part)
            size -= len(part)
            self._size += len(part)
        return b"".join(parts)

    def _ask(self, body: bytes) -> _Answer:
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in ONE_HOP | {"content-length"}
        }
        if body or self.command in ("PUT", "POST", "PATCH"):
            headers["Content-Length"] = str(len(body))
        try:
            return self._exchange(body, headers)
        except (http.client.HTTPException, OSError) as error:
            text = f"the store does not answer: {error!r}".encode()
            return _Answer(502, [("Content-Type", "text/plain")], text)

    def _exchange(self, body: bytes, headers: Mapping[str, str]) -> _Answer:
        # A connection for each request: one that the store has closed meanwhile would need the request to be repeated.
        connection = http.client.HTTPConnection(*self.server.store, timeout=120)
        try:
            connection.putrequest(
                self.command, self.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.putheader("Connection", "close")
            connection.endheaders(body)
            response = connection.getresponse()
            found = [
                (name, value)
                for name, value in response.getheaders()
                if name.lower() not in ONE_HOP
            ]
            return _Answer(response.status, found, response.read())
        finally:
            connection.close()

    def _send(self, answer: _Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            # The length that an answer to HEAD names is the object's.
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value)
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _gone(self) -> bool:
        """Whether the client has left."""
        # A body that waits to be read makes the socket readable; only an end reads as nothing.
        readable, _, _ = select.select([self.connection], [], [], 0)
        if not readable:
            return False
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _reset(self) -> None:
        """Close the connection so that the client sees a reset."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.rfile.close()
        self.connection.close()

    def log_message(self, *_: Any) -> None:
        pass


def _refusal(code: str, status: int, path: str) -> _Answer:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{REFUSALS[code][1]}</Message>"
        f"<Resource>{urlsplit(path).path}</Resource><RequestId>0</RequestId></Error>"
    )
    return _Answer(status, [("Content-Type", "application/xml")], text.encode())
