"""Test cases of errors: exceptions by status, the places of codes and messages, and special codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobclients_contract.failure import agree, expect, refuse
from jobclients_contract.schema_model.document import Document, listed, objects
from jobclients_contract.schema_model.expected_errors import status_of
from jobclients_contract.schema_model.media_types import is_json
from jobclients_contract.schema_model.places import Reply, filled, first_text, short
from jobclients_contract.schema_model.pointers import texts
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.case import Case, spoken
from jobclients_contract.suite.responses import expect_error_body, expect_refusal
from jobclients_contract.suite.running import Run


@dataclass(frozen=True, kw_only=True)
class StatusesCase(Case):
    """Exceptions of documented statuses without an example: ``statuses("get_job", {401: "AuthenticationError"})``."""

    classes: Mapping[int | str, str]

    def hold(self, run: Run) -> None:
        """Each status raises its exception."""
        operation = run.operation(self.about)
        for named, kind in self.classes.items():
            status = status_of(operation, str(named))
            if status is None or operation.response(status) is None:
                refuse(
                    f"the document has no status {named}",
                    list(self.classes),
                    [item.status for item in operation.responses],
                )
            reply = Reply.of(status, {})
            called = run.call(self.about, run.minimal(self.about), reply.script)
            expect_refusal(run, self.about, called, reply, kind)
            documented = operation.response(status)
            if documented is not None and is_json(documented.content.media_type):
                body = run.document.some(documented.content.part)
                told = run.call(self.about, run.minimal(self.about), Reply.of(status, body).script)
                expect_error_body(run, documented, body, told.error)


def statuses(method: str, classes: Mapping[int | str, str], /) -> StatusesCase:
    """The exceptions of documented statuses that have no example.

    Args:
        method: that is called.
        classes: names of exceptions by status; a range or the default as text.
    """
    return StatusesCase(source=spoken("statuses", method, dict(classes)), about=method, classes=classes)


@dataclass(frozen=True, kw_only=True)
class ErrorsCase(Case):
    """Where an error response keeps the vendor's code, words and request id: ``errors(code=("/code",), ...)``."""

    places: Mapping[str, tuple[str, ...]]

    def where(self, run: Run) -> str:
        """The extension's locator."""
        return "/x-errors"

    def hold(self, run: Run) -> None:
        """What is at each place is reported by the exception, and the first of several wins."""
        documented = objects(run.document.data.get("x-errors"))
        attributes = {"code": "code", "message": "vendor_message", "request_id": "request_id"}
        for about, places in self.places.items():
            agree([short(place) for place in texts(documented.get(about))], list(places), f"places of {about}")
        for about, attribute in attributes.items():
            long = [_long(place) for place in self.places.get(about, ())]
            expect(len(long), len(texts(documented.get(about))), f"number of places of {about}")
            for index in range(len(long)):
                values = {place: f"{about} {number}" for number, place in enumerate(long[index:], index)}
                error = _raised(run, values)
                wanted = first_text(listed(documented.get(about)), reply_with(values, 418))
                expect(wanted, getattr(error, attribute), f"{about} of the exception")


def _long(place: str) -> str:
    return f"$response.body#{place}" if place.startswith("/") or not place else f"$response.{place}"


def _raised(run: Run, values: Mapping[str, Json], status: int = 418) -> Any:
    """The exception for an error response with values at places."""
    method = run.first
    reply = reply_with(values, status)
    called = run.call(method, run.minimal(method), reply.script)
    if called.error is None:
        refuse("the call raised nothing", "an exception", called.value)
    return called.error


def reply_with(values: Mapping[str, Json], status: int) -> Reply:
    """A response with values at places.

    Args:
        values: by place, as `x-errors` has it.
        status: of HTTP.
    """
    body: Json = {}
    headers: dict[str, str] = {}
    # A place within another one goes in last.
    for place, value in sorted(values.items(), key=lambda entry: len(entry[0])):
        if place.startswith("$response.header."):
            headers[place.removeprefix("$response.header.")] = str(value)
        else:
            body = filled(body, place, value)
    return Reply.of(status, body, **headers)


def errors(
    *, code: tuple[str, ...] = (), message: tuple[str, ...] = (), request_id: tuple[str, ...] = ()
) -> ErrorsCase:
    """Where an error response keeps what an exception tells, the first that is there.

    Args:
        code: pointers into the body, or ``header.NAME``, of the vendor's code.
        message: those of the vendor's words.
        request_id: those of the vendor's id of the request.
    """
    places = {
        name: value for name, value in (("code", code), ("message", message), ("request_id", request_id)) if value
    }
    return ErrorsCase(source=spoken("errors", **places), about="x-errors", places=places)


@dataclass(frozen=True, kw_only=True)
class CodesCase(Case):
    """Codes that say more than the status: ``codes("NotFound", "Cdm.0054", "Cdm.0100", statuses="4XX 5XX")``."""

    kind: str
    codes: tuple[str, ...]
    statuses: tuple[str, ...]
    transient: bool | None

    def where(self, run: Run) -> str:
        """The extension's locator."""
        return "/x-errors/rules"

    def hold(self, run: Run) -> None:
        """Each code raises the exception at each status; no other code does."""
        extension = objects(run.document.data.get("x-errors"))
        rules = [
            (str(rule.get("raise")), {*map(str, listed(rule.get("code")))}, {*map(str, listed(rule.get("status")))})
            for rule in map(objects, listed(extension.get("rules")))
        ]
        if not any(
            kind == self.kind and codes >= {*self.codes} and {*self.statuses} == at for kind, codes, at in rules
        ):
            refuse("the document has no such rule", self.source, rules)
        method = run.first
        for named in self.statuses or ("400",):
            status = {"4XX": 418, "5XX": 501}.get(named.upper()) or int(named)
            for code in self.codes or ("",):
                reply = reply_with(reported_code(run.document, code) if code else {}, status)
                called = run.call(method, run.minimal(method), reply.script)
                error = expect_refusal(run, method, called, reply, self.kind)
                if self.transient is not None:
                    expect(self.transient, error.transient, f"whether {code or status} is transient")


def reported_code(document: Document, code: str) -> dict[str, Json]:
    """What an error response says of a code: at its place, or in a sentence of a documented error that tells one.

    Args:
        document: the document.
        code: the vendor's code.

    Returns:
        The value, by place; nothing where no documented sentence tells a code.
    """
    places = listed(objects(document.data.get("x-errors")).get("code"))
    for plain in texts(places):
        return {plain: code}
    for place in map(objects, places):
        source, pattern = str(place.get("from")), str(place.get("pattern"))
        for operation in document.operations.values():
            for response in operation.responses:
                for body in response.content.examples.values():
                    text = Reply.of(400, body).read(source)
                    found = re.search(pattern, text) if isinstance(text, str) else None
                    if isinstance(text, str) and found is not None:
                        return {source: text[: found.start("value")] + code + text[found.end("value") :]}
    return {}


def codes(kind: str, /, *listed: str, statuses: str = "", transient: bool | None = None) -> CodesCase:
    """Codes of the vendor that raise an exception where the status says another.

    Args:
        kind: name of its class.
        *listed: the codes; none for any.
        statuses: at which they do.
        transient: whether the same call may succeed a little later, where the rule says so.
    """
    text = spoken("codes", kind, *listed, statuses=statuses or None)
    return CodesCase(
        source=text if transient is None else f"{text[:-1]}, transient={transient})",
        about="x-errors",
        kind=kind,
        codes=listed,
        statuses=tuple(statuses.split()),
        transient=transient,
    )
