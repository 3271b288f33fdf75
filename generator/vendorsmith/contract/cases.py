"""The tables that generated contract tests consist of: what a spec says of a vendor, as plain data.

Everything is as it stands in the spec, apart from three things: references are followed except those to schemas under
`components`, which lead to `Contract.schemas`; Python names are those of the generated client; and expected requests
are written out, byte for byte, by an encoder that the client does not share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A JSON value. JSON Schemas are such values; they refer to `Contract.schemas` as ``#/components/schemas/NAME``."""

Location: TypeAlias = Literal["path", "query", "header", "cookie", "field", "body"]
"""Where an argument goes; ``field`` is a property of a body that is spread over arguments, ``body`` a whole body."""


@dataclass(frozen=True, slots=True)
class Where:
    """A place in the spec: its 1-based line and its JSON pointer."""

    line: int
    pointer: str


@dataclass(frozen=True, slots=True)
class Example:
    """A documented example: its name, where it stands and what it says (text where the media type is no JSON)."""

    name: str
    where: Where
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
        examples: the documented values.
    """

    name: str
    wire: str
    location: Location
    where: Where
    schema: Json
    value: Json
    documented: bool = False
    required: bool = False
    client: bool = False
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A request body: its media type, schema and documented examples. `argument` is empty where it is spread.

    `others` are the documented media types that the client does not use.
    """

    where: Where
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
    where: Where
    schema: Json
    required: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A documented answer: status as in the spec (``200``, ``4XX``, ``default``), media type and body.

    `media_type` is empty and `schema` None where no body is documented; `others` are further documented ones.
    """

    status: str
    where: Where
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
    where: Where
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
        chosen = {group[0] for group in self.exactly_one}
        return {
            item.name: item.value
            for item in self.arguments
            if (item.required and not item.client) or item.name in chosen
        }

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
        examples: pointers of the documented examples that it consists of.
        http: HTTP method, where a documented request says another than its operation.
        absent: fields of credentials that a documented request does not have, names in lower case.
    """

    rule: str
    name: str
    operation: str
    where: Where
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
        words: pointer of the enumeration whose words the values are; empty for other values.
    """

    rule: str
    operation: str
    argument: str
    where: Where
    pairs: tuple[tuple[Json, str], ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The call that turns a credential into a token.

    Attributes:
        operation: what errors call it.
        line: HTTP method and raw request target.
        media_type: of the body.
        body: what is sent: JSON, or the text of what is no JSON.
        token: that is handed out.
        status: of the answer that does so.
        headers: of that answer.
        answer: its body, as JSON.
        server: template of the URL of the credential's own server; empty where it is the client's.
        lifetime: seconds that a token lives where the answer does not tell; 0 where nobody says.
        expires: place in the answer that holds the moment at which the token ends; empty for none.
        expires_in: place in the answer that holds the seconds that it lives; empty for none.
    """

    operation: str
    line: str
    media_type: str
    body: Json
    token: str
    status: int
    headers: Mapping[str, str]
    answer: Json
    server: str = ""
    lifetime: float = 0.0
    expires: str = ""
    expires_in: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential that the client takes, with made-up values, and the header fields by which it must show.

    Attributes:
        name: of the class.
        scheme: the security scheme that it fills.
        values: arguments of the class.
        secrets: those values that must appear nowhere but in the request.
        headers: fields that a request carries, names in lower case; empty where they differ from request to request.
        query: pairs that the query carries.
        kind: ``plain`` is sent as it is, ``signed`` signs each request, ``exchanged`` is turned into a token first.
        where: where the spec says so.
        exchange: how it is turned into a token.
    """

    name: str
    scheme: str
    values: Mapping[str, Json]
    secrets: tuple[str, ...]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    query: tuple[tuple[str, str], ...] = ()
    kind: Literal["plain", "signed", "exchanged"] = "plain"
    where: Where = Where(1, "")
    exchange: Exchange | None = None


def usual(credentials: Sequence[Credential]) -> tuple[Credential, ...]:
    """What a client is given where a check says nothing else: one credential for each scheme that needs no signing.

    What is exchanged goes along for a scheme that nothing plain fills, and what signs only where it is all there is.
    """
    chosen: dict[str, Credential] = {}
    for kind in ("plain", "exchanged"):
        for item in credentials:
            if item.kind == kind:
                chosen.setdefault(item.scheme, item)
    return tuple(chosen.values()) or tuple(credentials[:1])


def carried(operation: Operation, credentials: Sequence[Credential]) -> tuple[Credential, ...]:
    """Those of the given credentials that a call carries: for the first alternative that they fill."""
    filled = {item.scheme: item for item in reversed(credentials)}
    chosen = next((names for names in operation.security if names and filled.keys() >= set(names)), ())
    return tuple(filled[name] for name in chosen)


def nullable(schema: Json) -> bool:
    """Whether a schema has null as a value, as far as it says so itself."""
    if not isinstance(schema, dict):
        return False
    kinds = schema.get("type")
    options = [schema.get(key) for key in ("anyOf", "oneOf")]
    inner = [item for option in options if isinstance(option, list) for item in option]
    return kinds == "null" or (isinstance(kinds, list) and "null" in kinds) or any(map(nullable, inner))


@dataclass(frozen=True, slots=True)
class Server:
    """The documented server with some of its variables given.

    Attributes:
        name: of the case.
        where: where it stands.
        variables: values by the name of the constructor's argument.
        url: what that makes of it; empty where a variable is missing.
        missing: that variable.
    """

    name: str
    where: Where
    variables: Mapping[str, str]
    url: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements of the vendor that cannot both hold, by name."""

    about: str
    where: Where


