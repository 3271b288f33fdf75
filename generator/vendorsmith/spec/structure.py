"""Which keys and values an object may have: OpenAPI's own, and those of our extensions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from jobclients_core.pointers import join
from jsonschema import Draft202012Validator

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import Check
from vendorsmith.spec.node_kinds import Visit, extensions, flat, title
from vendorsmith.spec.schema_diagnostics import SchemaDiagnostic, diagnose
from vendorsmith.spec.wording import closest, show

EXTENSION_PLACES: Final[dict[str, tuple[str, ...]]] = {
    "x-envelope": ("document", "operation"),
    "x-errors": ("document",),
    "x-auth": ("document",),
    "x-jobs": ("document",),
    "x-rate-limits": ("document",),
    "x-known-by-name": ("document",),
    "x-selection": ("document",),
    "x-contradictions": ("document", "operation", "parameter", "schema"),
    "x-evidence": ("operation",),
    "x-request-samples": ("operation",),
    "x-exactly-one-of": ("operation",),
    "x-idempotent": ("operation",),
    "x-returns-headers": ("operation",),
    "x-python-name": ("operation", "parameter", "schema"),
    "x-client-parameter": ("parameter",),
    "x-placeholder": ("server-variable",),
    "x-signature": ("security-scheme",),
    "x-expect": ("example",),
    "x-aliases": ("schema",),
    "x-time-format": ("schema", "parameter"),
    "x-secret": ("schema", "parameter"),
}

_REPLACED: Final = {"x-job-state": "x-expect: {{state: {}}}"}
"""What earlier versions of this reference called otherwise, and what is written instead."""

# What earlier versions of OpenAPI wrote elsewhere or otherwise.
_MOVED: Final = {
    ("schema", "nullable"): "since 3.1: type: [string, 'null']",
    ("schema", "definitions"): "schemas are under components/schemas",
    ("parameter", "type"): 'the type is inside "schema"',
    ("parameter", "format"): 'the format is inside "schema"',
    ("parameter", "default"): 'the default is inside "schema"',
    ("parameter", "enum"): 'the values are inside "schema"',
    ("response", "schema"): "the schema is under content: application/json: schema",
    ("request-body", "schema"): "the schema is under content: application/json: schema",
    ("operation", "consumes"): "media types are the keys of requestBody: content",
    ("operation", "produces"): "media types are the keys of a response's content",
    ("document", "definitions"): "schemas are under components/schemas",
}


def check_structure(check: Check) -> bool:
    """Report keys that are unknown, missing or hold the wrong kind of value.

    Returns:
        Whether the schemas in the document are sound, so that values can be compared with them.
    """
    sound = True
    for visit in check.node_kinds.visits:
        kind = "reference" if visit.reference and visit.kind != "schema" else visit.kind
        found = [
            _with_hint(diagnostic, visit, kind) for diagnostic in diagnose(_validator(kind), visit.node, title(kind))
        ]
        _report(check, visit.pointer, found)
        sound &= kind != "schema" or all(diagnostic.code == "unknown-key" for diagnostic in found)
        _check_extensions(check, visit)
    return sound


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(flat(kind))


@cache
def _extension_validator(name: str) -> Draft202012Validator:
    schema: dict[str, Any] = {"$ref": f"#/$defs/{name}", "$defs": extensions()}
    return Draft202012Validator(schema)


def _report(check: Check, pointer: str, found: Iterable[SchemaDiagnostic]) -> None:
    for diagnostic in found:
        at = join(pointer, *diagnostic.path)
        report = check.error_at_key if diagnostic.at_key else check.error
        report(diagnostic.code, diagnostic.message, at, diagnostic.hint)


def _with_hint(diagnostic: SchemaDiagnostic, visit: Visit, kind: str) -> SchemaDiagnostic:
    """Replace the hint where more is known about the mistake than its shape."""
    hint = diagnostic.hint
    key = diagnostic.path[-1] if diagnostic.path else None
    if diagnostic.code == "unknown-key" and len(diagnostic.path) == 1:
        if kind == "reference":
            hint = 'beside "$ref" only "summary" and "description" may be'
        else:
            hint = _MOVED.get((visit.kind, str(key)), hint)
    elif key in {"exclusiveMinimum", "exclusiveMaximum"} and isinstance(visit.node.get(str(key)), bool):
        hint = f"since 3.1 it is the bound itself: {key}: 10"
    return SchemaDiagnostic(diagnostic.code, diagnostic.message, diagnostic.path, diagnostic.at_key, hint)


def _check_extensions(check: Check, visit: Visit) -> None:
    for key, value in visit.node.items():
        if not key.startswith("x-"):
            continue
        at = join(visit.pointer, key)
        places = EXTENSION_PLACES.get(key)
        if key in _REPLACED:
            message = f"{quote(key)} is not read any more"
            check.error_at_key("replaced-extension", message, at, f"write: {_REPLACED[key].format(show(value))}")
        elif places is None:
            # Extensions of others are none of our business, so only a near miss is worth a word.
            if near := closest(key, EXTENSION_PLACES, cutoff=0.85):
                message = f"{quote(key)} is not an extension that is read here"
                check.warn_at_key("unknown-extension", message, at, f"did you mean {quote(near)}?")
        elif visit.kind not in places:
            message = f"{quote(key)} has no effect on {title(visit.kind)}"
            check.error_at_key("misplaced-extension", message, at, f"it belongs on {_either(places)}")
        elif visit.reference and visit.kind != "schema":
            message = f'{quote(key)} has no effect beside "$ref"'
            hint = f"write it where the {visit.kind} itself is"
            check.error_at_key("misplaced-extension", message, at, hint)
        else:
            _report(check, at, diagnose(_extension_validator(key), value, quote(key)))


def _either(kinds: tuple[str, ...]) -> str:
    words = [title(kind) for kind in kinds]
    return " or ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} or {words[-1]}"
