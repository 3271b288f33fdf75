"""The command `vendorsmith mock`: vendors on ports of this machine, until Ctrl-C or the end of a command."""

from __future__ import annotations

import ipaddress
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobclients_core.testing.faults import check_operation, parse_fault
from jobclients_core.vendors import Known

from vendorsmith.diagnostics import printable
from vendorsmith.discovery import UsageError
from vendorsmith.mock.packages import known_vendors, use
from vendorsmith.mock.serving import Mock, serving

_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Settings:
    """What `vendorsmith mock` was asked for.

    Attributes:
        vendors: names; all of the package when empty.
        output: the folder of the generated package; None for the usual one, or the installed package.
        package: its import name.
        host: the address to listen on.
        port: of the first vendor; 0 for any that is free.
        lifecycle: what jobs go through.
        faults: what goes wrong, at each vendor that has the operation.
        zone: name of the vendors' time zone.
        strict: whether jobs are known only after they were submitted or added.
        command: what to run in a shell while the vendors are served; empty to serve until Ctrl-C.
    """

    vendors: Sequence[str]
    output: Path | None
    package: str
    host: str
    port: int
    lifecycle: str
    faults: Sequence[str]
    zone: str
    strict: bool
    command: str = ""


def run(settings: Settings) -> int:
    """Serve vendors until Ctrl-C or SIGTERM, or until the command has ended.

    Args:
        settings: What was asked for.

    Returns:
        The exit code of the command; 0 without one.

    Raises:
        UsageError: something that was asked for cannot be done; nothing is served then.
    """
    if settings.command:
        with ExitStack() as stack:
            return _run_command(settings.command, _start(settings, stack))
    with _until_stopped() as ended, ExitStack() as stack:
        mocks = _start(settings, stack)
        with _request_log():
            _announce(settings, mocks)
            # Not for ever at once: some systems deliver no signal to a thread that waits so.
            while not ended.wait(60):
                pass
    return 0


def _run_command(command: str, mocks: Sequence[Mock]) -> int:
    """Run a shell command in which clients find the vendors; its exit code, 128 and more after a signal."""
    environment = dict(os.environ)
    for mock in mocks:
        environment |= mock.vendor.environment(mock.url)
    code = subprocess.run(command, shell=True, env=environment, check=False).returncode  # noqa: S602 - the user's command
    return code if code >= 0 else 128 - code


def _start(settings: Settings, stack: ExitStack) -> list[Mock]:
    use(settings.output, settings.package)
    vendors = known_vendors(settings.package, settings.vendors)
    if settings.port and settings.port + len(vendors) - 1 > _LAST_PORT:
        raise UsageError(
            f"--port {settings.port}: {len(vendors)} vendors need a port each, and {_LAST_PORT} is the last one"
        )
    if settings.lifecycle and not any(known.kinds for known in vendors.values()):
        raise UsageError(f"--lifecycle {settings.lifecycle}: {', '.join(vendors)} has no jobs")
    faults = _faults(settings, vendors)
    try:
        zone = ZoneInfo(settings.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"--zone {settings.zone}: no such time zone; UTC and Asia/Shanghai are some") from None
    mocks: list[Mock] = []
    for index, (name, known) in enumerate(vendors.items()):
        port = settings.port + index if settings.port else 0
        mock = serving(
            known,
            lifecycle=settings.lifecycle if known.kinds else "",
            faults=faults[name],
            host=settings.host,
            port=port,
            zone=zone,
            strict=settings.strict,
        )
        try:
            mocks.append(stack.enter_context(mock))
        except ValueError as error:  # a lifecycle that is none, or no host
            raise UsageError(str(error)) from None
        except OSError as error:
            hint = "choose another with --port, or 0 for any that is free" if port else "choose another with --host"
            raise UsageError(f"cannot listen on {settings.host}:{port}: {error.strerror or error}; {hint}") from None
    return mocks


def _faults(settings: Settings, vendors: Mapping[str, Known]) -> dict[str, list[str]]:
    """The faults of each vendor: those that speak of any operation, or of one that it has."""
    all_operations = [operation for known in vendors.values() for operation in known.operations]
    found: dict[str, list[str]] = {name: [] for name in vendors}
    for text in settings.faults:
        try:
            operation = parse_fault(text).operation
            if operation:
                check_operation(operation, all_operations)
        except ValueError as error:
            raise UsageError(f"--fault {text}: {error}") from None
        for name, known in vendors.items():
            if not operation or operation in known.operations:
                found[name].append(text)
    return found


def _announce(settings: Settings, mocks: Sequence[Mock]) -> None:
    if not _is_loopback(settings.host):
        warning = f"warning: {settings.host} can be reached from other machines, and every credential is accepted"
        print(warning, file=sys.stderr)
    for mock in mocks:
        print(f"{mock.vendor.known.name}: {mock.url}")
        for name, value in mock.vendor.environment(mock.url).items():
            print(f"  export {name}={value}")
    print("Ctrl-C stops the vendors; tests can change their jobs and faults at /_mock", flush=True)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


@contextmanager
def _request_log() -> Generator[None]:
    """Show what arrives, a line for each request, without secrets."""
    logger = logging.getLogger("jobclients.testing")
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines("%(asctime)s %(message)s", "%H:%M:%S"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@contextmanager
def _until_stopped() -> Generator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set."""
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
