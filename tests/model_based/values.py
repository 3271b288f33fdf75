"""Values for the schemas of made-up documents: valid ones, and the moments that times stand for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from .documents import Schema

Values = st.SearchStrategy[Any]
Change = Callable[[Mapping[str, Schema], dict[str, Any]], dict[str, Any]]

_DEEP: Final = 3
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENTS: Final = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
_AWKWARD: Final = (
    "",
    " ",
    "a b",
    "a,b",
    "a&b=c",
    "%41",
    "+",
    "é",
    "日本",
    "/",
    "..",
    "true",
    "1",
    "null",
    "a|b",
    '"',
    "a;b",
    "x=y",
    "{}",
    "[1]",
)

TEXTS: Final = st.lists(st.sampled_from(_AWKWARD), max_size=3).map("".join) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), max_size=8
)
INTEGERS: Final = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 100)
NUMBERS: Final = (
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53) | st.sampled_from([0.5, 1e-7, 1e22])
)
ANY: Final[Values] = st.none() | st.booleans() | INTEGERS | TEXTS | st.just({"any": [1, None]})


class Valid:
    """Strategies for the schemas of one document.

    Args:
        components: its schemas.
    """

    def __init__(self, components: Mapping[str, Schema]) -> None:
        self._components = components

    def resolved(self, schema: Schema) -> Schema:
        """A schema with its reference followed."""
        while "$ref" in schema:
            schema = self._components[str(schema["$ref"]).rpartition("/")[2]]
        return schema

    def parts(self, schema: Schema) -> Iterator[Schema]:
        """The schemas that a value has to fit together."""
        found = self.resolved(schema)
        if "allOf" not in found:
            yield found
        for part in found.get("allOf", []):
            yield from self.parts(part)

    def properties(self, schema: Schema) -> dict[str, Schema]:
        """The properties of an object; a later one of the same name replaces an earlier one."""
        return {key: item for part in self.parts(schema) for key, item in part.get("properties", {}).items()}

    def required(self, schema: Schema) -> list[str]:
        """The required properties of an object."""
        return [key for part in self.parts(schema) for key in part.get("required", [])]

    def alternatives(self, schema: Schema) -> list[Schema]:
        """The alternatives of a schema, one for each type included; itself where it has none."""
        found = self.resolved(schema)
        for key in ("oneOf", "anyOf"):
            if key in found:
                return [inner for option in found[key] for inner in self.alternatives(option)]
        if isinstance(found.get("type"), list):
            return [{**found, "type": kind} for kind in found["type"]]
        return [found]

    def renamed(self, schema: Schema, value: Any) -> Any:
        """A value with the further keys that properties have."""

        def rename(properties: Mapping[str, Schema], found: dict[str, Any]) -> dict[str, Any]:
            names = {key: alias for key, item in properties.items() for alias in item.get("x-aliases", [])}
            return {names.get(key, key): item for key, item in found.items()}

        return self._changed(schema, value, rename)

    def grown(self, schema: Schema, value: Any, new: Any) -> Any:
        """A value with a property in each object that is not documented."""
        return self._changed(schema, value, lambda _, found: {**found, "brand-new": new})

    def _changed(self, schema: Schema, value: Any, change: Change) -> Any:
        """A value with a change to each object that has properties; what is one of several alternatives stays."""
        found = self.resolved(schema)
        if isinstance(value, list) and "items" in found:
            return [self._changed(found["items"], item, change) for item in value]
        if not isinstance(value, dict) or not ("allOf" in found or "properties" in found):
            return value
        properties = self.properties(found)
        inner = {
            key: self._changed(properties[key], item, change) if key in properties else item
            for key, item in value.items()
        }
        return change(properties, inner)

    def of(self, schema: Schema, depth: int = 0) -> Values:
        """Valid values of a schema."""
        found = self.resolved(schema)
        if "enum" in found:
            return st.sampled_from(found["enum"])
        if "const" in found:
            return st.just(found["const"])
        options = self.alternatives(found)
        if len(options) > 1:
            return st.one_of(*(self.of(option, depth) for option in options))
        if "allOf" in found or "properties" in found:
            return self._object(found, depth)
        return self._plain(found, depth) if found else ANY

    def _later(self, schema: Schema, depth: int) -> Values:
        return st.deferred(lambda: self.of(schema, depth))

    def _object(self, schema: Schema, depth: int) -> Values:
        required = self.required(schema)
        later = {key: self._later(item, depth + 1) for key, item in self.properties(schema).items()}
        least = {key: values for key, values in later.items() if key in required}
        most = {key: values for key, values in later.items() if key not in required}
        return st.fixed_dictionaries(least, optional=most if depth < _DEEP else {})

    def _plain(self, schema: Schema, depth: int) -> Values:
        if "x-time-format" in schema:
            return times(schema["x-time-format"])
        if "contentSchema" in schema:
            return self.of(schema["contentSchema"], depth + 1).map(json.dumps)
        most = 3 if depth < _DEEP else 0
        match schema["type"]:
            case "array":
                return st.lists(self._later(schema["items"], depth + 1), max_size=most)
            case "object":
                values = self._later(schema["additionalProperties"], depth + 1)
                return st.dictionaries(TEXTS, values, max_size=most)
            case "integer":
                return st.integers(0, 2**31 - 1) if schema.get("format") == "int32" else INTEGERS
            case "number":
                return NUMBERS
            case "boolean":
                return st.booleans()
            case "null":
                return st.none()
            case _:
                return _text(schema)


def _text(schema: Schema) -> Values:
    match schema.get("format"):
        case "date":
            return st.dates().map(str)
        case "uuid":
            return st.uuids().map(str)
        case "binary":
            return st.binary(max_size=12)
        case _:
            return TEXTS.filter(lambda text: schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 99))


def unpacked(value: Any) -> Any:
    """A value in which texts that hold JSON objects are these: what they say counts, not how it is laid out."""
    if isinstance(value, Mapping):
        return {key: unpacked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unpacked(item) for item in value]
    if isinstance(value, str) and value.startswith("{"):
        try:
            return unpacked(json.loads(value))
        except ValueError:
            return value
    return value


def times(form: str) -> Values:
    """Moments as a vendor writes them."""
    if form in ("unix-ms", "unix-s"):
        unit = timedelta(milliseconds=1) if form == "unix-ms" else timedelta(seconds=1)
        return _MOMENTS.map(lambda moment: (moment - _EPOCH) // unit)
    written = {"rfc3339": _rfc3339, "java-medium-us": _java, "jdbc": _jdbc}
    return _MOMENTS.map(written[form])


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _java(moment: datetime) -> str:
    return f"{moment:%b} {moment.day}, {moment.year} {moment.hour % 12 or 12}:{moment:%M:%S %p}"


def _jdbc(moment: datetime) -> str:
    """A timestamp; the fraction has one digit at least."""
    fraction = f"{moment:%f}".rstrip("0") or "0"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{fraction}"


def moment(form: str, value: Any) -> datetime:
    """The moment that a vendor means, by the standard library."""
    match form:
        case "unix-ms":
            return _EPOCH + timedelta(milliseconds=value)
        case "unix-s":
            return datetime.fromtimestamp(value, UTC)
        case "rfc3339":
            return datetime.fromisoformat(value)
        case "java-medium-us":
            return datetime.strptime(value, "%b %d, %Y %I:%M:%S %p")
        case _:
            return datetime.strptime(value, "%Y-%m-%d %H:%M:%S.%f")
