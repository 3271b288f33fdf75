"""Lines about answers: what a method returns, and what it raises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel

from jobclients_contract.failure import expect, refuse
from jobclients_contract.judging.agreement import Agreement, written
from jobclients_contract.judging.documented import unknown_in
from jobclients_contract.playing.loopback import Script
from jobclients_contract.reading.document import Answer, listed, objects
from jobclients_contract.reading.media_types import is_json, sent_as
from jobclients_contract.reading.notation import Notation
from jobclients_contract.reading.places import Reply, filled
from jobclients_contract.reading.pointers import MISSING, escaped, put, texts
from jobclients_contract.reading.refusals import refusal, status_of
from jobclients_contract.reading.values import Json
from jobclients_contract.suite.case import Case, spoken, spoken_names
from jobclients_contract.suite.job_statuses import GoesOnCase, NamesCase, StatusCase
from jobclients_contract.suite.running import Outcome, Run

Changes = Mapping[str, Any]
"""What a body says instead of what its example says, by JSON pointer; `ABSENT` for nothing."""


class _There(Enum):
    ABSENT = "nothing"


ABSENT: Final = _There.ABSENT
"""What stands at a place from which everything is taken away."""


@dataclass(frozen=True)
class Said:
    """An answer as a line says it.

    Attributes:
        text: the line until now.
        method: that is called.
        status: of HTTP.
        example: name of the documented body; empty for none.
        body: JSON or text, where no example is named.
        headers: header fields.
        changes: what the body says instead.
    """

    text: str
    method: str
    status: int
    example: str = ""
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    changes: Changes = field(default_factory=dict[str, Any])

    def documented(self, run: Run) -> Answer | None:
        """What the document says of the status."""
        return run.operation(self.method).answer(self.status)

    def json(self, run: Run) -> Json:
        """The body: the example with its changes.

        Raises:
            Mismatch: there is no such example.
        """
        body, answer = self.body, self.documented(run)
        if self.example:
            examples: Mapping[str, Json] = answer.content.examples if answer is not None else {}
            if self.example not in examples:
                refuse(f"no example {self.example!r} of the status {self.status}", sorted(examples))
            body = examples[self.example]
        for pointer, value in self.changes.items():
            body = put(body, pointer, MISSING if value is ABSENT else value)
        return body

    def reply(self, run: Run) -> Reply:
        """The answer on the wire."""
        answer, body = self.documented(run), self.json(run)
        media_type = answer.content.media_type if answer is not None else ""
        if isinstance(body, str) and not is_json(media_type):
            return Reply(self.status, body.encode(), {**_typed(media_type), **self.headers})
        if body is None and not self.example and not self.changes:
            return Reply(self.status, b"", self.headers)
        media = sent_as(media_type) if is_json(media_type) else "application/json"
        content = json.dumps(body, ensure_ascii=False).encode()
        return Reply(self.status, content, {"Content-Type": media, **self.headers})

    def script(self, run: Run) -> Script:
        """The answer as the server plays it."""
        return self.reply(run).script

    def called(self, run: Run) -> Outcome:
        """What comes of a call that gets the answer.

        Raises:
            Mismatch: the answer is a documented one, and has what is not documented.
        """
        answer = self.documented(run)
        if answer is not None and self.example and not self.changes and is_json(answer.content.media_type):
            found = [*unknown_in(run.document.validity, answer.content.part, self.json(run))]
            expect([], found, "what the example says and the document does not know")
        return run.call(self.method, run.least(self.method, self.example), self.script(run))


def _typed(media_type: str) -> dict[str, str]:
    return {"Content-Type": sent_as(media_type)} if media_type else {}


@dataclass(frozen=True)
class Response:
    """An answer that nothing is said of yet. Lines about jobs add what they say of it."""

    said: Said

    def but(self, pointers: Changes | None = None, /, **properties: Any) -> Response:
        """The same answer with one change.

        Args:
            pointers: what stands at places of the body, by JSON pointer.
            **properties: what properties of the body are.
        """
        changes = {**(pointers or {}), **{f"/{name}": value for name, value in properties.items()}}
        given = [repr(pointers)] if pointers else []
        named = [f"{name}={value!r}" for name, value in properties.items()]
        return self._changed(f"but({', '.join([*given, *named])})", changes)

    def without(self, *pointers: str) -> Response:
        """The same answer without what stands at places of its body.

        Args:
            *pointers: JSON pointers.
        """
        return self._changed(spoken("without", *pointers), dict.fromkeys(pointers, ABSENT))

    def _changed(self, text: str, changes: Changes) -> Response:
        said = replace(self.said, text=f"{self.said.text}.{text}", changes={**self.said.changes, **changes})
        return Response(said)

    def returns(self, kind: str, *headers: str) -> ReturnsCase:
        """Say that the method returns the answer as a type.

        Args:
            kind: notation of the type; "nothing" for None.
            *headers: names of header fields that it returns beside it.
        """
        text = f"{self.said.text}.{spoken('returns', kind, *headers)}"
        return ReturnsCase(said=text, about=self.said.method, answer=self.said, kind=kind, headers=headers)

    def shows(self, kind: str, /, **facts: Json) -> StatusCase:
        """Say what the answer tells of a job, as the vendor's page says it.

        Args:
            kind: the job type.
            **facts: attributes of the status.
        """
        return self._told("shows", kind, facts)

    def reads(self, kind: str, /, **facts: Json) -> StatusCase:
        """Say what the answer tells of a job, as the harness reads it.

        Args:
            kind: the job type.
            **facts: attributes of the status.
        """
        return self._told("reads", kind, facts)

    def _told(self, verb: str, kind: str, facts: Mapping[str, Json]) -> StatusCase:
        text = f"{self.said.text}.{spoken_names(verb, kind, facts)}"
        return StatusCase(said=text, about=kind, answer=self.said, facts=facts)

    def names(self, kind: str, /, **identity: Json) -> NamesCase:
        """Say which job the answer to submitting names.

        Args:
            kind: the job type.
            **identity: what identifies the job, without what the client knows.
        """
        text = f"{self.said.text}.{spoken_names('names', kind, identity)}"
        return NamesCase(said=text, about=kind, answer=self.said, identity=identity)

    def goes_on(self, kind: str, /) -> GoesOnCase:
        """Say that the answer to submitting is no end."""
        text = f"{self.said.text}.{spoken('goes_on', kind)}"
        return GoesOnCase(said=text, about=kind, answer=self.said)

    def raises(
        self,
        kind: str,
        message: str | None = None,
        *,
        code: str | None = None,
        request_id: str | None = None,
        at: str | None = None,
    ) -> RaisesCase:
        """Say that the method raises an exception.

        Args:
            kind: name of its class.
            message: the vendor's words in it.
            code: the vendor's code.
            request_id: the vendor's id of the request.
            at: JSON pointer of what cannot be decoded.
        """
        facts = {"code": code, "request_id": request_id, "at": at}
        text = f"{self.said.text}.{spoken('raises', kind, message, **facts)}"
        return RaisesCase(
            said=text, about=self.said.method, answer=self.said, kind=kind, message=message, code=code,
            request_id=request_id, at=at,
        )  # fmt: skip


def response(
    method: str, status: int, example: str = "", /, *, body: Json = None, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer.

    Args:
        method: that is called.
        status: of HTTP.
        example: name of the documented body.
        body: JSON or text, where no example is named.
        headers: header fields.
    """
    text = spoken("response", method, status, example or None, body=body, headers=headers or {})
    return Response(Said(text, method, status, example, body, headers or {}))


