"""SE: secrets go where they belong, and show nowhere else.

That a further server of the spec is sent nothing is seen by RQ9: clients know the first one alone.
"""

from __future__ import annotations

import base64
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, cast

from jobclients_contract.cases import Contract, Credential, Exchange, Operation, carried
from jobclients_contract.failure import Check, both, refuse
from jobclients_contract.judging.leaks import expect_hidden, log_lines, shown_by, shown_by_error
from jobclients_contract.playing.driver import Client, error_class
from jobclients_contract.playing.echoes import SPELLINGS, echoes, said
from jobclients_contract.playing.exchanging import exchanging, handed_out, handing_out
from jobclients_contract.playing.loopback import Request, Script, answer
from jobclients_contract.reading.jobs import Reader

MARKS: Final = ("s3cretHEAD", "s3cretTAIL")
"""Pieces of every secret here that no spelling changes."""

_HARMLESS = ("words-200", "type", "charset", "keys", "list", "scalar")


def loud(number: int) -> str:
    """A secret with all that has to be escaped somewhere, told from others by its number."""
    return f'{MARKS[0]}{number}"/\\+%&=~{MARKS[1]}'


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for item in contract.credentials:
        operation = next((found for found in contract.operations if carried(found, (item,))), None)
        if operation is None:
            continue
        named = [f"credential:{item.name}"]

        def made(subject: str, act: Any, item: Credential = item, named: list[str] = named) -> Iterator[Check]:
            yield from both(contract, "SE", "", f"{item.name}-{subject}", item.where, act, named)

        yield from made("objects", partial(_objects, contract, item))
        yield from made("echo", partial(_echoed, contract, item, operation))
        if item.exchange is not None:
            yield from made("echo-exchange", partial(_exchange_echoed, contract, item, operation))
        yield from made("control", partial(_control, contract, item, operation))


def raising(credential: Credential) -> tuple[Credential, list[str]]:
    """A credential whose secrets are loud, and those secrets."""
    values = dict(credential.values)
    hidden: list[str] = []
    for name, value in credential.values.items():
        if value in credential.secrets:
            values[name] = loud(len(hidden))
            hidden.append(loud(len(hidden)))
    if credential.kind == "signed":
        values["security_token"] = loud(len(hidden))
        hidden.append(loud(len(hidden)))
    if credential.name == "Basic":
        pair = f"{values['username']}:{values['password']}"
        hidden.append(base64.b64encode(pair.encode()).decode())
    exchange = credential.exchange
    if exchange is not None:
        token = loud(len(hidden))
        hidden.append(token)
        exchange = handing_out(exchange, token)
    return replace(credential, values=values, secrets=tuple(hidden), exchange=exchange), hidden


@dataclass(slots=True)
class Scene:
    """A client with a loud credential, a vendor that answers as it is told, and everything that was shown."""

    client: Client
    marks: list[str]
    shown: list[str]
    reply: Script = ()
    on_exchange: Script | None = None

    def expect_hidden(self, about: str) -> None:
        """Nothing that was shown so far shows a secret.

        Raises:
            Mismatch: something does.
        """
        expect_hidden(self.shown, self.marks, about)
        self.shown.clear()


@contextmanager
def scene(contract: Contract, mode: str, credential: Credential, **options: Any) -> Generator[Scene]:
    """A client with a loud credential and its vendor, for the time of the block."""
    credential, hidden = raising(credential)
    marks = [*MARKS, *(secret for secret in hidden if MARKS[0] not in secret)]
    events: list[Any] = []

    def called(request: Request) -> Script:
        del request
        return found.reply

    def exchanged(exchange: Exchange) -> Script:
        return found.on_exchange or handed_out(exchange)

    with (
        log_lines() as lines,
        exchanging(
            contract,
            mode,
            credential,
            called=called,
            exchanged=exchanged,
            options={"observer": events.append, **options},
        ) as stage,
    ):
        found = Scene(stage.client, marks, lines)
        yield found
    found.shown += map(shown_by, events)
    found.expect_hidden("an event or a log record")


def _objects(contract: Contract, credential: Credential, mode: str) -> None:
    """The client, the credential, handles of jobs, and whatever they consist of."""
    with scene(contract, mode, credential) as found:
        client = found.client.client
        parts = cast("dict[str, object]", vars(client))
        found.shown += [shown_by(client), *map(shown_by, parts.values())]
        found.expect_hidden("the client")
        for kind in contract.kinds:
            collection = getattr(client, kind.name)
            job = (collection.latest if Reader(kind.spec).by_name else collection)(**kind.identity)
            found.shown += [shown_by(collection), shown_by(job), job.to_json()]
        found.expect_hidden("a handle")


def _echoed(contract: Contract, credential: Credential, operation: Operation, mode: str) -> None:
    """Errors about answers that repeat the credential, in every spelling."""
    _, hidden = raising(credential)
    with scene(contract, mode, credential) as found:
        for name, echo in echoes(contract).items():
            for spelling in SPELLINGS:
                found.reply = echo(said(hidden, spelling))
                _expect_error(contract, found, operation, name, f"{name} in {spelling}")


def _exchange_echoed(contract: Contract, credential: Credential, operation: Operation, mode: str) -> None:
    """Errors about exchanges whose answers repeat the credential, before there is a token."""
    louder, hidden = raising(credential)
    assert louder.exchange is not None
    hidden.remove(louder.exchange.token)
    with scene(contract, mode, credential) as found:
        for name, echo in echoes(contract).items():
            for spelling in SPELLINGS:
                found.on_exchange = echo(said(hidden, spelling))
                found.reply = answer({}, 404)
                _expect_error(contract, found, operation, "", f"the exchange's {name} in {spelling}")


def _expect_error(contract: Contract, found: Scene, operation: Operation, name: str, about: str) -> None:
    error = found.client.tried(operation.method, operation.least)
    if error is None:
        as_json = operation.success is not None and "json" in operation.success.media_type
        if name not in _HARMLESS and as_json:
            refuse(f"{about} is no error", "an error", "a result")
        return
    if not isinstance(error, error_class(contract, "JobClientsError")):
        refuse(f"{about} raises an exception of others", "JobClientsError", repr(error))
    found.shown.append(shown_by_error(error, variables=True))
    found.expect_hidden(f"the error about {about}")


def _control(contract: Contract, credential: Credential, operation: Operation, mode: str) -> None:
    """Line breaks and control characters in a secret break out of no header; where they would, nothing is sent."""
    invalid = error_class(contract, "InvalidArgument")
    for name, value in credential.values.items():
        if value not in credential.secrets:
            continue
        for bad in ("a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\x00b", "a\x7fb", "a\r"):
            broken = replace(credential, values={**credential.values, name: bad})
            with exchanging(contract, mode, broken) as stage:
                error = stage.client.tried(operation.method, operation.least)
            evil = [request.line for request in stage.everything if b"\nX-Evil" in request.head]
            if evil:
                refuse("a line break in a secret became a header field", "nothing sent", evil)
            plain = credential.kind != "exchanged" and credential.name != "Basic"
            if plain and (stage.everything or not isinstance(error, invalid)):
                refuse(f"{bad!r} in a secret was not refused", "InvalidArgument, nothing sent", repr(error))
