"""Test cases of responses: what a method returns or raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import BaseModel

from jobclients_contract.assertions.agreement import Agreement, written
from jobclients_contract.failure import agree, expect, refuse
from jobclients_contract.schema_model.document import DocumentedResponse, objects
from jobclients_contract.schema_model.expected_errors import expected_error
from jobclients_contract.schema_model.media_types import is_json
from jobclients_contract.schema_model.notation import Notation
from jobclients_contract.schema_model.places import Reply, filled, in_body
from jobclients_contract.schema_model.pointers import texts
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.case import Case, spoken, spoken_names
from jobclients_contract.suite.example_response import ABSENT, Changes, ExampleResponse
from jobclients_contract.suite.job_statuses import GoesOnCase, NamesCase, StatusCase
from jobclients_contract.suite.running import CallResult, Run

_MADE_UP: Final = "made-up words"


@dataclass(frozen=True)
class Response:
    """A response that nothing is said of yet. Lines about jobs add what they say of it."""

    example: ExampleResponse

    def but(self, pointers: Changes | None = None, /, **properties: Any) -> Response:
        """The same response with one change.

        Args:
            pointers: what is at places of the body, by JSON pointer.
            **properties: what properties of the body are.
        """
        changes = {**(pointers or {}), **{f"/{name}": value for name, value in properties.items()}}
        given = [repr(pointers)] if pointers else []
        named = [f"{name}={value!r}" for name, value in properties.items()]
        return self._changed(f"but({', '.join([*given, *named])})", changes)

    def without(self, *pointers: str) -> Response:
        """The same response without what is at places of its body.

        Args:
            *pointers: JSON pointers.
        """
        return self._changed(spoken("without", *pointers), dict.fromkeys(pointers, ABSENT))

    def _changed(self, text: str, changes: Changes) -> Response:
        example = replace(self.example, text=f"{self.example.text}.{text}", changes={**self.example.changes, **changes})
        return Response(example)

    def returns(self, kind: str, *headers: str) -> ReturnsCase:
        """Say that the method returns the response as a type.

        Args:
            kind: notation of the type; "nothing" for None.
            *headers: names of header fields that it returns beside it.
        """
        text = f"{self.example.text}.{spoken('returns', kind, *headers)}"
        return ReturnsCase(source=text, about=self.example.method, response=self.example, kind=kind, headers=headers)

    def shows(self, kind: str, /, **facts: Json) -> StatusCase:
        """Say what the response tells of a job, as the vendor's page says it.

        Args:
            kind: the job type.
            **facts: attributes of the status.
        """
        return self._status_case("shows", kind, facts)

    def reads(self, kind: str, /, **facts: Json) -> StatusCase:
        """Say what the response tells of a job, as the harness reads it.

        Args:
            kind: the job type.
            **facts: attributes of the status.
        """
        return self._status_case("reads", kind, facts)

    def _status_case(self, verb: str, kind: str, facts: Mapping[str, Json]) -> StatusCase:
        text = f"{self.example.text}.{spoken_names(verb, kind, facts)}"
        return StatusCase(source=text, about=kind, response=self.example, facts=facts)

    def names(self, kind: str, /, **identity: Json) -> NamesCase:
        """Say which job the response to submitting names.

        Args:
            kind: the job type.
            **identity: what identifies the job, without what the client knows.
        """
        text = f"{self.example.text}.{spoken_names('names', kind, identity)}"
        return NamesCase(source=text, about=kind, response=self.example, identity=identity)

    def goes_on(self, kind: str, /) -> GoesOnCase:
        """Say that the response to submitting is not an end."""
        text = f"{self.example.text}.{spoken('goes_on', kind)}"
        return GoesOnCase(source=text, about=kind, response=self.example)

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
        text = f"{self.example.text}.{spoken('raises', kind, message, **facts)}"
        return RaisesCase(
            source=text, about=self.example.method, response=self.example, kind=kind, message=message, code=code,
            request_id=request_id, at=at,
        )  # fmt: skip


def response(
    method: str, status: int, example: str = "", /, *, body: Json = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A response.

    Args:
        method: that is called.
        status: of HTTP.
        example: name of the documented body.
        body: JSON or text, where no example is named.
        headers: header fields.
    """
    text = spoken("response", method, status, example or None, body=body, headers=headers or {})
    return Response(ExampleResponse(text, method, status, example, body, headers or {}))


