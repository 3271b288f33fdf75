"""What a client returned, held against the JSON that it was made of; and what it has to take of JSON that is broken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, cast

from pydantic import BaseModel

from .documents import Schema
from .values import Valid, moment

Path = tuple[str | int, ...]


def difference(valid: Valid, schema: Schema, value: Any, typed: object, at: str = "") -> str | None:
    """The first place at which a typed value is not what its JSON and schema say; None where there is none."""
    found: list[str] = []
    for option in valid.alternatives(schema):
        one = _difference(valid, option, value, typed, at)
        if one is None:
            return None
        found.append(one)
    return max(found, key=lambda one: one.partition(":")[0].count("/"))


def _difference(valid: Valid, schema: Schema, value: Any, typed: object, at: str) -> str | None:
    wrong = f"{at}: {value!r} became {typed!r}"
    if value is None or not schema:
        return None if typed == value else wrong
    if "enum" in schema or "const" in schema:
        member = isinstance(value, str) and "enum" in schema
        return None if typed == value and isinstance(typed, Enum) is member else wrong
    if "x-time-format" in schema:
        wanted = moment(schema["x-time-format"], value)
        same = isinstance(typed, datetime) and (typed, typed.utcoffset()) == (wanted, wanted.utcoffset())
        return None if same else wrong
    if "contentSchema" in schema:
        return difference(valid, schema["contentSchema"], json.loads(value), typed, at)
    if "allOf" in schema or "properties" in schema:
        return (
            _model(valid, schema, value, typed, at)
            if isinstance(value, dict) and isinstance(typed, BaseModel)
            else wrong
        )
    if isinstance(value, dict) and isinstance(typed, dict) and "additionalProperties" in schema:
        same = typed.keys() == value.keys()
        each = {key: (schema["additionalProperties"], value[key], typed[key]) for key in value} if same else {}
        return _first(valid, each, at) if same else wrong
    if isinstance(value, list) and isinstance(typed, list) and "items" in schema:
        items = cast("list[object]", typed)
        same = len(items) == len(value)
        each = {index: (schema["items"], *pair) for index, pair in enumerate(zip(value, items, strict=False))}
        return _first(valid, each, at) if same else wrong
    return None if _is_same(schema, value, typed) else wrong


def _is_same(schema: Schema, value: Any, typed: object) -> bool:
    if schema.get("format") == "date":
        return type(typed) is date and typed == date.fromisoformat(value)
    kinds: dict[str, type | tuple[type, ...]] = {"integer": int, "number": (int, float), "boolean": bool, "string": str}
    of_type = isinstance(typed, kinds.get(schema.get("type", ""), ())) and not isinstance(typed, Enum)
    return of_type and isinstance(typed, bool) is (schema["type"] == "boolean") and typed == value


def _model(valid: Valid, schema: Schema, value: Mapping[str, Any], typed: BaseModel, at: str) -> str | None:
    names = {info.serialization_alias or info.alias or name: name for name, info in type(typed).model_fields.items()}
    properties = valid.properties(schema)
    if sorted(names) != sorted(properties):
        return f"{at}: fields {sorted(names)} for {sorted(properties)}"
    unset = [
        key
        for key in properties
        if key not in value and (getattr(typed, names[key]) is not None or names[key] in typed.model_fields_set)
    ]
    unknown = {key: item for key, item in value.items() if key not in properties}
    if unset or unknown != (typed.model_extra or {}):
        return f"{at}: {unset} were not there, {unknown} became {typed.model_extra}"
    secret = [key for key in value if properties.get(key, {}).get("x-secret")]
    hidden = [key for key in secret if repr(getattr(typed, names[key])) != "'***'"]
    if hidden:
        return f"{at}: {hidden} show themselves"
    given = {
        key: (properties[key], item, getattr(typed, names[key])) for key, item in value.items() if key in properties
    }
    return _first(valid, given, at)


def _first(valid: Valid, each: Mapping[Any, tuple[Schema, Any, object]], at: str) -> str | None:
    found = (difference(valid, schema, value, typed, f"{at}/{key}") for key, (schema, value, typed) in each.items())
    return next((one for one in found if one is not None), None)


def written(typed: object) -> Any:
    """A typed value as JSON again."""
    if isinstance(typed, BaseModel):
        return typed.model_dump(mode="json", by_alias=True, exclude_unset=True, round_trip=True)
    if isinstance(typed, list):
        return [written(item) for item in cast("list[object]", typed)]
    if isinstance(typed, dict):
        return {key: written(item) for key, item in cast("dict[str, object]", typed).items()}
    return typed.isoformat() if isinstance(typed, date) else typed


def places(value: Any) -> Iterator[Path]:
    """The places in a value, itself first."""
    yield ()
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield from ((key, *path) for key, item in inner for path in places(item))


def at(value: Any, path: Path) -> Any:
    """What is at a place."""
    for key in path:
        value = value[key]
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    """A copy of a value with something else at a place."""
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


def lenient(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with what decoding does not look at, by the reference of specs, left out.

    Words and constants, formats, ranges and lengths, times that nobody can read; and null is taken for no property.
    """
    components = document["components"]["schemas"]
    valid = Valid(components)
    paths = {
        path: {"get": _tolerant(valid, item["get"]["responses"]["200"]["content"]["application/json"]["schema"])}
        for path, item in document["paths"].items()
        if path.startswith("/r")
    }
    return {
        "components": {"schemas": {name: _tolerant(valid, schema) for name, schema in components.items()}},
        "paths": paths,
    }


def _tolerant(valid: Valid, schema: Schema) -> Schema:
    if "$ref" in schema:
        return schema
    for key in ("oneOf", "anyOf"):
        if key in schema:
            unknown: list[Schema] = [{"type": "object"}] if "discriminator" in schema else []
            return {"anyOf": [*(_tolerant(valid, option) for option in schema[key]), *unknown]}
    if "allOf" in schema or "properties" in schema:
        required = valid.required(schema)
        properties = {key: _tolerant(valid, item) for key, item in valid.properties(schema).items()}
        null: Schema = {"type": "null"}
        return {
            "type": "object",
            "required": required,
            "properties": {
                key: item if key in required else {"anyOf": [item, null]} for key, item in properties.items()
            },
        }
    if "x-time-format" in schema:
        return {"type": ["string", "number"]}
    enum_values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if enum_values:
        kinds = {str: "string", int: "integer", type(None): "null"}
        return {"type": sorted({kinds[type(word)] for word in enum_values})}
    kept = {key: schema[key] for key in ("type",) if key in schema}
    return kept | {key: _tolerant(valid, schema[key]) for key in ("items", "additionalProperties") if key in schema}