@dataclass(frozen=True, kw_only=True)
class ReturnsCase(Case):
    """An answer that a method returns as a type: every value is there, under its name, and nothing is lost."""

    answer: Said
    kind: str
    headers: tuple[str, ...]

    def where(self, run: Run) -> str:
        """The answer's locator."""
        return _where(run, self.answer)

    def hold(self, run: Run) -> None:
        """The method returns it."""
        called = self.answer.called(run)
        if called.error is not None:
            refuse(f"the call raised {type(called.error).__name__}", self.kind, str(called.error))
        value, documented = called.value, self.answer.documented(run)
        if documented is None:
            refuse(f"the document has no status {self.answer.status}")
        if run.operation(self.about).with_headers:
            expect(self.answer.status, value.status, "the status")
            for name in self.headers:
                expect(self.answer.headers[name], value.headers.get(name), f"the header {name}")
            value = value.body
        content, body = documented.content, self.answer.json(run)
        if run.operation(self.about).http == "HEAD" or not content.media_type:
            expect("nothing", self.kind, "the type as the document has it")
            expect(None, value, "what the method returns")
            return
        if not is_json(content.media_type):
            text = content.media_type.partition("/")[0].strip().lower() == "text"
            expect("text" if text else "bytes", self.kind, "the type as the document has it")
            expect(body if text else str(body).encode(), value, "what the method returns")
            return
        documented_kind = Notation(run.document.schemas, run.spelling.classes).of(content.part)
        expect(documented_kind, self.kind, "the type as the document has it")
        kinds = set(self.kind.split(" | "))
        if isinstance(value, BaseModel) and not kinds & {type(value).__name__, "any", *run.spelling.aliases}:
            refuse("the method returns another type", self.kind, type(value).__name__)
        agreement = Agreement(run.document.validity, run.spelling.named)
        if one := agreement.disagreement(content.part, body, value):
            refuse(f"the value at {one.pointer or 'the root'} differs", one.expected, one.actual)
        if not agreement.alike(content.part, body, written(value)):
            refuse("what the method returns does not hold all of the answer", body, written(value))


