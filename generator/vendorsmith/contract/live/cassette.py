"""Recordings of a run: what was sent and what came, without secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from vendorsmith.contract.cases import Json
from vendorsmith.contract.live.scrub import Scrubber

FORMAT: Final = 1
"""Number of the cassettes' format; another one is refused."""


class CassetteError(Exception):
    """A cassette that cannot be used, in words for whoever named it."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came of it.

    Attributes:
        call: index of the call that it belongs to.
        method: HTTP method.
        target: path and query as sent, without secrets.
        headers: of the request, those that may be kept.
        body: of the request: ``json``, ``text`` or a number of ``bytes``; empty for none.
        status: of the answer; None where none came.
        answer_headers: of the answer, those that may be kept.
        answer_body: of the answer.
        failure: name of the transport's failure where no answer came.
    """

    call: int
    method: str
    target: str
    headers: Mapping[str, str]
    body: Mapping[str, Json]
    status: int | None
    answer_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    answer_body: Mapping[str, Json] = field(default_factory=dict[str, Json])
    failure: str = ""

    @property
    def key(self) -> str:
        """What tells a request from another."""
        return json.dumps([self.method, self.target, dict(self.body)], sort_keys=True)


@dataclass(frozen=True, slots=True)
class Cassette:
    """One run against one vendor.

    Attributes:
        vendor: its name.
        options: arguments of the client's constructor that name the account.
        calls: what was called: the operation and its arguments, without secrets.
        not_called: what was not called, and why.
        exchanges: what went over the wire, in order.
        requests: how many requests were sent.
        stopped: why calls are missing at the end; empty where none are.
    """

    vendor: str
    options: Mapping[str, Json]
    calls: tuple[tuple[str, Mapping[str, Json]], ...]
    not_called: Mapping[str, str]
    exchanges: tuple[Exchange, ...]
    requests: int
    stopped: str = ""

    def dump(self, scrubber: Scrubber) -> str:
        """The text of the cassette's file.

        Args:
            scrubber: looks at all of it once more.

        Returns:
            JSON.

        Raises:
            CassetteError: a secret is still in it, which is a mistake here; nothing must be written.
        """
        text = json.dumps(
            {
                "format": FORMAT,
                "vendor": self.vendor,
                "options": dict(self.options),
                "calls": [{"operation": name, "arguments": dict(arguments)} for name, arguments in self.calls],
                "not_called": dict(self.not_called),
                "requests": self.requests,
                "stopped": self.stopped,
                "exchanges": [_as_json(entry) for entry in self.exchanges],
            },
            indent=1,
            ensure_ascii=False,
        )
        return without_secrets(text, scrubber, "recording") + "\n"


def without_secrets(text: str, scrubber: Scrubber, what: str) -> str:
    """A text that may be written or printed: the last look at it.

    Args:
        text: the text.
        scrubber: knows the run's secrets.
        what: what the text is, for the message.

    Returns:
        The text as it is.

    Raises:
        CassetteError: a secret is still in it, which is a mistake here.
    """
    if scrubber.leaks(text):
        raise CassetteError(f"a secret was still in the {what}, so it was not written")
    return text


def _as_json(entry: Exchange) -> dict[str, Json]:
    request: dict[str, Json] = {"method": entry.method, "target": entry.target}
    request |= {"headers": dict(entry.headers), "body": dict(entry.body)}
    if entry.status is None:
        return {"call": entry.call, "request": request, "failure": entry.failure}
    answer: dict[str, Json] = {"status": entry.status, "headers": dict(entry.answer_headers)}
    return {"call": entry.call, "request": request, "answer": {**answer, "body": dict(entry.answer_body)}}


def load(file: Path) -> Cassette:
    """Read a cassette.

    Args:
        file: its file.

    Returns:
        The cassette.

    Raises:
        CassetteError: it is not there, or is none.
    """
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CassetteError(f"{file}: {error.strerror}") from None
    except ValueError:
        raise CassetteError(f"{file}: is no JSON") from None
    if not isinstance(content, dict) or "format" not in content:
        raise CassetteError(f"{file}: is no cassette")
    found = cast("dict[str, Any]", content)
    if found["format"] != FORMAT:
        raise CassetteError(f"{file}: has the format {found['format']!r}, and {FORMAT} is wanted")
    try:
        return Cassette(
            found["vendor"],
            found["options"],
            tuple((call["operation"], call["arguments"]) for call in found["calls"]),
            found["not_called"],
            tuple(map(_exchange, found["exchanges"])),
            found["requests"],
            found["stopped"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise CassetteError(f"{file}: is damaged ({type(error).__name__}: {error})") from None


def _exchange(entry: Any) -> Exchange:
    request, answer = entry["request"], entry.get("answer")
    asked = (entry["call"], request["method"], request["target"], request["headers"], request["body"])
    if answer is None:
        return Exchange(*asked, None, failure=entry["failure"])
    return Exchange(*asked, answer["status"], answer["headers"], answer["body"])


def content_of(body: Mapping[str, Json]) -> bytes:
    """The bytes that stand for a body.

    Args:
        body: as it was kept.

    Returns:
        Bytes of the same meaning; for what was no text, as many that are none.
    """
    if "json" in body:
        return json.dumps(body["json"], ensure_ascii=False).encode("utf-8", "surrogatepass")
    if "text" in body:
        return str(body["text"]).encode("utf-8", "surrogatepass")
    size = body.get("bytes", 0)
    return b"\xff" * size if isinstance(size, int) else b""


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
