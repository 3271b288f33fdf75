"""Turns errors of a JSON Schema validator into messages for spec authors.

The validator's own messages are never shown: they print Python values, and for alternatives they say no more than
that none fits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from jsonschema.exceptions import ValidationError

from vendorsmith.diagnostics import plural, quote
from vendorsmith.spec.source_map import JSON
from vendorsmith.spec.wording import closest, did_you_mean, listing, meant_or_known, shape, show

_TYPES: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class SchemaDiagnostic:
    """One thing that a value has against its schema.

    Attributes:
        code: the kind of diagnostic.
        message: what is wrong.
        path: keys and indexes that lead from the value that was checked to the place meant.
        at_key: whether the key at that place is meant, rather than the value.
        hint: what to write instead.
    """

    code: str
    message: str
    path: tuple[str | int, ...]
    at_key: bool = False
    hint: str | None = None


def diagnose(validator: Any, value: JSON, name: str) -> Iterator[SchemaDiagnostic]:
    """Check a value, and say all that is wrong with it.

    Args:
        validator: a validator of jsonschema.
        value: what to check.
        name: what to call the value, such as ``a parameter``.
    """
    for error in validator.iter_errors(value):
        yield from _translate(error, name)


def _translate(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
    if _is_about_a_name(error):
        yield _property_name(error)
        return
    say = _MESSAGES.get(str(error.validator))
    if say is None:
        # A schema that is only `false`; the validator does not tell which of the values below it is meant.
        message = f"{_subject(error, name)} is, or holds, what its schema forbids"
        yield SchemaDiagnostic("bad-value", message, _path(error))
        return
    yield from say(error, name)


def _is_about_a_name(error: ValidationError) -> bool:
    """Whether the name of a property is wrong, rather than the value of one that is called "propertyNames"."""
    keywords, path = list(error.absolute_schema_path), _path(error)
    is_value = keywords[-3:-2] == ["properties"] and path[-1:] == ("propertyNames",)
    return keywords[-2:-1] == ["propertyNames"] and not is_value


def _path(error: ValidationError) -> tuple[str | int, ...]:
    return tuple(error.absolute_path)


def _subject(error: ValidationError, name: str) -> str:
    path = _path(error)
    if not path:
        return name
    if isinstance(path[-1], str):
        return quote(path[-1])
    owner = next((step for step in reversed(path) if isinstance(step, str)), None)
    return f"item {path[-1] + 1} of {quote(owner) if owner is not None else name}"


def _owner(error: ValidationError, name: str) -> str:
    """Name an object whose keys are wrong: by what it is, where its schema says so."""
    schema = error.schema
    if isinstance(schema, dict) and isinstance(title := schema.get("title"), str) and len(title) < 60:
        return title
    return _subject(error, name)


def _found(error: ValidationError) -> str:
    value = cast("JSON", error.instance)
    return f"here it is {shape(value) if isinstance(value, dict | list) else show(value)}"


def _extra_keys(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
    schema = cast("dict[str, Any]", error.schema)
    known: list[str] = list(schema.get("properties", {}))
    prefixes = [pattern.removeprefix("^") for pattern in schema.get("patternProperties", {})]
    value = cast("dict[str, JSON]", error.instance)
    for key in value:
        if key in known or key.startswith(tuple(prefixes)):
            continue
        hint = meant_or_known(key, [word for word in known if word not in value], "it may have")
        message = f"{_owner(error, name)} has no key {quote(key)}"
        yield SchemaDiagnostic("unknown-key", message, (*_path(error), key), at_key=True, hint=hint)


def _missing_key(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
    schema = cast("dict[str, Any]", error.schema)
    value = cast("dict[str, JSON]", error.instance)
    for key in cast("list[str]", error.validator_value):
        # The validator yields one error for each missing key, with the key nowhere but in its message.
        if key in value or not error.message.startswith(repr(key)):
            continue
        if not _is_misspelt(schema, value, key):
            message = f"{_owner(error, name)} needs the key {quote(key)}"
            hint = did_you_mean(key, _unknown_keys(schema, value))
            yield SchemaDiagnostic("missing-key", message, _path(error), at_key=True, hint=hint)


def _is_misspelt(schema: dict[str, Any], value: dict[str, JSON], key: str) -> bool:
    """Whether a missing key is one mistake with a key that is reported as unknown."""
    closed = schema.get("additionalProperties") is False
    return closed and closest(key, _unknown_keys(schema, value)) is not None


def _unknown_keys(schema: dict[str, Any], value: dict[str, JSON]) -> list[str]:
    return [word for word in value if word not in schema.get("properties", {})]


def _wrong_type(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
    types = _types(error)
    hint = None
    if types == ["string"] and isinstance(error.instance, bool | int | float):
        hint = "put it in quotes"
    elif isinstance(error.instance, str) and error.instance in {"yes", "no", "on", "off", "True", "False"}:
        hint = "write true or false, without quotes" if "boolean" in types else None
    message = f"{_subject(error, name)} must be {_either([_TYPES[word] for word in types])}; {_found(error)}"
    yield SchemaDiagnostic("wrong-type", message, _path(error), hint=hint)


def _types(error: ValidationError) -> list[str]:
    wanted = error.validator_value
    return [wanted] if isinstance(wanted, str) else cast("list[str]", wanted)


def _either(parts: list[str]) -> str:
    unique = list(dict.fromkeys(parts))
    return " or ".join([", ".join(unique[:-1]), unique[-1]] if len(unique) > 1 else unique)


def _not_one_of(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
    wanted = error.validator_value
    allowed = cast("list[JSON]", wanted) if error.validator == "enum" else [cast("JSON", wanted)]
    shown = _either([show(value) for value in allowed[:20]]) + (" ..." if allowed[20:] else "")
    hint = None
    if isinstance(error.instance, str):
        hint = did_you_mean(error.instance, [value for value in allowed if isinstance(value, str)])
    message = f"{_subject(error, name)} must be {shown}; {_found(error)}"
    yield SchemaDiagnostic("unknown-value", message, _path(error), hint=hint)


def _pattern(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
    schema = cast("dict[str, Any]", error.schema)
    message = f"{_subject(error, name)} does not have the form that is expected; {_found(error)}"
    hint = schema.get("description")
    upper = str(error.instance).upper()
    # The pattern is ours: those of specs are never run. In a path, case means something.
    if "/" not in upper and re.search(str(error.validator_value), upper):
        hint = f"write {quote(upper)}"
    yield SchemaDiagnostic("bad-value", message, _path(error), hint=hint)


def _property_name(error: ValidationError) -> SchemaDiagnostic:
    schema = cast("dict[str, Any]", error.schema)
    allowed = schema.get("description")
    pattern = str(schema.get("pattern", ""))
    if allowed is None and pattern.startswith("^[a-z][a-z0-9_]*"):
        allowed = "lower-case letters, digits and underscores, a letter first"
    message = f"{quote(str(error.instance))} cannot be a name here"
    hint = None if allowed is None else f"a name is made of {allowed}"
    return SchemaDiagnostic("bad-name", message, (*_path(error), str(error.instance)), at_key=True, hint=hint)


def _bound(parts: str) -> Callable[[ValidationError, str], Iterator[SchemaDiagnostic]]:
    def say(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
        limit = show(cast("JSON", error.validator_value))
        message = f"{_subject(error, name)} {parts.format(limit)}; {_found(error)}"
        yield SchemaDiagnostic("bad-value", message, _path(error))

    return say


def _size(lower: bool, noun: str) -> Callable[[ValidationError, str], Iterator[SchemaDiagnostic]]:
    def say(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
        limit = cast("int", error.validator_value)
        have = len(cast("str | list[JSON] | dict[str, JSON]", error.instance))
        if lower and have == 0:
            message = f"{_subject(error, name)} must not be empty"
        else:
            word = "at least" if lower else "at most"
            message = f"{_subject(error, name)} must have {word} {plural(limit, noun)}; here it has {have}"
        yield SchemaDiagnostic("bad-value", message, _path(error))

    return say


def _repeated(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
    values = cast("list[JSON]", error.instance)
    seen: set[str] = set()
    for index, value in enumerate(values):
        written = json.dumps(value, sort_keys=True)  # tells 1 and true apart, which == does not
        if written in seen:
            message = f"{_subject(error, name)} holds {show(value)} twice"
            yield SchemaDiagnostic("repeated-value", message, (*_path(error), index), hint="remove one of them")
            return
        seen.add(written)
    yield SchemaDiagnostic("repeated-value", f"{_subject(error, name)} holds a value twice", _path(error))


def _excluded(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
    excluded = error.validator_value
    keys = cast("dict[str, Any]", excluded).get("required") if isinstance(excluded, dict) else None
    if isinstance(keys, list):
        message = f"{listing(cast('list[str]', keys), 'and')} cannot be used together"
        yield SchemaDiagnostic("conflicting-keys", message, _path(error), at_key=True, hint="keep one of them")
    else:
        message = f"{_subject(error, name)} is a value that its schema excludes; {_found(error)}"
        yield SchemaDiagnostic("bad-value", message, _path(error))


def _alternatives(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
    """Say what keeps a value from the nearest of several alternatives."""
    alternatives = cast("list[Any]", error.validator_value)
    keys = [_lone_key(alternative) for alternative in alternatives]
    if all(key is not None for key in keys) and isinstance(error.instance, dict):
        yield _choice_of_keys(error, name, [key for key in keys if key is not None])
        return
    if not error.context:
        message = f"{_subject(error, name)} fits more than one of the forms that exclude each other"
        yield SchemaDiagnostic("bad-value", message, _path(error))
        return
    groups: dict[int, list[ValidationError]] = {}
    for inner in error.context:
        if not inner.relative_schema_path:
            continue  # an alternative that is only `false`
        groups.setdefault(cast("int", inner.relative_schema_path[0]), []).append(inner)
    near = [group for group in groups.values() if not any(_is_other_shape(inner) for inner in group)]
    if near:
        best = min(near, key=lambda group: (_weight(group, name), -_depth(group)))
        for inner in best:
            yield from _translate(inner, name)
        return
    if not groups:
        yield SchemaDiagnostic("bad-value", f"{_subject(error, name)} fits none of the allowed forms", _path(error))
        return
    wanted = [_wanted(inner) for group in groups.values() for inner in group if _is_other_shape(inner)]
    message = f"{_subject(error, name)} must be {_either(wanted)}; {_found(error)}"
    hint = _hint_of(groups, name)
    yield SchemaDiagnostic("wrong-type", message, _path(error), hint=hint)


def _hint_of(groups: dict[int, list[ValidationError]], name: str) -> str | None:
    found = (diagnostic.hint for group in groups.values() for inner in group for diagnostic in _translate(inner, name))
    return next((hint for hint in found if hint is not None), None)


def _lone_key(alternative: Any) -> str | None:
    """Return the key that an alternative asks for, where it asks for nothing else."""
    if isinstance(alternative, dict) and list(cast("dict[str, Any]", alternative)) == ["required"]:
        keys = cast("list[str]", alternative["required"])
        return keys[0] if len(keys) == 1 else None
    return None


def _choice_of_keys(error: ValidationError, name: str, keys: list[str]) -> SchemaDiagnostic:
    present = [key for key in keys if key in cast("dict[str, JSON]", error.instance)]
    if present:
        message = f"only one of {listing(keys)} may be used here, and {listing(present, 'and')} do"
        return SchemaDiagnostic("conflicting-keys", message, (*_path(error), present[1]), at_key=True)
    message = f"{_subject(error, name)} needs one of the keys {listing(keys)}"
    return SchemaDiagnostic("missing-key", message, _path(error), at_key=True)


def _is_other_shape(error: ValidationError) -> bool:
    at_top = not error.relative_path
    return at_top and error.validator in {"type", "const", "enum"}


def _wanted(error: ValidationError) -> str:
    if error.validator == "type":
        return _either([_TYPES[word] for word in _types(error)])
    values = error.validator_value if error.validator == "enum" else [error.validator_value]
    return _either([show(value) for value in cast("list[JSON]", values)])


def _weight(group: list[ValidationError], name: str) -> int:
    # A key that an alternative does not know tells more against it than one that is not written yet.
    found = [diagnostic for inner in group for diagnostic in _translate(inner, name)]
    return sum(3 if diagnostic.code == "unknown-key" else 1 for diagnostic in found)


def _depth(group: list[ValidationError]) -> int:
    return max(len(inner.relative_path) for inner in group)


def _dependent(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
    value, schema = cast("dict[str, JSON]", error.instance), cast("dict[str, Any]", error.schema)
    for key, needed in cast("dict[str, list[str]]", error.validator_value).items():
        for word in needed:
            # The validator yields one error for each missing key, with the keys nowhere but in its message.
            lacking = key in value and word not in value and error.message == f"{word!r} is a dependency of {key!r}"
            if lacking and not _is_misspelt(schema, value, word):
                message = f"{quote(key)} in {_subject(error, name)} needs the key {quote(word)}"
                yield SchemaDiagnostic("missing-key", message, (*_path(error), key), at_key=True)


def _contains(error: ValidationError, name: str) -> Iterator[SchemaDiagnostic]:
    message = f"{_subject(error, name)} holds too few or too many of the items that its schema asks for"
    yield SchemaDiagnostic("bad-value", message, _path(error))


_MESSAGES: Final[dict[str, Callable[[ValidationError, str], Iterator[SchemaDiagnostic]]]] = {
    "additionalProperties": _extra_keys,
    "required": _missing_key,
    "type": _wrong_type,
    "enum": _not_one_of,
    "const": _not_one_of,
    "pattern": _pattern,
    "minimum": _bound("must be at least {}"),
    "maximum": _bound("must be at most {}"),
    "exclusiveMinimum": _bound("must be more than {}"),
    "exclusiveMaximum": _bound("must be less than {}"),
    "multipleOf": _bound("must be a multiple of {}"),
    "minLength": _size(True, "character"),
    "maxLength": _size(False, "character"),
    "minItems": _size(True, "item"),
    "maxItems": _size(False, "item"),
    "minProperties": _size(True, "key"),
    "maxProperties": _size(False, "key"),
    "uniqueItems": _repeated,
    "not": _excluded,
    "anyOf": _alternatives,
    "oneOf": _alternatives,
    "dependentRequired": _dependent,
    "contains": _contains,
}