@dataclass(frozen=True, kw_only=True)
class RaisesCase(Case):
    """An answer that a method raises as an exception."""

    answer: Said
    kind: str
    message: str | None
    code: str | None
    request_id: str | None
    at: str | None

    def where(self, run: Run) -> str:
        """The answer's locator."""
        return _where(run, self.answer)

    def hold(self, run: Run) -> None:
        """The method raises it."""
        called = self.answer.called(run)
        if self.at is not None:
            error: Any = _raised(run, called, self.kind)
            expect(self.at, error.pointer, "the place that cannot be decoded")
            return
        reply = self.answer.reply(run)
        error = expect_refusal(run, self.about, called, reply, self.kind)
        facts = {"vendor_message": self.message, "code": self.code, "request_id": self.request_id}
        for name, value in facts.items():
            expect(value, getattr(error, name), f"{name} of the exception")
        if (self.code or "") not in str(error):
            refuse("the exception's text does not tell the code", self.code, str(error))
        documented = self.answer.documented(run)
        if documented is not None and not documented.success and is_json(documented.content.media_type):
            self._expect_problem(run, documented, error)

    def _expect_problem(self, run: Run, documented: Answer, error: Any) -> None:
        """The body as its documented type, where it fits."""
        part, body = documented.content.part, self.answer.json(run)
        if not run.document.validity.documented(part).takes(body):
            return
        agreement = Agreement(run.document.validity, run.spelling.named)
        if one := agreement.disagreement(part, body, error.problem):
            refuse(f"the problem body differs at {one.pointer or 'the root'}", one.expected, one.actual)


def _raised(run: Run, called: Outcome, kind: str) -> Any:
    if called.error is None:
        refuse("the call raised nothing", kind, called.value)
    if type(called.error) is not run.error(kind):
        refuse("the call raised another exception", kind, repr(called.error))
    return called.error


def expect_refusal(run: Run, method: str, called: Outcome, reply: Reply, kind: str) -> Any:
    """Hold an exception to its class, and to what the document makes of the answer.

    Args:
        run: of the case.
        method: that was called.
        called: what came of the call.
        reply: the answer.
        kind: name of the class, as the line says it.

    Returns:
        The exception.

    Raises:
        Mismatch: it is another one.
    """
    documented = refusal(objects(run.document.data.get("x-errors")), run.operation(method), reply)
    expect(documented.kind if documented is not None else "no exception", kind, "the class as the document has it")
    error = _raised(run, called, kind)
    assert documented is not None
    wanted = {"operation": method, "status": reply.status, "transient": documented.transient}
    for name, value in wanted.items():
        expect(value, getattr(error, name), f"{name} of the exception")
    for part in (method, str(reply.status)):
        if part not in str(error):
            refuse("the exception's text does not tell", part, str(error))
    return error


def _where(run: Run, said: Said) -> str:
    answer = said.documented(run) if said.method in run.operations else None
    if answer is None:
        return ""
    example = f"/content/{escaped(answer.content.media_type)}/examples/{escaped(said.example)}"
    return answer.where + (example if said.example in answer.content.examples else "")


