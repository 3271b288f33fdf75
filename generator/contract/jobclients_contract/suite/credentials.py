"""Lines about the client: its server, what its constructor takes, and what each credential sends."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from jobclients_contract.assertions.arrival import check_body
from jobclients_contract.failure import expect, happened, refuse
from jobclients_contract.harness.loopback import scripted
from jobclients_contract.harness.memory import Memory
from jobclients_contract.schema_model.credentials import Credential, Exchange
from jobclients_contract.schema_model.document import listed, objects
from jobclients_contract.schema_model.entries import Entry
from jobclients_contract.schema_model.places import filled, in_body
from jobclients_contract.schema_model.pointers import seconds
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.arriving import check_credentials
from jobclients_contract.suite.case import Case, spoken
from jobclients_contract.suite.clients import NOT_FOUND
from jobclients_contract.suite.running import Run

_EVERY: Final = {"base_url", "auth", "account", "timezone", "headers", "http", "observer", "on_drift"}
"""Arguments of every constructor."""
_SECRETS: Final = {"password", "client_secret", "secret_key", "token", "value"}
"""Arguments of credentials that are secret where the document does not say so, as it borrows them."""
_HOME: Final = "made-up.1"
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class ClientCase(Case):
    """What the constructor takes beside what all do: ``client("host?", "project_id").given(project_id="p-1")``.

    Attributes:
        entries: the arguments; those that are parameters have their wire names.
        given: values with which all other cases make their clients.
    """

    entries: tuple[Entry, ...]
    given: Mapping[str, Json]

    def hold(self, run: Run) -> None:
        """The constructor has these arguments, and does not do without those it needs."""
        parameters = inspect.signature(run.clients.classes[run.mode]).parameters
        taken = {
            name: parameter.default is not inspect.Parameter.empty
            for name, parameter in parameters.items()
            if name not in _EVERY
        }
        expect({entry.name: entry.optional for entry in self.entries}, taken, "what the constructor takes")
        variables = {name for url in _urls(run) for name in re.findall(r"\{([^{}]+)\}", url)}
        declared = {
            item.wire for operation in run.document.operations.values() for item in operation.parameters if item.client
        }
        known = {entry.wire for entry in self.entries}
        expect({*variables, *declared}, known, "server variables and client parameters of the document")


@dataclass(frozen=True)
class Constructing:
    """A constructor whose values in the other lines are not said yet."""

    entries: tuple[str, ...]

    def given(self, **values: Json) -> ClientCase:
        """Say with which values all other lines make their clients."""
        named = ", ".join(f"{name}={value!r}" for name, value in values.items())
        said = f"{spoken('client', *self.entries)}.given({named})"
        return ClientCase(said=said, about="client", entries=tuple(map(Entry.read, self.entries)), given=values)


def client(*entries: str) -> Constructing:
    """What the constructor takes beside what all do.

    Args:
        *entries: ``python?=wire`` for each: server variables, and parameters that are given once.
    """
    return Constructing(entries)


def _urls(run: Run) -> list[str]:
    """The server of the document, and those of operations that have one of their own."""
    owners = [run.document.data, *(operation.node for operation in run.document.operations.values())]
    return [str(objects(server).get("url")) for owner in owners for server in listed(owner.get("servers"))[:1]]


@dataclass(frozen=True, kw_only=True)
class ServerCase(Case):
    """Where calls go without a base URL: ``server(host="acme.example").at("https://acme.example")``.

    Attributes:
        variables: given values by argument.
        url: what is called; empty where an argument is missing.
        missing: that argument.
    """

    variables: Mapping[str, str]
    url: str
    missing: str

    def where(self, run: Run) -> str:
        """The locator of the servers."""
        return "/servers"

    def hold(self, run: Run) -> None:
        """A call goes there, or no client is made."""
        memory = Memory()
        memory.play({}, 404)
        # A credential that is exchanged first is exchanged elsewhere.
        plain = (name for name in run.operations if not run.operation(name).node.get("servers"))
        sent = (name for name in plain if not any(item.exchange for item in run.carried(name)[1]))
        method = next(sent, next(iter(run.operations)))
        with warnings.catch_warnings():
            # Where that is what is documented, plain HTTP is warned of.
            warnings.simplefilter("ignore", run.clients.root.InsecureTransportWarning)
            self._called(run, method, memory)

    def _called(self, run: Run, method: str, memory: Memory) -> None:
        client: Any = None
        try:
            client = run.clients.made(run.mode, run.carried(method)[0], self.variables, transport=memory)
            arguments = {name: run.typed(method, name, value) for name, value in run.minimal(method).items()}
            run.clients.wait(getattr(client, method)(**arguments))
        except run.error("InvalidArgument") as error:
            expect(self.missing, getattr(error, "argument", None), "the argument that is missing")
            return
        except run.error("ApiError"):
            pass
        finally:
            if client is not None:
                run.clients.wait(client.close() if run.mode == "sync" else client.aclose())
        if self.missing:
            refuse(f"the client does without {self.missing}", "InvalidArgument", memory.url)
        path = run.operation(method).path.partition("{")[0]
        expect(f"{self.url}{path}", memory.url[: len(self.url) + len(path)], "what is called")


@dataclass(frozen=True)
class Serving:
    """A server of which nothing is said yet."""

    variables: Mapping[str, str]

    @property
    def _said(self) -> str:
        return f"server({', '.join(f'{name}={value!r}' for name, value in self.variables.items())})"

    def at(self, url: str) -> ServerCase:
        """Say where calls go."""
        return ServerCase(
            said=f"{self._said}.at({url!r})", about="server", variables=self.variables, url=url, missing=""
        )

    def lacks(self, name: str) -> ServerCase:
        """Say which argument is missing."""
        return ServerCase(
            said=f"{self._said}.lacks({name!r})", about="server", variables=self.variables, url="", missing=name
        )


def server(**variables: str) -> Serving:
    """The documented server with some of its variables, by argument."""
    return Serving(variables)


@dataclass(frozen=True, kw_only=True)
class CredentialCase(Case):
    """A credential and what requests carry for it: ``credential("Token", "token", value="a").sends("TOKEN: a")``."""

    credential: Credential

    def where(self, run: Run) -> str:
        """The security scheme's locator."""
        return f"/components/securitySchemes/{self.credential.scheme}"

    def hold(self, run: Run) -> None:
        """Every operation that takes the scheme alone carries the credential."""
        item = self.credential
        if item.scheme not in run.document.schemes:
            refuse("the document has no such security scheme", f"one of {list(run.document.schemes)}", item.scheme)
        taking = [name for name, operation in run.operations.items() if (item.scheme,) in operation.security]
        combined = any(item.scheme in names for one in run.operations.values() for names in one.security)
        if not taking and not combined:
            refuse(f"no operation takes the scheme {item.scheme!r}")
        if not taking:
            self._combined(run)
        elif item.exchange is not None:
            self._exchanged(run, taking[0], item.exchange)
            self._sent_home(run, taking[0], item.exchange)
        self._hidden(run)
        for method in taking:
            called = run.call(method, run.minimal(method), credentials=(item,))
            if not called.requests:
                refuse(f"{method} sent nothing", self.said, repr(called.error))
            check_credentials(run, called.requests[-1], (item,))

    def _hidden(self, run: Run) -> None:
        """What is secret does not show when the credential is printed."""
        declared = {
            name
            for entry in objects(run.document.data.get("x-auth")).values()
            for name, node in objects(objects(entry).get("credentials")).items()
            if objects(node).get("secret") is True
        }
        shown = repr(run.clients.credential(self.credential))
        for name, value in self.credential.values.items():
            if name in declared or name in _SECRETS:
                happened()
                if str(value) in shown:
                    refuse(f"{name} shows when the credential is printed", "***", shown)

    def _sent_home(self, run: Run, method: str, exchange: Exchange) -> None:
        """What is exchanged on a server of its own goes to that one."""
        names = re.findall(r"\{([^{}]*)\}", exchange.server)
        if not exchange.server or self.credential.name == "ClientCredentials":
            return
        item = replace(self.credential, exchange=None, values={**self.credential.values, **dict.fromkeys(names, _HOME)})
        memory = Memory()
        memory.play({}, 404)
        given = {"base_url": run.clients.server.url, **run.clients.options}
        client = run.clients.made(run.mode, (item,), given, transport=memory)
        try:
            arguments = {name: run.typed(method, name, value) for name, value in run.minimal(method).items()}
            run.clients.wait(getattr(client, method)(**arguments))
        except run.error("ApiError"):
            pass
        finally:
            run.clients.wait(client.close() if run.mode == "sync" else client.aclose())
        server = re.sub(r"\{[^{}]*\}", _HOME, exchange.server)
        expect(server, memory.url[: len(server)], "the server of the exchange")

    def _combined(self, run: Run) -> None:
        """A scheme that is always asked for with others."""
        method = next(
            name
            for name, one in run.operations.items()
            if any(self.credential.scheme in names for names in one.security)
        )
        called = run.call(method, run.minimal(method))
        if not called.requests:
            refuse(f"{method} sent nothing", self.said, repr(called.error))
        check_credentials(run, called.requests[-1], run.carried(method)[1])

    def _exchanged(self, run: Run, method: str, exchange: Exchange) -> None:
        """One exchange serves two calls, and is the request that the line says; a refused token is renewed once."""
        item = self.credential
        run.clients.forget(run.mode, (item,))
        called = run.call(method, run.minimal(method), credentials=(item,))
        expect([exchange.line], [request.line for request in called.exchanges], "requests for a token")
        media_type = _FORM if isinstance(exchange.body, str) else "application/json"
        check_body(called.exchanges[0], media_type, exchange.body)
        again = run.call(method, run.minimal(method), credentials=(item,))
        expect(0, len(again.exchanges), "exchanges for a second call")
        refused = iter((scripted({}, 401),))
        renewed = run.call(method, run.minimal(method), lambda _: next(refused, NOT_FOUND), credentials=(item,))
        expect(
            (1, 2), (len(renewed.exchanges), len(renewed.requests)), "exchanges and calls where a token is refused once"
        )
        self._ending(run, method, exchange)
        self._denied(run, method, exchange)

    def _denied(self, run: Run, method: str, exchange: Exchange) -> None:
        """An exchange whose response says no is refused, where its operation is documented so."""
        own = next((one for one in run.operations.values() if f"{one.http} {one.path}" == exchange.line), None)
        condition = objects(objects(own.envelope).get("refused")) if own is not None and not exchange.server else {}
        place, words = str(condition.get("from")), [condition.get("equals"), *listed(condition.get("in"))]
        words = [word for word in words if word is not None]
        if not words or not in_body(place):
            return
        item = replace(self.credential, exchange=None)  # so that the call's answer is that of the exchange
        run.clients.forget(run.mode, (item,))
        called = run.call(method, run.minimal(method), scripted(filled({}, place, words[0]), 200), credentials=(item,))
        run.clients.forget(run.mode, (item,))
        expect("Refused", type(called.error).__name__, "the exception where the exchange is refused")

    def _ending(self, run: Run, method: str, exchange: Exchange) -> None:
        """A token is renewed when it ends: by its response, and by the time that the line says where that is silent."""
        clock = run.clients.clock()
        lives: list[tuple[str, Json, float]] = []
        if exchange.expires:
            life: Json = 7200 if exchange.expires.endswith("expires_in") else clock.timestamp(7200)
            lives.append((exchange.expires, life, 7200.0))
        if exchange.lifetime:
            lives.append(("", None, seconds(exchange.lifetime)))
        for place, value, life in lives:
            item = replace(self.credential, exchange=replace(exchange, expires=place, ends=value))
            clock.now = 0.0
            run.clients.forget(run.mode, (item,))
            for after, expected in ((0.0, 1), (life * 2 / 3, 0), (life, 1)):
                clock.now = after
                called = run.call(method, run.minimal(method), credentials=(item,), http={"clock": clock.given})
                told = f"exchanges {after:.0f} s after the first, where a token lives {life:.0f} s"
                expect(expected, len(called.exchanges), told)


