"""Reads and validates the bodies of requests to a fake vendor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from jobclients_core.decode import UnreadableError, parse_json
from jobclients_core.media_types import FORM, essence, is_json, is_read_as_json
from jobclients_core.openapi import OpenApi
from jobclients_core.operation import Body, Operation, is_exploded
from jobclients_core.type_guards import is_object

from .checks import Checks, from_text
from .routes import SEPARATORS, Request, Route
from .samples import Shape

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a request's body that a vendor takes."""


class BodyReader:
    """Reads the bodies of requests.

    Args:
        openapi: What is documented.
        checks: Compares values with schemas.
    """

    def __init__(self, openapi: OpenApi, checks: Checks) -> None:
        self._openapi = openapi
        self._checks = checks

    def read(self, request: Request, route: Route) -> tuple[int, str]:
        """Read a body; what it holds is added to the arguments of the route.

        Args:
            request: The request.
            route: What it calls.

        Returns:
            The status with which the vendor refuses it and why, in words; 0 and nothing for a body that is fine.
        """
        body = route.operation.body
        if len(request.content) > MAX_BODY:
            return 413, f"the body has more than {MAX_BODY} bytes"
        if body is None:
            return 0, ""
        if not request.content:
            return (400, "the body is missing") if body.required else (0, "")
        sent = essence(request.headers.get("content-type", ""))
        if not _matches(sent, body.media_type):
            return 415, f"the body should be {body.media_type}, and is called {sent[:100] or 'nothing'}"
        diagnostics = self._take(request.content, body, route)
        return (400, "; ".join(diagnostics)) if diagnostics else (0, "")

    def _take(self, content: bytes, body: Body, route: Route) -> list[str]:
        operation = route.operation
        if is_read_as_json(body.media_type):
            try:
                value = parse_json(content)
            except UnreadableError as error:
                return [str(error)]
        elif essence(body.media_type) == FORM:
            try:
                value = self._form(content, operation)
            except UnicodeDecodeError:
                return ["the body is not UTF-8"]
        else:
            route.arguments[body.name] = content
            return []
        if not body.fields:
            route.arguments[body.name] = value
        elif is_object(value):
            route.arguments.update({item.name: value[item.key] for item in body.fields if item.key in value})
        part = self._openapi.request_body(operation)
        return [f"the body: {found}" for found in self._checks.diagnostics(part, value)]

    def _form(self, content: bytes, operation: Operation[Any]) -> dict[str, Any]:
        shape = Shape(self._openapi.schemas, (self._openapi.request_body(operation),))
        encodings = self._openapi.encodings(operation)
        texts: dict[str, list[str]] = {}
        for name, text in parse_qsl(content.decode("utf-8"), keep_blank_values=True):
            texts.setdefault(name, []).append(text)
        return {name: _field(shape.child(name), encodings.get(name, {}), found) for name, found in texts.items()}


def _field(shape: Shape, encoding: Mapping[str, Any], texts: list[str]) -> Any:
    """The value of a form's field: of an array each item on its own, or all in one text where the encoding says so."""
    if shape.only("array") is None:
        values = [_value(shape, text) for text in texts]
        return values[0] if len(values) == 1 else values
    style = encoding.get("style", "form")
    exploded = encoding.get("explode", is_exploded(style))
    pieces = texts if exploded or len(texts) > 1 else texts[0].split(SEPARATORS.get(style, ","))
    return [_value(shape.child("0"), piece) for piece in pieces]


def _value(shape: Shape, text: str) -> Any:
    kinds = [option.kind for option in shape.alternatives]
    if {"string", ""} & set(kinds) or not {"object", "array"} & set(kinds):
        return from_text(kinds, text)
    try:
        return parse_json(text.encode())
    except UnreadableError:
        return text


def _matches(sent: str, documented: str) -> bool:
    if is_read_as_json(documented):
        return is_json(sent)
    name = essence(documented)
    return sent == name or (name.endswith("/*") and sent.startswith(name[:-1]))
