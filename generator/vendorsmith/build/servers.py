"""Servers to base URLs: that of the document, and those of operations that have one of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from vendorsmith import names
from vendorsmith.build.cursor import Cursor
from vendorsmith.build.naming import spell
from vendorsmith.ir import ServerVariable
from vendorsmith.spec.operations import HAS_SCHEME

_ABSOLUTE: Final = re.compile(r"https?://|\{", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


class Servers:
    """The servers of a document.

    Attributes:
        url: the template of its own, variables spelt as arguments; empty where only the caller knows it.
        path: where the caller's base URL leads, where the server is relative to where the document is.
        variables: those of all servers in use.
    """

    def __init__(self, root: Cursor) -> None:
        first = root.get("servers").get(0)
        self._urls = {_text(entry) for entry in root.get("servers")} or {""}
        self._found: dict[str, ServerVariable] = {}
        self.url, self.path = "", ""
        self._origins = {_origin(url) for url in self._urls}
        template = _text(first)
        if _ABSOLUTE.match(template):
            self.url = self._spelt(first, template)
        elif not HAS_SCHEME.match(template):
            self.path = f"/{template.strip('/')}".rstrip("/")

    @property
    def variables(self) -> tuple[ServerVariable, ...]:
        """The variables of all servers in use, in the document's order."""
        return tuple(self._found.values())

    def of(self, operation: Cursor) -> str:
        """The template of an operation's own server, or its path on the client's; empty for the client's server."""
        own = list(operation.get("servers"))
        if not own or any(_text(entry) in self._urls for entry in own):
            return ""
        template = _text(own[0])
        return self._spelt(own[0], template) if _ABSOLUTE.match(template) else f"/{template.strip('/')}"

    def is_elsewhere(self, operation: Cursor) -> bool:
        """Whether the server of an operation has another origin than the document's servers."""
        own = self.of(operation)
        return (
            bool(own)
            and not own.startswith("/")
            and _origin(_text(operation.get("servers").get(0))) not in self._origins
        )

    def _spelt(self, server: Cursor, template: str) -> str:
        """A template with its variables spelt as arguments, which are noted."""
        declared = dict(server.get("variables").items())
        used = dict.fromkeys(_PLACEHOLDER.findall(template))
        for wire in (*(wire for wire in declared if wire in used), *(wire for wire in used if wire not in declared)):
            if wire not in self._found:
                self._found[wire] = _variable(wire, declared.get(wire, server))
        if not re.match(r"https?://", _filled(template, self._found)):  # what begins it has no usable default
            wire = _PLACEHOLDER.findall(template)[0]
            self._found[wire] = replace(self._found[wire], default=None)
        return _PLACEHOLDER.sub(lambda match: f"{{{self._found[match[1]].name}}}", template)


def _text(server: Cursor) -> str:
    """The URL of a server; one without a scheme is https."""
    url = server.text("url")
    return f"https:{url}" if url.startswith("//") else url


def _origin(template: str) -> str:
    try:
        return urlsplit(template)._replace(path="", query="", fragment="").geturl().lower()
    except ValueError:  # a placeholder that is called like no part of an address
        return template


def _variable(wire: str, entry: Cursor) -> ServerVariable:
    declared = entry.has("default") or entry.has("enum")
    return ServerVariable(
        wire=wire,
        name=spell(entry, wire, lambda text: names.snake(text, names.CONSTRUCTOR_NAMES), "server variable"),
        default=entry.text("default") if declared and not entry.flag("x-placeholder") else None,
        description=entry.text("description") if declared else "",
    )


def _filled(template: str, variables: dict[str, ServerVariable]) -> str:
    return _PLACEHOLDER.sub(lambda match: variables[match[1]].default or "", template)
