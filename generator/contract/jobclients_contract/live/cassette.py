"""Recordings of a run: what was sent and what came, without secrets."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from jobclients_contract.live.scrub import Scrubber
from jobclients_contract.schema_model.values import Json

FORMAT: Final = 1
"""Number of the cassettes' format; another one is refused."""

MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes of a response, decoded, after which reading stops."""


class CassetteError(Exception):
    """A cassette that cannot be used, in words for whoever named it."""


class LeftError(CassetteError):
    """A secret is still in what was to be written or printed.

    Args:
        what: that.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"a secret was still in the {what}, so it was not written")


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """A request and what came of it.

    Attributes:
        call: index of the call that it belongs to.
        method: HTTP method.
        target: path and query as sent, without secrets.
        headers: of the request, those that may be kept.
        body: of the request: ``json``, ``text`` or a number of ``bytes``; empty for none.
        status: of the response; None where none came.
        response_headers: of the response, those that may be kept.
        response_body: of the response.
        failure: name of the transport's failure where no response came.
    """

    call: int
    method: str
    target: str
    headers: Mapping[str, str]
    body: Mapping[str, Json]
    status: int | None
    response_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    response_body: Mapping[str, Json] = field(default_factory=dict[str, Json])
    failure: str = ""

    @property
    def key(self) -> str:
        """What tells a request from another."""
        return json.dumps([self.method, self.target, dict(self.body)], sort_keys=True)


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call that was made.

    Attributes:
        operation: what was called.
        arguments: with what.
        result: how it ended.
        reason: the message of its exception.
    """

    operation: str
    arguments: Mapping[str, Json]
    result: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Cassette:
    """One run against one vendor.

    Attributes:
        vendor: its name.
        options: arguments of the client's constructor that name the account.
        calls: what was called, without secrets.
        not_called: what was not called, and why.
        exchanges: what went over the wire, in order.
        requests: how many requests were sent.
        stopped: why calls are missing at the end; empty where none are.
    """

    vendor: str
    options: Mapping[str, Json]
    calls: tuple[RecordedCall, ...]
    not_called: Mapping[str, str]
    exchanges: tuple[RecordedExchange, ...]
    requests: int
    stopped: str = ""

    def dump(self, scrubber: Scrubber) -> str:
        """The text of the cassette's file.

        Args:
            scrubber: looks at all of it once more.

        Returns:
            JSON.

        Raises:
            LeftError: a secret is still in it, which is a mistake here; nothing must be written.
        """
        content: dict[str, Json] = {
            "format": FORMAT,
            "vendor": self.vendor,
            "options": dict(self.options),
            "calls": [_call_as_json(call) for call in self.calls],
            "not_called": dict(self.not_called),
            "requests": self.requests,
            "stopped": self.stopped,
            "exchanges": [_as_json(entry) for entry in self.exchanges],
        }
        # Keys and words that every recording has are not secrets, though one may be the same.
        outside: list[Json] = list(self.options.values())
        for call in self.calls:
            outside += [dict(call.arguments), scrubber.behind_operation(call.reason)]
        for entry in self.exchanges:
            outside += [*entry.headers.values(), *entry.response_headers.values()]
            outside += [body[name] for body in (entry.body, entry.response_body) for name in body if name != "bytes"]
        without_secrets(outside, scrubber, "recording")
        if any(scrubber.leaks_target(entry.target) for entry in self.exchanges):
            raise LeftError("recording")
        return json.dumps(content, indent=1) + "\n"  # half of a surrogate pair is JSON, and no UTF-8


def without_secrets(values: Json, scrubber: Scrubber, what: str) -> None:
    """The last look at what is to be written or printed.

    Args:
        values: all that is not the same in each run.
        scrubber: knows the run's secrets.
        what: what they are part of, for the message.

    Raises:
        LeftError: a secret is still in it, which is a mistake here.
    """
    if scrubber.leaks(values):
        raise LeftError(what)


def _call_as_json(call: RecordedCall) -> dict[str, Json]:
    entry: dict[str, Json] = {"operation": call.operation, "arguments": dict(call.arguments), "result": call.result}
    return {**entry, "reason": call.reason} if call.reason else entry


def _as_json(entry: RecordedExchange) -> dict[str, Json]:
    request: dict[str, Json] = {"method": entry.method, "target": entry.target}
    request |= {"headers": dict(entry.headers), "body": dict(entry.body)}
    if entry.status is None:
        return {"call": entry.call, "request": request, "failure": entry.failure}
    response: dict[str, Json] = {"status": entry.status, "headers": dict(entry.response_headers)}
    return {"call": entry.call, "request": request, "answer": {**response, "body": dict(entry.response_body)}}


def content_of(body: Mapping[str, Json]) -> bytes:
    """The bytes that stand for a body.

    Args:
        body: as it was kept.

    Returns:
        Bytes of the same meaning; for what was not text, as many that are none.
    """
    if "json" in body:
        return json.dumps(body["json"]).encode()
    if "text" in body:
        return str(body["text"]).encode("utf-8", "surrogatepass")
    size = body.get("bytes", 0)
    return b"\xff" * size if isinstance(size, int) else b""


def write(folder: Path, vendor: str, text: str) -> Path:
    """Write a recording, all of it or nothing.

    Args:
        folder: where recordings are kept.
        vendor: the vendor's name.
        text: the recording.

    Returns:
        Its file.

    Raises:
        OSError: it cannot be written.
    """
    file = next_file(folder, vendor)
    write_whole(file, text.encode())
    return file


def write_whole(file: Path, content: bytes) -> None:
    """Write a file, all of it or nothing.

    Args:
        file: the file.
        content: what it holds.

    Raises:
        OSError: it cannot be written.
    """
    part = file.with_name(f".{file.name}-{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def next_file(folder: Path, vendor: str) -> Path:
    """The file of a new recording: the first number that is free.

    Args:
        folder: where recordings are kept.
        vendor: the vendor's name.

    Returns:
        Such as ``alation-003.json``.
    """
    number = 1
    while (file := folder / f"{vendor}-{number:03d}.json").exists():
        number += 1
    return file
