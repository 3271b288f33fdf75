"""Changes a normalised document so that openapi-core can read requests with it.

openapi-core splits values by style, and does so rightly as long as it is given them undecoded. It is not asked for
more: types become texts (it would take ``True``, ``1_0`` and ``NaN``), and defaults, formats, security, servers and
schemas of bodies are left out. What it cannot read at all is not in the view; `READERS` says who reads that.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NoReturn

from jobclients_contract.foreign.parameters import Form, Parameter
from jobclients_contract.foreign.type_guards import is_object
from jobclients_contract.schema_model.styles import encoded
from jobclients_contract.schema_model.values import Json

Reader = Literal["openapi-core", "uritemplate", "werkzeug"]

READERS: Final[Mapping[tuple[str, Form | Literal["*"]], Reader]] = {
    ("simple", "*"): "openapi-core",
    ("form", "value"): "openapi-core",
    ("form", "array"): "openapi-core",
    ("form", "object"): "openapi-core",
    ("form, exploded", "object"): "uritemplate",  # openapi-core looks for the name, which is not sent
    ("deepObject", "object"): "openapi-core",
    ("deepObject", "array"): "uritemplate",
    ("deepObject", "value"): "uritemplate",
    ("spaceDelimited", "*"): "openapi-core",
    ("pipeDelimited", "*"): "uritemplate",  # openapi-core looks for a bare "|", which no URL may hold
    ("spaceDelimited, exploded", "*"): "uritemplate",  # "not available" in openapi-core
    ("pipeDelimited, exploded", "*"): "uritemplate",
    ("application/x-www-form-urlencoded", "*"): "werkzeug",  # openapi-core guesses the types of properties
    ("multipart/form-data", "*"): "werkzeug",  # openapi-core reads binary parts and integers wrongly
    ("body", "*"): "openapi-core",
}
"""Who reads what: by the style of a parameter and its form, by the media type of a body, and any other body."""

FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_SCHEMAS: Final[Mapping[Form, Any]] = {
    "value": {"type": "string"},
    "array": {"type": "array", "items": {"type": "string"}},
    "object": {"type": "object", "additionalProperties": {"type": "string"}},
}


def reader_of(parameter: Parameter) -> Reader:
    """Who reads the values of a parameter, as long as they hold nothing that its style uses for itself."""
    exploded = ", exploded" if parameter.explode else ""
    for style in (parameter.style + exploded, parameter.style):
        for form in (parameter.form, "*"):
            reader = READERS.get((style, form))
            if reader is not None:
                return _unless_odd(parameter, reader)
    return "uritemplate"


def _unless_odd(parameter: Parameter, reader: Reader) -> Reader:
    # openapi-core takes the name of such a parameter for a part of a pattern.
    odd = parameter.style == "deepObject" and not re.fullmatch(r"\w+", parameter.name)
    return "uritemplate" if odd else reader


def is_carried(parameter: Parameter, texts: list[str]) -> bool:
    """Whether texts of a list or object can be distinguished once they are written, so that openapi-core reads them.

    Args:
        parameter: the parameter.
        texts: items, or keys and values.
    """
    if parameter.form == "value":
        return True
    if not texts:
        return False
    if parameter.style == "deepObject":
        return all(re.fullmatch(r"\w+", key) for key in texts[::2])
    if parameter.style == "spaceDelimited":
        return not any(" " in text for text in texts)
    bare = parameter.location == "header" or parameter.reserved
    single = parameter.form == "array" and parameter.explode and parameter.style == "form"
    return single or not bare or not any(set(text) & {",", "="} for text in texts)


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The operations of a document: path, method in lower case, and what is said of it."""
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            if is_object(operation) and "operationId" in operation:
                yield path, method, operation


def view_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The view.

    Args:
        document: a normalised document.
    """
    paths: dict[str, Any] = {}
    for path, method, operation in operations(document):
        names = placeholders(path)
        template = encoded(path, keep="{}")
        for name, own in names.items():
            template = template.replace(encoded(f"{{{name}}}", keep="{}"), f"{{{own}}}")
        paths.setdefault(template, {})[method] = _operation(operation, document, names)
    return {"openapi": "3.1.0", "info": {"title": "View", "version": "1"}, "servers": [{"url": "/"}], "paths": paths}


def placeholders(path: str) -> dict[str, str]:
    """The names of path parameters, and what the view calls them: openapi-core takes a dot for Python's.

    Args:
        path: the template.
    """
    return {piece.partition("}")[0]: f"p{index}" for index, piece in enumerate(path.split("{")[1:])}


def _operation(operation: Mapping[str, Any], document: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"operationId": operation["operationId"], "responses": {}}
    parameters = [Parameter.of(entry, document) for entry in operation.get("parameters", [])]
    found["parameters"] = [_parameter(item, names) for item in parameters if reader_of(item) == "openapi-core"]
    body = operation.get("requestBody")
    if body:
        found["requestBody"] = {"content": {name: {} for name in body["content"]}}
    return found


def _parameter(parameter: Parameter, names: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": parameter.name, "in": parameter.location, "schema": _SCHEMAS[parameter.form]}
    if parameter.location == "path":
        found |= {"name": names[parameter.name], "required": True}
    if parameter.location == "query":
        found["allowEmptyValue"] = True
    return found | {"style": parameter.style, "explode": parameter.explode}


def essence_of(media_type: str) -> str:
    """A media type in lower case, without its parameters."""
    return media_type.partition(";")[0].strip().lower()


def json_types(document: Mapping[str, Any]) -> set[str]:
    """The media types of bodies that are read as JSON."""
    found = {"*/*", "application/*", "application/json", "text/json"}
    for _, _, operation in operations(document):
        for name in operation.get("requestBody", {}).get("content", {}):
            essence = essence_of(name)
            if essence.endswith("+json"):
                found.add(essence)
    return found


def strict_json(content: bytes, **_: str) -> Json:
    """JSON of RFC 8259, where no object has a key twice.

    Raises:
        ValueError: it is something else.
    """
    value: Json = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    return value


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    twice = {key for key, count in Counter(key for key, _ in pairs).items() if count > 1}
    if twice:
        raise ValueError(f"keys come twice: {sorted(twice)}")
    return dict(pairs)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")
