"""Validates the parameters and bodies of requests against their schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from jobclients_core.pointers import join
from jobclients_core.schema import Part
from jobclients_core.times import read_rfc3339
from jobclients_core.type_guards import is_array, is_object

try:
    from jsonschema import Draft202012Validator, FormatChecker, validators
    from jsonschema.exceptions import ValidationError
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"{missing.name} is missing; run: pip install 'jobclients-core[testing]'", name=missing.name
    ) from missing

_MOST = 5
"""How many mistakes of one value are told."""

_INTEGER = re.compile(r"-?[0-9]{1,40}")
_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?")

_formats = FormatChecker(("date", "email", "ipv4", "ipv6", "uuid"))


def _within(bits: int) -> Callable[[object], bool]:
    end: int = 2 ** (bits - 1)
    return lambda value: not isinstance(value, int) or -end <= value < end


def _is_timestamp(value: object) -> bool:
    return not isinstance(value, str) or isinstance(read_rfc3339(value, None), datetime)


_formats.checks("date-time")(_is_timestamp)
_formats.checks("int32")(_within(32))
_formats.checks("int64")(_within(64))

_MESSAGES: dict[str, Callable[[Any], str]] = {
    "type": lambda kinds: f"should be {' or '.join(kinds) if is_array(kinds) else kinds}",
    "enum": lambda values: f"should be one of {json.dumps(values)[:300]}",
    "const": lambda value: f"should be {json.dumps(value)[:100]}",
    "format": lambda name: f"is not a valid {name}",
    "minimum": lambda minimum: f"should be at least {minimum}",
    "maximum": lambda most: f"should be at most {most}",
    "exclusiveMinimum": lambda minimum: f"should be more than {minimum}",
    "exclusiveMaximum": lambda most: f"should be less than {most}",
    "multipleOf": lambda step: f"should be a multiple of {step}",
    "minLength": lambda minimum: f"should have at least {minimum} characters",
    "maxLength": lambda most: f"should have at most {most} characters",
    "minItems": lambda minimum: f"should have at least {minimum} items",
    "maxItems": lambda most: f"should have at most {most} items",
    "uniqueItems": lambda _: "should have no item twice",
    "minProperties": lambda minimum: f"should have at least {minimum} properties",
    "maxProperties": lambda most: f"should have at most {most} properties",
    "additionalProperties": lambda _: "has a property that is not documented",
    "anyOf": lambda _: "has none of the documented forms",
    "oneOf": lambda _: "does not have exactly one of the documented forms",
}
"""What is wrong, by keyword: in words that repeat nothing of the request, which may hold secrets."""


def _nothing(validator: Any, value: Any, instance: Any, schema: Any) -> None:
    """Leave a keyword out: no regular expression of a document is ever run."""


def _additional(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """As the standard says, but nothing of properties whose names have patterns: these speak of what patterns leave."""
    if "patternProperties" not in schema:
        yield from _ADDITIONAL(validator, allowed, instance, schema) or ()


_ADDITIONAL: Any = Draft202012Validator.VALIDATORS["additionalProperties"]
_PATTERNS = ("pattern", "patternProperties", "unevaluatedItems", "unevaluatedProperties")
_Validator: Any = cast("Any", validators).extend(
    Draft202012Validator, {**dict.fromkeys(_PATTERNS, _nothing), "additionalProperties": _additional}
)


class Checks:
    """Compares values with schemas of one vendor.

    Args:
        document: The normalised OpenAPI document, which references lead into.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._components = {"components": document.get("components", {})}
        self._validators: dict[str, Any] = {}

    def diagnostics(self, part: Part, value: Any) -> list[str]:
        """What does not fit.

        Args:
            part: The schema.
            value: Parsed JSON.

        Returns:
            For each mistake its JSON pointer and what is wrong, in words.
        """
        if not is_object(part.schema):
            return []
        if part.spec not in self._validators:
            whole: dict[str, Any] = {**part.schema, **self._components}
            self._validators[part.spec] = _Validator(whole, format_checker=_formats)
        try:
            validator = self._validators[part.spec]
            found = validator.iter_errors(value)
            return list(dict.fromkeys(_said(error) for _, error in zip(range(_MOST), found, strict=False)))
        except RecursionError:
            return ["is nested too deeply"]


def _said(error: ValidationError) -> str:
    place = join("", *error.absolute_path)
    keyword = str(error.validator)
    if keyword == "required":
        instance = cast("Mapping[str, Any]", error.instance)
        absent = [name for name in cast("list[str]", error.validator_value) if name not in instance]
        return "; ".join(f"{place}/{name} is missing" for name in absent)
    words = _MESSAGES.get(keyword, lambda _: f"breaks the documented rule {keyword}")
    return f"{place} {words(error.validator_value)}".strip()


def from_text(kinds: Sequence[str], text: str) -> Any:
    """A text of a URL, a header or a form as the JSON value that is meant.

    Args:
        kinds: The JSON types that are documented; none for any.
        text: The text.

    Returns:
        A number, truth value or null where the text is one and no text is documented; else the text.
    """
    if not kinds or "string" in kinds or "" in kinds:
        return text
    if "null" in kinds and text == "":
        return None
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    if {"integer", "number"} & set(kinds) and _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if "number" in kinds and _NUMBER.fullmatch(text) else text
