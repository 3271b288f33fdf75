"""Documented examples of answers, and the envelopes that say which of them are refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jobclients_core.expressions import Envelope, Facts, When
from jobclients_core.media_types import is_read_as_json
from jobclients_core.pointers import join
from jobclients_core.statuses import is_result

from vendorsmith.problems import quote
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.tree import JSON, Object


@dataclass(frozen=True, slots=True)
class Shown:
    """An example of a good answer.

    Attributes:
        value: the body.
        pointer: where the body stands.
        refused: whether the envelope refuses it.
        state: of the job that it shows, as ``x-job-state`` says; empty where that is not said.
        place: where that is said.
    """

    value: JSON
    pointer: str
    refused: bool
    state: str = ""
    place: str = ""


def check_envelopes(check: Check) -> None:
    """Report envelopes that refuse every example of a call: then the call could never go well."""
    known = {problem.place.pointer for problem in check.problems if problem.place is not None}
    for _, operation, pointer in check.operations():
        at = join(pointer if "x-envelope" in operation else "", "x-envelope")
        if any(other == at or other.startswith(f"{at}/") for other in known):
            continue  # it cannot be judged with
        shown = list(shown_answers(check, operation, pointer))
        if shown and all(example.refused for example in shown):
            message = f"every example of a good answer of {quote(text(operation.get('operationId')))} is refused"
            hint = f"compare it with the example (at {check.say(shown[0].pointer)})"
            check.error_at_key("refused-examples", message, at, hint)


def shown_answers(check: Check, operation: Object, pointer: str) -> Iterator[Shown]:
    """The examples of an operation's good answers that are JSON.

    Args:
        check: the document.
        operation: the operation.
        pointer: where it is.
    """
    root = check.document.data
    said = envelope(operation["x-envelope"] if "x-envelope" in operation else root.get("x-envelope"))
    responses = dict(entries(operation.get("responses")))
    for status, response in responses.items():
        found = check.follow(response, join(pointer, "responses", status))
        for media_type, media in entries(found[0].get("content")) if found and is_result(status, responses) else ():
            at = join(found[1], "content", media_type) if found else ""
            if isinstance(media, dict) and is_read_as_json(media_type):
                yield from _examples(check, media, at, said)


def _examples(check: Check, media: Object, pointer: str, envelope: Envelope | None) -> Iterator[Shown]:
    if "example" in media:
        yield Shown(media["example"], join(pointer, "example"), _refused(envelope, media["example"]))
    for name, example in entries(media.get("examples")):
        found = check.follow(example, join(pointer, "examples", name))
        if found is not None and "value" in found[0]:
            node, at = found
            state = text(node.get("x-job-state"))
            refused = _refused(envelope, node["value"])
            yield Shown(node["value"], join(at, "value"), refused, state, join(at, "x-job-state"))


def _refused(envelope: Envelope | None, body: JSON) -> bool:
    return envelope is not None and envelope.refuses(Facts(200, {}, body))


def envelope(node: JSON) -> Envelope | None:
    """What `x-envelope` says, as the runtime knows it; None for `false`."""
    if not isinstance(node, dict):
        return None
    ok, refused = node.get("ok"), node.get("refused")
    return Envelope(
        ok=when(ok) if isinstance(ok, dict) else None,
        refused=when(refused) if isinstance(refused, dict) else None,
        message=text(node.get("message")) or None,
        code=text(node.get("code")) or None,
    )


def when(node: Object) -> When:
    """A condition as the runtime knows it."""
    source = text(node.get("from"))
    if "equals" in node:
        return When(source, one_of=(node["equals"],))
    listed, exists = node.get("in"), node.get("exists")
    if isinstance(listed, list):
        return When(source, one_of=tuple(listed))
    return When(source, exists=exists) if isinstance(exists, bool) else When(source, empty="empty" in node)
