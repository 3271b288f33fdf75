"""Checks schemas: enums, defaults, required keys, and `x-` extensions of properties."""

from __future__ import annotations

from typing import Final

from jobclients_core.expressions import same
from jobclients_core.pointers import join
from jobclients_core.schema import Part, is_json_text
from jobclients_core.times import FORMATS
from jobclients_core.type_guards import json_type

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import Check, entries
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.wording import did_you_mean, show

_OPEN: Final = frozenset({"patternProperties", "if"})


def check_schemas(check: Check) -> None:
    """Report what in a schema contradicts the rest of it."""
    for visit in check.node_kinds.visits:
        if visit.kind == "schema":
            _check_enum(check, visit.node, visit.pointer)
            _check_required(check, visit.node, visit.pointer)
            _check_aliases(check, visit.node, visit.pointer)
            _check_content(check, visit.node, visit.pointer)
            _check_form(check, visit.node, visit.node, visit.pointer)
        elif visit.kind == "parameter" and not visit.reference:
            schema = check.follow(visit.node.get("schema"), join(visit.pointer, "schema"))
            if schema is not None:
                _check_form(check, visit.node, schema[0], visit.pointer)


def _check_enum(check: Check, schema: Object, pointer: str) -> None:
    values = schema.get("enum")
    if not isinstance(values, list):
        return
    at = join(pointer, "enum")
    if not values:
        check.error("empty-enum", "this enum allows no value at all", at, "list the values, or remove it")
        return
    seen: dict[tuple[type, str], int] = {}
    for index, value in enumerate(values):
        key = (type(value), show(value, 10_000))
        if key in seen and not isinstance(value, dict | list):
            message = f"the enum lists {show(value)} twice (first as item {seen[key] + 1})"
            check.error("repeated-value", message, join(at, index), "remove one of them")
        seen.setdefault(key, index)
        if not _fits_type(value, schema):
            message = f"{show(value)} is not of the type that is beside this enum"
            hint = "put it in quotes" if "string" in _types(schema) else "change the type or the value"
            check.error("enum-type", message, join(at, index), hint)
    default = schema.get("default")
    if "default" in schema and not any(same(default, value) for value in values):
        message = f"the default {show(default)} is none of the values in enum"
        words = [value for value in values if isinstance(value, str)]
        meant = did_you_mean(default, words) if isinstance(default, str) else None
        check.error("default-not-in-enum", message, join(pointer, "default"), meant)


def _types(schema: Object) -> list[str]:
    types = schema.get("type")
    listed = types if isinstance(types, list) else [types]
    return [word for word in listed if isinstance(word, str)]


def _fits_type(value: JSON, schema: Object) -> bool:
    types = _types(schema)
    kinds = {json_type(value)}
    kinds |= {"integer", "number"} if isinstance(value, float) and value.is_integer() else set[str]()
    kinds |= {"number"} if "integer" in kinds else set[str]()
    return not types or not kinds.isdisjoint(types)


def _check_required(check: Check, schema: Object, pointer: str) -> None:
    required = schema.get("required")
    view = check.schemas.view((Part(schema, pointer),))
    if not isinstance(required, list) or "properties" not in schema or view.alternatives or _OPEN & schema.keys():
        return
    for index, name in enumerate(required):
        if isinstance(name, str) and name not in view.properties:
            message = f"{quote(name)} is required, and no property of that name is described"
            hint = did_you_mean(name, list(view.properties))
            check.warn("unknown-required", message, join(pointer, "required", index), hint)


def _check_aliases(check: Check, schema: Object, pointer: str) -> None:
    """Report an alias of a property that is another property, or an alias of one."""
    taken: dict[str, str] = {}
    properties = schema.get("properties")
    for name, prop in entries(properties):
        aliases = prop.get("x-aliases") if isinstance(prop, dict) else None
        for index, alias in enumerate(aliases if isinstance(aliases, list) else []):
            if not isinstance(alias, str):
                continue
            at = join(pointer, "properties", name, "x-aliases", index)
            if isinstance(properties, dict) and alias in properties:
                what = "the property itself" if alias == name else "another property"
                message = f"the alias {quote(alias)} is {what}, at {check.say(join(pointer, 'properties', alias))}"
                check.error("alias-collision", message, at, "remove the alias or the property")
            elif alias in taken and taken[alias] != name:
                message = f"the alias {quote(alias)} is one of {quote(taken[alias])} as well"
                check.error("alias-collision", message, at, "a key can be read into one property only")
            taken.setdefault(alias, name)


def _check_content(check: Check, schema: Object, pointer: str) -> None:
    if "contentSchema" in schema and not is_json_text(schema):
        message = '"contentSchema" describes JSON in a text, and "contentMediaType" does not say so'
        hint = "add: contentMediaType: application/json"
        check.error_at_key("missing-content-media-type", message, join(pointer, "contentSchema"), hint)


def _check_form(check: Check, owner: Object, schema: Object, pointer: str) -> None:
    """Report extensions that say how a value is written, on a type that is not written so."""
    types = sorted(check.schemas.types((Part(schema, pointer),)) - {"null"})
    time_format = owner.get("x-time-format")
    if isinstance(time_format, str) and time_format in FORMATS:
        wanted = FORMATS[time_format].types
        if not types or any(word not in wanted for word in types):
            at = join(pointer, "x-time-format")
            message = f"{quote(time_format)} is written as {wanted[0]}, and the type says otherwise"
            check.error("wrong-time-type", message, at, f"write: type: {wanted[0]}")
    if owner.get("x-secret") is True and types != ["string"]:
        message = '"x-secret" hides text, and the type says otherwise'
        check.error("wrong-secret-type", message, join(pointer, "x-secret"), "write: type: string")
