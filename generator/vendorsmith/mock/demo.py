"""`make demo`: all vendors are served on this machine, and `jobclients watch` waits for jobs of each.

Run as ``python -m vendorsmith.mock.demo``. It ends by itself; the exit code is 0 if every job ended as planned.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from vendorsmith.discovery import UsageError
from vendorsmith.mock.packages import GENERATED, known_vendors, use
from vendorsmith.mock.serving import Mock, serving

_PATIENCE = 50
"""Seconds after which the demonstration has failed."""

_FAULTS = ("503@2", "reset@4")
"""What goes wrong on the way: a response and a connection."""


@dataclass(frozen=True, slots=True)
class DemoJob:
    """A job of the demonstration.

    Attributes:
        target: its kind, as the command names it.
        identity: what identifies it, as the command is told.
        end: the state that it ends in.
    """

    target: str
    identity: Mapping[str, str | int]
    end: str

    @property
    def raw_arguments(self) -> list[str]:
        """The job as words of the command."""
        return [self.target, *(f"{name}={value}" for name, value in self.identity.items())]


def main() -> int:
    """Show it.

    Returns:
        The exit code: 0 if every job ended as planned, 1 if one did not, 2 if there is nothing to show.
    """
    try:
        use(GENERATED, "jobclients")
        vendors = known_vendors("jobclients", [])
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        mocks = [stack.enter_context(serving(known)) for known in vendors.values()]
        print("Mock vendors on this machine, made from their specs (`vendorsmith mock`):\n")
        for mock in mocks:
            print(f"    {mock.vendor.known.name:<12} {mock.url}")
        with_jobs = [mock for mock in mocks if mock.vendor.known.kinds]
        jobs = list(_jobs(with_jobs))
        faulty = with_jobs[0].vendor
        for fault in _FAULTS:
            faulty.fail(fault)
        print(f"\nThe second request to {faulty.known.name} gets a 503; at the fourth, the connection is reset.")
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vendorsmith-demo-"))
        return _watch(jobs, mocks, folder, lambda: all(fault.seen >= fault.at for fault in faulty.faults))


def _jobs(mocks: Sequence[Mock]) -> Iterator[DemoJob]:
    """A job of each vendor that succeeds, one that does so with warnings, and one that fails."""
    for mock in mocks:
        yield _job(mock, "succeeded", 1)
    for end in ("succeeded_with_warnings", "failed"):
        able = [mock for mock in mocks if end in _states(mock)]
        # The last one that is able to, so that the vendors with faults and with bad ends differ.
        yield from [_job(mock, end, 2) for mock in able[-1:]]


def _states(mock: Mock) -> set[str]:
    kind = _kind(mock)
    return {rule.state for rule in kind.type.states} | {refine.to for refine in kind.type.refine}


def _kind(mock: Mock) -> Any:
    return next(iter(mock.vendor.known.kinds.values()))


def _job(mock: Mock, end: str, number: int) -> DemoJob:
    """Let there be a job that ends after some looks at it."""
    kind = _kind(mock)
    own = [part for part in kind.identity if not part.client_parameters]
    parts = [part for part in own if not part.optional] or own[:1]
    identity = {part.name: number if part.type == "integer" else f"demo-{number}" for part in parts}
    with mock.vendor.client() as client:
        collection = getattr(client, kind.name)
        whole = getattr(collection, "latest", collection)(**identity).identity
    # A step for each look: it shows the same on a slow machine.
    start = "queued,running" if "queued" in _states(mock) else "running*2"
    message = "The disk is full." if end == "failed" else ""
    mock.vendor.job(kind.name, f"{start},{end}", message=message, **whole)
    return DemoJob(f"{mock.vendor.known.name}.{kind.name}", identity, end)


def _watch(jobs: Sequence[DemoJob], mocks: Sequence[Mock], folder: str, disturbed: Callable[[], bool]) -> int:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JOBCLIENTS")}
    environment |= {"HOME": folder, "XDG_CONFIG_HOME": folder, "PYTHONPATH": str(GENERATED.resolve())}
    for mock in mocks:
        environment |= mock.vendor.environment(mock.url)
    raw_arguments = [word for job in jobs for word in job.raw_arguments]
    print(f"\n    $ jobclients watch {' '.join(raw_arguments)}\n", flush=True)
    command = [sys.executable, "-m", "jobclients_core.cli", "watch"]
    try:
        subprocess.run([*command, *raw_arguments], env=environment, timeout=_PATIENCE, check=False)  # noqa: S603 - our own command
        # The same once more, for a program: each job has ended, so that it says at once how.
        again = subprocess.run(  # noqa: S603 - our own command
            [*command, "--json", *raw_arguments],
            env=environment,
            timeout=_PATIENCE,
            check=False,
            capture_output=True,
            text=True,
        )
    except subprocess.TimeoutExpired:
        print(f"\nThe jobs have not ended within {_PATIENCE} seconds.", file=sys.stderr)
        return 1
    lines = [json.loads(line) for line in again.stdout.splitlines()]
    if any("error" in line and "ended" not in line for line in lines):
        print(again.stdout, again.stderr, file=sys.stderr)
        return 1
    return _verdict(jobs, [line for line in lines if line["ended"]], disturbed())


def _verdict(jobs: Sequence[DemoJob], ends: Sequence[Mapping[str, Any]], disturbed: bool) -> int:
    wrong = [job for job in jobs if not any(_is_end_of(job, end) for end in ends)]
    for job in wrong:
        print(f"\n{' '.join(job.raw_arguments)} should have ended as {job.end}.", file=sys.stderr)
    if not disturbed:
        print("\nThe planned faults did not occur.", file=sys.stderr)
    if wrong or not disturbed:
        return 1
    print(f"\nAll {len(jobs)} jobs ended as expected, in spite of both faults.")
    return 0


def _is_end_of(job: DemoJob, end: Mapping[str, Any]) -> bool:
    is_it = f"{end['vendor']}.{end['kind']}" == job.target and job.identity.items() <= end["identity"].items()
    return is_it and end["state"] == job.end


if __name__ == "__main__":
    sys.exit(main())