@dataclass(frozen=True)
class Credited:
    """A credential of which nothing is said yet."""

    said: str
    name: str
    scheme: str
    values: Mapping[str, Json]
    exchange: Exchange | None = None

    def exchanges(self, line: str, body: Json, *, token: str, expires: str = "", lifetime: str = "") -> Credited:
        """Say how it becomes a token.

        Args:
            line: HTTP method and raw target of the request, or its whole URL where it has a server of its own.
            body: JSON, or the text of a form.
            token: pointer into the response, or ``header.NAME``.
            expires: that of the timestamp, or of the seconds, at which it ends.
            lifetime: how long it lives where the response does not tell, as an ISO 8601 duration.
        """
        http, _, target = line.partition(" ")
        own, path = _parted(target)
        exchange = Exchange(f"{http} {path}", own, body, _place(token), _place(expires), lifetime)
        text = spoken("exchanges", line, body, token=token, expires=expires or None, lifetime=lifetime or None)
        return replace(self, said=f"{self.said}.{text}", exchange=exchange)

    def sends(self, *shown: str) -> CredentialCase:
        """Say what requests carry.

        Args:
            *shown: header fields as they are sent, and pairs of the query after a question mark.
        """
        pairs = [text[1:].partition("=") for text in shown if text.startswith("?")]
        fields = [text.partition(": ") for text in shown if not text.startswith("?")]
        item = Credential(
            self.name,
            self.scheme,
            self.values,
            {name.lower(): value for name, _, value in fields},
            tuple((name, value) for name, _, value in pairs),
            exchange=self.exchange,
        )
        return CredentialCase(said=f"{self.said}.{spoken('sends', *shown)}", about=self.name, credential=item)

    def signs(self) -> CredentialCase:
        """Say that it signs each request."""
        item = Credential(self.name, self.scheme, self.values, signs=True)
        return CredentialCase(said=f"{self.said}.signs()", about=self.name, credential=item)


def _parted(target: str) -> tuple[str, str]:
    """The server of a URL and its path; no server for a path alone."""
    if "://" not in target:
        return "", target
    scheme, _, rest = target.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", slash + path


def _place(text: str) -> str:
    return "" if not text else f"$response.body#{text}" if text.startswith("/") else f"$response.{text}"


def credential(name: str, scheme: str, /, **values: Json) -> Credited:
    """A credential.

    Args:
        name: of its class.
        scheme: the security scheme that it fills.
        **values: arguments of the class.
    """
    named = ", ".join([repr(name), repr(scheme), *(f"{key}={value!r}" for key, value in values.items())])
    return Credited(f"credential({named})", name, scheme, values)
