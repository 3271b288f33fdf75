"""A vendor on loopback whose responses say what was asked, and processes that are forked to ask it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import traceback
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any

from jobclients_contract.harness.certificates import OF_THIS_MACHINE, showing

Answer = tuple[int, dict[str, Any]]


class Echo:
    """Tells of each job by its own number, on connections that are kept; logins get a token.

    Args:
        login: Status of the responses to logins.
        status: Status of all other responses.
        tls: Whether it speaks TLS.
    """

    def __init__(self, *, login: int = 200, status: int = 200, tls: bool = False) -> None:
        self.login = login
        self.status = status
        self.logins = 0
        self.refused = 0
        self.served: list[int] = []
        self.left = 0
        self.open_logins = threading.Event()
        self.open_logins.set()
        self.login_began = threading.Event()
        self._tls = showing(OF_THIS_MACHINE) if tls else None
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        self._peers: list[socket.socket] = []
        self._stopping = False

    def __enter__(self) -> Echo:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping = True
        self.open_logins.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for peer in self._peers:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)

    @property
    def connections(self) -> int:
        """How many were made."""
        return len(self.served)

    def _accept(self) -> None:
        while not self._stopping:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers.append(peer)
            with self._lock:
                number = len(self.served)
                self.served.append(0)
            threading.Thread(target=self._serve, args=(peer, number), daemon=True).start()

    def _serve(self, peer: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), peer:
            stream = peer if self._tls is None else self._tls.wrap_socket(peer, server_side=True)
            with stream, stream.makefile("rb") as lines:
                while line := lines.readline():
                    if not line.endswith(b" HTTP/1.1\r\n"):
                        return
                    method, target, _ = line.decode("ascii").split(" ")
                    length = 0
                    while (header := lines.readline().lower()) != b"\r\n":
                        if header.startswith(b"content-length:"):
                            length = int(header.split(b":")[1])
                    lines.read(length)
                    status, value = self._answer(method, target)
                    with self._lock:
                        self.served[number] += 1
                        self.refused += status == 401
                    body = json.dumps(value).encode("ascii")
                    head = (
                        f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                    )
                    stream.sendall(head.encode("ascii") + b"\r\n" + body)
                self.left += 1

    def _answer(self, method: str, target: str) -> Answer:
        if method == "POST":
            with self._lock:
                self.logins += 1
            self.login_began.set()
            self.open_logins.wait(20)
            return self.login, {"access_token": f"token-{self.logins}", "detail": "wrong password"}
        number = target.rpartition("=")[2] if "=" in target else target.split("/")[2]
        return self.status, {"status": "running", "count": int(number), "detail": "wrong password"}


class Child:
    """A forked process that carries out one function.

    Args:
        work: The function; what it returns travels as JSON.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self._read, write = os.pipe()
        with warnings.catch_warnings():
            # What these tests are about: 3.12 and later warn of a fork beside threads.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if self._pid == 0:
            signal.alarm(60)  # one that waits for ever is a failure, and nobody's to be found later
            try:
                said: Any = work()
            except BaseException:
                said = traceback.format_exc()
            os.write(write, json.dumps(said).encode("ascii"))
            os._exit(0)
        os.close(write)

    def said(self) -> Any:
        """What the function returned, or the traceback of what it raised."""
        with open(self._read, "rb") as pipe:
            text = pipe.read()
        os.waitpid(self._pid, 0)
        return json.loads(text)
