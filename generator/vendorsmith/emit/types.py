"""Writes type annotations of arguments, fields and results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jobclients_core.times import FORMATS

from vendorsmith.emit.code import Code
from vendorsmith.ir import Api, TypeRef

_PLAIN = {
    "any": "object",
    "null": "None",
    "boolean": "bool",
    "integer": "int",
    "number": "float",
    "string": "str",
    "date": "date",
    "bytes": "bytes",
}


@dataclass(frozen=True, slots=True)
class _Naming:
    """How the parts of a type are written."""

    models: str
    sequence: str
    mapping: str
    times: Mapping[bool, str]


_ARGUMENT = _Naming("models.", "Sequence", "Mapping", {True: "datetime | int", False: "datetime | str"})
_FIELD = _Naming("", "list", "dict", {True: "datetime", False: "datetime"})


def argument_type(api: Api, type_: TypeRef) -> Code:
    """What a caller may pass: any sequence or mapping, a member or its word, a time or its raw form."""
    return _text(api, type_, _ARGUMENT)


def field_type(api: Api, type_: TypeRef) -> Code:
    """What a field of a model holds, as people read it; a value that is not as documented may be its raw form."""
    return _text(api, type_, _FIELD)


def _text(api: Api, type_: TypeRef, naming: _Naming) -> Code:
    text = _without_null(api, type_, naming)
    return Code(f"{text} | None" if type_.nullable else text)


def _without_null(api: Api, type_: TypeRef, naming: _Naming) -> str:
    items = type_.items or TypeRef("any")
    match type_.kind:
        case "ref":
            kind = next(schema.kind for schema in api.schemas if schema.name == type_.name)
            return f"{naming.models}{type_.name}{' | str' if kind == 'enum' else ''}"
        case "array":
            return f"{naming.sequence}[{_text(api, items, naming)}]"
        case "map":
            return f"{naming.mapping}[str, {_text(api, items, naming)}]"
        case "union":
            return " | ".join(dict.fromkeys(_without_null(api, variant, naming) for variant in type_.variants))
        case "json_text":
            return f"{_without_null(api, items, naming)} | str"
        case "time":
            return naming.times[FORMATS[type_.time_format].is_number]
        case kind:
            return _PLAIN[kind]


def takes_null(api: Api, type_: TypeRef) -> bool:
    """Whether null is a value of a type, whatever name it goes by."""
    alias = next((schema.type for schema in api.schemas if schema.name == type_.name and schema.kind == "alias"), None)
    return type_.nullable or (alias is not None and takes_null(api, alias))


def result_type(type_: TypeRef | None) -> Code:
    """What a method returns for a documented body: always a named model, text, bytes or nothing."""
    if type_ is None:
        return Code("None")
    return Code(f"models.{type_.name}" if type_.kind == "ref" else _PLAIN[type_.kind])
