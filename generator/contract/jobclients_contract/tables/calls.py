"""Documented calls: arguments, bodies, answers, and the requests that have to come of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A JSON value. JSON Schemas are such values; they refer to `Contract.schemas` as ``#/components/schemas/NAME``."""

_DEPTH: Final = 12
_FRAMING: Final = frozenset(("connection", "content-encoding", "content-length", "content-type", "transfer-encoding"))

Location: TypeAlias = Literal["path", "query", "header", "cookie", "field", "body"]
"""Where an argument goes; ``field`` is a property of a body that is spread over arguments, ``body`` a whole body."""


@dataclass(frozen=True, slots=True)
class Example:
    """A documented example: its name, where it stands and what it says (text where the media type is no JSON)."""

    name: str
    where: str
    value: Json


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a client's method.

    Attributes:
        name: in Python.
        wire: in the request.
        location: where it goes.
        where: where the spec describes it.
        schema: JSON Schema of its value.
        value: a valid value as JSON: documented where there is an example, made up otherwise.
        documented: whether that value is a documented one.
        required: whether a call without it is refused.
        client: whether it may be given to the client's constructor instead.
        needed: whether it has to be given where anything else of a body is that may be left out as a whole.
        examples: the documented values.
    """

    name: str
    wire: str
    location: Location
    where: str
    schema: Json
    value: Json
    documented: bool = False
    required: bool = False
    client: bool = False
    needed: bool = False
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A request body: its media type, schema and documented examples. `argument` is empty where it is spread.

    `others` are the documented media types that the client does not use.
    """

    where: str
    media_type: str
    schema: Json
    required: bool
    argument: str = ""
    examples: tuple[Example, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """A documented header field of an answer."""

    name: str
    where: str
    schema: Json
    required: bool = False

    @property
    def framing(self) -> bool:
        """Whether it says how the message is to be read (RFC 9110, 8; RFC 9112, 6), so that no value can be made up."""
        return self.name.lower() in _FRAMING


@dataclass(frozen=True, slots=True)
class Answer:
    """A documented answer: status as in the spec (``200``, ``4XX``, ``default``), media type and body.

    `media_type` is empty and `schema` None where no body is documented; `others` are further documented ones.
    """

    status: str
    where: str
    media_type: str = ""
    schema: Json = None
    examples: tuple[Example, ...] = ()
    headers: tuple[Header, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def success(self) -> bool:
        """Whether the status says yes."""
        return self.status.startswith("2")


@dataclass(frozen=True, slots=True)
class Operation:
    """A documented call.

    Attributes:
        id: in the spec.
        method: name of the client's method.
        http: HTTP method.
        path: template of the path.
        where: where it stands.
        arguments: of the method, in the order of the request.
        exactly_one: groups of arguments of which exactly one is given.
        body: what is sent.
        answers: what is documented to come back, in the spec's order.
        security: alternatives of scheme names; none at all for a call without credentials.
        repeatable: whether it may be sent twice (an idempotent HTTP method, or ``x-idempotent``).
        envelope: ``x-envelope`` as it holds here; None for none.
        with_headers: whether the method returns status and headers beside the body.
    """

    id: str
    method: str
    http: str
    path: str
    where: str
    arguments: tuple[Argument, ...] = ()
    exactly_one: tuple[tuple[str, ...], ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...] = ()
    security: tuple[tuple[str, ...], ...] = ()
    repeatable: bool = False
    envelope: Json = None
    with_headers: bool = False

    @property
    def least(self) -> dict[str, Json]:
        """The fewest arguments that make a valid call, as JSON, those of the constructor left out."""
        return self.beside()

    def beside(self, *given: str) -> dict[str, Json]:
        """The fewest arguments that make a valid call together with some that are given, as JSON.

        Args:
            *given: names of those, of which two are in no group of `exactly_one`.
        """
        chosen = {group[0] for group in self.exactly_one if not set(given) & set(group)}
        with_body = any(item.location == "field" and item.name in {*chosen, *given} for item in self.arguments)
        return {
            item.name: item.value
            for item in self.arguments
            if item.name not in given
            and not any(item.name in group and set(given) & set(group) for group in self.exactly_one)
            and ((item.required and not item.client) or item.name in chosen or (item.needed and with_body))
        }

    def pointer(self, argument: Argument) -> str:
        """The locator of the schema of one of the arguments."""
        if argument.location == "field":
            return argument.where
        if argument.location != "body" or self.body is None:
            return f"{argument.where}/schema"
        media_type = self.body.media_type.replace("~", "~0").replace("/", "~1")
        return f"{argument.where}/content/{media_type}/schema"

    @property
    def success(self) -> Answer | None:
        """The first documented answer that says yes."""
        return next((answer for answer in self.answers if answer.success), None)


@dataclass(frozen=True, slots=True)
class Request:
    """A call and the request that must arrive.

    Attributes:
        rule: of the check, such as ``RQ3``.
        name: of the case, unique within rule and operation.
        operation: the client's method.
        where: where the spec says so.
        arguments: of the method, as JSON.
        target: the raw request target.
        headers: fields that its parameters become, or that a documented request has, names in lower case.
        media_type: of the body; empty for a request without one.
        body: what is sent: JSON, or the text of what is no JSON.
        times: arguments that are given as a `datetime`, by name, in ISO 8601 with their offset.
        examples: locators of the documented examples that it consists of.
        http: HTTP method, where a documented request says another than its operation.
        absent: fields of credentials that a documented request does not have, names in lower case.
    """

    rule: str
    name: str
    operation: str
    where: str
    arguments: Mapping[str, Json]
    target: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    absent: tuple[str, ...] = ()
    media_type: str = ""
    body: Json = None
    times: Mapping[str, str] = field(default_factory=dict[str, str])
    examples: tuple[str, ...] = ()
    http: str = ""


@dataclass(frozen=True, slots=True)
class Spellings:
    """Values of one argument, and how each must arrive in a call that is otherwise the least one.

    Attributes:
        rule: of the check.
        operation: the client's method.
        argument: whose values they are.
        where: where the spec says so.
        pairs: each value with the raw request target; with the value of the header field for an argument that goes
            there; with the body for one that goes into a form; and with nothing for one that goes into another body,
            where it arrives as it was given.
        words: locator of the enumeration whose words the values are; empty for other values.
    """

    rule: str
    operation: str
    argument: str
    where: str
    pairs: tuple[tuple[Json, str], ...]
    words: str = ""


def nullable(schema: Json, schemas: Mapping[str, Json], depth: int = 0) -> bool:
    """Whether a schema says that null is a value; one that says nothing of what it describes does not.

    Args:
        schema: the schema.
        schemas: those that references lead to, by name.
        depth: how many schemas it stands in.
    """
    if not isinstance(schema, dict) or depth > _DEPTH:
        return False
    if "$ref" in schema:
        return nullable(schemas.get(str(schema["$ref"]).rpartition("/")[2]), schemas, depth + 1)
    kinds, words = schema.get("type"), schema.get("enum")
    if kinds == "null":
        return True
    if any(isinstance(listed, list) and word in listed for listed, word in ((kinds, "null"), (words, None))):
        return True
    options = [schema.get(key) for key in ("anyOf", "oneOf")]
    inner = [item for option in options if isinstance(option, list) for item in option]
    parts = schema.get("allOf")
    if isinstance(parts, list) and parts and all(nullable(part, schemas, depth + 1) for part in parts):
        return True
    return any(nullable(item, schemas, depth + 1) for item in inner)
