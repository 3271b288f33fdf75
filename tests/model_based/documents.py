"""Documents that are made up: small vendors, each with parameters, bodies and responses of many kinds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from hypothesis import strategies as st

Schema = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

WORDS: Final = ("on", "off", "half way", "Ünder", "a-b", "1")
TIMES: Final[dict[str, Schema]] = {
    "rfc3339": {"type": "string"},
    "unix-ms": {"type": "integer"},
    "unix-s": {"type": "integer"},
    "java-medium-us": {"type": "string"},
    "jdbc": {"type": "string"},
}
_PROPERTIES: Final = (
    *("id", "name", "ke-bab", "class", "Upper", "camelCase", "with.dot", "$dollar", "a b", "n_1", "from", "self"),
    *("model_dump", "items", "x/y", "t~e", "né", "copy", "json", "_private", "1st", "UPPER_CASE"),
)
_PARAMETERS: Final = ("id", "name", "ke-bab", "class", "Upper", "with.dot", "n_1", "self", "page-size", "X-Tag", "type")
_QUERY_ONLY: Final = ("$filter", "a b", "q[]", "né", "x&y")
_BODIES: Final = (
    *("application/json", "application/json", "application/merge-patch+json", "text/plain", "application/octet-stream"),
    *("application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data"),
)
_STYLES: Final = {
    "path": (("simple", False), ("simple", True)),
    "query": (
        *(("form", True), ("form", False), ("spaceDelimited", False), ("pipeDelimited", False), ("deepObject", True)),
        *(("spaceDelimited", True), ("pipeDelimited", True)),
    ),
    "header": (("simple", False), ("simple", True)),
    "cookie": (("form", True), ("form", False)),
}


def refer(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


@st.composite
def documents(draw: Draw) -> dict[str, Any]:
    """Documents with components that refer to one another, and operations that use them."""
    components = draw(_components())
    names = sorted(components)
    paths: dict[str, Any] = {}
    for number in range(7):
        path, operation = draw(_with_parameters(f"ask_{number}"))
        paths[path] = {draw(st.sampled_from(("get", "delete"))): operation}
    for number, media_type in enumerate(_BODIES):
        operation = draw(_with_body(f"tell_{number}", media_type, names))
        paths[f"/b{number}"] = {draw(st.sampled_from(("post", "put", "patch"))): operation}
    shown = [refer("Child"), refer("Tree"), *(draw(_collection(refer(name))) for name in ("Known", "Either", "Whole"))]
    for number, schema in enumerate([*shown, *(draw(_response(names)) for _ in range(3))]):
        content = {"application/json": {"schema": schema}}
        fine = {"description": "Fine.", "content": content}
        paths[f"/r{number}"] = {"get": {"operationId": f"show_{number}", "responses": {"200": fine}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Acme", "version": "1"},
        "servers": [{"url": "https://vendor.example"}],
        "paths": paths,
        "components": {"schemas": components},
    }


@st.composite
def _components(draw: Draw) -> dict[str, Schema]:
    found: dict[str, Schema] = {
        "State": {"type": draw(st.sampled_from(("string", ["string", "null"]))), "enum": list(WORDS[:4])},
        "Base": draw(_object(())),
        "Left": draw(_kind("left")),
        "Right": draw(_kind("right")),
    }
    if "null" in found["State"]["type"]:
        found["State"]["enum"].append(None)
    known = tuple(found)
    found["Part"] = draw(_object(known))
    found["Tree"] = draw(_tree((*known, "Part")))
    more = draw(_object((*known, "Part"), without=found["Base"]["properties"]))
    inherited = {"required": draw(_some(sorted(found["Base"]["properties"]), 1))}
    both = draw(st.permutations([refer("Base"), more, inherited]))
    found["Child"] = {"allOf": both}
    alternatives = [refer("Left"), refer("Right")]
    found["Either"] = {"oneOf": alternatives}
    named = {"propertyName": "kind", "mapping": {"left": refer("Left")["$ref"], "right": refer("Right")["$ref"]}}
    found["Known"] = {"oneOf": alternatives, "discriminator": named}
    found["Whole"] = draw(_object(tuple(found), least=3))
    return found


@st.composite
def _kind(draw: Draw, word: str) -> Schema:
    """An alternative: it is reported by a word, and by a property that the other one lacks."""
    schema: Schema = draw(_object(()))
    own = {
        "kind": {"type": "string", "enum": [word]},
        f"only-{word}": {"type": "integer"},
        "parts": {"type": "array", "items": refer("Base")},
    }
    schema["properties"] = own | schema["properties"]
    schema["required"] = ["kind", f"only-{word}", "parts"]
    return schema


@st.composite
def _tree(draw: Draw, names: Sequence[str]) -> Schema:
    schema: Schema = draw(_object(names))
    nullable = {"anyOf": [refer("Tree"), {"type": "null"}]}
    leads = {
        "children": {"type": "array", "items": refer("Tree")},
        "next": nullable,
        "by name": {"type": "object", "additionalProperties": refer("Tree")},
    }
    schema["properties"] |= {name: leads[name] for name in draw(_some(sorted(leads), 1))}
    return schema


@st.composite
def _object(draw: Draw, names: Sequence[str], *, least: int = 1, without: Collection[str] = ()) -> Schema:
    free = [wire for wire in _PROPERTIES if wire not in without]
    wires = draw(st.lists(st.sampled_from(free), unique=True, min_size=least, max_size=6))
    properties = {wire: draw(_property(names)) for wire in wires}
    for wire in draw(_some(wires, 0)):
        if properties[wire] == {"type": "string"}:
            properties[wire] = {"type": "string", "x-aliases": [f"old {wire}"]}
    required = draw(_some(wires, 0))
    found: Schema = {"type": "object", "properties": properties}
    return found | ({"required": required} if required else {})


def _property(names: Sequence[str]) -> st.SearchStrategy[Schema]:
    times = [st.just({**schema, "x-time-format": form}) for form, schema in TIMES.items()]
    choices = [
        _scalar(),
        _scalar(),
        st.one_of(times),
        _several(),
        _array(names),
        _map(names),
        st.just({"type": "string", "x-secret": True}),
    ]
    if "State" in names:
        choices.append(_json_text(names))
    return st.one_of(*choices, st.just({"type": "string"}), *(st.just(refer(name)) for name in names))


def _scalar() -> st.SearchStrategy[Schema]:
    """One value of one type, which may be null."""
    plain: list[Schema] = [
        *({"type": kind} for kind in ("string", "integer", "number", "boolean")),
        {"type": "integer", "format": "int32", "minimum": 0},
        {"type": "integer", "format": "int64"},
        {"type": "string", "minLength": 1, "maxLength": 5},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "uuid"},
        {"type": "string", "enum": list(WORDS)},
        {"type": "integer", "enum": [1, 2, 30]},
        {"const": "fixed"},
    ]
    nullable: list[Schema] = [{"type": [kind, "null"]} for kind in ("string", "integer", "number", "boolean")]
    return st.sampled_from([*plain, *nullable])


def _several() -> st.SearchStrategy[Schema]:
    """Values of several types."""
    return st.sampled_from(
        [
            {"type": ["integer", "string"]},
            {"type": ["boolean", "number"]},
            {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]},
            {"oneOf": [{"type": "boolean"}, {"type": "string"}, {"type": "null"}]},
            {},
        ]
    )


def _array(names: Sequence[str]) -> st.SearchStrategy[Schema]:
    items = _scalar() | st.sampled_from([refer(name) for name in names]) if names else _scalar()
    return items.map(lambda schema: {"type": "array", "items": schema})


def _map(names: Sequence[str]) -> st.SearchStrategy[Schema]:
    values = _scalar() | st.sampled_from([refer(name) for name in names]) if names else _scalar()
    return values.map(lambda schema: {"type": "object", "additionalProperties": schema})


def _json_text(names: Sequence[str]) -> st.SearchStrategy[Schema]:
    inner = st.sampled_from([refer(name) for name in names if name in ("Left", "Part", "Base")])
    return inner.map(lambda schema: {"type": "string", "contentMediaType": "application/json", "contentSchema": schema})


def _collection(schema: Schema) -> st.SearchStrategy[Schema]:
    """A schema, or a list or map of what it describes."""
    return st.sampled_from(
        [schema, {"type": "array", "items": schema}, {"type": "object", "additionalProperties": schema}]
    )


def _response(names: Sequence[str]) -> st.SearchStrategy[Schema]:
    return st.sampled_from([refer(name) for name in names]) | _array(names) | _map(names) | _scalar() | _several()


@st.composite
def _with_parameters(draw: Draw, name: str) -> tuple[str, dict[str, Any]]:
    locations = draw(
        st.lists(st.sampled_from(("path", "query", "query", "query", "header", "cookie")), min_size=1, max_size=6)
    )
    parameters: list[dict[str, Any]] = []
    for location in locations:
        parameter = draw(_parameter(location))
        if (location, parameter["name"].lower()) not in [(item["in"], item["name"].lower()) for item in parameters]:
            parameters.append(parameter)
    exploded = [item for item in parameters if item["schema"].get("type") == "object" and item.get("explode", True)]
    loose = [item for item in exploded if item["in"] in ("query", "cookie") and item.get("style") != "deepObject"]
    parameters = [item for item in parameters if item not in loose[1:]]  # keys of two objects could be the same
    inside = [f"{{{item['name']}}}" for item in parameters if item["in"] == "path"]
    between = draw(st.sampled_from(("/", "/", "/then/", "-", ":")))
    path = (
        f"/{name}/{between.join(inside)}"
        if inside
        else f"/{name}" + draw(st.sampled_from(("", "/", "/a b/é", "/x:run")))
    )
    return path, {"operationId": name, "parameters": parameters, "responses": {"204": {"description": "Done."}}}


@st.composite
def _parameter(draw: Draw, location: str) -> dict[str, Any]:
    wires = (*_PARAMETERS, *_QUERY_ONLY) if location == "query" else _PARAMETERS
    wire = draw(st.sampled_from(wires))
    style, explode = draw(st.sampled_from(_STYLES[location]))
    value: Schema = draw(_value_of_parameter())
    items = draw(_value_of_parameter())
    array: Schema = {"type": "array", "items": items}
    inner = {"first": {"type": "string"}, "second": {"type": "integer"}, "ke-bab": {"type": "boolean"}}
    flat = {"type": "object", "properties": {key: inner[key] for key in draw(_some(sorted(inner), 1))}}
    kinds = {"deepObject": [flat], "spaceDelimited": [array], "pipeDelimited": [array]}
    nullable: list[Schema] = (
        [{"type": [draw(st.sampled_from(("string", "integer"))), "null"]}] if location == "query" else []
    )
    schema = draw(st.sampled_from(kinds.get(style, [value, value, array, flat, *nullable])))
    required = location == "path" or draw(st.booleans())
    found = {"name": wire, "in": location, "required": required, "schema": schema}
    if (style, explode) != _STYLES[location][0] or draw(st.booleans()):
        found |= {"style": style, "explode": explode}
    if location in ("path", "query") and draw(st.integers(0, 4)) == 0:
        found["allowReserved"] = True
    return found


def _value_of_parameter() -> st.SearchStrategy[Schema]:
    times = [{**schema, "x-time-format": form} for form, schema in TIMES.items()]
    plain: list[Schema] = [{"type": kind} for kind in ("string", "string", "integer", "number", "boolean")]
    dates: list[Schema] = [{"type": "string", "format": "date"}, {"type": "string", "enum": list(WORDS)}]
    return st.sampled_from([*plain, *dates, *times, {"type": ["integer", "string"]}])


@st.composite
def _with_body(draw: Draw, name: str, media_type: str, names: Sequence[str]) -> dict[str, Any]:
    binary: Schema = {"type": "string", "format": "binary"}
    schema: Schema = {"text/plain": {"type": "string"}, "application/octet-stream": binary}.get(media_type, {})
    if media_type.endswith("json"):
        schema = draw(st.sampled_from([refer(one) for one in names]) | _array(names) | _object(names))
    elif not schema:
        wires = draw(st.lists(st.sampled_from(_PROPERTIES), unique=True, min_size=1, max_size=4))
        file = [binary, {"type": "array", "items": binary}] if media_type == "multipart/form-data" else []
        kinds = [*({"type": kind} for kind in ("string", "integer", "number", "boolean")), refer("Left"), *file]
        lists = [{"type": "array", "items": {"type": kind}} for kind in ("string", "integer")]
        properties = {wire: draw(st.sampled_from([*kinds, *lists])) for wire in wires}
        properties |= {"text": {"type": "string"}, "texts": lists[0]}
        schema = {"type": "object", "properties": properties, "required": draw(_some([*wires, "text"], 0))}
    body = {"required": draw(st.booleans()), "content": {media_type: {"schema": schema}}}
    return {"operationId": name, "requestBody": body, "responses": {"204": {"description": "Done."}}}


def _some(names: Sequence[str], least: int) -> st.SearchStrategy[list[str]]:
    """Some of several names, in their order."""
    chosen = st.lists(st.sampled_from(names), unique=True, min_size=least)
    return chosen.map(lambda found: [name for name in names if name in found])
