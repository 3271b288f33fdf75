"""Responses of our making for any operation of any vendor, and what the client's observer says of them."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import httpx2
from jobclients import Basic, Drift, HttpOptions, JobClientsError, Operation, Token
from jobclients_core.vendors import load
from package.documents import document

Mode = Literal["sync", "async"]
MODES: tuple[Mode, ...] = ("sync", "async")
SPECS = Path(__file__).parent.parent.parent / "specs"
VENDORS = ("alation", "datameer", "huawei_cdm", "huawei_dli", "huawei_iam")
TOKEN = "Tok-5D41402abc4B2a76?"


def operation_of(vendor: str, name: str) -> Operation[Any]:
    """An operation that needs no body of the caller's, which is not what these tests are about."""
    operation = load(vendor).operations[name]
    return dataclasses.replace(operation, body=None)


def arguments_of(operation: Operation[Any]) -> dict[str, Any]:
    """Made-up arguments that can be sent."""
    wanted = {item.name for item in operation.parameters if item.required and not item.client}
    wanted |= {group[0] for group in operation.exactly_one}
    types = {item.name: item for item in operation.parameters}
    return {name: _value(types[name]) for name in sorted(wanted)}


def _value(parameter: Any) -> Any:
    value: Any = 1 if parameter.type in ("integer", "number", "unix-ms", "unix-s") else "one"
    return [value] if parameter.many else value


@dataclasses.dataclass(frozen=True)
class CallResult:
    """What came of a call.

    Args:
        drifts: What the observer was told.
        error: What the call raised.
        body: What it returned.
    """

    drifts: list[Drift]
    error: JobClientsError | None
    body: Any


def ask(
    vendor: str,
    name: str,
    content: Any,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    mode: Mode = "sync",
    **options: Any,
) -> CallResult:
    """Call an operation that answers in a given way.

    Args:
        vendor: Whose operation.
        name: Which.
        content: The body: bytes, or JSON.
        status: HTTP status code.
        headers: Header fields beside the content type, or in place of it.
        mode: With which kind of client.
        **options: Arguments of the client.

    Returns:
        What the observer was told, and how the call ended.
    """
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    fields = {"content-type": "application/json", **(headers or {})}

    def handler(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, headers={key: value for key, value in fields.items() if value}, content=raw)

    known = load(vendor)
    operation = operation_of(vendor, name)
    drifts: list[Drift] = []
    wanted = inspect.signature(known.client).parameters
    given: dict[str, Any] = {
        "base_url": "https://vendor.test",
        "on_drift": drifts.append,
        "http": HttpOptions(transport=httpx2.MockTransport(handler), retries=0),
        **{name: "mine" for name in wanted if name.endswith("_id")},
        **({"auth": Basic("analyst", TOKEN) if vendor == "datameer" else Token(TOKEN)} if "auth" in wanted else {}),
        **options,
    }
    call = operation.call(**arguments_of(operation))
    error: JobClientsError | None = None
    body: Any = None
    try:
        if mode == "sync":
            with known.client(**given) as client:
                body = client.send(call).body
        else:

            async def run() -> Any:
                async with known.async_client(**given) as client:
                    return (await client.send(call)).body

            body = asyncio.run(run())
    except JobClientsError as failure:
        error = failure
    return CallResult(drifts, error, body)


def resolved(root: Any, node: Any) -> Any:
    """A node, or what it refers to."""
    while isinstance(node, dict) and "$ref" in node:
        node = follow(root, node["$ref"].removeprefix("#"))
    return node


def follow(root: Any, pointer: str) -> Any:
    """What a JSON pointer names, references on the way followed."""
    node = root
    for part in pointer.split("/")[1:]:
        node = resolved(root, node)
        key = part.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) else node[key]
    return node


def documented_answers(vendor: str) -> list[tuple[str, int, str, str, Any]]:
    """Every example of a response: operation, status, its key, media type, value."""
    root = document(vendor)
    found: list[tuple[str, int, str, str, Any]] = []
    for path in root["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                for media, content in resolved(root, response).get("content", {}).items():
                    for key, example in content.get("examples", {}).items():
                        value = resolved(root, example)["value"]
                        found.append((operation["operationId"], int(status.replace("XX", "18")), key, media, value))
    return found
