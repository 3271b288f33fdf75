"""Checks that runtime expressions name parts which documented responses can have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from jobclients_core.expressions import parse
from jobclients_core.media_types import is_read_as_json
from jobclients_core.pointers import join, split
from jobclients_core.schema import Part, Schemas, SchemaView
from jobclients_core.statuses import is_result

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import Check, entries
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.wording import did_you_mean, listing

_MAX_STEPS: Final = 200
_IN_BODIES: Final = (("response", "body"), ("failure", "body"), ("item", ""))


def check_expression(check: Check, expression: JSON, pointer: str, candidates: Iterable[Part]) -> None:
    """Report an expression that does not parse, or points at nothing that any of these responses describes.

    Args:
        check: where to report.
        expression: what is in the spec.
        pointer: where it is.
        candidates: the schemas of the responses' bodies. A response without a schema may hold anything.
    """
    if not isinstance(expression, str):
        return
    place = parse(expression)
    if place is None or (place.root, place.part) not in _IN_BODIES:
        return  # what is not an expression, the schema of the extension reports
    tokens = split(place.name)
    near: list[str] = []
    known = list(candidates)
    if any(_may_hold(check.schemas, (part,), tokens, near, [0]) for part in known):
        return
    if known:
        message = f"no documented response has anything at {quote(expression)}"
        words = list(dict.fromkeys(near))
        hint = None
        for token in tokens:
            hint = hint or did_you_mean(token, [word for word in words if word != token])
        if hint is None and 0 < len(words) <= 12:
            hint = f"there is: {listing(words, 'and')}"
        check.error("unknown-pointer", message, pointer, hint)


def response_bodies(check: Check, operation: Object, pointer: str, *, results: bool = True) -> Iterator[Part]:
    """Yield the body schemas of an operation's answers.

    Args:
        check: the document.
        operation: the operation.
        pointer: where it is.
        results: whether the results are meant; else all other responses.
    """
    responses = dict(entries(operation.get("responses")))
    for status, response in responses.items():
        found = check.follow(response, join(pointer, "responses", status))
        if found is None or status.startswith("x-") or is_result(status, responses) is not results:
            continue
        for media_type, content in entries(found[0].get("content")):
            at = join(found[1], "content", media_type)
            if is_read_as_json(media_type) and isinstance(content, dict):
                yield Part(content.get("schema"), join(at, "schema"))


def _may_hold(
    schemas: Schemas, parts: tuple[Part, ...], tokens: Sequence[str], near: list[str], steps: list[int]
) -> bool:
    """Return whether a value of some schemas may have something at a pointer; collect the keys that are there.

    A schema that says nothing about its keys may hold anything: only a described object can lack one.
    """
    steps[0] += 1
    if not tokens or not parts or steps[0] > _MAX_STEPS:
        return True
    return any(_holds(schemas, view, tokens, near, steps) for view in schemas.shapes(parts))


def _holds(schemas: Schemas, view: SchemaView, tokens: Sequence[str], near: list[str], steps: list[int]) -> bool:
    """As `_may_hold`, for one of the shapes of a value."""
    near += view.properties
    name = view.keys.get(tokens[0])
    if name is not None:
        return _may_hold(schemas, view.properties[name], tokens[1:], near, steps)
    if view.keyword("patternProperties") is not None:
        return True
    if view.maps:
        return any(_may_hold(schemas, (part,), tokens[1:], near, steps) for part in view.maps)
    if view.items and tokens[0].isdigit():
        return _may_hold(schemas, view.items, tokens[1:], near, steps)
    return not (view.properties or view.items) and (not view.types or bool({"object", "array"} & set(view.types)))
