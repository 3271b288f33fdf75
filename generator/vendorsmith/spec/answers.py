"""Checks of runtime expressions: whether what they point at can stand in the documented answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from vendorsmith.problems import quote
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.pointer import join, split
from vendorsmith.spec.tree import JSON, Object
from vendorsmith.spec.words import did_you_mean, listing

_BODY: Final = "$response.body#"
_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 (a token of RFC 9110)
_EXPRESSION: Final = re.compile(rf"\$response\.(?:status|header\.{_TOKEN}|body#(?:/(?:[^~/]|~[01])*)*)")
_MAX_STEPS: Final = 200


def check_expressions(check: Check) -> None:
    """Report expressions of envelopes and errors that no documented answer bears out."""
    operations = [(operation, pointer) for _, operation, pointer in check.operations()]
    root = check.document.data
    everywhere = [answer for operation, at in operations for answer in answers(check, operation, at, "2")]
    _check_envelope(check, root, "", everywhere)
    for operation, pointer in operations:
        _check_envelope(check, operation, pointer, list(answers(check, operation, pointer, "2")))
    errors = root.get("x-errors")
    if isinstance(errors, dict):
        refused = [answer for operation, at in operations for answer in answers(check, operation, at, "345d")]
        for key in ("code", "message", "request_id"):
            listed = errors.get(key)
            for index, expression in enumerate(listed if isinstance(listed, list) else []):
                at = join("/x-errors", key, index)
                check_expression(check, expression, at, [*refused, *everywhere])


def check_expression(check: Check, expression: JSON, pointer: str, candidates: Iterable[Answer]) -> None:
    """Report an expression that does not parse, or points at nothing that any of these answers describes.

    Args:
        check: where to report.
        expression: what stands in the spec.
        pointer: where it stands.
        candidates: the schemas of the answers' bodies. An answer without a schema may hold anything.
    """
    if not isinstance(expression, str) or not _EXPRESSION.fullmatch(expression):
        return  # the schema of the extension says so
    if not expression.startswith(_BODY):
        return
    tokens = split(expression.removeprefix(_BODY))
    near: list[str] = []
    known = list(candidates)
    for schema, at in known:
        if _may_hold(check, schema, at, tokens, near, [0]):
            return
    if known:
        message = f"no documented answer has anything at {quote(expression)}"
        words = list(dict.fromkeys(near))
        hint = None
        for token in tokens:
            hint = hint or did_you_mean(token, [word for word in words if word != token])
        if hint is None and 0 < len(words) <= 12:
            hint = f"there is: {listing(words, 'and')}"
        check.error("unknown-pointer", message, pointer, hint)


Answer = tuple[JSON, str]
"""The schema of an answer's body, and its pointer."""


def answers(check: Check, operation: Object, pointer: str, classes: str) -> Iterator[Answer]:
    """Yield the body schemas of an operation's answers.

    Args:
        check: the document.
        operation: the operation.
        pointer: where it is.
        classes: first characters of the statuses meant: ``2``, or ``45d`` with ``default``.
    """
    responses = operation.get("responses")
    for status, response in entries(responses):
        found = check.follow(response, join(pointer, "responses", status))
        if found is None or not status.startswith(tuple(classes)):
            continue
        for media_type, content in entries(found[0].get("content")):
            at = join(found[1], "content", media_type)
            if "json" in media_type and isinstance(content, dict):
                yield content.get("schema"), join(at, "schema")


def _check_envelope(check: Check, owner: Object, pointer: str, known: list[Answer]) -> None:
    envelope = owner.get("x-envelope")
    if not isinstance(envelope, dict):
        return
    condition = envelope.get("ok")
    if not isinstance(condition, dict):
        return  # what "refused" and its message speak of is another answer than the documented one
    at = join(pointer, "x-envelope")
    check_expression(check, condition.get("from"), join(at, "ok", "from"), known)
    for key in ("message", "code"):
        check_expression(check, envelope.get(key), join(at, key), known)


def _may_hold(check: Check, schema: JSON, pointer: str, tokens: list[str], near: list[str], steps: list[int]) -> bool:
    """Return whether a value of a schema may have something at a pointer; collect the keys that are there.

    A schema that says nothing about its keys may hold anything: only a described object can lack one.
    """
    steps[0] += 1
    found = check.follow(schema, pointer)
    if not tokens or found is None or steps[0] > _MAX_STEPS:
        return True
    node, at = found
    token, rest = tokens[0], tokens[1:]
    combined = [(key, node.get(key)) for key in ("allOf", "anyOf", "oneOf")]
    members = [
        (member, join(at, key, index))
        for key, listed in combined
        if isinstance(listed, list)
        for index, member in enumerate(listed)
    ]
    if any(_may_hold(check, member, where, tokens, near, steps) for member, where in members):
        return True
    properties = node.get("properties")
    if isinstance(properties, dict):
        near += properties
        name = token if token in properties else _aliased(properties, token)
        if name is not None:
            return _may_hold(check, properties[name], join(at, "properties", name), rest, near, steps)
    if "patternProperties" in node:
        return True
    if (others := node.get("additionalProperties")) not in (None, False):
        return _may_hold(check, others, join(at, "additionalProperties"), rest, near, steps)
    if "items" in node and token.isdigit():
        return _may_hold(check, node["items"], join(at, "items"), rest, near, steps)
    says_something = members or isinstance(properties, dict) or "items" in node
    return not says_something and text(node.get("type")) in {"", "object", "array"}


def _aliased(properties: Object, token: str) -> str | None:
    for name, prop in properties.items():
        aliases = prop.get("x-aliases") if isinstance(prop, dict) else None
        if isinstance(aliases, list) and token in aliases:
            return name
    return None