@dataclass(frozen=True, kw_only=True)
class StatusesCase(Case):
    """Exceptions of documented statuses without an example: ``statuses("get_job", {401: "AuthenticationError"})``."""

    classes: Mapping[int | str, str]

    def hold(self, run: Run) -> None:
        """Each status raises its exception."""
        operation = run.operation(self.about)
        for named, kind in self.classes.items():
            status = status_of(operation, str(named))
            if status is None or operation.answer(status) is None:
                refuse(
                    f"the document has no status {named}",
                    list(self.classes),
                    [item.status for item in operation.answers],
                )
            reply = Reply.of(status, {})
            called = run.call(self.about, run.least(self.about), reply.script)
            expect_refusal(run, self.about, called, reply, kind)


def statuses(method: str, classes: Mapping[int | str, str], /) -> StatusesCase:
    """The exceptions of documented statuses that have no example.

    Args:
        method: that is called.
        classes: names of exceptions by status; a range or the default as text.
    """
    return StatusesCase(said=spoken("statuses", method, dict(classes)), about=method, classes=classes)


@dataclass(frozen=True, kw_only=True)
class ErrorsCase(Case):
    """Where an error answer keeps the vendor's code, words and request id: ``errors(code=("/code",), ...)``."""

    places: Mapping[str, tuple[str, ...]]

    def where(self, run: Run) -> str:
        """The extension's locator."""
        return "/x-errors"

    def hold(self, run: Run) -> None:
        """What stands at each place is told by the exception, and the first of several wins."""
        documented = objects(run.document.data.get("x-errors"))
        attributes = {"code": "code", "message": "vendor_message", "request_id": "request_id"}
        for about, places in self.places.items():
            expect([_short(place) for place in texts(documented.get(about))], list(places), f"places of {about}")
        for about, attribute in attributes.items():
            long = [_long(place) for place in self.places.get(about, ())]
            expect(len(long), len(texts(documented.get(about))), f"number of places of {about}")
            for index in range(len(long)):
                values = {place: f"{about} {number}" for number, place in enumerate(long[index:], index)}
                error = _told(run, values)
                expect(f"{about} {index}", getattr(error, attribute), f"{about} of the exception")


def _short(place: str) -> str:
    body, header = "$response.body#", "$response."
    return place.removeprefix(body) if place.startswith(body) else place.removeprefix(header)


def _long(place: str) -> str:
    return f"$response.body#{place}" if place.startswith("/") or not place else f"$response.{place}"


def _told(run: Run, values: Mapping[str, Json], status: int = 418) -> Any:
    """The exception for an error answer with values at places."""
    method = next(iter(run.operations))
    reply = reply_with(values, status)
    called = run.call(method, run.least(method), reply.script)
    if called.error is None:
        refuse("the call raised nothing", "an exception", called.value)
    return called.error


def reply_with(values: Mapping[str, Json], status: int) -> Reply:
    """An answer with values at places.

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
    """Where an error answer keeps what an exception tells, the first that is there.

    Args:
        code: pointers into the body, or ``header.NAME``, of the vendor's code.
        message: those of the vendor's words.
        request_id: those of the vendor's id of the request.
    """
    places = {
        name: value for name, value in (("code", code), ("message", message), ("request_id", request_id)) if value
    }
    return ErrorsCase(said=spoken("errors", **places), about="x-errors", places=places)


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
            refuse("the document has no such rule", self.said, rules)
        place = next(iter(texts(extension.get("code"))), "")
        method = next(iter(run.operations))
        for named in self.statuses or ("400",):
            status = {"4XX": 418, "5XX": 501}.get(named.upper()) or int(named)
            for code in self.codes or ("",):
                reply = reply_with({place: code} if code else {}, status)
                called = run.call(method, run.least(method), reply.script)
                error = expect_refusal(run, method, called, reply, self.kind)
                if self.transient is not None:
                    expect(self.transient, error.transient, f"whether {code or status} is transient")


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
        said=text if transient is None else f"{text[:-1]}, transient={transient})",
        about="x-errors",
        kind=kind,
        codes=listed,
        statuses=tuple(statuses.split()),
        transient=transient,
    )
