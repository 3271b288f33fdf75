"""Checks documented examples and defaults against their schemas.

A spec is untrusted, so checking an example opens nothing, runs no regular expression of the spec, and does a bounded
amount of work.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from jobclients_core.media_types import PLAIN_TEXT, essence, is_form, is_read_as_json, is_text
from jobclients_core.pointers import join, split
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from vendorsmith.spec.check import Check, entries
from vendorsmith.spec.refs import RefError, resolve
from vendorsmith.spec.schema_diagnostics import diagnose
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.wording import shape

_MAX_REFS: Final = 20_000


class _TooMuch(Exception):  # noqa: N818 (never leaves this module)
    """Checking one example takes too many steps."""


def check_examples(check: Check) -> None:
    """Report examples and defaults that do not fit their schema, each at the place inside it that is wrong."""
    checker = _ExampleChecker(check)
    for visit in check.node_kinds.visits:
        node, pointer = visit.node, visit.pointer
        if visit.kind == "schema":
            _check_schema(checker, node, pointer)
        elif visit.kind in {"media-type", "parameter", "header"} and not visit.reference:
            media_type = split(pointer)[-1] if visit.kind == "media-type" else "application/json"
            if is_text(media_type):
                _check_text(check, node, pointer)
            if "schema" in node and (
                is_read_as_json(media_type) or is_form(media_type) or essence(media_type) == PLAIN_TEXT
            ):
                _check_owner(check, checker, node, pointer)


def _check_schema(checker: _ExampleChecker, schema: Object, pointer: str) -> None:
    if "example" in schema:
        checker.compare(schema["example"], schema, join(pointer, "example"), "example")
    examples = schema.get("examples")
    for index, value in enumerate(examples if isinstance(examples, list) else []):
        checker.compare(value, schema, join(pointer, "examples", index), "example")
    if "default" in schema and "enum" not in schema:
        checker.compare(schema["default"], schema, join(pointer, "default"), "default")


def _check_owner(check: Check, checker: _ExampleChecker, owner: Object, pointer: str) -> None:
    schema = owner["schema"]
    if "example" in owner:
        checker.compare(owner["example"], schema, join(pointer, "example"), "example")
    for name, example in entries(owner.get("examples")):
        found = check.follow(example, join(pointer, "examples", name))
        if found is not None and "value" in found[0]:
            checker.compare(found[0]["value"], schema, join(found[1], "value"), "example")


def _check_text(check: Check, owner: Object, pointer: str) -> None:
    """Report an example of a text that is none."""
    shown = [(owner["example"], join(pointer, "example"))] if "example" in owner else []
    for name, example in entries(owner.get("examples")):
        found = check.follow(example, join(pointer, "examples", name))
        if found is not None and "value" in found[0]:
            shown.append((found[0]["value"], join(found[1], "value")))
    for value, at in shown:
        if isinstance(value, dict | list):
            message = f"this example is {shape(value)}, and the media type is that of a text"
            check.error("bad-example", message, at, "is the media type application/json?")


class _ExampleChecker:
    """Compares values with schemas of one document."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._validator = _validator_class(check.document, self)
        self.steps = 0

    def step(self) -> None:
        """Count a reference that is followed."""
        self.steps += 1
        if self.steps > _MAX_REFS:
            raise _TooMuch

    def compare(self, value: JSON, schema: JSON, pointer: str, noun: str) -> None:
        """Report what in an example or default does not fit."""
        self.steps = 0
        if not isinstance(schema, dict | bool):
            return  # reported as no schema
        try:
            for diagnostic in diagnose(self._validator(schema), value, f"the {noun}"):
                at = join(pointer, *diagnostic.path)
                message = f"this {noun} does not fit its schema: {diagnostic.message}"
                report = self._check.error_at_key if diagnostic.at_key else self._check.error
                report(f"bad-{noun}", message, at, diagnostic.hint)
        except (_TooMuch, RecursionError):
            message = f"this {noun} is not checked: its schema refers to too many others"
            self._check.warn("unchecked-example", message, pointer)
        except ArithmeticError:
            message = f"this {noun} is not checked: its numbers are too large to calculate with"
            self._check.warn("unchecked-example", message, pointer)


def _validator_class(document: Document, checker: _ExampleChecker) -> Any:
    """Return a validator whose references stay in the document and whose patterns are never run."""

    def follow(validator: Any, ref: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        del schema
        checker.step()
        try:
            target, _ = resolve(document, ref)
        except RefError:
            return  # reported by the check of references
        if isinstance(target, dict | bool):
            yield from validator.descend(instance, target)

    def nothing(validator: Any, value: Any, instance: Any, schema: Any) -> None:
        """Leave a keyword out."""

    changed = {
        "$ref": follow,
        "$dynamicRef": nothing,
        "pattern": nothing,
        "patternProperties": nothing,
        "format": nothing,
        "unevaluatedItems": nothing,
        "unevaluatedProperties": nothing,
        "required": _required,
        "additionalProperties": _additional,
    }
    return cast("Any", validators).extend(Draft202012Validator, changed)


def _required(validator: Any, required: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """As the standard says, but a key may come under one of its aliases."""
    if not validator.is_type(instance, "object"):
        return
    for name in required:
        if name not in instance and not any(alias in instance for alias in _aliases(schema, name)):
            yield ValidationError(f"{name!r} is a required property")


def _additional(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """As the standard says, but without running the patterns of ``patternProperties``."""
    if not validator.is_type(instance, "object") or "patternProperties" in schema:
        return
    properties: dict[str, Any] = schema.get("properties", {})
    known = {*properties, *(alias for name in properties for alias in _aliases(schema, name))}
    extra = [key for key in instance if key not in known]
    if allowed is False and extra:
        yield ValidationError("additional properties")
    elif isinstance(allowed, dict):
        for key in extra:
            yield from validator.descend(instance[key], allowed, path=key)


def _aliases(schema: Any, name: str) -> list[str]:
    prop = schema.get("properties", {}).get(name)
    aliases = cast("dict[str, JSON]", prop).get("x-aliases") if isinstance(prop, dict) else None
    return [alias for alias in aliases if isinstance(alias, str)] if isinstance(aliases, list) else []
