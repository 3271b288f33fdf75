"""What clients make of responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from jobclients import AuthenticationError, Drift, JobClientsError
from snapshot.calls import Calls
from snapshot.described import middle, plain
from snapshot.documents import Operation, Reply, put
from snapshot.records import Opens, Record
from snapshot.wire import Caller, Vendor, WireResponse, answered

UNREADABLE = {
    "empty": WireResponse(body=b""),
    "an object": WireResponse(body=b"{}"),
    "a list": WireResponse(body=b"[]"),
    "null": WireResponse(body=b"null"),
    "text": WireResponse(body=b'"text"'),
    "broken": WireResponse(body=b'{"a": '),
    "twice": WireResponse(body=b'{"a": 1, "a": 2}'),
    "NaN": WireResponse(body=b'{"a": NaN}'),
    "not UTF-8": WireResponse(body=b'{"a": "\xff"}'),
    "a page": WireResponse(body=b"<html>busy</html>", headers={"Content-Type": "text/html"}),
    "no type": WireResponse(body=b"{}", headers={"Content-Type": ""}),
}
UNDOCUMENTED = (202, 204, 302, 401, 403, 409, 418, 429, 500, 503)
OF_ERRORS = ("empty", "a page")


class Reader:
    """Has one operation read responses.

    Args:
        vendor: The vendor.
        operation: The operation.
        opens: Makes a client.
    """

    def __init__(self, vendor: Vendor, operation: Operation, opens: Opens) -> None:
        self.answer = WireResponse()
        self.drifts: list[Drift] = []
        self.count = 0
        self._operation = operation
        self._vendor = vendor
        self._opens = opens
        self._open()

    def _open(self) -> None:
        self._caller: Caller = self._opens(override=self._override, on_drift=self.drifts.append)
        method = getattr(self._caller.client, self._operation.id)
        arguments = Calls(self._vendor, self._operation, method).typical()
        self._act = lambda: method(**arguments)

    def _override(self, operation: Operation | None) -> WireResponse | None:
        return self.answer if operation is not None and operation.id == self._operation.id else None

    def value(self, answer: WireResponse) -> Any:
        """What a response becomes, or the error that it raises."""
        self.answer = answer
        self.count += 1
        self.drifts.clear()
        value = self._caller.run(self._act)
        if isinstance(value, AuthenticationError):
            self._open()  # a client does not try again at once with what was refused
        return value

    def told(self, answer: WireResponse) -> Record:
        """The same as plain JSON, with what is not as documented."""
        value = self.value(answer)
        record: Record = {"received": answer.body.decode("utf-8", "backslashreplace")}
        return record | {"becomes": plain(value, answer.body), "drift": plain(self.drifts)}


def records(vendor: Vendor, opens: Opens) -> Iterator[tuple[str, Record]]:
    """The records of one vendor."""
    for operation in vendor.document.operations:
        reader = Reader(vendor, operation, opens)
        seen: list[Any] = []
        for reply in operation.replies:
            alike = reply.status >= 400 and reply.schema in seen
            seen.append(reply.schema)
            for name, answer in _answers(vendor, reply, alike=alike):
                yield f"response {operation.id} {reply.status}: {name}", reader.told(answer)
        for status in UNDOCUMENTED:
            if all(reply.status != status for reply in operation.replies):
                headers = {"Location": "https://other.example/"} if status == 302 else {"Retry-After": "7"}
                answer = answered({"x": 1}, status, headers)
                yield f"response {operation.id} {status}: undocumented", reader.told(answer)
    yield from _codes(vendor, opens)


def changes(vendor: Vendor, opens: Opens) -> Iterator[tuple[str, Record]]:
    """The records of successes with one change at a time."""
    for operation in vendor.document.operations:
        yield from _changed(vendor, operation, Reader(vendor, operation, opens))


def _answers(vendor: Vendor, reply: Reply, *, alike: bool) -> Iterator[tuple[str, WireResponse]]:
    """Responses of a documented status; fewer where an error before it has the same schema."""
    for name, body in reply.examples.items():
        yield name, answered(body, reply.status, reply.headers)
    if reply.schema is not None:
        for name, full in {"made up": True, "least": False}.items():
            if full or reply.status < 300:
                body = vendor.document.sample(reply.schema, full=full)
                yield name, answered(body, reply.status, reply.headers)
    for name in UNREADABLE if reply.status < 300 else () if alike else OF_ERRORS:
        one = UNREADABLE[name]
        yield name, WireResponse(reply.status, one.body, {**reply.headers, **(one.headers or {})})


def _changed(vendor: Vendor, operation: Operation, reader: Reader) -> Iterator[tuple[str, Record]]:
    """A success that has everything, with one change at a time: what is then read, or raised, and the drift."""
    reply = operation.success
    if reply.schema is None:
        return
    whole = vendor.document.sample(reply.schema, full=True)
    before = repr(reader.value(answered(whole, reply.status, reply.headers)))
    places: dict[str, dict[str, str]] = {}
    for pointer, what, body in vendor.document.changes(reply.schema, whole, operation.words, set()):
        value = reader.value(answered(body, reply.status, reply.headers))
        if isinstance(value, JobClientsError):
            told = f"{type(value).__name__}: {value.message}{_where(value, pointer)}"
        else:
            told = middle(before, repr(value))
        drifts = (f" | {one.kind}{_where(one, pointer)}{' breaking' * one.breaking}" for one in reader.drifts)
        places.setdefault(pointer, {})[what] = told + "".join(drifts)
    for pointer, changes in places.items():
        yield f"changed {operation.id} {pointer}", changes


def _where(told: Any, pointer: str) -> str:
    """The place that an error or a drift names, unless it is the one that was changed."""
    named = getattr(told, "pointer", pointer)
    return "" if named == pointer else f" at {named or 'the body'}"


def _codes(vendor: Vendor, opens: Opens) -> Iterator[tuple[str, Record]]:
    """Every code for which the spec has a rule, in every place where a code may be, with every kind of status."""
    errors = vendor.document.root.get("x-errors", {})
    reader = Reader(vendor, vendor.document.operations[0], opens)
    codes = [code for rule in errors.get("rules", ()) for code in rule.get("code", ())]
    for code in (*codes, "New.0001"):
        ends: dict[str, str] = {}
        for place in errors.get("code", ()):
            for status in (400, 404, 500):
                body = put({}, place.partition("#")[2], code)
                value = reader.value(answered(body, status))
                ends[f"{status} {json.dumps(body)}"] = f"{type(value).__name__} {value.code} {value.transient}"
        yield f"code {code}", ends
