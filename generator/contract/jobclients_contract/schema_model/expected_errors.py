"""The exception that a client should raise for a response, by the document and HTTP: class, code and message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jobclients_contract.schema_model.document import Operation, listed, objects
from jobclients_contract.schema_model.places import Reply, first_text, says_no
from jobclients_contract.schema_model.pointers import texts
from jobclients_contract.schema_model.values import Json

_CLASSES: Final = {
    400: "BadRequest",
    401: "AuthenticationError",
    403: "PermissionDenied",
    404: "NotFound",
    409: "Conflict",
    429: "RateLimited",
}
_TRANSIENT: Final = (408, 425, 429, 499, 502, 503, 504, *range(520, 531))
_RANGES: Final = {
    "3XX": (300, 302, 303, 307),
    "4XX": (418, 400, 401, 403, 404, 408, 409, 422, 429),
    "5XX": (500, 501, 502, 503, 504),
    "DEFAULT": (418, 400, 401, 422, 500, 503, 302),
}


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """An exception as a client should raise it.

    Attributes:
        kind: name of its class.
        transient: whether the same call may succeed a little later.
        code: the vendor's.
        message: the vendor's, in one line.
        request_id: the vendor's.
    """

    kind: str
    transient: bool
    code: str | None
    message: str | None
    request_id: str | None


def status_of(operation: Operation, status: str) -> int | None:
    """A status that stands for a documented one: itself, or one of its range that is not documented by itself."""
    if status.isdecimal():
        return int(status)
    responses = [response for response in operation.responses if response.status == status]
    options = _RANGES.get(status.upper(), ())
    return next((option for option in options if operation.response(option) in responses), None)


def expected_error(errors: Mapping[str, Json], operation: Operation, reply: Reply) -> ExpectedError | None:
    """What the exception for a response must say; None where the response says yes.

    Args:
        errors: ``x-errors``.
        operation: what was called.
        reply: the response.
    """
    response = operation.response(reply.status)
    success = response is not None and response.success
    if success and not says_no(operation.envelope, reply):
        return None
    own = objects(operation.envelope) if success else {}
    code = first_text([*texts(own.get("code")), *listed(errors.get("code"))], reply)
    kind, transient = _CLASSES.get(reply.status, ""), reply.status in _TRANSIENT
    if not kind:
        kind = "ServerError" if 500 <= reply.status < 600 else "UnexpectedStatus"
        if response is not None and reply.status < 500:
            kind = "Refused" if success else "BadRequest" if reply.status >= 400 else kind
    for rule in map(objects, listed(errors.get("rules"))):
        if _applies(rule, reply.status, code):
            kind = str(rule.get("raise", kind))
            transient = rule.get("transient", transient) is True
            break
    words = first_text([*texts(own.get("message")), *listed(errors.get("message"))], reply)
    ids = [*texts(errors.get("request_id")), "$response.header.X-Request-Id"]
    line = None if words is None else " ".join(words.split())
    return ExpectedError(kind, transient, code, line, first_text(ids, reply))


def _applies(rule: Mapping[str, Json], status: int, code: str | None) -> bool:
    named, codes = rule.get("status"), rule.get("code")
    keys = [str(key).upper() for key in named] if isinstance(named, list) else [str(status)]
    if str(status) not in keys and f"{status // 100}XX" not in keys:
        return False
    return not isinstance(codes, list) or not codes or code in [str(item) for item in codes]
