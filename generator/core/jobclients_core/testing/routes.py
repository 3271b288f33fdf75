"""Finds the operation and the arguments of a request: the reverse of what a client does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote_plus, unquote_to_bytes

from jobclients_core.hiding import MASK
from jobclients_core.openapi import OpenApi
from jobclients_core.operation import Operation, Parameter

from .checks import Checks, from_text
from .samples import Shape

_PLACE = re.compile(r"\{([^{}]+)\}")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
"""What is between the items of an array by its style; a comma in any other."""

LIFECYCLE = "x-mock-lifecycle"
"""The header of a request that says what the job goes through that it starts or asks about."""


@dataclass(frozen=True)
class Request:
    """A request as it arrived, whatever brought it.

    Args:
        method: HTTP method.
        target: Path and query as sent.
        headers: Header fields; names in lower case.
        content: The body.
        arrived_at: The address of this machine at which it arrived; empty without a network.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(default=b"", repr=False)
    arrived_at: str = ""

    @property
    def path(self) -> str:
        """The path as sent, without the query."""
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """The parameters of the query, each with its values in order."""
        found: dict[str, list[str]] = {}
        for piece in filter(None, self.target.partition("?")[2].split("&")):
            name, _, value = piece.partition("=")
            found.setdefault(unquote_plus(name), []).append(unquote_plus(value))
        return found

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies; of several with one name the first counts."""
        pairs = [piece.strip().partition("=") for piece in self.headers.get("cookie", "").split(";")]
        return {name: value for name, _, value in reversed(pairs)}

    @property
    def unreadable(self) -> str:
        """What about path and query nobody can read, in words; empty for what can be read."""
        if _BROKEN.search(self.target):
            return "the URL has a percent sign that begins no encoded byte"
        decoded = unquote_to_bytes(self.target)
        if b"\0" in decoded:
            return "the URL has a null character"
        try:
            decoded.decode("utf-8")
        except UnicodeDecodeError:
            return "the URL is not UTF-8"
        return ""


@dataclass(frozen=True, slots=True)
class Route:
    """A request that calls a documented operation.

    Args:
        operation: The called operation, a constant of generated code.
        arguments: The arguments by Python name, in their types.
        diagnostics: What of path, query and header fields the documentation does not allow, in words for a person.
        lifecycle: What a job goes through that the call brings about; what was planned when empty.
    """

    operation: Operation[Any]
    arguments: dict[str, Any]
    diagnostics: tuple[str, ...] = ()
    lifecycle: str = ""


class Router:
    """Finds the operation of a request.

    Args:
        operations: The vendor's operations.
        openapi: What is documented of them.
        checks: Compares values with schemas.
    """

    def __init__(self, operations: Iterable[Operation[Any]], openapi: OpenApi, checks: Checks) -> None:
        # The most literal path first: /jobs/latest before /jobs/{id}.
        ordered = sorted(operations, key=lambda operation: (operation.path.count("{"), -len(operation.path)))
        self._routes = [(_pattern(operation.path), operation) for operation in ordered]
        self._openapi = openapi
        self._checks = checks

    def find(self, request: Request) -> Route | None:
        """The operation of a request.

        Returns:
            The operation with its arguments; None for a path or method that is not documented.
        """
        for match, operation in self._matches(request.path):
            if operation.method == request.method:
                names = _PLACE.findall(operation.path)
                values = (unquote_to_bytes(text).decode("utf-8", "replace") for text in match.groups()[1:])
                return self._route(operation, request, dict(zip(names, values, strict=True)))
        return None

    def _matches(self, path: str) -> list[tuple[re.Match[str], Operation[Any]]]:
        """The operations of a path: those that leave least of it to the prefix of the base URL."""
        matches = [(match, operation) for pattern, operation in self._routes if (match := pattern.fullmatch(path))]
        least = min((match.end(1) for match, _ in matches), default=0)
        return [(match, operation) for match, operation in matches if match.end(1) == least]

    def allowed(self, request: Request) -> list[str]:
        """The methods that the path knows.

        Returns:
            Their names, sorted; none for a path that is not documented.
        """
        return sorted({operation.method for _, operation in self._matches(request.path)})

    def shown(self, request: Request, others: Iterable[str] = ()) -> tuple[str, str]:
        """Path and query without what may be secret.

        Args:
            request: The request.
            others: Paths that are known though no operation has them.

        Returns:
            Both as sent, but for values of parameters that are secret or not documented; of a path that is not
            documented only what documented ones begin with as well.
        """
        path, parameters = request.path, tuple[Parameter, ...]()
        matches = self._matches(path)
        if matches:
            match, operation = matches[0]
            parameters = operation.parameters
            secret = {item.wire for item in parameters if item.secret and item.location == "path"}
            for index, name in reversed(list(enumerate(_PLACE.findall(operation.path), 2))):
                if name in secret:
                    path = path[: match.start(index)] + MASK + path[match.end(index) :]
        elif not any(known and path.endswith(known) for known in others):
            path = self._beginning(path)
        plain = {item.wire for item in parameters if item.location == "query" and not item.secret}
        pieces = [piece.partition("=") for piece in filter(None, request.target.partition("?")[2].split("&"))]
        return path, "&".join(f"{name}={value}" if unquote_plus(name) in plain else MASK for name, _, value in pieces)

    def _beginning(self, path: str) -> str:
        """What a path has in common with documented ones, up to the first parameter."""
        known = tuple(operation.path.partition("{")[0] for _, operation in self._routes)
        steps = path.split("/")
        starts = ("/".join(steps[:count]) + "/" for count in range(len(steps) - 1, 0, -1))
        return next((start for start in starts if any(text.startswith(start) for text in known)), "/") + MASK

    def _route(self, operation: Operation[Any], request: Request, path: Mapping[str, str]) -> Route:
        arguments: dict[str, Any] = {}
        diagnostics = [request.unreadable] if request.unreadable else []
        for parameter in operation.parameters:
            texts = _texts(parameter, request, path)
            if texts is None:
                if parameter.required:
                    diagnostics.append(f"the {parameter.location} parameter {parameter.wire} is missing")
                continue
            arguments[parameter.name], found = self._value(operation, parameter, texts)
            diagnostics += found
        for group in operation.exactly_one:
            given = [name for name in group if name in arguments]
            if len(given) != 1:
                diagnostics.append(f"exactly one of {', '.join(group)} is wanted, and {len(given) or 'none'} is there")
        return Route(operation, arguments, tuple(diagnostics), request.headers.get(LIFECYCLE, ""))

    def _value(self, operation: Operation[Any], parameter: Parameter, texts: list[str]) -> tuple[Any, list[str]]:
        """The value of a parameter as JSON, and what is wrong with it."""
        part = self._openapi.parameter(operation, parameter)
        shape = Shape(self._openapi.schemas, (part,))
        if parameter.type == "object":
            return texts[0], []  # spread over the query, or written in a form of its own
        if parameter.many:
            separator = SEPARATORS.get(parameter.style, ",")
            pieces = [piece for text in texts for piece in (text.split(separator) if len(texts) == 1 else [text])]
            kinds = [option.kind for option in shape.child("0").alternatives]
            value: Any = [from_text(kinds, piece) for piece in pieces]
        else:
            value = from_text([option.kind for option in shape.alternatives], texts[0])
            if len(texts) > 1:
                return value, [f"the {parameter.location} parameter {parameter.wire} is there more than once"]
        found = self._checks.diagnostics(part, value)
        return value, [f"the {parameter.location} parameter {parameter.wire} {diagnostic}" for diagnostic in found]


def _pattern(path: str) -> re.Pattern[str]:
    pieces = _PLACE.split(path)
    literal = [re.escape(piece) if index % 2 == 0 else "([^/?]+)" for index, piece in enumerate(pieces)]
    # What is before the documented path is the prefix of the base URL.
    return re.compile("(.*?)" + "".join(literal))


def _texts(parameter: Parameter, request: Request, path: Mapping[str, str]) -> list[str] | None:
    if parameter.location == "path":
        return [path[parameter.wire]] if parameter.wire in path else None
    if parameter.location == "query":
        return request.query.get(parameter.wire)
    if parameter.location == "header":
        text = request.headers.get(parameter.wire.lower())
    else:
        text = request.cookies.get(parameter.wire)
    return None if text is None else [text]
