"""Valid bodies where the spec documents none: as little as the schema asks for."""

from __future__ import annotations

import json
from typing import Any, Final

import jsonschema

from jobclients_contract.cases import Answer, Contract, Json, Operation
from jobclients_contract.reading.conditions import words_of
from jobclients_contract.reading.formats import FORMATS, TIMES
from jobclients_contract.reading.media_types import is_json, sent_as
from jobclients_contract.reading.places import Reply, filled, in_body, is_object, says_no, without
from jobclients_contract.reading.pointers import MISSING, Missing

SCHEMAS: Final = "#/components/schemas/"
_DEPTH: Final = 12
_TYPES: Final[dict[str, Json]] = {"integer": 1, "number": 1, "boolean": True, "null": None, "string": "text"}
_NAMES: Final[dict[type[object], str]] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


def followed(contract: Contract, schema: Json) -> dict[str, Json]:
    """A schema with its reference followed; empty for one that says nothing."""
    for _ in range(_DEPTH):
        if not is_object(schema) or "$ref" not in schema:
            break
        schema = contract.schemas.get(str(schema["$ref"]).removeprefix(SCHEMAS))
    return schema if is_object(schema) else {}


def kind_of(schema: dict[str, Json]) -> str:
    """The first type that a schema allows."""
    type_ = schema.get("type")
    first = type_[0] if isinstance(type_, list) and type_ else type_
    return first if isinstance(first, str) else "object" if "properties" in schema else ""


def alternatives(contract: Contract, schema: Json, depth: int = 0) -> list[dict[str, Json]]:
    """What a value may be: the schemas that tell its type, references, combinations and alternatives followed.

    Args:
        contract: the tables.
        schema: the schema.
        depth: how many schemas it stands in.
    """
    rules = followed(contract, schema)
    listed = [rules.get(key) for key in ("allOf", "anyOf", "oneOf")]
    options = next((item for item in listed if isinstance(item, list) and item), None)
    if options is None or _types(rules) or depth > _DEPTH:
        return [rules]
    found = [inner for option in options for inner in alternatives(contract, option, depth + 1)]
    return [inner for inner in found if _types(inner)] or [rules] if options is listed[0] else found


def types_of(contract: Contract, schema: Json) -> frozenset[str]:
    """The types that a schema allows; none where it does not say."""
    found = [_types(rules) for rules in alternatives(contract, schema)]
    return frozenset[str]().union(*found) if all(found) else frozenset()


def _types(rules: dict[str, Json]) -> frozenset[str]:
    given = rules.get("type")
    if given is not None:
        return frozenset(str(item) for item in (given if isinstance(given, list) else [given]))
    words = rules.get("enum", [rules["const"]] if "const" in rules else None)
    if isinstance(words, list):
        return frozenset(_NAMES[type(word)] for word in words)
    implied = {"properties": "object", "items": "array", "contentMediaType": "string"}
    return frozenset(name for key, name in implied.items() if key in rules)


def completed(contract: Contract, schema: Json, value: Json | Missing = MISSING, depth: int = 0) -> Json:
    """A value with everything that its schema requires.

    Args:
        contract: the tables.
        schema: the schema.
        value: what is there already; `MISSING` for nothing.
        depth: how many schemas it stands in.
    """
    rules = followed(contract, schema)
    if is_object(value) or (isinstance(value, Missing) and kind_of(rules) == "object"):
        return _object(contract, rules, value if is_object(value) else {}, depth)
    if isinstance(value, list):
        return [completed(contract, rules.get("items"), item, depth + 1) for item in value]
    return _made_up(contract, rules, depth) if isinstance(value, Missing) else value


def _object(contract: Contract, rules: dict[str, Json], value: dict[str, Json], depth: int) -> Json:
    properties = rules.get("properties")
    known = properties if is_object(properties) else {}
    required = rules.get("required")
    names = [*value, *(str(name) for name in (required if isinstance(required, list) else []) if name not in value)]
    if depth > _DEPTH:
        return value
    return {name: completed(contract, known.get(name), value.get(name, MISSING), depth + 1) for name in names}


