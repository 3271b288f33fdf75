"""Serves fake vendors on real sockets, each in a thread of this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo

import uvicorn
from jobclients_core.testing import FakeClock, FakeVendor, vendor
from jobclients_core.vendors import Known
from starlette.types import ASGIApp

from vendorsmith.mock.wire import Connection, application

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Mock:
    """A vendor that is being served.

    Args:
        url: Its base URL.
        vendor: The vendor: its jobs, faults and the requests that it saw.
    """

    url: str
    vendor: FakeVendor


@contextmanager
def serving(
    name: str | Known,
    *,
    lifecycle: str = "",
    faults: Iterable[str] = (),
    host: str = _LOOPBACK,
    port: int = 0,
    clock: FakeClock | None = None,
    zone: tzinfo = UTC,
    strict: bool = False,
) -> Generator[Mock]:
    """Serve a vendor over HTTP for as long as the context lasts.

    Args:
        name: The vendor's name, or what is known of it.
        lifecycle: What its jobs go through, as for `jobclients_core.testing.vendor`.
        faults: What goes wrong, as in ``reset@3``.
        host: The address to listen on.
        port: The port; 0 for any that is free.
        clock: The vendor's time; the real one when None.
        zone: The vendor's clock, for times that it states without a zone.
        strict: Whether a job that was neither added nor submitted is unknown.

    Yields:
        The vendor and its URL.

    Raises:
        LookupError: there is no such vendor.
        ValueError: a lifecycle or a fault is none, or the host is empty.
        OSError: the port is taken, or the host is not an address of this machine.
    """
    if not host:  # which sockets take for all addresses of the machine
        raise ValueError("the host is empty; 127.0.0.1 is this machine alone, 0.0.0.0 all of its addresses")
    fake = vendor(name, lifecycle=lifecycle, clock=clock, real_time=clock is None, zone=zone, strict=strict)
    for fault in faults:
        fake.fail(fault)
    listener = _listener(host, port)
    server = _server(application(fake))
    thread = threading.Thread(target=server.run, args=([listener],), name=f"mock-{fake.known.name}", daemon=True)
    thread.start()
    while thread.is_alive() and not server.ready.wait(0.5):
        pass
    shown = f"[{host}]" if ":" in host else host
    try:
        yield Mock(f"http://{shown}:{listener.getsockname()[1]}", fake)
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


def _server(app: ASGIApp) -> _Server:
    """A server that keeps to what its application says: no words, no header fields and no signals of its own."""
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,  # the vendor's clock is not this machine's
    )
    return _Server(config)


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named: asyncio sets TCP_NODELAY only on sockets of which it knows that they are TCP, and without
    # it a body that follows its head waits on a kept connection for the acknowledgement of the head.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """A server that tells when it listens; signals are the business of whoever started it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        try:
            await super().startup(sockets)
        finally:
            self.ready.set()
