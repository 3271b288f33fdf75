"""The tables that generated contract tests consist of: what a spec says of a vendor, as plain data.

Everything is as it stands in the spec, apart from three things: references are followed except those to schemas under
`components`, which lead to `Contract.schemas`; Python names are those of the generated client; and expected requests
are written out, byte for byte, by an encoder that the client does not share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobclients_contract.tables.calls import (
    Answer,
    Argument,
    Body,
    Example,
    Header,
    Json,
    Location,
    Operation,
    Request,
    Spellings,
    nullable,
)
from jobclients_contract.tables.credentials import Credential, Exchange, carried, usual
from jobclients_contract.tables.jobs import Kind, State

__all__ = [
    "Answer",
    "Argument",
    "Body",
    "Contract",
    "Contradiction",
    "Credential",
    "Example",
    "Exchange",
    "Header",
    "Json",
    "Kind",
    "Location",
    "Names",
    "Operation",
    "Request",
    "Server",
    "Spellings",
    "State",
    "ValueExample",
    "carried",
    "nullable",
    "usual",
]


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
    where: str
    variables: Mapping[str, str]
    url: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements of the vendor that cannot both hold, by name."""

    about: str
    where: str


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
    where: str
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
    rules: tuple[str, ...] = ()
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
