"""Documented requests: what the vendor prints, held against the client that the rest of the spec describes."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

from jobclients_contract.cases import Credential, Json, Operation, Request

from vendorsmith.build.node import Node
from vendorsmith.cases.reading import Source


def sampled(source: Source, operations: Sequence[Operation], credentials: Sequence[Credential]) -> Iterator[Request]:
    """The requests that ``x-request-samples`` list.

    Args:
        source: the spec.
        operations: its operations.
        credentials: what the client takes; the first that is sent as it is stands for ``$credential``.
    """
    named = {(operation.http, operation.path): operation for operation in operations}
    plain = [item for item in credentials if item.kind == "plain"]
    secret = _sent(plain[0]) if plain else ""
    marks = tuple(dict.fromkeys(name for item in plain for name in item.headers))
    for path, http, node in source.operations():
        for name, sample in node.get("x-request-samples").items():
            yield _request(source, named[http, path], name, sample, secret, marks)


def _request(
    source: Source, operation: Operation, name: str, sample: Node, secret: str, marks: Sequence[str]
) -> Request:
    body = sample.get("body").value
    http, _, target = sample.text("request").partition(" ")
    headers = {key.lower(): str(value.value) for key, value in sample.get("headers").items()}
    return Request(
        rule="RQ10",
        name=f"sample {name}",
        operation=operation.method,
        where=sample.locator,
        arguments=_arguments(operation, sample.get("parameters").value, body),
        target=target,
        headers={key: value.replace("$credential", secret) for key, value in headers.items()},
        absent=tuple(mark for mark in marks if mark not in headers),
        media_type=operation.body.media_type if operation.body is not None and sample.has("body") else "",
        body=body,
        http=http if http != operation.http else "",
    )


def _arguments(operation: Operation, given: Json, body: Json) -> dict[str, Json]:
    """What the method is called with."""
    values = dict(given) if isinstance(given, dict) else {}
    if operation.body is not None and operation.body.argument:
        whole = {operation.body.argument: body} if body is not None else {}
    else:
        whole = {}
        values |= body if isinstance(body, dict) else {}
    names = {item.wire: item.name for item in operation.arguments}
    return {names[wire]: value for wire, value in values.items() if wire in names} | whole


def _sent(credential: Credential) -> str:
    """What a credential puts into its header field, after the name of the scheme."""
    values = [str(value) for value in credential.values.values()]
    return values[0] if len(values) == 1 else base64.b64encode(":".join(values).encode()).decode()
