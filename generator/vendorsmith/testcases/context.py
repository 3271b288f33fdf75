"""The input of all writers of test cases: the normalised document and its Python names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from jobclients_contract.schema_model.credentials import Credential, carried, filled
from jobclients_contract.schema_model.document import Document, Operation, Parameter, objects
from jobclients_contract.schema_model.entries import WHOLE
from jobclients_contract.schema_model.notation import Notation
from jobclients_contract.schema_model.pointers import MISSING, Found
from jobclients_contract.schema_model.shapes import ANYTHING, Part
from jobclients_contract.schema_model.values import Json

from vendorsmith import ir, names


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a method.

    Attributes:
        name: in Python.
        wire: in requests; a star for a whole body.
        parameter: the parameter that it is; None for a part of a body.
        part: its schema.
        required: whether a call needs it.
    """

    name: str
    wire: str
    parameter: Parameter | None
    part: Part
    required: bool


class SuiteContext:
    """The facts of a vendor.

    Args:
        api: of which Python names are taken, and nothing else.
        credentials: what the client takes, with made-up values.
    """

    def __init__(self, api: ir.Api, credentials: Sequence[Credential]) -> None:
        assert isinstance(api.openapi, dict)
        self.api = api
        self.document = Document(api.openapi)
        self.credentials = credentials
        self._named = {(item.method, item.path): item for item in api.operations}

    @cached_property
    def classes(self) -> dict[str, str]:
        """Names of models, enumerations and types by the locators of their schemas."""
        named = {self.locator(schema.at): schema.name for schema in self.api.schemas}
        return {locator: name for locator, name in named.items() if self.document.at(locator) is not MISSING}

    def locator(self, at: str) -> str:
        """The locator of a schema in the document as the contract harness reads it, where every schema has a name."""
        return self.document.named(at)

    @cached_property
    def notation(self) -> Notation:
        """Writes types."""
        return Notation(self.document.schemas, self.classes)

    @cached_property
    def options(self) -> dict[str, Json]:
        """Parameters that the constructor takes, made up."""
        return {
            item.name: f"{item.name.replace('_', '-')}-1"
            for operation in self.document.operations.values()
            for item in self.arguments(operation)
            if item.parameter is not None and item.parameter.client
        }

    def method(self, operation: Operation) -> str:
        """Name of the client's method."""
        known = self._named.get((operation.http, operation.path))
        return known.name if known is not None else names.snake(operation.id, names.METHOD_NAMES)

    def arguments(self, operation: Operation) -> tuple[Argument, ...]:
        """The arguments of a method: path, query, header, cookie, and the body."""
        known = self._named.get((operation.http, operation.path))
        parameters = known.parameters if known is not None else ()
        spelt: dict[tuple[str, str], str] = {(item.location, item.wire): item.name for item in parameters}
        found = [
            Argument(
                spelt.get((item.location, item.wire)) or names.snake(item.wire, names.ARGUMENT_NAMES),
                item.wire,
                item,
                item.part,
                item.required,
            )
            for item in operation.parameters
        ]
        body = operation.body
        if not body.media_type:
            return tuple(found)
        fields = known.body.fields if known is not None and known.body is not None else ()
        if not fields:
            return (*found, Argument("body", WHOLE, None, body.part, body.required))
        shapes = self.document.shapes(body.part)
        for item in fields:
            part = next((p for shape in shapes if (p := shape.properties.get(item.wire))), ANYTHING)
            needed = any(item.wire in shape.required for shape in shapes)
            found.append(Argument(item.name, item.wire, None, part, needed and body.required))
        return tuple(found)

    def authorized(self, operation: Operation) -> bool:
        """Whether the credentials that the client takes authorize a call, or it needs none."""
        return filled(self.credentials, operation.security)

    def carried(self, operation: Operation) -> tuple[Credential, ...]:
        """The credentials that a call carries: for the first alternative that can be filled, usual ones first."""
        return carried(self.credentials, operation.security)[1]

    @property
    def errors(self) -> dict[str, Json]:
        """``x-errors``."""
        return objects(self.document.data.get("x-errors"))


def shown(examples: Mapping[str, Json], name: str = "") -> Found:
    """The example of a name, or else the first."""
    return examples.get(name, next(iter(examples.values()), MISSING))
