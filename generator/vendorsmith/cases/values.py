"""A valid value of a schema, where the spec documents none."""

from __future__ import annotations

from jobclients_contract.cases import Json
from jobclients_contract.reading.formats import FORMATS, TIMES

from vendorsmith.build.node import Node

_DEPTH = 12


def value_of(schema: Node, depth: int = 0) -> Json:
    """A value that is valid: documented in the schema where it has examples, made up otherwise.

    Args:
        schema: the schema, references followed.
        depth: how many schemas it stands in.
    """
    for key in ("examples", "enum"):
        listed = schema.get(key).value
        if isinstance(listed, list) and listed:
            return listed[0]
    for key in ("const", "example", "default"):
        if schema.has(key):
            return schema.get(key).value
    time = schema.text("x-time-format")
    if time in TIMES:
        return TIMES[time]
    for key in ("oneOf", "anyOf"):
        if schema.has(key):
            return value_of(schema.get(key).get(0), depth + 1)
    return _of_type(schema, depth)


def _of_type(schema: Node, depth: int) -> Json:
    type_ = schema.get("type").value
    kind = type_[0] if isinstance(type_, list) and type_ else type_
    if kind == "object" or (kind is None and schema.has("properties")):
        required = schema.texts("required") if depth < _DEPTH else ()
        return {name: value_of(schema.get("properties").get(name), depth + 1) for name in required}
    if kind == "array":
        return [value_of(schema.get("items"), depth + 1)] if depth < _DEPTH else []
    if kind in ("integer", "number"):
        least = schema.get("minimum").value
        return least if isinstance(least, int) and not isinstance(least, bool) and least > 1 else 1
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    # Clients hide the texts of secrets wherever they come up, so they are no texts that others are.
    return FORMATS.get(schema.text("format"), "made-up s3cret" if schema.flag("x-secret") else "text")
