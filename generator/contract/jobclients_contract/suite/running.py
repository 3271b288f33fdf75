"""Runs test cases: makes the calls that they need, and keeps what their lines say together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from jobclients_contract.failure import curl_of, happened, refuse
from jobclients_contract.foreign.requests import RequestReader
from jobclients_contract.harness.driver import hints_of, typed
from jobclients_contract.harness.loopback import Request, Script
from jobclients_contract.schema_model.credentials import Credential, carried, filled
from jobclients_contract.schema_model.document import Document, Operation, objects
from jobclients_contract.schema_model.pointers import MISSING, Found, Missing
from jobclients_contract.schema_model.values import Json
from jobclients_contract.source_map import place_in, spec_of
from jobclients_contract.suite.clients import NOT_FOUND, Clients
from jobclients_contract.suite.names import Arguments, Naming


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of a call.

    Attributes:
        value: what it returned.
        error: what it raised; None where it ended well.
        requests: what arrived, exchanges aside.
        exchanges: the requests that asked for a token.
    """

    value: Any
    error: Exception | None
    requests: Sequence[Request]
    exchanges: Sequence[Request]


class Run:
    """The cases of a vendor in one mode: what the lines say together, and the clients.

    Args:
        clients: of the vendor.
        document: what it documents.
        spelling: how things are called in Python.
        credentials: what the client takes.
        mode: "sync" or "async".
    """

    def __init__(
        self, clients: Clients, document: Document, naming: Naming, credentials: Sequence[Credential], mode: str
    ) -> None:
        self.clients = clients
        self.document = document
        self.naming = naming
        self.credentials = credentials
        self.mode = mode
        self._answered: list[str] = []

    @property
    def vendor(self) -> str:
        """Its name."""
        return self.clients.vendor

    @cached_property
    def foreign(self) -> RequestReader:
        """What reads the requests of the document with libraries that others wrote."""
        return RequestReader(objects(self.document.data))

    @property
    def operations(self) -> Mapping[str, Operation]:
        """The documented calls by the name of the method."""
        return self.naming.operations

    def operation(self, method: str) -> Operation:
        """A documented call.

        Raises:
            Mismatch: no line of the suite says what the arguments of the method are.
        """
        if method not in self.operations:
            refuse(f"no line arguments({method!r}, ...) says to which operation of the document the method belongs")
        return self.operations[method]

    def arguments(self, method: str) -> Arguments:
        """What the suite says of a method's arguments."""
        self.operation(method)
        return self.naming.arguments[method]

    def carried(self, method: str) -> tuple[tuple[Credential, ...], tuple[Credential, ...]]:
        """What a client is given for a call, and what of that the request carries."""
        return carried(self.credentials, self.operation(method).security)

    def authorized(self, method: str) -> bool:
        """Whether the credentials of the suite authorize a call, or it needs none."""
        return filled(self.credentials, self.operation(method).security)

    @property
    def first(self) -> str:
        """The first method that can be called, for cases to which it does not matter which."""
        return next(filter(self.authorized, self.operations))

    def minimal(self, method: str, example: str = "") -> dict[str, Json]:
        """The fewest arguments that make a valid call, as JSON by Python name: documented ones where there are some.

        Args:
            method: its name.
            example: name of the exchange whose documented arguments are taken first.
        """
        operation, arguments = self.operation(method), self.arguments(method)
        first = {group[0] for group in operation.exactly_one}
        body = _shown(operation.body.examples, example)
        found: dict[str, Json] = {}
        for item in arguments.listed:
            if item.parameter is None and body is not MISSING:
                continue
            client = item.parameter is not None and item.parameter.client and item.entry.name in self.clients.options
            if item.entry.wire in first or (item.required and not client):
                shown = _shown(item.parameter.examples if item.parameter is not None else {}, example)
                found[item.entry.name] = self.document.some(item.part) if isinstance(shown, Missing) else shown
        needed = operation.body.required and not isinstance(body, Missing)
        return found | (cast("dict[str, Json]", arguments.of_body(body)) if needed else {})

    def begin(self) -> None:
        """Forget the case before."""
        self.clients.clear()
        self._answered.clear()

    def call(
        self,
        method: str,
        arguments: Mapping[str, Any],
        script: Script | Callable[[Request], Script] = NOT_FOUND,
        *,
        credentials: Sequence[Credential] | None = None,
        http: Mapping[str, Any] | None = None,
    ) -> CallResult:
        """Call a method.

        Args:
            method: its name.
            arguments: by Python name: JSON, made into what the method's signature says, or what is passed as it is.
            script: what the server answers, or a function from the request to that.
            credentials: what the client is given; what the call needs when None.
            http: arguments of `HttpOptions`.

        Returns:
            What came of it.
        """
        credentials = self.carried(method)[0] if credentials is None else credentials
        self.clients.clear()
        operation = self.operation(method)

        def by(request: Request) -> Script:
            return script(request) if callable(script) else script

        self.clients.play(by, carried(credentials, operation.security)[1], f"{operation.http} {operation.path}")
        self._answered.clear()
        if not callable(script):
            self.answered(script)
        client = self.clients.client(self.mode, credentials, **(http or {}))
        value: Any = None
        raised: Exception | None = None
        happened()
        try:
            given = {name: self.typed(method, name, argument) for name, argument in arguments.items()}
            value = self.clients.wait(getattr(client, method)(**given))
        except Exception as error:
            raised = error
            if isinstance(error, self.error("AuthenticationError")):
                self.clients.forget(self.mode, credentials)  # a client may not try again at once what was refused
        return CallResult(value, raised, [*self.clients.server.requests], [*self.clients.exchanges])

    def answered(self, script: Script) -> None:
        """Keep the last response for the message of a failure."""
        self._answered[:] = [_head(script)]

    def hint(self, method: str, argument: str) -> Any:
        """What an argument of a method is said to be."""
        return hints_of(self.clients.classes[self.mode], method).get(argument)

    def typed(self, method: str, argument: str, value: Any) -> Any:
        """A JSON value as a method takes it; a timestamp, a member of an enumeration or a list of these as it is."""
        if any(isinstance(item, datetime | Enum) for item in _items(value)):
            return value
        entry = self.arguments(method).by_name.get(argument)
        return typed(self.hint(method, argument), entry.part.schema if entry is not None else None, value)

    def error(self, name: str) -> type[Exception]:
        """A class of exceptions of the package."""
        return cast("type[Exception]", getattr(self.clients.root, name))

    def place(self, locator: str) -> str:
        """File and line of a place: of the spec where it is here, else of the package's document."""
        spec = spec_of(self.vendor)
        if not spec.is_file():
            spec = Path(str(self.clients.module.__file__)).with_name("openapi.json")
        return place_in(str(spec), locator)

    @property
    def secrets(self) -> list[str]:
        """Every secret of the suite."""
        return [secret for item in self.credentials for secret in item.secrets]

    def story(self) -> Iterator[str]:
        """What was sent last, without secrets, and what came back."""
        if not self.clients.server.requests:
            yield "sent:     nothing"
            return
        request = self.clients.server.requests[-1]
        http, _, target = request.line.partition(" ")
        fields = [(name, value) for name, value in request.fields if name.lower() not in ("host", "content-length")]
        sent = [request.line, *(f"{name}: {value}" for name, value in fields)]
        sent += [request.body.decode("utf-8", "replace")] if request.body else []
        text = "\n".join(sent)
        for secret in sorted(filter(None, self.secrets), key=len, reverse=True):
            text = text.replace(secret, "$SECRET")
        yield from (f"{'' if number else 'sent:':9} {line}" for number, line in enumerate(text.split("\n")))
        yield from (f"answered: {line}" for line in self._answered)
        url = self.clients.server.url + target
        yield f"curl:     {curl_of(http, url, dict(fields), request.body, self.secrets)}"


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _shown(examples: Mapping[str, Json], name: str) -> Found:
    """The example of a name, or else the first."""
    return examples.get(name, next(iter(examples.values()), MISSING))


def _head(script: Script) -> str:
    """The status and the body of a response, as a message shows it; what is done instead where nothing is answered."""
    text = next((step for step in script if isinstance(step, bytes)), b"").decode("utf-8", "replace")
    if not text:
        return ", ".join(map(str, script))
    head, _, body = text.partition("\r\n\r\n")
    return f"{head.split(' ', 2)[1] if ' ' in head else head} {body[:500]}"
