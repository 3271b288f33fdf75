"""Every example that stands in a spec is read as its model, and written again says the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

import pytest
import yaml
from jobclients._runtime.decode import decode_model
from jobclients._runtime.model import adapter_of
from jobclients._runtime.shapes import is_array, is_object
from pydantic import BaseModel

SPECS = Path(__file__).parent.parent.parent / "specs"
VENDORS = sorted(folder.name for folder in SPECS.iterdir() if folder.is_dir())
ZONE = timezone(timedelta(hours=-7))


@dataclass(frozen=True)
class Example:
    """One example.

    Args:
        vendor: Whose it is.
        place: JSON pointer into the spec.
        model: Name of its schema.
        value: The example.
    """

    vendor: str
    place: str
    model: str
    value: Any


def resolved(document: Any, node: Any) -> Any:
    """A node, or what it refers to."""
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def of_content(document: Any, vendor: str, place: str, holder: Any) -> Iterator[Example]:
    """The examples of a request body or a response."""
    for media, content in resolved(document, holder).get("content", {}).items():
        model = content["schema"]["$ref"].rpartition("/")[2]
        for key, example in content.get("examples", {}).items():
            where = f"{place}/{media.replace('/', '~1')}/{key}"
            yield Example(vendor, where, model, resolved(document, example)["value"])


def examples() -> Iterator[Example]:
    """All examples of bodies in all specs."""
    for vendor in VENDORS:
        document = yaml.safe_load((SPECS / vendor / "openapi.yaml").read_text(encoding="utf-8"))
        for methods in document["paths"].values():
            for operation in methods.values():
                name = operation["operationId"]
                if "requestBody" in operation:
                    yield from of_content(document, vendor, f"{name}/request", operation["requestBody"])
                for status, response in operation["responses"].items():
                    yield from of_content(document, vendor, f"{name}/{status}", response)
        # An example of one property stands for an object that holds it.
        for model, schema in document["components"]["schemas"].items():
            for key, own in schema.get("properties", {}).items():
                for index, value in enumerate(own.get("examples", [])):
                    needed = {"status": "running"} if "status" in schema.get("required", []) else {}
                    needed |= {"api_access_token": "t"} if "api_access_token" in schema.get("required", []) else {}
                    yield Example(vendor, f"{model}/{key}/{index}", model, needed | {key: value})


EXAMPLES = list(examples())


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values say the same: a JSON text by its content, a moment in milliseconds also as digits."""
    if is_object(left) and is_object(right):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if is_array(left) and is_array(right):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, str) and type(right) is int:
        return left == str(right) and len(left) == 13
    if isinstance(left, str) and isinstance(right, str) and left != right:
        return left[:1] == "{" and bool(json.loads(left) == json.loads(right))
    return type(left) is type(right) and bool(left == right)


def decoded(example: Example, zone: tzinfo | None) -> Any:
    """An example, as the client reads a body."""
    content = json.dumps(example.value).encode()
    return decode_model(adapter_of(f"jobclients.{example.vendor}.models", example.model), content, example.value, zone)


def encoded(example: Example, value: Any, zone: tzinfo | None) -> Any:
    """A value, as the client writes a body."""
    adapter = adapter_of(f"jobclients.{example.vendor}.models", example.model)
    return json.loads(
        adapter.dump_json(value, round_trip=True, exclude_unset=True, by_alias=True, context={"timezone": zone})
    )


@pytest.mark.parametrize("zone", [None, ZONE], ids=["no zone", "a zone"])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.vendor}/{example.place}")
def test_an_example_survives_being_read_and_written(example: Example, zone: tzinfo | None) -> None:
    """Decoding and encoding an example gives an equal document."""
    written = encoded(example, decoded(example, zone), zone)

    assert example.value == written or same(example.value, written)


def unknown(value: Any, path: str = "") -> Iterator[str]:
    """Paths in a model of properties that no schema knows."""
    if isinstance(value, BaseModel):
        for key in value.model_extra or {}:
            yield f"{path}/{key}"
        for key in type(value).model_fields:
            yield from unknown(getattr(value, key), f"{path}/{key}")
    elif is_array(value):
        for index, item in enumerate(value):
            yield from unknown(item, f"{path}/{index}")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.vendor}/{example.place}")
def test_the_schema_knows_every_property_of_an_example(example: Example) -> None:
    """Nothing in an example is kept as an unknown property only."""
    assert list(unknown(decoded(example, None))) == []


def moments(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Values of a model whose type is a moment, by path."""
    if isinstance(value, BaseModel):
        for key, info in type(value).model_fields.items():
            inside = getattr(value, key)
            if "datetime" in str(info.annotation) + str(info.metadata) and inside is not None:
                yield f"{path}/{key}", inside
            yield from moments(inside, f"{path}/{key}")
    elif is_array(value):
        for index, item in enumerate(value):
            yield from moments(item, f"{path}/{index}")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.vendor}/{example.place}")
def test_every_moment_in_an_example_is_a_datetime(example: Example) -> None:
    """No time of an example is left as its raw text or number."""
    kinds: dict[str, type[Any]] = {path: type(value) for path, value in moments(decoded(example, None))}

    assert dict.fromkeys(kinds, datetime) == kinds


def test_every_vendor_has_examples() -> None:
    """The walk over the specs finds the bodies of all of them."""
    assert {example.vendor for example in EXAMPLES} == set(VENDORS)
