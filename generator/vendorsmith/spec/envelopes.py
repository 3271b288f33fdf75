"""Checks `x-envelope`, and reads documented examples of responses: results, refusals and errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from jobclients_core.conditions import When
from jobclients_core.envelopes import Envelope, ErrorRule, Errors
from jobclients_core.expressions import Extract, Place, ResponseContext
from jobclients_core.media_types import is_read_as_json
from jobclients_core.patterns import check_pattern
from jobclients_core.pointers import join
from jobclients_core.statuses import is_result

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.source_map import JSON, Object

if TYPE_CHECKING:
    from jobclients_core.errors import ErrorName


@dataclass(frozen=True, slots=True)
class DocumentedExample:
    """An example of a response.

    Attributes:
        value: the body.
        pointer: where the body is.
        status: the key that it is documented under: ``200``, ``4XX``, ``default``.
        refused: whether the envelope refuses it.
        expect: what it means, as ``x-expect`` says; empty where that is not said.
        place: where that is said.
    """

    value: JSON
    pointer: str
    status: str
    refused: bool
    expect: Object = field(default_factory=dict[str, JSON])
    place: str = ""


def check_envelopes(check: Check) -> None:
    """Report envelopes that refuse every example of a call: then the call could never go well."""
    for _, operation, pointer in check.operations():
        at = envelope_place(operation, pointer)
        if not check.sound(at):
            continue  # it cannot be judged with
        shown = list(shown_responses(check, operation, pointer))
        if shown and all(example.refused for example in shown):
            message = f"every example of a good answer of {quote(text(operation.get('operationId')))} is refused"
            hint = f"compare it with the example (at {check.say(shown[0].pointer)})"
            check.error_at_key("refused-examples", message, at, hint)


def envelope_place(operation: Object, pointer: str) -> str:
    """Where the envelope of an operation is: there, or at the root."""
    return join(pointer if "x-envelope" in operation else "", "x-envelope")


def envelope_of(check: Check, operation: Object, pointer: str) -> Envelope | None:
    """The envelope of an operation; None where there is none, or none that can be read."""
    found = operation["x-envelope"] if "x-envelope" in operation else check.document.data.get("x-envelope")
    return envelope(found) if check.sound(envelope_place(operation, pointer)) else None


def shown_responses(
    check: Check, operation: Object, pointer: str, *, results: bool = True
) -> Iterator[DocumentedExample]:
    """The examples of an operation's responses that are JSON.

    Args:
        check: the document.
        operation: the operation.
        pointer: where it is.
        results: whether the results are meant; else the errors.
    """
    said = envelope_of(check, operation, pointer)
    responses = dict(entries(operation.get("responses")))
    for status, response in responses.items():
        found = check.follow(response, join(pointer, "responses", status))
        if found is None or status.startswith("x-") or is_result(status, responses) is not results:
            continue
        for media_type, media in entries(found[0].get("content")):
            if isinstance(media, dict) and is_read_as_json(media_type):
                yield from _examples(check, media, join(found[1], "content", media_type), status, said)


def _examples(
    check: Check, media: Object, pointer: str, status: str, envelope: Envelope | None
) -> Iterator[DocumentedExample]:
    if "example" in media:
        value = media["example"]
        yield DocumentedExample(value, join(pointer, "example"), status, _refused(envelope, value))
    for name, example in entries(media.get("examples")):
        found = check.follow(example, join(pointer, "examples", name))
        if found is not None and "value" in found[0]:
            node, at = found
            value, place = node["value"], join(at, "x-expect")
            yield DocumentedExample(
                value, join(at, "value"), status, _refused(envelope, value), _said(check, node, place), place
            )


def _said(check: Check, example: Object, pointer: str) -> Object:
    """What an example is said to mean; nothing where that is not well said, which is reported already."""
    expect = example.get("x-expect")
    return expect if isinstance(expect, dict) and check.sound(pointer) else {}


def _refused(envelope: Envelope | None, body: JSON) -> bool:
    return envelope is not None and envelope.refuses(ResponseContext(200, {}, body))


def envelope(node: JSON) -> Envelope | None:
    """What `x-envelope` says, as the runtime knows it; None for `false`."""
    if not isinstance(node, dict):
        return None
    ok, refused = node.get("ok"), node.get("refused")
    return Envelope(
        ok=_conditions(ok),
        refused=_conditions(refused),
        message=text(node.get("message")) or None,
        code=text(node.get("code")) or None,
    )


def _conditions(node: JSON) -> When | tuple[When, ...] | None:
    if isinstance(node, list):
        return tuple(when(item) for item in node if isinstance(item, dict))
    return when(node) if isinstance(node, dict) else None


def when(node: Object) -> When:
    """A condition as the runtime knows it."""
    for key in ("any", "all"):
        if isinstance(tested := node.get(key), dict):
            return _of_items(key, tested)
    source = text(node.get("from"))
    greater, unwanted = node.get("greater"), node.get("not_in")
    if isinstance(greater, int | float):
        kind = node.get("type")
        return When(source, greater=float(greater), type="integer" if kind == "integer" else "number" if kind else "")
    if isinstance(unwanted, list):
        return When(source, none_of=tuple(unwanted))
    if "equals" in node:
        return When(source, one_of=(node["equals"],))
    listed, exists = node.get("in"), node.get("exists")
    if isinstance(listed, list):
        return When(source, one_of=tuple(listed))
    return When(source, exists=exists) if isinstance(exists, bool) else When(source, empty="empty" in node)


def _of_items(key: str, node: Object) -> When:
    holds = node.get("holds")
    inner = tuple(when(item) for item in (holds if isinstance(holds, list) else [holds]) if isinstance(item, dict))
    source, json = text(node.get("of")), "contentMediaType" in node
    return When(source, any_of=inner, json=json) if key == "any" else When(source, all_of=inner, json=json)


def errors(node: JSON) -> Errors:
    """What `x-errors` says, as the runtime knows it."""
    if not isinstance(node, dict):
        return Errors()
    listed = node.get("rules")
    rules = tuple(_error_rule(rule) for rule in listed if isinstance(rule, dict)) if isinstance(listed, list) else ()
    request_id = _texts(node.get("request_id"))
    return Errors(_places(node.get("code")), _places(node.get("message")), request_id, rules)


def _places(node: JSON) -> tuple[Place, ...]:
    found: list[Place] = []
    for item in node if isinstance(node, list) else []:
        if isinstance(item, dict):
            pattern = text(item.get("pattern"))
            found += [Extract(text(item.get("from")), pattern)] if check_pattern(pattern) is None else []
        elif isinstance(item, str):
            found.append(item)
    return tuple(found)


def _error_rule(node: Object) -> ErrorRule:
    transient = node.get("transient")
    return ErrorRule(
        status=_texts(node.get("status")),
        code=_texts(node.get("code")),
        raises=cast("ErrorName | None", text(node.get("raise")) or None),
        transient=transient if isinstance(transient, bool) else None,
        description=text(node.get("description")),
    )


def _texts(node: JSON) -> tuple[str, ...]:
    """The texts of a list, numbers written out."""
    return tuple(str(item) for item in node) if isinstance(node, list) else ()
