"""Makes the calls of a plan, live or from a recording, and collects drift."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import inspect
import json
import os
import sys
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2

from jobclients_contract.harness.driver import hints_of, typed
from jobclients_contract.live import vocabulary
from jobclients_contract.live.allowed import Allowed, media_type
from jobclients_contract.live.cassette import Cassette, CassetteError, RecordedCall
from jobclients_contract.live.contents import contents
from jobclients_contract.live.contract import BadUseError, Contract, Method
from jobclients_contract.live.findings import CallReport, ObservedDrift, Report, findings
from jobclients_contract.live.loading import INTERRUPTED, fit, one_line
from jobclients_contract.live.patterns import MASK, WORD
from jobclients_contract.live.plan import Plan, handle_of, sendable
from jobclients_contract.live.scrub import Scrubber
from jobclients_contract.live.transports import (
    AsyncRecordingTransport,
    RecordingTransport,
    ReplayTransport,
    Tape,
    path_pattern,
)
from jobclients_contract.schema_model.pointers import escaped, split
from jobclients_contract.schema_model.values import Json
from jobclients_contract.source_map import source_map

_PATIENCE = 120.0
"""Seconds after which a client that waits for what never comes is ended."""

Calls = list[tuple[Method, Mapping[str, Json]]]


@dataclass(frozen=True, slots=True)
class Result:
    """A run that is over.

    Attributes:
        report: what was found.
        cassette: the recording.
        scrubber: knows the run's secrets.
        answered: how many calls got a response other than a refused credential.
    """

    report: Report
    cassette: Cassette
    scrubber: Scrubber
    answered: int


class _Client:
    """A client of either kind, which is used in a blocking way, with JSON.

    Args:
        client: of the vendor.
        runner: runs what has to be awaited.
    """

    def __init__(self, client: Any, runner: asyncio.Runner) -> None:
        self.client = client
        self._runner = runner

    def call(self, method: Method, arguments: Mapping[str, Json]) -> None:
        """Call a method with JSON by Python name."""
        hints = hints_of(self.client.__class__, method.name)
        schemas = {item.entry.name: item.part.schema for item in method.arguments}
        given = {name: typed(hints.get(name), schemas.get(name), value) for name, value in arguments.items()}
        self.wait(getattr(self.client, method.name)(**given))

    def wait(self, result: Any) -> Any:
        """The result of what may have to be awaited."""
        return self._runner.run(_awaited(result)) if inspect.isawaitable(result) else result


async def _awaited(result: Awaitable[Any]) -> Any:
    async with asyncio.timeout(_PATIENCE):
        return await result


def scrubber_of(contract: Contract) -> Scrubber:
    """A scrubber that knows where the vendor's secrets are.

    Args:
        contract: what is documented.
    """
    vendor = _client_module(contract).VENDOR
    schemes = {scheme.name for scheme in vendor.schemes.values() if getattr(scheme, "name", "")}
    return Scrubber({*vendor.secret_keys, *schemes}, vocabulary.keys(contract), vocabulary.harmless(contract))


def _client_module(contract: Contract) -> ModuleType:
    return importlib.import_module(f"{contract.package}.{contract.vendor}.client")


def live(
    contract: Contract,
    plan: Plan,
    *,
    root: Path,
    budget: int,
    mode: str = "sync",
    inner: httpx2.BaseTransport | httpx2.AsyncBaseTransport | None = None,
) -> Result:
    """Make the calls of a plan at the real vendor; client and credentials come from the environment.

    Args:
        contract: what is documented.
        plan: what to call.
        root: the folder that the specification's path starts from.
        budget: how many requests may be sent in all.
        mode: "sync" or "async".
        inner: what to send through; a transport with the system's certificates when None.

    Returns:
        What was found, and the recording.

    Raises:
        BadUseError: the environment does not say enough to make a client.
    """
    prefix = contract.vendor.upper()
    _readable(prefix)
    tape = _tape(contract, budget)
    scrubber = tape.scrubber
    scrubber.learn_environment(prefix, os.environ)
    for given in (_own(contract, scrubber), *(scrubber.json(dict(arguments)) for _, arguments in plan.calls)):
        scrubber.allow(json.dumps(given, ensure_ascii=False))
    transport = _recording(tape, mode, inner)
    seen: list[ObservedDrift] = []
    package = importlib.import_module(contract.package)
    options = {"http": package.HttpOptions(transport=transport), "on_drift": _listener(tape, seen)}
    with _opened(contract, mode, lambda kind: _from_env(package, kind, options)) as client:
        outcomes, stopped, answered = _calls(client, contract, list(plan.calls), tape)
    exchanges = tape.exchanges()  # which learns every secret, so that nothing is scrubbed before
    scrubbed = tuple(
        _scrubbed(scrubber, outcome, unknown=index in tape.unknown) for index, outcome in enumerate(outcomes)
    )
    not_called = {**plan.not_called, **{method.name: stopped for method, _ in plan.calls[len(outcomes) :]}}
    cassette = Cassette(
        contract.vendor,
        _own(contract, scrubber),
        tuple(RecordedCall(one.operation, one.arguments, one.result, one.reason) for one in scrubbed),
        not_called,
        exchanges,
        tape.sent,
        stopped,
    )
    return _result(contract, cassette, scrubbed, seen, root, tape, answered)


def _tape(contract: Contract, budget: int) -> Tape:
    logins = tuple(contract.logins)
    return Tape(scrubber_of(contract), budget, Allowed(contract.document, logins), tuple(map(path_pattern, logins)))


def _readable(prefix: str) -> None:
    """Refuse what a client would be made of, and could neither send nor show."""
    for name, value in os.environ.items():
        if name.startswith(f"{prefix}_") and not sendable(value):
            raise BadUseError(f"the environment's {name} is not text in UTF-8")


def _own(contract: Contract, scrubber: Scrubber) -> dict[str, Json]:
    """What the environment says of the account, without secrets."""
    named = {name: os.environ.get(f"{contract.vendor.upper()}_{name.upper()}", "") for name in contract.options}
    own = scrubber.json({name: value for name, value in named.items() if value})
    assert isinstance(own, dict)
    return own


def _result(
    contract: Contract,
    cassette: Cassette,
    outcomes: Iterable[CallReport],
    seen: Iterable[ObservedDrift],
    root: Path,
    tape: Tape,
    answered: int,
) -> Result:
    """What is reported of a run, from what was recorded and what was seen."""
    told = tuple(outcomes)
    unknown = tape.unknown
    # A call that was interrupted is reported of neither.
    kept = (drift for drift in seen if drift.call < len(told))
    shown = (drift.scrubbed(tape.scrubber, unknown=drift.call in unknown) for drift in kept)
    found = findings(contract, source_map(root / contract.spec), shown)
    report = Report(
        contract.vendor,
        contract.spec,
        told,
        cassette.not_called,
        cassette.requests,
        found,
        cassette.stopped,
        contents(contract, cassette, found, tape.scrubber),
    )
    return Result(report, cassette, tape.scrubber, answered)


def _from_env(package: ModuleType, kind: Any, options: dict[str, Any]) -> Any:
    try:
        return kind.from_env(**options)
    except package.InvalidArgument as error:
        raise BadUseError(f"the environment does not tell how to reach the vendor: {error}") from None


def replay(contract: Contract, cassette: Cassette, *, root: Path, mode: str = "sync") -> Result:
    """Make the calls of a recording again, without the network.

    Args:
        contract: what is documented.
        cassette: the recording.
        root: the folder that the specification's path starts from.
        mode: "sync" or "async".

    Returns:
        What was found: the same as when it was recorded, unless client or specification have changed.

    Raises:
        CassetteError: a call needs a request that the recording does not have, or cannot be made.
    """
    fit(cassette, contract)
    tape = _tape(contract, sys.maxsize)
    transport = ReplayTransport(cassette, tape)
    seen: list[ObservedDrift] = []
    package = importlib.import_module(contract.package)
    http = package.HttpOptions(transport=transport)
    # Recorded failures are repeated as they were, without the waiting.
    http = dataclasses.replace(http, clock=dataclasses.replace(http.clock, sleep=_at_once))
    options: dict[str, Any] = {**cassette.options, "base_url": "https://replay.invalid", "http": http}
    options["on_drift"] = _listener(tape, seen)
    credential = min(contract.suite.credentials, key=lambda item: item.exchange is not None, default=None)
    if credential is not None:
        module = importlib.import_module(f"{contract.package}.{contract.vendor}")
        # What stands for secrets in the responses is the client's secret: it tells of it as it did of them.
        values = {name: MASK if value in credential.secrets else value for name, value in credential.values.items()}
        options["auth"] = getattr(module, credential.name)(**values)
    calls: Calls = [(contract.methods[call.operation], call.arguments) for call in cassette.calls]
    try:
        with _opened(contract, mode, lambda kind: kind(**options)) as client:
            outcomes, _, answered = _calls(client, contract, calls, tape)
    except (package.JobClientsError, TypeError, ValueError, ArithmeticError) as error:
        reason = one_line(f"{type(error).__name__}: {error}")
        raise CassetteError(f"the client cannot be called as recorded ({reason})") from None
    if transport.missing:
        lacking = ", ".join(dict.fromkeys(transport.missing))
        raise CassetteError(f"not in the recording, and nothing is sent: {lacking}")
    told = [_as_recorded(outcome, call) for outcome, call in zip(outcomes, cassette.calls, strict=True)]
    return _result(contract, cassette, told, seen, root, tape, answered)


def _as_recorded(outcome: CallReport, call: RecordedCall) -> CallReport:
    """An outcome with the message of the recorded one where they are the same: only that knew address and secrets."""
    return dataclasses.replace(outcome, reason=call.reason) if outcome.result == call.result else outcome


def _at_once(seconds: float) -> None:
    """Let time go by."""


def _listener(tape: Tape, seen: list[ObservedDrift]) -> Callable[[Any], None]:
    """What the client takes as ``on_drift``."""
    names = [item.name for item in dataclasses.fields(ObservedDrift) if item.name != "call"]
    return lambda drift: seen.append(ObservedDrift(tape.call, **{name: getattr(drift, name) for name in names}))


def _recording(
    tape: Tape, mode: str, inner: httpx2.BaseTransport | httpx2.AsyncBaseTransport | None
) -> RecordingTransport | AsyncRecordingTransport:
    if mode == "sync":
        chosen = inner if inner is not None else httpx2.HTTPTransport(trust_env=False)
        assert isinstance(chosen, httpx2.BaseTransport)
        return RecordingTransport(chosen, tape)
    other = inner if inner is not None else httpx2.AsyncHTTPTransport(trust_env=False)
    assert isinstance(other, httpx2.AsyncBaseTransport)
    return AsyncRecordingTransport(other, tape)


@contextmanager
def _opened(contract: Contract, mode: str, make: Callable[[Any], Any]) -> Generator[_Client]:
    """A client that the block uses in a blocking way."""
    made = make(contract.suite.clients.classes[mode])
    with asyncio.Runner() as runner:
        client = _Client(made, runner)
        try:
            yield client
        finally:
            client.wait(made.close() if mode == "sync" else made.aclose())


def _calls(client: _Client, contract: Contract, calls: Calls, tape: Tape) -> tuple[list[CallReport], str, int]:
    """Make the calls; the outcomes, why not all were made, and how many were answered."""
    package = importlib.import_module(contract.package)
    outcomes: list[CallReport] = []
    answered = 0
    for index, (method, arguments) in enumerate(calls):
        if tape.sent >= tape.budget:
            return outcomes, f"the budget of {tape.budget} requests is spent", answered
        tape.begin(index, method.operation)
        try:
            _call(client, contract, method, arguments)
            result, reason = "ok", ""
            answered += 1
        except KeyboardInterrupt:
            return outcomes, INTERRUPTED, answered
        except package.JobClientsError as error:
            status = getattr(error, "status", None)
            result = type(error).__name__ + (f" {status}" if isinstance(status, int) else "")
            reason = f"{method.name}: {_reason(error, tape.scrubber)}"
            refused = isinstance(error, (package.AuthenticationError, package.TransportError, package.InvalidArgument))
            answered += not refused
        outcomes.append(CallReport(method.name, arguments, result, reason))
    return outcomes, "", answered


def _reason(error: Any, scrubber: Scrubber) -> str:
    """Why a call failed, in listed parts: the message of an exception may repeat anything of a response."""
    facts = {name: getattr(error, name, None) for name in ("status", "argument", "pointer", "content_type")}
    said = [_status(facts["status"]) if facts["status"] is not None else type(error).__name__]
    if error.code is not None and WORD.fullmatch(error.code):
        said[0] += f" [{error.code}]"
    if facts["argument"]:
        said.append(f"argument {scrubber.step(facts['argument'], unknown=True)}")
    if facts["pointer"]:
        steps = (scrubber.step(step, unknown=True) for step in split(facts["pointer"]))
        said.append("at " + "".join(f"/{escaped(step)}" for step in steps))
    if facts["content_type"]:
        said.append(f"content type {media_type(facts['content_type'])}")
    return ", ".join(said)


def _status(status: int) -> str:
    known = {one.value: f" {one.phrase}" for one in HTTPStatus}
    return f"{status}{known.get(status, '')}"


def _call(client: _Client, contract: Contract, method: Method, arguments: Mapping[str, Json]) -> None:
    """Make a call; one that tells a job's status through a handle, which also reads the state."""
    found = handle_of(contract, method, arguments)
    if found is None:
        client.call(method, arguments)
        return
    kind, identity = found
    collection = getattr(client.client, kind)
    # Jobs that run again and again have no handle of one run that is made by hand.
    make = getattr(collection, "latest", collection)
    client.wait(make(**identity).status())


def _scrubbed(scrubber: Scrubber, outcome: CallReport, *, unknown: bool) -> CallReport:
    arguments = scrubber.json(dict(outcome.arguments))
    assert isinstance(arguments, dict)
    reason = MASK if unknown and outcome.reason else one_line(scrubber.reason(outcome.reason))
    return dataclasses.replace(outcome, arguments=arguments, reason=reason)
