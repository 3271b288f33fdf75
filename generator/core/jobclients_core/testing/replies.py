"""Makes the HTTP responses of a fake vendor: documented successes and errors."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from jobclients_core import statuses
from jobclients_core.envelopes import conditions
from jobclients_core.errors import error_name
from jobclients_core.expressions import BODY, ResponseContext, first_text, pointer_in, source_of
from jobclients_core.media_types import is_read_as_json
from jobclients_core.openapi import DocumentedResponse, OpenApi
from jobclients_core.operation import BINARY, TEXT, UNSET, Operation, Vendor
from jobclients_core.schema import Part

from .job_bodies import Draft
from .samples import ANYTHING, Shape

_BODILESS = (204, 205, 304)
_NEAR = {400: (422,), 401: (403,)}
"""Statuses that say much the same, for vendors that document those."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response, or how it fails to come.

    Args:
        status: HTTP status.
        headers: Header fields.
        content: The body.
        fault: What happens to the response on its way: one of `faults.TRANSPORT`, or ``wrong-length``; else empty.
        pace: Seconds between its bytes; 0 for a response that comes at once.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    content: bytes = field(default=b"", repr=False)
    fault: str = ""
    pace: float = 0.0


class Replies:
    """Makes the responses of a vendor.

    Args:
        vendor: What all operations of the vendor share.
        openapi: What is documented of it.
    """

    def __init__(self, vendor: Vendor, openapi: OpenApi) -> None:
        self._vendor = vendor
        self._openapi = openapi

    def draft(self, operation: Operation[Any] | None, bodies: Sequence[Any] | None = None) -> Draft:
        """A response that is a success of an operation: the first documented example, or the least that is valid.

        Args:
            operation: The operation; None for a call that only exchanges credentials.
            bodies: The bodies to take the first of; the documented examples when None.

        Returns:
            The response in the making; more may be said in it.
        """
        if operation is None:
            return Draft(ANYTHING, {})
        status, returns = _success(operation)
        documented = self._openapi.response(operation, status) or DocumentedResponse()
        bodies = self.bodies(operation) if bodies is None else bodies
        draft = Draft(self._shape(documented.body), copy.deepcopy(bodies[0]) if bodies else None)
        draft.status = status
        for name, header in documented.headers.items():
            if header.required or header.example is not None:
                sample = header.example if header.example is not None else self._shape(header.schema).sample()
                draft.headers[name] = str(sample)
        envelope = self._vendor.envelope if operation.envelope is UNSET else operation.envelope
        if envelope and isinstance(returns, str) and not bodies:
            for condition in conditions(envelope.ok) if not isinstance(draft.body, list) else ():
                draft.satisfy(condition)
            for condition in conditions(envelope.refused):
                draft.contradict(condition)
        return draft

    def bodies(self, operation: Operation[Any]) -> list[Any]:
        """The documented examples of an operation's success that are not refusals in disguise.

        Returns:
            Their values, in the document's order.
        """
        status, _ = _success(operation)
        documented = self._openapi.response(operation, status)
        envelope = self._vendor.envelope if operation.envelope is UNSET else operation.envelope
        found = documented.bodies if documented is not None else []
        return [body for body in found if not envelope or not envelope.refuses(ResponseContext(status, {}, body))]

    def _shape(self, part: Part | None) -> Shape:
        return Shape(self._openapi.schemas, (part,)) if part is not None else ANYTHING

    def places(self, operation: Operation[Any], argument: str) -> list[Shape]:
        """The shape of a parameter.

        Args:
            operation: The called operation, a constant of generated code.
            argument: The parameter's name in Python.

        Returns:
            The shape; nothing for an argument that is not a parameter.
        """
        wanted = [parameter for parameter in operation.parameters if parameter.name == argument]
        return [self._shape(self._openapi.parameter(operation, parameter)) for parameter in wanted]

    def success(self, draft: Draft, operation: Operation[Any] | None) -> Reply:
        """A response that is made.

        Args:
            draft: What it says.
            operation: The called operation, a constant of generated code.

        Returns:
            The response as bytes.
        """
        if operation is None:
            return Reply(draft.status, {**draft.headers, "Content-Type": "application/json"}, _encoded(draft.body))
        returns = _success(operation)[1]
        if returns is None or draft.status in _BODILESS:
            return Reply(draft.status, draft.headers)
        documented = self._openapi.response(operation, draft.status) or DocumentedResponse()
        kind = documented.media_type
        if returns is TEXT or returns is BINARY:
            kind = kind if "*" not in kind else "text/plain" if returns is TEXT else "application/octet-stream"
            example = next(iter(documented.bodies), "text")
            return Reply(draft.status, {**draft.headers, "Content-Type": kind}, str(example).encode())
        return Reply(draft.status, {**draft.headers, "Content-Type": _exact_type(kind)}, _encoded(draft.body))

    def example(self, operation: Operation[Any], name: str) -> Reply | None:
        """A documented example as it is.

        Args:
            operation: The called operation, a constant of generated code.
            name: Its name; of several with one name the first, successes before errors. With the status before a
                slash (``404/missing``), that one's.

        Returns:
            The response; None where there is none of that name.
        """
        wanted, slash, rest = name.partition("/")
        for status, kind, examples in self._examples(operation):
            key = name if name in examples else rest if slash and wanted.upper() == status.upper() else ""
            if key in examples:
                draft = self.draft(operation)
                headers = draft.headers if _is_success(operation, status) else {}
                value = examples[key]
                is_text = isinstance(value, str) and not is_read_as_json(kind)
                content = str(value).encode() if is_text else _encoded(value)
                number = _success(operation)[0] if _is_success(operation, status) else statuses.example(status, 500)
                return Reply(number, {**headers, "Content-Type": kind}, content)
        return None

    def names(self, operation: Operation[Any]) -> list[str]:
        """The names of an operation's documented examples.

        Returns:
            Each with its status, as in ``200/running``.
        """
        return [f"{status}/{name}" for status, _, examples in self._examples(operation) for name in examples]

    def _examples(self, operation: Operation[Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
        documented = self._openapi.responses(operation).items()
        responses = sorted(documented, key=lambda item: not _is_success(operation, str(item[0])))
        return [
            (str(status), kind, examples)
            for status, documented in responses
            for kind, examples in documented.examples.items()
        ]

    def error(
        self,
        status: int,
        operation: Operation[Any] | None = None,
        *,
        message: str = "",
        code: str = "",
        retry_after: str = "",
    ) -> Reply:
        """An error as the vendor documents it, as far as it does.

        Args:
            status: HTTP status.
            operation: What was called.
            message: The vendor's words.
            code: The vendor's own code.
            retry_after: Value of ``Retry-After``.

        Returns:
            The response.
        """
        documented = self._openapi.response(operation, status) if operation is not None else None
        headers = {"Retry-After": retry_after} if retry_after else {}
        bodiless = documented is not None and not documented.media_type
        if status in _BODILESS or (bodiless and not message and not code):
            return Reply(status, headers)
        if documented is not None and documented.media_type and not is_read_as_json(documented.media_type):
            example = next(iter(documented.bodies), _phrase(status))
            return Reply(status, {**headers, "Content-Type": documented.media_type}, (message or str(example)).encode())
        draft = Draft(
            self._shape(documented.body if documented is not None and not bodiless else self._openapi.usual_error)
        )
        example = None
        if documented is not None and not message and not code:
            example = next((body for body in documented.bodies if self._plain(status, body)), None)
        draft.body = copy.deepcopy(example) if example is not None else draft.body
        wording = message or ("" if example is not None else _phrase(status))
        if example is None and documented is not None and self._openapi.always_at(self._vendor.errors.code, documented):
            code = code or "made-up"
        for places, text in ((self._vendor.errors.code, code), (self._vendor.errors.message, wording)):
            inside = [place for place in places if source_of(place).startswith(BODY)]
            known = [place for place in inside if draft.shape.at(pointer_in(source_of(place))).known]
            if inside and text:
                draft.say((known or inside)[0], text)
        kind = documented.media_type if documented is not None and documented.media_type else "application/json"
        return Reply(status, {**headers, "Content-Type": _exact_type(kind)}, _encoded(draft.body))

    def refusal(self, status: int, operation: Operation[Any], message: str) -> Reply:
        """What the vendor answers to a request that it does not carry out, in a status that it documents.

        Args:
            status: The HTTP status that means it.
            operation: What was called.
            message: Why, in words.

        Returns:
            The response.
        """
        alike = (status, *_NEAR.get(status, ()))
        near = [item for item in alike if self._openapi.response(operation, item) is not None]
        name = error_name(status, documented=True)
        rules = [rule for rule in self._vendor.errors.rules if rule.raises == name and rule.code]
        return self.error((near or [status])[0], operation, message=message, code=rules[0].code[0] if rules else "")

    def _plain(self, status: int, body: Any) -> bool:
        """Whether a documented error means what its status says, and no rule of the vendor something else."""
        code = first_text(self._vendor.errors.code, ResponseContext(status, {}, body))
        return not any(rule.applies(status, code) for rule in self._vendor.errors.rules)

    def not_found(self, operation: Operation[Any], message: str) -> Reply:
        """The way in which the vendor says that it knows no such thing.

        Args:
            operation: What was called.
            message: The words.

        Returns:
            The response: a 404, or what a rule of the vendor's errors says that it sends in its place.
        """
        for rule in self._vendor.errors.rules:
            if rule.raises == "NotFound" and rule.code:
                return self.in_documented(None, operation, message=message, code=rule.code[0], usual=404)
        return self.error(404, operation, message=message)

    def in_documented(
        self, status: int | None, operation: Operation[Any], *, message: str, code: str, usual: int = 409
    ) -> Reply:
        """An error with a code of the vendor's, in a status that goes with it.

        Args:
            status: The status, where it is known.
            operation: What was called.
            message: The words.
            code: The code; empty for none.
            usual: The status where nothing else is documented.

        Returns:
            The response.
        """
        if status is None:
            rules = [rule for rule in self._vendor.errors.rules if code in rule.code]
            exact = [int(item) for rule in rules for item in rule.status if str(item).isdigit()]
            documented = [int(item) for item in operation.raises if str(item).isdigit()]
            fitting = (item for item in (*exact, *documented) if any(rule.applies(item, code) for rule in rules))
            status = next(fitting, usual)
        return self.error(status, operation, message=message, code=code)


def _success(operation: Operation[Any]) -> tuple[int, Any]:
    key = next((key for key in operation.returns if statuses.is_result(key, operation.returns)), "default")
    return statuses.example(key, 200), operation.returns.get(key)


def _is_success(operation: Operation[Any], status: str) -> bool:
    return status in {str(key) for key in operation.returns}


def _exact_type(media_type: str) -> str:
    return "application/json" if not media_type or "*" in media_type else media_type


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Something went wrong."


def _encoded(body: Any) -> bytes:
    # A lone surrogate, which a documented example may hold, becomes the escape that JSON has for it.
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
