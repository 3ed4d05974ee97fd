"""HTTP on a free port of this machine: connections, requests, and answers byte by byte."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from langchain_model_conformance.server._wire import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_model_conformance.server._faults import Delivery


class Response(NamedTuple):
    """An answer as it is written."""

    status: int
    """The HTTP status."""
    headers: dict[str, str]
    """The headers, but those of the body's length."""
    delivery: Delivery
    """What of the body is sent."""
    length: int | None
    """The bytes that the body is said to have, or None for a stream."""
    write_size: int | None
    """Bytes in each write, or None for an event at once."""
    pause: float
    """Seconds before each event."""


class Listener(ThreadingTCPServer):
    """Accepts connections and hands their requests to `respond`, until it is closed."""

    daemon_threads = True  # a function of the user's that never returns must not keep Python alive
    request_queue_size = 128  # many callers that start at once

    def __init__(self, respond: Callable[[Request], Response]) -> None:
        self.respond = respond
        self.requests: list[Request] = []
        self.opened = 0
        self.connections: set[socket.socket] = set()
        self.answering = 0
        self.closing = threading.Event()
        self.changed = threading.Condition()
        super().__init__(("127.0.0.1", 0), _Handler)
        # An interval as short as this, since closing waits for it.
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Accept no more, and close every connection. To close twice is fine."""
        self.closing.set()
        self.shutdown()
        self.thread.join()
        self.server_close()
        for connection in [*self.connections]:
            with suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)  # wakes whoever reads or writes it
        self.wait_until_closed(5)

    def wait_until_closed(self, timeout: float) -> bool:
        """Return whether no connection is open, now or within `timeout` seconds."""
        with self.changed:
            return self.changed.wait_for(lambda: not self.connections, timeout)

    def received(self, method: str, path: str, headers: dict[str, str], content: bytes) -> Request:
        """Return a request, numbered and recorded, which is being answered from now on."""
        with self.changed:
            number = len(self.requests) + 1
            request = Request(method, path, headers, content, number)
            self.requests.append(request)
            self.answering += 1
            return request

    def answered(self) -> None:
        """Count a request as answered."""
        with self.changed:
            self.answering -= 1
            self.changed.notify_all()

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]  # never a datagram
        """Count a connection, and give it a thread."""
        with self.changed:
            self.opened += 1
            self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]  # as above
        """Close a connection, and count it as closed."""
        super().shutdown_request(request)
        with self.changed:
            self.connections.discard(request)
            self.changed.notify_all()

    def handle_error(self, *_: object) -> None:
        """Keep quiet about connections that a client dropped."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections, and allows chunks
    disable_nagle_algorithm = True  # each write leaves by itself
    server: Listener

    def do_POST(self) -> None:
        """Record the request and answer it."""
        size = int(self.headers.get("content-length", 0))
        content = self.rfile.read(size) or b"".join(self._chunks())
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = unquote(self.path.partition("?")[0])
        request = self.server.received(self.command, path, headers, content)
        try:
            self._answer(self.server.respond(request))
        except OSError:  # the client stopped reading, as a caller may
            self.close_connection = True
        finally:
            self.server.answered()

    do_GET = do_POST  # noqa: N815  # the name that the base looks for

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _chunks(self) -> Iterator[bytes]:
        """Yield the parts of a body whose length the client did not know beforehand."""
        while self.headers.get("transfer-encoding") == "chunked":
            size = int(self.rfile.readline(), 16)
            yield self.rfile.read(size)
            self.rfile.readline()
            if not size:
                return

    def _answer(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.length is None:
            self.send_header("transfer-encoding", "chunked")
        else:
            self.send_header("content-length", str(response.length))
        self.end_headers()
        for event in response.delivery.events:
            self.server.closing.wait(response.pause)
            step = response.write_size or len(event) or 1
            for at in range(0, len(event), step):
                self._write(event[at : at + step], chunked=response.length is None)
        if response.delivery.ending == "complete":
            self._write(b"", chunked=response.length is None)
            return
        self.close_connection = True
        if response.delivery.ending == "hang":
            self.connection.recv(1)  # returns when the client closes, or this server

    def _write(self, data: bytes, *, chunked: bool) -> None:
        """Write some bytes, as a chunk of HTTP in a stream; none end the stream."""
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n" if chunked else data)
