"""Checks the runtime expressions of `x-envelope` and `x-errors` against documented responses."""

from __future__ import annotations

from jobclients_core.expressions import pointer_in
from jobclients_core.pointers import join, split
from jobclients_core.schema import Part

from vendorsmith.spec.check import Check
from vendorsmith.spec.conditions import check_conditions, check_pattern_at
from vendorsmith.spec.response_parts import check_expression, response_bodies
from vendorsmith.spec.source_map import Object


def check_expressions(check: Check) -> None:
    """Report expressions of envelopes and errors that no documented response bears out."""
    operations = [(operation, pointer) for _, operation, pointer in check.operations()]
    root = check.document.data
    everywhere = [answer for operation, at in operations for answer in response_bodies(check, operation, at)]
    _check_envelope(check, root, "", everywhere)
    for operation, pointer in operations:
        _check_envelope(check, operation, pointer, list(response_bodies(check, operation, pointer)))
    errors = root.get("x-errors")
    if isinstance(errors, dict):
        refused = [
            answer for operation, at in operations for answer in response_bodies(check, operation, at, results=False)
        ]
        for key in ("code", "message", "request_id"):
            listed = errors.get(key)
            for index, place in enumerate(listed if isinstance(listed, list) else []):
                at = join("/x-errors", key, index)
                if isinstance(place, dict):
                    check_pattern_at(check, place.get("pattern"), join(at, "pattern"))
                    place, at = place.get("from"), join(at, "from")
                check_expression(check, place, at, [*refused, *everywhere])


def _check_envelope(check: Check, owner: Object, pointer: str, known: list[Part]) -> None:
    envelope = owner.get("x-envelope")
    if not isinstance(envelope, dict) or "ok" not in envelope:
        return  # what "refused" and its message speak of is another response than the documented one
    at = join(pointer, "x-envelope")

    def schemas_at(place: str) -> list[Part]:
        return [found for part in known for found in check.schemas.within(part, *split(pointer_in(place)))]

    def check_place(place: str, where: str) -> None:
        check_expression(check, place, where, known)

    check_conditions(check, envelope.get("ok"), join(at, "ok"), check_place, schemas_at)
    for key in ("message", "code"):
        check_expression(check, envelope.get(key), join(at, key), known)
