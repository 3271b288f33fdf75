"""The Python names of arguments, fields and enum values, as the lines of a suite state them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from jobclients_contract.schema_model.document import Document, Operation, Parameter
from jobclients_contract.schema_model.entries import WHOLE, Entry, Names
from jobclients_contract.schema_model.shapes import ANYTHING, Part


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a method and what it is in the document.

    Attributes:
        entry: the argument.
        parameter: the parameter that it is; None for a part of a body.
        part: its schema.
        required: whether a call needs it, as documented.
    """

    entry: Entry
    parameter: Parameter | None
    part: Part
    required: bool

    @property
    def location(self) -> str:
        """Where it goes: as a parameter does, ``field`` for a property of the body, ``body`` for all of it."""
        if self.parameter is not None:
            return self.parameter.location
        return "body" if self.entry.wire == WHOLE else "field"


@dataclass(frozen=True)
class Arguments:
    """The arguments of a method, in the order of the suite."""

    operation: Operation
    listed: tuple[Argument, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Argument]:
        """By Python name."""
        return {item.entry.name: item for item in self.listed}

    @property
    def fields(self) -> Mapping[str, str]:
        """Python names of the properties of the body by wire name; none where it is an argument as a whole."""
        return {item.entry.wire: item.entry.name for item in self.listed if item.location == "field"}

    def of_body(self, value: object) -> dict[str, object]:
        """A body as the arguments that make it."""
        whole = next((item.entry.name for item in self.listed if item.location == "body"), None)
        if whole is not None:
            return {whole: value}
        return {self.fields[key]: item for key, item in dict(value).items() if key in self.fields}  # type: ignore[call-overload]


class Naming:
    """What the lines of a suite say of names.

    Args:
        document: what is documented.
        methods: of each method its name, its ``operationId`` and its arguments.
        named: fields of models and members of enumerations.
        aliases: names of types that are not classes.
    """

    def __init__(
        self,
        document: Document,
        methods: Iterable[tuple[str, str, Sequence[Entry]]],
        named: Iterable[Names],
        aliases: Iterable[str],
    ) -> None:
        self._document = document
        self.operations: dict[str, Operation] = {}
        self.arguments: dict[str, Arguments] = {}
        self.named = tuple(named)
        self.aliases = frozenset(aliases)
        for method, id_, entries in methods:
            operation = document.operations.get(id_)
            if operation is not None:
                self.operations[method] = operation
                self.arguments[method] = Arguments(operation, tuple(self._listed(operation, entries)))

    @property
    def classes(self) -> dict[str, str]:
        """Names of classes by the locators of their schemas."""
        return {item.where: item.schema for item in self.named}

    def _listed(self, operation: Operation, entries: Sequence[Entry]) -> Iterable[Argument]:
        waiting = [*operation.parameters]
        shapes = self._document.shapes(operation.body.part) if operation.body.media_type else ()
        for entry in entries:
            found = next((item for item in waiting if item.wire == entry.wire), None)
            if found is not None:
                waiting.remove(found)
                yield Argument(entry, found, found.part, found.required)
            elif entry.wire == WHOLE:
                yield Argument(entry, None, operation.body.part, operation.body.required)
            else:
                needed = any(entry.wire in shape.required for shape in shapes)
                part = next((p for shape in shapes if (p := shape.properties.get(entry.wire))), ANYTHING)
                yield Argument(entry, None, part, needed and operation.body.required)