def _made_up(contract: Contract, rules: dict[str, Json], depth: int) -> Json:
    if "const" in rules:
        return rules["const"]
    for key in ("enum", "anyOf", "oneOf"):
        listed = rules.get(key)
        if isinstance(listed, list) and listed:
            return listed[0] if key == "enum" else completed(contract, listed[0], depth=depth + 1)
    time = rules.get("x-time-format")
    if isinstance(time, str) and time in TIMES:
        return TIMES[time]
    kind = kind_of(rules)
    if kind == "array":
        return [completed(contract, rules.get("items"), depth=depth + 1)] if depth < _DEPTH else []
    least = rules.get("minimum")
    if kind in ("integer", "number") and isinstance(least, int | float) and least > 1:
        return least
    return FORMATS.get(str(rules.get("format"))) or _TYPES.get(kind, {})


def valid(contract: Contract, schema: Json, value: Json) -> bool:
    """Whether a value fits a schema, formats aside."""
    if not is_object(schema):
        return schema is not False
    whole: dict[str, Json] = {**schema, "components": {"schemas": dict(contract.schemas)}}
    validator: Any = jsonschema.Draft202012Validator(whole)
    return bool(validator.is_valid(value))


def calls(contract: Contract) -> list[Operation]:
    """The operations whose answers have bodies."""
    return [operation for operation in contract.operations if operation.http != "HEAD"]


def chief(contract: Contract) -> list[Operation]:
    """The operation that stands for all where one is enough: one that answers with JSON, repeatable if there is one.

    Returns:
        It, or nothing where no operation answers with JSON.
    """
    able = [operation for operation in calls(contract) if promised(operation.success) == "json"]
    return ([operation for operation in able if operation.repeatable] or able)[:1]


def promised(answer: Answer | None) -> str:
    """What the body of a documented answer is: ``json``, ``text``, ``binary`` or ``nothing``."""
    if answer is None or not answer.media_type:
        return "nothing"
    if is_json(answer.media_type):
        return "json"
    return "text" if answer.media_type.partition("/")[0].strip().lower() == "text" else "binary"


def success(contract: Contract, operation: Operation) -> Reply:
    """An answer that says yes: documented where there is one that does, made up otherwise.

    Args:
        contract: the tables.
        operation: the operation.
    """
    answer = operation.success
    if answer is None:
        return Reply(204)
    status = int(answer.status) if answer.status.isdecimal() else 200
    headers = {field.name: "made-up" for field in answer.headers if not field.framing}
    if promised(answer) == "nothing":
        return Reply(status, b"", headers)
    headers["Content-Type"] = sent_as(answer.media_type)
    bodies: list[Json] = [example.value for example in answer.examples]
    if promised(answer) != "json":
        text = bodies[0] if bodies and isinstance(bodies[0], str) else "text"
        return Reply(status, text.encode(), headers)
    for value in [*bodies, completed(contract, answer.schema)]:
        reply = Reply(status, json.dumps(value, ensure_ascii=False).encode(), headers)
        if not says_no(operation.envelope, reply):
            return reply
    value = _agreed(operation.envelope, completed(contract, answer.schema))
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), headers)


def _agreed(envelope: Json, body: Json) -> Json:
    """A body with something at the places of an envelope for which it says yes."""
    for name in ("ok", "refused"):
        condition = envelope.get(name) if is_object(envelope) else None
        place = str(condition["from"]) if is_object(condition) else ""
        if not is_object(condition) or not in_body(place):
            continue
        values = (*words_of(condition), "text", 1, None, True, False)
        tries = [filled(body, place, value) for value in values] + [without(body, place)]
        alone: dict[str, Json] = {name: condition}
        body = next((each for each in tries if not says_no(alone, Reply.of(200, each))), body)
    return body
