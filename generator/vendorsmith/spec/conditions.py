"""Checks that conditions look at places that documented responses can have."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jobclients_core.patterns import check_pattern
from jobclients_core.pointers import join
from jobclients_core.schema import Part

from vendorsmith.spec.check import Check
from vendorsmith.spec.response_parts import check_expression
from vendorsmith.spec.source_map import JSON, Object


def check_pattern_at(check: Check, pattern: JSON, pointer: str) -> None:
    """Report a pattern that may take more than linear time, or that reads nothing."""
    if isinstance(pattern, str) and (reason := check_pattern(pattern)) is not None:
        hint = "characters, classes, groups and anchors; what follows a repetition begins with something else"
        hint = "put what is to be read into (?P<value>...)" if "'value'" in reason else hint
        check.error("bad-pattern", f"the pattern {reason}", pointer, hint)


def places(conditions: JSON, pointer: str) -> Iterator[tuple[str, str, Object | None]]:
    """Every place that a condition, or a list of them, looks at.

    Args:
        conditions: what is in the spec.
        pointer: where it is.

    Yields:
        The place, where it is, and for a place in the elements of a list the test of that list.
    """
    for node, at in _each(conditions, pointer):
        if isinstance(place := node.get("from"), str):
            yield place, join(at, "from"), None
        for key in ("any", "all"):
            test = node.get(key)
            if isinstance(test, dict) and isinstance(of := test.get("of"), str):
                where = join(at, key)
                yield of, join(where, "of"), None
                yield from ((place, inner, test) for place, inner, _ in places(test.get("holds"), join(where, "holds")))


def _each(conditions: JSON, pointer: str) -> Iterator[tuple[Object, str]]:
    if isinstance(conditions, dict):
        yield conditions, pointer
    for index, node in enumerate(conditions if isinstance(conditions, list) else []):
        if isinstance(node, dict):
            yield node, join(pointer, index)


def check_conditions(
    check: Check,
    conditions: JSON,
    pointer: str,
    check_place: Callable[[str, str], None],
    schemas_at: Callable[[str], list[Part]],
) -> None:
    """Report places of conditions that no documented response has.

    Args:
        check: where to report.
        conditions: what is in the spec.
        pointer: where it is.
        check_place: reports a place that no response has; takes the place, and where it is.
        schemas_at: the schemas of what is at a place; none where nothing is known of it.
    """
    for place, at, test in places(conditions, pointer):
        if test is None:
            check_place(place, at)
        else:
            check_expression(check, place, at, elements(check, schemas_at, test))


def elements(check: Check, schemas_at: Callable[[str], list[Part]], test: Object) -> Iterator[Part]:
    """The schemas of the elements of the list that a test is about, or of the JSON that these are the text of."""
    for items in (found for part in schemas_at(str(test.get("of"))) for found in inside(check, part, "items")):
        yield from inside(check, items, "contentSchema") if "contentMediaType" in test else [items]


def inside(check: Check, part: Part, keyword: str) -> list[Part]:
    """What a keyword says of the inside of a value, by each schema that it may have to fit."""
    return [found.at(keyword) for found in check.schemas.variants(part) if keyword in found.schema]
