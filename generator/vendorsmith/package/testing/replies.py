"""What a vendor answers: documented successes and errors as bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .._runtime.operation import BINARY, TEXT, UNSET, Operation, Vendor
from .answers import Draft
from .samples import Shape, schema_of


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or how it fails to come.

    Args:
        status: HTTP status.
        headers: Header fields.
        content: The body.
        fault: What happens to the answer on its way: one of `faults.TRANSPORT`, or ``wrong-length``; else empty.
        pace: Seconds between its bytes; 0 for an answer that comes at once.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    content: bytes = field(default=b"", repr=False)
    fault: str = ""
    pace: float = 0.0


class Replies:
    """Makes the answers of a vendor.

    Args:
        vendor: The vendor.
    """

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor

    def draft(self, operation: Operation[Any] | None) -> Draft:
        """The least answer that is a success of an operation; more may be said in it.

        Args:
            operation: The operation; None for a call that only exchanges credentials.

        Returns:
            The answer in the making.
        """
        if operation is None:
            return Draft(Shape({}), {})
        status, returns = _success(operation)
        draft = Draft(self._shape(returns))
        draft.status = status
        envelope = self._vendor.envelope if operation.envelope is UNSET else operation.envelope
        if envelope and isinstance(returns, str):
            if envelope.ok is not None and not _is_list(draft):
                draft.satisfy(envelope.ok)
            if envelope.refused is not None:
                draft.contradict(envelope.refused)
        return draft

    def _shape(self, returns: Any) -> Shape:
        return Shape(schema_of(self._vendor.models, returns)) if isinstance(returns, str) else Shape({})

    def success(self, draft: Draft, operation: Operation[Any] | None) -> Reply:
        """An answer that is made.

        Args:
            draft: What it says.
            operation: The operation.

        Returns:
            The answer as bytes.
        """
        returns = _success(operation)[1] if operation is not None else "json"
        if returns is None:
            return Reply(draft.status, draft.headers)
        if returns is TEXT or returns is BINARY:
            kind = "text/plain; charset=utf-8" if returns is TEXT else "application/octet-stream"
            return Reply(draft.status, {**draft.headers, "Content-Type": kind}, b"text")
        return Reply(draft.status, {**draft.headers, "Content-Type": "application/json"}, _encoded(draft.body))

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
            The answer.
        """
        model = operation.raises.get(status) if operation is not None else None
        draft = Draft(self._shape(model))
        errors = self._vendor.errors
        for places, text in ((errors.code, code), (errors.message, message)):
            if places and text and places[0].startswith("$response.body"):
                draft.set(places[0], text)
        headers = {"Content-Type": "application/json"}
        if retry_after:
            headers["Retry-After"] = retry_after
        if status in (204, 304):
            return Reply(status, {name: value for name, value in headers.items() if name != "Content-Type"})
        return Reply(status, headers, _encoded(draft.body))

    def not_found(self, operation: Operation[Any], message: str) -> Reply:
        """The way in which the vendor says that it knows no such thing.

        Args:
            operation: What was called.
            message: The words.

        Returns:
            The answer: a 404, or what a rule of the vendor's errors says that it sends in its place.
        """
        for rule in self._vendor.errors.rules:
            if rule.raises == "NotFound" and rule.code:
                exact = [int(status) for status in rule.status if str(status).isdigit()]
                documented = [int(status) for status in operation.raises if str(status).isdigit()]
                status = next((item for item in (*exact, *documented) if rule.applies(item, rule.code[0])), 404)
                return self.error(status, operation, message=message, code=rule.code[0])
        return self.error(404, operation, message=message)


def _success(operation: Operation[Any]) -> tuple[int, Any]:
    for status, returns in operation.returns.items():
        text = str(status).upper()
        if text.startswith("2"):
            return (200 if text == "2XX" else int(text)), returns
    return 200, operation.returns.get("default")


def _is_list(draft: Draft) -> bool:
    return isinstance(draft.body, list)


def _encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
