"""From a request back to the operation and its arguments: the reverse of what a client does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

from .._runtime.decode import UnreadableError, parse_json
from .._runtime.operation import Operation, Parameter

_PLACE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived, whatever brought it.

    Args:
        method: HTTP method.
        target: Path and query as sent.
        headers: Header fields; names in lower case.
        content: The body.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(default=b"", repr=False)

    @property
    def path(self) -> str:
        """The path as sent, without the query."""
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Route:
    """An operation and what a request wants of it.

    Args:
        operation: The operation.
        arguments: The arguments by Python name, in their types.
        problems: What the documentation does not allow, in words for a person.
    """

    operation: Operation[Any]
    arguments: Mapping[str, Any]
    problems: tuple[str, ...] = ()


class Router:
    """Finds the operation of a request.

    Args:
        operations: The vendor's operations.
    """

    def __init__(self, operations: Iterable[Operation[Any]]) -> None:
        # The most literal path first: /jobs/latest before /jobs/{id}.
        ordered = sorted(operations, key=lambda operation: (operation.path.count("{"), -len(operation.path)))
        self._routes = [(_pattern(operation.path), operation) for operation in ordered]

    def find(self, request: Request) -> Route | None:
        """The operation of a request.

        Args:
            request: The request.

        Returns:
            The operation with its arguments; None for a path or method that is not documented.
        """
        for pattern, operation in self._routes:
            match = pattern.fullmatch(request.path)
            if match is not None and operation.method == request.method:
                names = _PLACE.findall(operation.path)
                values = dict(zip(names, (unquote(text) for text in match.groups()), strict=True))
                return _route(operation, request, values)
        return None

    def allowed(self, request: Request) -> list[str]:
        """The methods that the path knows.

        Args:
            request: The request.

        Returns:
            Their names; none for a path that is not documented.
        """
        return [operation.method for pattern, operation in self._routes if pattern.fullmatch(request.path)]


def _pattern(path: str) -> re.Pattern[str]:
    pieces = _PLACE.split(path)
    literal = [re.escape(piece) if index % 2 == 0 else "([^/?]+)" for index, piece in enumerate(pieces)]
    # What stands before the documented path is the prefix of the base URL.
    return re.compile(".*?" + "".join(literal))


def _route(operation: Operation[Any], request: Request, path: Mapping[str, str]) -> Route:
    query: dict[str, list[str]] = {}
    for name, text in parse_qsl(request.target.partition("?")[2], keep_blank_values=True):
        query.setdefault(name, []).append(text)
    arguments: dict[str, Any] = {}
    problems: list[str] = []
    for parameter in operation.parameters:
        found = _texts(parameter, request, path, query)
        if found is None:
            if parameter.required:
                problems.append(f"the {parameter.location} parameter {parameter.wire} is missing")
            continue
        value, problem = _value(parameter, found)
        arguments[parameter.name] = value
        if problem:
            problems.append(problem)
    for group in operation.exactly_one:
        given = [name for name in group if name in arguments]
        if len(given) != 1:
            problems.append(f"exactly one of {', '.join(group)} is wanted, and {len(given) or 'none'} is there")
    problems += _read_body(operation, request, arguments)
    return Route(operation, arguments, tuple(problems))


def _texts(
    parameter: Parameter, request: Request, path: Mapping[str, str], query: Mapping[str, list[str]]
) -> list[str] | None:
    if parameter.location == "path":
        return [path[parameter.wire]] if parameter.wire in path else None
    if parameter.location == "query":
        return query.get(parameter.wire)
    if parameter.location == "header":
        text = request.headers.get(parameter.wire.lower())
        return None if text is None else [text]
    pairs = (piece.strip().partition("=") for piece in request.headers.get("cookie", "").split(";"))
    return next(([unquote(value)] for name, _, value in pairs if name == parameter.wire), None)


def _value(parameter: Parameter, texts: list[str]) -> tuple[Any, str]:
    if parameter.many:
        split = [piece for text in texts for piece in (text.split(",") if len(texts) == 1 else [text])]
        return split, ""
    text = texts[0]
    try:
        if parameter.type == "integer":
            return int(text), ""
        if parameter.type == "number":
            return float(text), ""
    except ValueError:
        return text, f"{parameter.wire} should be {parameter.type}"
    if parameter.type == "boolean":
        return text == "true", "" if text in ("true", "false") else f"{parameter.wire} should be true or false"
    return text, ""


def _read_body(operation: Operation[Any], request: Request, arguments: dict[str, Any]) -> list[str]:
    body = operation.body
    if body is None:
        return []
    if not request.content:
        return ["the body is missing"] if body.required else []
    if "json" not in body.media_type:
        arguments[body.name] = request.content
        return []
    try:
        parsed = parse_json(request.content)
    except UnreadableError:
        return ["the body is no JSON"]
    if not body.fields:
        arguments[body.name] = parsed
        return []
    if not isinstance(parsed, dict):
        return ["the body should be an object"]
    fields = cast("dict[str, Any]", parsed)
    arguments.update({item.name: fields[item.key] for item in body.fields if item.key in fields})
    return [f"{item.key} is missing in the body" for item in body.fields if item.required and item.key not in fields]
