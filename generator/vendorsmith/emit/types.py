"""Types as annotations: what a method takes and what it returns."""

from __future__ import annotations

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


def argument_type(api: Api, type_: TypeRef) -> Code:
    """What a caller may pass: any sequence or mapping, a member or its word, a moment or its raw form."""
    text = _argument(api, type_)
    return Code(f"{text} | None" if type_.nullable else text)


def _argument(api: Api, type_: TypeRef) -> str:
    match type_.kind:
        case "ref":
            kind = next(schema.kind for schema in api.schemas if schema.name == type_.name)
            return f"models.{type_.name} | str" if kind == "enum" else f"models.{type_.name}"
        case "array":
            return f"Sequence[{argument_type(api, type_.items or TypeRef('any'))}]"
        case "map":
            return f"Mapping[str, {argument_type(api, type_.items or TypeRef('any'))}]"
        case "union":
            return " | ".join(dict.fromkeys(_argument(api, variant) for variant in type_.variants))
        case "json_text":
            return f"{_argument(api, type_.items or TypeRef('any'))} | str"
        case "time":
            return "datetime | int" if FORMATS[type_.time_format].is_number else "datetime | str"
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
