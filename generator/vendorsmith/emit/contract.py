"""A contract as the module that holds its tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import cast

from vendorsmith.contract.cases import Contract
from vendorsmith.emit.code import Code, literal
from vendorsmith.emit.templating import render

_TABLES = {
    "servers": "tuple[Server, ...]",
    "credentials": "tuple[Credential, ...]",
    "operations": "tuple[Operation, ...]",
    "requests": "tuple[Request, ...]",
    "spellings": "tuple[Spellings, ...]",
    "schemas": "dict[str, Json]",
    "names": "tuple[Names, ...]",
    "values": "tuple[ValueExample, ...]",
    "errors": "Json",
    "kinds": "tuple[Kind, ...]",
    "contradictions": "tuple[Contradiction, ...]",
}


def contract_files(contract: Contract) -> dict[str, str]:
    """The test module of a contract, unformatted, by path below the output folder.

    Args:
        contract: its tables.
    """
    text = render(
        "contract.py.jinja",
        vendor=Code(contract.vendor),
        tables=[(Code(name.upper()), Code(kind), table(getattr(contract, name))) for name, kind in _TABLES.items()],
        contract=_made(contract, {name: Code(name.upper()) for name in _TABLES}),
    )
    return {f"contract_tests/test_{contract.vendor}.py": text}


def table(value: object) -> Code:
    """A table as Python: tables of dataclasses and JSON, every text of which goes through the gate."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _made(value, {})
    if isinstance(value, tuple):
        items = [table(item) for item in cast("tuple[object, ...]", value)]
        return Code(f"({', '.join(items)}{',' if len(items) == 1 else ''})")
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value).items()
        return Code("{" + ", ".join(f"{literal(key)}: {table(item)}" for key, item in entries) + "}")
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return Code(f"[{', '.join(table(item) for item in cast('Sequence[object]', value))}]")
    return literal(value)


def _made(value: object, given: Mapping[str, Code]) -> Code:
    """The call that makes a dataclass, without what is its default."""
    assert dataclasses.is_dataclass(value)
    arguments: list[str] = []
    for field in dataclasses.fields(value):
        item: object = getattr(value, field.name)
        default: object = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        if field.name in given or default != item or type(default) is not type(item):
            arguments.append(f"{field.name}={given.get(field.name) or table(item)}")
    return Code(f"{type(value).__name__}({', '.join(arguments)})")
