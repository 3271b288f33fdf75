"""Adds an `echo` to job types whose documented examples prove it."""

from __future__ import annotations

from collections.abc import Iterator

from jobclients_core.expressions import name_in
from jobclients_core.media_types import is_json
from jobclients_core.methods import METHODS
from jobclients_core.pointers import of_place
from jobclients_core.statuses import is_result

from vendorsmith.spec.check import entries, text
from vendorsmith.spec.echoes import agreements, examples_in
from vendorsmith.spec.source_map import JSON, Object


def state_echoes(data: Object) -> None:
    """State in each job type of a normalised document the echo that its examples prove.

    An echo that does not hold makes a job unreadable, and a property may have the name of the identity and be another
    id. So it is proven only where an example of the parameter is what every example of a response shows at the
    property of the same name.

    Args:
        data: the document; job types that state none get the first that is proven.
    """
    operations = {text(operation.get("operationId")): operation for operation in _operations(data)}
    for _, kind in entries(data.get("x-jobs")):
        if isinstance(kind, dict) and "echo" not in kind:
            at = next(_proven(kind, operations), None)
            if at is not None:
                kind["echo"] = {"at": at}


def _operations(data: Object) -> Iterator[Object]:
    for _, item in entries(data.get("paths")):
        yield from (node for method, node in entries(item) if method in METHODS and isinstance(node, dict))


def _proven(kind: Object, operations: dict[str, Object]) -> Iterator[str]:
    roles = kind.get("operations")
    role = roles.get("status") if isinstance(roles, dict) else None
    operation = operations.get(text(role.get("operationId"))) if isinstance(role, dict) else None
    if operation is None or not isinstance(role, dict):
        return
    bodies = [body for media in _results(operation) for body in examples_in(media)]
    given = dict(entries(role.get("parameters")))
    for name, _ in entries(kind.get("identity")):
        for parameter in _listed(operation.get("parameters")):
            wire = text(parameter.get("name"))
            if (name_in(given[wire], "job") if wire in given else wire) == name:
                found = agreements(examples_in(parameter), bodies, of_place(name))
                if found and all(found):
                    yield of_place(name)


def _results(operation: Object) -> Iterator[Object]:
    responses = dict(entries(operation.get("responses")))
    for status, response in responses.items():
        content = response.get("content") if isinstance(response, dict) and is_result(status, responses) else None
        yield from (media for name, media in entries(content) if is_json(name) and isinstance(media, dict))


def _listed(node: JSON) -> list[Object]:
    return [item for item in node if isinstance(item, dict)] if isinstance(node, list) else []