@dataclass(frozen=True, kw_only=True)
class ReturnsCase(Case):
    """A response that a method returns as a type: every value is there, under its name, and nothing is lost."""

    response: ExampleResponse
    kind: str
    headers: tuple[str, ...]

    def where(self, run: Run) -> str:
        """The response's locator."""
        return self.response.where(run)

    def hold(self, run: Run) -> None:
        """The method returns it."""
        called = self.response.called(run)
        if called.error is not None:
            refuse(f"the call raised {type(called.error).__name__}", self.kind, str(called.error))
        value, documented = called.value, self.response.documented(run)
        if documented is None:
            refuse(f"the document has no status {self.response.status}")
        if run.operation(self.about).with_headers:
            expect(self.response.status, value.status, "the status")
            for name in self.headers:
                expect(self.response.headers[name], value.headers.get(name), f"the header {name}")
            value = value.body
        content, body = documented.content, self.response.json(run)
        if run.operation(self.about).http == "HEAD" or not content.media_type:
            agree("nothing", self.kind, "the type")
            expect(None, value, "what the method returns")
            return
        if not is_json(content.media_type):
            text = content.media_type.partition("/")[0].strip().lower() == "text"
            agree("text" if text else "bytes", self.kind, "the type")
            expect(body if text else str(body).encode(), value, "what the method returns")
            return
        documented_kind = Notation(run.document.schemas, run.naming.classes).of(content.part)
        agree(documented_kind, self.kind, "the type")
        kinds = set(self.kind.split(" | "))
        if isinstance(value, BaseModel) and not kinds & {type(value).__name__, "any", *run.naming.aliases}:
            refuse("the method returns another type", self.kind, type(value).__name__)
        agreement = Agreement(run.document.validity, run.naming.named)
        if one := agreement.disagreement(content.part, body, value):
            refuse(f"the value at {one.pointer or 'the root'} differs", one.expected, one.actual)
        if not agreement.alike(content.part, body, written(value)):
            refuse("what the method returns does not hold all of the response", body, written(value))


@dataclass(frozen=True, kw_only=True)
class RaisesCase(Case):
    """A response that a method raises as an exception."""

    response: ExampleResponse
    kind: str
    message: str | None
    code: str | None
    request_id: str | None
    at: str | None

    def where(self, run: Run) -> str:
        """The response's locator."""
        return self.response.where(run)

    def hold(self, run: Run) -> None:
        """The method raises it."""
        called = self.response.called(run)
        if self.at is not None:
            error: Any = _raised(run, called, self.kind)
            expect(self.at, error.pointer, "the place that cannot be decoded")
            return
        reply = self.response.reply(run)
        error = expect_refusal(run, self.about, called, reply, self.kind)
        facts = {"vendor_message": self.message, "code": self.code, "request_id": self.request_id}
        for name, value in facts.items():
            expect(value, getattr(error, name), f"{name} of the exception")
        if self.kind == "Refused":
            self._expect_message(run)
        if (self.code or "") not in str(error):
            refuse("the exception's text does not tell the code", self.code, str(error))
        documented = self.response.documented(run)
        if documented is not None and not documented.success and is_json(documented.content.media_type):
            expect_error_body(run, documented, self.response.json(run), error)

    def _expect_message(self, run: Run) -> None:
        """The exception has the vendor's words, from where the envelope says."""
        for place in texts(objects(run.operation(self.about).envelope).get("message")):
            if in_body(place):
                body = filled(self.response.json(run), place, _MADE_UP)
                told = replace(self.response, example="", body=body, changes={})
                called = run.call(self.about, run.minimal(self.about), told.script(run))
                expect(_MADE_UP, getattr(called.error, "vendor_message", None), f"vendor_message where {place} says it")


def expect_error_body(run: Run, documented: DocumentedResponse, body: Json, error: Any) -> None:
    """Compare the body of an exception with its documented type, where it fits.

    Raises:
        Mismatch: they differ.
    """
    part = documented.content.part
    if not run.document.validity.documented(part).takes(body):
        return
    agreement = Agreement(run.document.validity, run.naming.named)
    if one := agreement.disagreement(part, body, error.problem):
        refuse(f"the problem body differs at {one.pointer or 'the root'}", one.expected, one.actual)


def _raised(run: Run, called: CallResult, kind: str) -> Any:
    if called.error is None:
        refuse("the call raised nothing", kind, called.value)
    if type(called.error) is not run.error(kind):
        refuse("the call raised another exception", kind, repr(called.error))
    return called.error


def expect_refusal(run: Run, method: str, called: CallResult, reply: Reply, kind: str) -> Any:
    """Hold an exception to its class, and to what the document makes of the response.

    Args:
        run: of the case.
        method: that was called.
        called: what came of the call.
        reply: the response.
        kind: name of the class, as the line says it.

    Returns:
        The exception.

    Raises:
        Mismatch: it is another one.
    """
    documented = expected_error(objects(run.document.data.get("x-errors")), run.operation(method), reply)
    agree(documented.kind if documented is not None else "no exception", kind, "the class of the exception")
    error = _raised(run, called, kind)
    assert documented is not None
    wanted = {"operation": method, "status": reply.status, "transient": documented.transient}
    for name, value in wanted.items():
        expect(value, getattr(error, name), f"{name} of the exception")
    for part in (method, str(reply.status)):
        if part not in str(error):
            refuse("the exception's text does not tell", part, str(error))
    return error
