"""What clients send."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from unittest.mock import patch

import httpx2
from snapshot.documents import LEFT_OUT, Input, Operation
from snapshot.records import Opens, Record
from snapshot.wire import Caller, Vendor, WireResponse, answered

AWKWARD = "a b/c?&#\u00e9%2F"
MOMENT = datetime(2030, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)

Arguments = dict[str, Any]


class Calls:
    """Arguments for the calls of one operation of a client."""

    def __init__(self, vendor: Vendor, operation: Operation, method: Any) -> None:
        self._document = vendor.document
        self.operation = operation
        self._inputs: dict[str, tuple[Input, inspect.Parameter]] = {}
        by_name = {one.python: one for one in operation.inputs}
        for name, parameter in inspect.signature(method).parameters.items():
            if name in by_name:  # others are the submission's own, such as its record
                self._inputs[name] = by_name[name], parameter

    def value(self, name: str, example: str = "", *, text: str = "text", made_up: bool = False) -> Any:
        """A value for one argument: the example of that name, any example, or one that is made up."""
        given, parameter = self._inputs[name]
        if example in given.examples:
            return given.examples[example]
        if given.examples and not made_up:
            return next(iter(given.examples.values()))
        if "datetime" in str(parameter.annotation):
            return MOMENT
        value = self._document.sample(given.schema, full=True, text=text)
        assert value is not LEFT_OUT
        return value

    def required(self) -> list[str]:
        """The arguments that have no default."""
        return [name for name, (_, one) in self._inputs.items() if one.default is inspect.Parameter.empty]

    def typical(self, example: str = "") -> Arguments:
        """The arguments of an example, of the first one by default, and those that are required beside."""
        example = example or next(iter(self.operation.examples), "")
        named = [name for name, (given, _) in self._inputs.items() if example in given.examples]
        return {name: self.value(name, example) for name in self._inputs if name in (*named, *self.required())}

    def minimal(self) -> Arguments:
        """The required arguments."""
        return {name: self.value(name) for name in self.required()}

    def full(self, *, text: str = "text", made_up: bool = False) -> Arguments:
        """All arguments."""
        return {name: self.value(name, text=text, made_up=made_up) for name in self._inputs}

    def least(self) -> Arguments:
        """The required arguments, made up and with nothing that can be left out."""
        given = self._inputs
        return {name: self._document.sample(given[name][0].schema, full=False) for name in self.required()}

    def main(self) -> Iterator[tuple[str, Arguments]]:
        """Calls for every kind of credential."""
        yield "minimal", self.minimal()
        yield "full", self.full()
        yield "awkward", self.full(text=AWKWARD, made_up=True)

    def others(self) -> Iterator[tuple[str, Arguments]]:
        """Calls for one kind of credential: each example, and each argument in its turn."""
        yield "made up", self.full(made_up=True)
        for example in self.operation.examples:
            yield f"example {example}", self.typical(example)
        least = self.least()
        for name, (given, parameter) in self._inputs.items():
            usual = self.value(name, made_up=True)
            awkward = self.value(name, text=AWKWARD, made_up=True)
            yield f"only {name}", {**least, name: usual}
            if awkward != usual:
                yield f"awkward {name}", {**least, name: awkward}
            yield f"wrong {name}", {**least, name: frozenset()}
            yield f"empty {name}", {**least, name: [] if isinstance(awkward, list) else ""}
            if isinstance(awkward, bool):
                yield f"false {name}", {**least, name: False}
            if isinstance(awkward, list):
                yield f"several {name}", {**least, name: [*awkward, *awkward]}
            if "datetime" in str(parameter.annotation):
                yield f"number {name}", {**least, name: 1512047950445}
            if given.schema.get("enum"):
                yield f"new word {name}", {**least, name: AWKWARD}
            if name in least:
                yield f"without {name}", {**least, name: None}


def sent(caller: Caller, act: Any) -> Record:
    """What an act sends, and what becomes of it in short."""
    caller.wire.sent.clear()
    told = caller.told(act)
    short = told if isinstance(told, Mapping) and "raises" in told else _kind(told)
    return {"sent": list(caller.wire.sent), "then": short}


def _kind(told: Any) -> str:
    return str(told.get("model", "Response")) if isinstance(told, Mapping) else type(told).__name__


def records(vendor: Vendor, opens: Opens) -> Iterator[tuple[str, Record]]:
    """The records of one vendor."""
    for label in vendor.credentials:
        caller = opens(auth=vendor.credential(label))
        for operation in vendor.document.operations:
            method = getattr(caller.client, operation.id)
            calls = Calls(vendor, operation, method)
            several = [*calls.main(), *calls.others()] if label == vendor.first else [*calls.main()]
            for name, given in several if label in (vendor.first, "AkSk") else several[:1]:
                yield f"request {operation.id}: {label}, {name}", sent(caller, partial(method, **given))
    yield from _clients(vendor, opens)
    yield from _free(opens)
    yield from _repeated(vendor, opens)
    yield from _renewed(vendor, opens)


def _clients(vendor: Vendor, opens: Opens) -> Iterator[tuple[str, Record]]:
    """The same call of clients that were made in other ways."""
    operation = vendor.document.operations[0]
    ways: dict[str, dict[str, Any]] = {
        "base URL": {"base_url": "https://gate.example:8443/prefix/"},
        "insecure": {"base_url": "http://gate.example"},
        "headers": {"headers": {"X-Own": "a value \u00e9", "Accept": "text/plain", "User-Agent": "own/1.0"}},
        "forbidden header": {"headers": {"Authorization": "x"}},
        "no credential": {"auth": ()},
        "wrong credential": {"auth": object()},
        "other parameter": {name: AWKWARD for name in vendor.options if name.endswith("_id")},
    }
    for name, options in ways.items():
        yield f"client: {name}", _first_call(vendor, operation, opens, options)
    for label, fields in vendor.credentials.items():
        prefix = vendor.name.upper()
        names = {key: "token" if key == "value" else key for key in fields}
        values = {**{names[key]: value for key, value in fields.items()}, **vendor.options}
        environment = {f"{prefix}_{key.upper()}": str(value) for key, value in values.items()}
        with patch.dict("os.environ", environment, clear=True):
            caller = opens(from_env=True)
            calls = Calls(vendor, operation, getattr(caller.client, operation.id))
            yield f"client: environment, {label}", sent(caller, partial(_typical, caller, calls))


def _first_call(vendor: Vendor, operation: Operation, opens: Opens, options: Arguments) -> Record:
    caller = opens(**options)
    if caller.problem is not None:
        return {"sent": [], "then": caller.told(lambda: caller.problem)}
    calls = Calls(vendor, operation, getattr(caller.client, operation.id))
    return sent(caller, partial(_typical, caller, calls))


def _typical(caller: Caller, calls: Calls) -> Any:
    return getattr(caller.client, calls.operation.id)(**calls.typical())


def _free(opens: Opens) -> Iterator[tuple[str, Record]]:
    """Requests to endpoints that no operation describes."""
    ways: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
        "params": (
            ("GET", "/any/where?x=1"),
            {"params": {"q": AWKWARD, "many": ["a", "b c"], "yes": True, "no": None}},
        ),
        "json": (("POST", "/any where"), {"json": {"a": AWKWARD, "b": [1.0, None, True]}}),
        "text": (("PUT", "/any"), {"content": "\u00e9", "headers": {"X-Own": "1"}}),
        "bytes": (("delete", "/any"), {"content": b"\xff"}),
        "elsewhere": (("GET", "//other.example/any"), {}),
    }
    caller = opens()
    for name, (positional, named) in ways.items():
        yield f"free request: {name}", sent(caller, partial(caller.client.request, *positional, **named))


FAILURES = {
    "503": answered({}, 503),
    "429 with Retry-After": answered({}, 429, {"Retry-After": "7"}),
    "500": answered({}, 500),
    "lost": WireResponse(fails=httpx2.ReadError),
    "not connected": WireResponse(fails=httpx2.ConnectError),
    "timed out": WireResponse(fails=httpx2.ReadTimeout),
}


def _repeated(vendor: Vendor, opens: Opens) -> Iterator[tuple[str, Record]]:
    """How often each operation is repeated, and after how many seconds."""
    for operation in vendor.document.operations:
        ends: dict[str, Any] = {}
        for name, answer in FAILURES.items():
            caller = opens(override=lambda _, a=answer: a, retries=2)
            calls = Calls(vendor, operation, getattr(caller.client, operation.id))
            told = caller.told(partial(_typical, caller, calls))
            ends[name] = [len(caller.wire.sent), caller.wire.clock.slept, told["raises"], told["transient"]]
        yield f"repeated {operation.id}", ends


def _renewed(vendor: Vendor, opens: Opens) -> Iterator[tuple[str, Record]]:
    """What is sent after a 401, and a day later."""
    secured = next((one for one in vendor.document.operations if one.id != "create_access_token"), None)
    if secured is None or vendor.first == "None":
        return
    for label in vendor.credentials:
        for name, auth in (
            ("given", vendor.credential(label)),
            ("function", lambda one=label: vendor.credential(one)),
        ):
            refusals = iter((answered({}, 401),))
            caller = opens(
                override=lambda one, s=secured, r=refusals: (
                    next(r, None) if one is not None and one.id == s.id else None
                ),
                auth=auth,
            )
            calls = Calls(vendor, secured, getattr(caller.client, secured.id))
            first = sent(caller, partial(_typical, caller, calls))
            caller.wire.clock.advance(90_000)
            later = sent(caller, partial(_typical, caller, calls))
            lines = [[one["send"], *_secrets(one["headers"])] for one in (*first["sent"], *later["sent"])]
            yield f"renewed {label}, {name}", {"sent": lines, "then": [first["then"], later["then"]]}


def _secrets(headers: list[str]) -> list[str]:
    return [line for line in headers if "token" in line.lower() or line.startswith("Authorization")]