@dataclass(frozen=True, slots=True)
class State:
    """A documented way to tell a job's state.

    Attributes:
        name: of the case, unique within its kind: the word, or the rule that it is told by.
        word: the vendor's; several words joined by a slash, empty for none.
        state: what it means, canonically.
        where: where the spec says so.
        answer: the body that says it.
        status: of the answer.
        headers: of the answer, names in lower case.
    """

    name: str
    word: str
    state: str
    where: Where
    answer: Json
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job.

    Attributes:
        name: the client's attribute.
        where: where it stands.
        spec: the entry of ``x-jobs`` as it stands.
        identity: made-up arguments of a handle, as JSON, but for what the client's options give.
        roles: the client's method for each role (status, submit, cancel, ...).
        states: every documented word, rule and correction; all answers speak of the same run.
        others: further arguments of which a handle can be made.
        submission: arguments that submit the job of `identity`, as JSON.
        submitted: a body of the answer to that, which speaks of the run of `states`.
        final: the answer to that which is the job's end already.
        rates: how many status calls are allowed in which time, as an ISO 8601 duration.
    """

    name: str
    where: Where
    spec: Json
    identity: Mapping[str, Json]
    roles: Mapping[str, str]
    states: tuple[State, ...] = ()
    others: tuple[Mapping[str, Json], ...] = ()
    submission: Mapping[str, Json] = field(default_factory=dict[str, Json])
    submitted: Json = None
    final: State | None = None
    rates: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ValueExample:
    """An example that stands in a schema.

    Attributes:
        example: what it says, and where.
        schema: the JSON Schema.
        pointer: of the schema in the spec.
    """

    example: Example
    schema: Json
    pointer: str


@dataclass(frozen=True, slots=True)
class Names:
    """How the fields of a model, or the members of an enumeration, are called in Python, and which have readers.

    Attributes:
        schema: name of the class.
        where: where the spec describes it.
        names: by key or word in JSON; what is not listed is called as it is there.
        readers: Python names of the fields whose text may hold JSON, which ``NAME_as`` and ``NAME_text`` read.
    """

    schema: str
    where: Where
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything that the contract tests of one vendor are made of.

    Attributes:
        vendor: its name.
        spec: the spec's file.
        package: import name of the generated package.
        prefix: of the client's classes, as in ``AlationClient``.
        options: arguments of the constructor that calls need, as JSON, made up.
        servers: the documented server.
        credentials: what the client takes.
        operations: what is documented.
        requests: calls, and what must arrive.
        spellings: values of single arguments, and what must arrive.
        schemas: JSON Schemas by name.
        names: of the models' fields and the enumerations' members.
        values: examples that stand in schemas.
        errors: ``x-errors`` as it stands.
        rules: where each rule of ``x-errors`` stands.
        kinds: of jobs.
        contradictions: what the vendor's documentation says in two ways.
    """

    vendor: str
    spec: str
    package: str
    prefix: str
    options: Mapping[str, Json] = field(default_factory=dict[str, Json])
    servers: tuple[Server, ...] = ()
    credentials: tuple[Credential, ...] = ()
    operations: tuple[Operation, ...] = ()
    requests: tuple[Request, ...] = ()
    spellings: tuple[Spellings, ...] = ()
    schemas: Mapping[str, Json] = field(default_factory=dict[str, Json])
    names: tuple[Names, ...] = ()
    values: tuple[ValueExample, ...] = ()
    errors: Json = None
    rules: tuple[Where, ...] = ()
    kinds: tuple[Kind, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()

    def operation(self, method: str) -> Operation:
        """The operation of a client's method.

        Raises:
            KeyError: there is none.
        """
        for operation in self.operations:
            if operation.method == method:
                return operation
        raise KeyError(method)

    def least(self, method: str) -> Request:
        """The least call of a method.

        Raises:
            KeyError: there is none.
        """
        for request in self.requests:
            if (request.operation, request.rule, request.name) == (method, "RQ1", "least"):
                return request
        raise KeyError(method)
