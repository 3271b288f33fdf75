"""A server of raw sockets, which can misbehave in every way."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType

Reply = bytes | Callable[[socket.socket], None]


def http(
    body: bytes = b'{"status": "running"}',
    status: str = "200 OK",
    *,
    content_type: str | None = "application/json",
    extra: str = "",
) -> bytes:
    """A complete response."""
    kind = f"Content-Type: {content_type}\r\n" if content_type is not None else ""
    head = f"HTTP/1.1 {status}\r\n{kind}Content-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode("latin-1") + body


class Loopback:
    """Answers each request with the next reply, and the last one for ever."""

    def __init__(self, *replies: Reply, host: str = "127.0.0.1") -> None:
        self.replies = list(replies)
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed_by_peer = threading.Event()
        self.stopping = threading.Event()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, 0), family=family)
        self._host = host
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Loopback:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stopping.set()
        # Wakes the accepting thread on every platform, which closing its socket does not.
        socket.create_connection((self._host, self.port)).close()
        self._accepting.join(5)
        self._socket.close()
        for peer in self._open:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            peer, _ = self._socket.accept()
            if self.stopping.is_set():
                peer.close()
                return
            self._open.append(peer)
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            self.connections += 1
            thread.start()

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            peer.settimeout(20)
            try:
                while not self.stopping.is_set():
                    request = self._read(peer)
                    if request is None:
                        self.closed_by_peer.set()
                        return
                    with self._lock:
                        self.requests.append(request)
                        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                    if callable(reply):
                        reply(peer)
                        return
                    peer.sendall(reply)
            except OSError:
                self.closed_by_peer.set()

    @staticmethod
    def _read(peer: socket.socket) -> bytes | None:
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = peer.recv(65536)
            if not chunk:
                return None
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(body) < length:
            body += peer.recv(65536)
        return head + b"\r\n\r\n" + body

    @property
    def lines(self) -> list[str]:
        """The request lines that arrived."""
        return [request.split(b"\r\n", 1)[0].decode("latin-1") for request in self.requests]
