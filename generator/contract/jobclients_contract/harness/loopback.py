"""A scripted HTTP server on loopback: it records requests byte for byte, and sends the bytes of a script.

A *script* is the response to one request: bytes are sent, numbers are seconds to wait, and `CLOSE`, `RESET` and `HANG`
end the connection politely, rudely or not for long. After a script without such an end the connection stays open.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal

from jobclients_contract.failure import happened

CLOSE: Literal["close"] = "close"
RESET: Literal["reset"] = "reset"
HANG: Literal["hang"] = "hang"

_PATIENCE = 30.0
"""Seconds after which the server ends a connection that nothing arrives on, and its own silence: a client that waits
for ever fails its check, and does not stop the run."""

Step = bytes | float | Literal["close", "reset", "hang"]
Script = tuple[Step, ...]


@dataclass(frozen=True)
class Request:
    """One request as it arrived.

    Args:
        head: Request line and header fields, up to and without the empty line.
        body: The body, by its Content-Length.
        connection: Number of the connection, from 0.
    """

    head: bytes
    body: bytes
    connection: int

    @property
    def line(self) -> str:
        """The request line without the version: method and raw target."""
        method, target, _ = self.head.split(b"\r\n", 1)[0].split(b" ")
        return f"{method.decode('ascii')} {target.decode('ascii')}"

    @property
    def target(self) -> str:
        """The raw request target."""
        return self.line.partition(" ")[2]

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Header fields in order, names as they were spelt."""
        lines = self.head.split(b"\r\n")[1:]
        pairs = [line.partition(b": ") for line in lines]
        return [(name.decode("ascii"), value.decode("utf-8")) for name, _, value in pairs]

    @property
    def headers(self) -> dict[str, str]:
        """Header fields by lower-case name; a field that comes twice is a mistake."""
        found = {name.lower(): value for name, value in self.fields}
        assert len(found) == len(self.fields), f"a header came twice: {self.fields}"
        return found

    @property
    def raw(self) -> bytes:
        """Everything that arrived."""
        return self.head + b"\r\n\r\n" + self.body

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def scripted(body: object = b"", status: int = 200, **headers: str) -> Script:
    """A complete response with a Content-Length.

    Args:
        body: Bytes as they are; anything else as JSON.
        status: HTTP status code.
        **headers: Header fields, with underscores for hyphens; an empty value leaves a default one out.

    Returns:
        The script.
    """
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    if not content:
        del fields["Content-Type"]
    fields.update({name.replace("_", "-"): value for name, value in headers.items()})
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return (f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode("latin-1") + content,)


class Loopback:
    """The server.

    Args:
        play: Scripts in the order of requests (a request too many gets the status 599), or a function from the
            request to its script.
        address: Address of this machine to listen on.
        tls: What it shows to clients that call it with https; None for a server without TLS.
    """

    def __init__(
        self,
        play: list[Script] | Callable[[Request], Script],
        address: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[Request] = []
        self.finished = 0
        self._play = play
        self._lock = threading.Lock()
        self._left = threading.Condition(self._lock)
        self._ended = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, 0), family=family, backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        if tls is not None:
            self.url = f"https://127.0.0.1:{self.port}"
            # The handshake happens where the connection is read, so that no client holds up the others.
            self._listener = tls.wrap_socket(self._listener, server_side=True, do_handshake_on_connect=False)
        self.host = f"127.0.0.1:{self.port}"
        self._start(self._accept)

    @property
    def request(self) -> Request:
        """The only request."""
        assert len(self.requests) == 1, [request.line for request in self.requests]
        return self.requests[0]

    @property
    def lines(self) -> list[str]:
        """The request lines of all requests."""
        return [request.line for request in self.requests]

    @property
    def connections(self) -> int:
        """How many connections carried requests."""
        return len({request.connection for request in self.requests})

    def left(self, seconds: float) -> bool:
        """Whether clients end all their connections.

        Args:
            seconds: how long to wait for that.
        """
        with self._left:
            return self._left.wait_for(lambda: not self._open, seconds)

    def close(self) -> None:
        """End all connections and wait for the threads."""
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    # Not that of TLS, which takes the connection away from the thread that reads it.
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        number = 0
        with suppress(OSError):
            while not self._ended.is_set():
                connection, _ = self._listener.accept()
                connection.settimeout(_PATIENCE)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._open.add(connection)
                self._start(self._serve, connection, number)
                number += 1

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, suppress(OSError):
            while (request := _read(connection, number)) is not None:
                if not self._perform(connection, self._script(request)):
                    break
        with self._left:
            self._open.discard(connection)
            self._left.notify_all()

    def _script(self, request: Request) -> Script:
        with self._lock:
            self.requests.append(request)
            happened()
            index = len(self.requests) - 1
        if callable(self._play):
            return self._play(request)
        return self._play[index] if index < len(self._play) else scripted({"unscripted": request.line}, 599)

    def _perform(self, connection: socket.socket, script: Script) -> bool:
        """Play a script; False when the connection is done with."""
        for step in script:
            if isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, (int, float)):
                if self._ended.wait(step):
                    return False
            elif step == HANG:
                self._ended.wait(_PATIENCE)
                return False
            elif step == RESET:
                # A linger time of zero turns closing into a reset.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            else:
                return False
        self.finished += 1
        return True


def _read(connection: socket.socket, number: int) -> Request | None:
    """Read one request; None at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            return None
        body += piece
    return Request(head, body, number)


@contextmanager
def loopback(
    *scripts: Script, by: Callable[[Request], Script] | None = None, tls: ssl.SSLContext | None = None
) -> Generator[Loopback]:
    """Run a server for the time of the block.

    Args:
        *scripts: Scripts in the order of requests.
        by: A function from the request to its script, instead.
        tls: What the server shows to clients; None for one without TLS.

    Yields:
        The server.
    """
    server = Loopback(by if by is not None else list(scripts), tls=tls)
    try:
        yield server
    finally:
        server.close()
