"""What a status, an end and a handle have to say, compared with what an answer told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from jobclients_contract.cases import Json, Kind, State
from jobclients_contract.failure import expect, refuse
from jobclients_contract.playing.driver import error_class, raised
from jobclients_contract.playing.jobs import Stage
from jobclients_contract.reading.jobs import ENDS, GOOD, Reader
from jobclients_contract.reading.pointers import MISSING, entry, find


def expect_status(stage: Stage, row: State, status: Any, what: str = "the status differs") -> None:
    """Compare a status with what an answer says: state, word, facts, run.

    Raises:
        Mismatch: they differ.
    """
    read = Reader(stage.kind.spec).read(row.answer, row.status, row.headers)
    expected = {"state": row.state, "raw_state": row.word, "raw_times": dict(read.raw_times), **read.facts}
    expected |= {"vendor": stage.contract.vendor, "kind": stage.kind.name, **_run_of(stage, row)}
    actual = {name: _plain(getattr(status, name)) for name in expected}
    ended = (status.state.terminal, status.state.ok)
    expect((row.state in ENDS, row.state in GOOD), ended, f"whether {row.state} is an end, and a good one, differs")
    differing = {name: (expected[name], actual[name]) for name in expected if not _same(expected[name], actual[name])}
    if differing:
        wanted = {name: pair[0] for name, pair in differing.items()}
        refuse(f"{what}: {', '.join(differing)}", wanted, {name: pair[1] for name, pair in differing.items()})


def _run_of(stage: Stage, row: State) -> dict[str, Json]:
    """Which run the status of a handle made by hand speaks of."""
    reader = Reader(stage.kind.spec)
    if not reader.by_name:
        return {"run_id": str(next(iter(stage.kind.identity.values()))), "attribution": "exact"}
    run = next(iter(reader.runs(row.answer)), None)
    parts = [part for name in reader.key if (part := find(run, name)) is not MISSING and part is not None]
    return {"run_id": str(parts[0]) if parts else None, "attribution": "latest"}


def expect_error(stage: Stage, name: str, act: Callable[[], object], what: str) -> Any:
    """The exception that an action has to raise.

    Args:
        stage: where it happens.
        name: of the exception's class.
        act: what is done.
        what: what is wrong where another exception comes, or none.

    Raises:
        Mismatch: it raises another, or none.
    """
    error: Any = raised(act)
    expect(error_class(stage.contract, name).__name__, "nothing" if error is None else str(type(error).__name__), what)
    return error


def expect_history(rows: list[State], error: Any) -> None:
    """See that an exception out of a wait tells each state and word that the job came to, in order.

    Raises:
        Mismatch: it does not.
    """
    told = [(row.state, row.word) for row in rows]
    steps = [step for before, step in zip([None, *told], told, strict=False) if step != before]
    expect(steps, [(str(moment.state), moment.raw_state) for moment in error.history], "the history differs")


def expect_carried(stage: Stage, job: Any, error: Any, last: State | None) -> None:
    """See that an exception out of a wait carries the handle, the last status, and it alone as the history.

    Raises:
        Mismatch: it does not.
    """
    if error.job is not job:
        refuse("the exception does not carry the handle", job, error.job)
    if last is None:
        expect((None, ()), (error.job_status, tuple(error.history)), "the exception carries a status")
        return
    expect(
        (last.state, last.word), (str(error.job_status.state), error.job_status.raw_state), "the last status differs"
    )
    expect_history([last], error)


def identity_of(stage: Stage) -> dict[str, str]:
    """What the handle holds, as texts: the identity, and what the client's options add to it."""
    given = {**stage.contract.options, **stage.kind.identity}
    named = entry(stage.kind.spec, "identity")
    return {name: str(given[name]) for name in named if name in given} if isinstance(named, dict) else {}


def texts_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as texts."""
    return {name: str(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    """A fact as JSON: moments in UTC, as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [*cast("tuple[object, ...]", value)]
    if isinstance(value, str):
        return str(value)
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, float) and isinstance(actual, float):
        return math.isclose(expected, actual)
    return type(expected) is type(actual) and expected == actual


def expect_end(stage: Stage, row: State, act: Callable[[], Any], way: list[State] | None = None) -> None:
    """See a wait end as a row says: with its status, or with the exception of a bad end.

    Args:
        stage: where it happens.
        row: the end.
        act: what waits.
        way: what is polled before the end, where the whole history is to be compared, not its end alone.

    Raises:
        Mismatch: it ends otherwise.
    """
    if row.state in GOOD:
        expect_status(stage, row, act(), "the end differs")
        return
    name = "JobCancelled" if row.state == "cancelled" else "JobFailed"
    error = expect_error(stage, name, act, "the exception of the end differs")
    expect_status(stage, row, error.status, "the status of the exception differs")
    read = Reader(stage.kind.spec).read(row.answer, row.status, row.headers)
    expect(read.facts["code"], error.code, "the code of the exception differs")
    said = read.facts["error"] or read.facts["message"]
    expect(said, error.vendor_message, "the vendor's words in the exception differ")
    expect((row.state, row.word), (str(error.history[-1].state), error.history[-1].raw_state), "the history differs")
    if way is not None:
        expect_history([*way, row], error)
    expect(identity_of(stage), texts_of(error.job.identity), "the exception's handle differs")


_WAY = ("not_started", "queued", "running", "stopping", "unknown")


def ends_of(kind: Kind) -> list[State]:
    """The rows that are ends."""
    return [row for row in kind.states if row.state in ENDS]


def way_of(kind: Kind) -> list[State]:
    """The rows on the way to an end, in the order in which a job takes it."""
    reader = Reader(kind.spec)
    rows = [row for row in kind.states if row.state not in ENDS]
    return sorted(rows, key=lambda row: (bool(reader.runs(row.answer)), bool(row.word), _WAY.index(row.state)))


def good_end(kind: Kind) -> State:
    """A row that is a good end."""
    return next(row for row in kind.states if row.state in GOOD)


def busy_row(kind: Kind) -> State:
    """A row of a job that goes on, as far along as there is one, and that shows its run."""
    rows = [row for row in way_of(kind) if row.state != "unknown"]
    return next((row for row in rows if row.state == "running"), rows[-1])


def waiting_row(kind: Kind) -> State | None:
    """A row of a job that has not begun, if there is one."""
    return next((row for row in reversed(way_of(kind)) if row.state in ("not_started", "queued")), None)


def bad_end(kind: Kind) -> State:
    """A row that is a bad end: failed, where there is one."""
    rows = sorted((row for row in ends_of(kind) if row.state not in GOOD), key=lambda row: row.state != "failed")
    return rows[0]
