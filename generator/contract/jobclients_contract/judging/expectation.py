"""What a client must make of an error answer: read off the spec and HTTP, not off the client."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, cast

from jobclients_contract.cases import Answer, Contract, Json, Operation
from jobclients_contract.failure import expect, refuse
from jobclients_contract.playing.bodies import valid
from jobclients_contract.playing.driver import adapter, error_class, models_of
from jobclients_contract.playing.stage import Outcome
from jobclients_contract.reading.media_types import is_json
from jobclients_contract.reading.places import Reply, error_places, first_words, is_object
from jobclients_contract.reading.pointers import Missing

_CLASSES: Final = {
    400: "BadRequest",
    401: "AuthenticationError",
    403: "PermissionDenied",
    404: "NotFound",
    409: "Conflict",
    429: "RateLimited",
}
_TRANSIENT: Final = (408, 429, 502, 503, 504)
_RANGES: Final = {
    "3XX": (300, 302, 303, 307),
    "4XX": (400, 401, 403, 404, 408, 409, 422, 429),
    "5XX": (500, 501, 502, 503, 504),
    "DEFAULT": (400, 401, 422, 500, 503, 302),
}
_SECRET: Final = re.compile(rb'(?i)"[^"]*(?:token|secret|passw|api_?key|authorization)[^"]*"\s*:')
MOST_BODY: Final = 16_384
"""Bytes of an answer's body that an exception keeps at most."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an exception must say.

    Attributes:
        kind: name of its class.
        transient: whether the same call may succeed a little later.
        code: the vendor's.
        message: the vendor's.
        request_id: the vendor's.
    """

    kind: str
    transient: bool
    code: str | None
    message: str | None
    request_id: str | None


def documented(operation: Operation, status: int) -> Answer | None:
    """What is documented of a status: by itself, by its range, or by default."""
    by_status = {answer.status.upper(): answer for answer in operation.answers}
    keys = (str(status), f"{status // 100}XX", "DEFAULT")
    return next((by_status[key] for key in keys if key in by_status), None)


def statuses(operation: Operation, answer: Answer) -> list[int]:
    """Statuses that stand for a documented one: itself, or some of its range that are not documented by themselves."""
    if answer.status.isdecimal():
        return [int(answer.status)]
    listed = _RANGES.get(answer.status.upper(), ())
    return [status for status in listed if documented(operation, status) is answer]


def failures(operation: Operation) -> list[Answer]:
    """The documented answers that are errors."""
    return [answer for answer in operation.answers if answer.status[0] in "345" or answer.status.upper() == "DEFAULT"]


def expected(contract: Contract, operation: Operation, reply: Reply) -> Expected:
    """What the exception for an error answer, or for a refusal with a status that says yes, must say.

    Args:
        contract: the tables.
        operation: what was called.
        reply: the answer.
    """
    answer = documented(operation, reply.status)
    envelope = operation.envelope if answer is not None and answer.success else None
    code = first_words(_places(contract, envelope, "code"), reply)
    kind, transient = _CLASSES.get(reply.status, ""), reply.status in _TRANSIENT
    if not kind:
        kind = "ServerError" if 500 <= reply.status < 600 else "UnexpectedStatus"
        if answer is not None and reply.status < 500:
            kind = "Refused" if answer.success else "BadRequest" if reply.status >= 400 else kind
    deciding = rule_of(contract, reply.status, code)
    if deciding is not None:
        rule = rules(contract)[deciding]
        kind = str(rule.get("raise", kind))
        transient = rule.get("transient", transient) is True
    places = [*error_places(contract, "request_id"), "$response.header.X-Request-Id"]
    words = first_words(_places(contract, envelope, "message"), reply)
    return Expected(kind, transient, code, words, first_words(places, reply))


def _places(contract: Contract, envelope: Json, about: str) -> list[str]:
    """Where a fact may stand: where the envelope says so, then where ``x-errors`` does."""
    own = envelope.get(about) if is_object(envelope) else None
    return [*([own] if isinstance(own, str) else []), *error_places(contract, about)]


def rules(contract: Contract) -> list[dict[str, Json]]:
    """The rules of ``x-errors``."""
    found = contract.errors.get("rules") if is_object(contract.errors) else None
    return [rule for rule in found if is_object(rule)] if isinstance(found, list) else []


def rule_of(contract: Contract, status: int, code: str | None) -> int | None:
    """Which rule of ``x-errors`` decides an answer with a status and a code: the first that speaks of it."""
    return next((index for index, rule in enumerate(rules(contract)) if _applies(rule, status, code)), None)


def _applies(rule: dict[str, Json], status: int, code: str | None) -> bool:
    named, codes = rule.get("status"), rule.get("code")
    keys = [str(key).upper() for key in named] if isinstance(named, list) else [str(status)]
    if str(status) not in keys and f"{status // 100}XX" not in keys:
        return False
    return not isinstance(codes, list) or not codes or code in [str(item) for item in codes]


def expect_error(contract: Contract, operation: Operation, reply: Reply, outcome: Outcome) -> Any:
    """Hold an exception to everything that is expected of it.

    Args:
        contract: the tables.
        operation: what was called.
        reply: the answer.
        outcome: what came of the call.

    Returns:
        The exception.
    """
    wanted = expected(contract, operation, reply)
    error = outcome.error
    told = f"a {reply.status} with {reply.body[:120]!r}"
    if error is None:
        refuse(f"{told} raised nothing", wanted.kind, outcome.value, curl=outcome.curl)
    kind: type = type(error)
    if kind is not error_class(contract, wanted.kind):
        refuse(f"{told} is another exception", wanted.kind, repr(error), curl=outcome.curl)
    raised: Any = error
    facts = {
        "operation": (operation.method, raised.operation),
        "status": (reply.status, raised.status),
        "transient": (wanted.transient, raised.transient),
        "code": (wanted.code, raised.code),
        "vendor_message": (one_line(wanted.message), one_line(raised.vendor_message)),
        "request_id": (wanted.request_id, raised.request_id),
    }
    for name, (should, does) in facts.items():
        expect(should, does, f"{told}: {name} of the exception", curl=outcome.curl)
    if not _same(reply.body[:MOST_BODY], raised.body):
        refuse(f"{told}: body of the exception", reply.body, raised.body, curl=outcome.curl)
    for part in (operation.method, str(reply.status), wanted.code or ""):
        if part not in str(error):
            refuse(f"{told}: the exception's text does not tell", part, str(error), curl=outcome.curl)
    _expect_problem(contract, operation, reply, outcome)
    return raised


def _same(sent: bytes, kept: bytes) -> bool:
    """Whether a body was kept as it came, but for what may be a secret."""
    if _SECRET.search(sent) is None:
        return sent == kept
    return re.fullmatch(b".{1,200}?".join(map(re.escape, kept.split(b"***"))), sent, re.DOTALL) is not None


def one_line(text: str | None) -> str | None:
    """Words with each run of white space as one blank."""
    return None if text is None else " ".join(text.split())


def _expect_problem(contract: Contract, operation: Operation, reply: Reply, outcome: Outcome) -> None:
    """The body as its documented type, where it is documented and fits."""
    problem: Any = getattr(outcome.error, "problem", None)
    answer = documented(operation, reply.status)
    # A refusal has the shape of a success, if it has one.
    schema = answer.schema if answer is not None and is_json(answer.media_type) and not answer.success else None
    body = reply.parsed
    if schema is None or isinstance(body, Missing):
        expect(None, problem, "a body without a documented shape is no problem body", curl=outcome.curl)
    elif valid(contract, schema, body):
        if problem is None:
            refuse("the documented problem body is not told", body, problem, curl=outcome.curl)
        name = str(schema.get("$ref")).rpartition("/")[2] if is_object(schema) else ""
        model = getattr(models_of(contract), name, None)
        if isinstance(model, type) and not isinstance(problem, model):
            refuse("the problem body is of another type", name, type(problem).__name__, curl=outcome.curl)
        shown = adapter(cast("object", type(problem))).dump_python(
            problem, mode="json", by_alias=True, exclude_unset=True
        )
        expect(body, shown, "the problem body is not what came", curl=outcome.curl)
