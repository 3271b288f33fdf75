"""Loads recordings, which may be damaged or malicious."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from jobclients_contract.live.allowed import HEADER_NAME, RESPONSE_HEADERS
from jobclients_contract.live.cassette import FORMAT, MAX_BODY, Cassette, CassetteError, RecordedCall, RecordedExchange
from jobclients_contract.live.contract import Contract
from jobclients_contract.live.lossless import TooDeepError, check_depth
from jobclients_contract.live.patterns import MASK
from jobclients_contract.live.plan import fits, lacking
from jobclients_contract.live.scrub import REQUEST_HEADERS
from jobclients_contract.schema_model.values import Json

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
INTERRUPTED: Final = "interrupted"
"""Why calls are missing where somebody ended the run."""

_STOPPED: Final = re.compile(rf"(?:the budget of [0-9]{{1,20}} requests is spent|{INTERRUPTED})?")
_MOST_SHOWN: Final = 500


class _DamagedError(Exception):
    """What is wrong, in words."""


def load(file: Path) -> Cassette:
    """Read a cassette.

    Returns:
        The cassette; what it says for people is in one line of what can be printed.

    Raises:
        CassetteError: it is not there, or is none.
    """
    try:
        content: Json = json.loads(file.read_text(encoding="utf-8"))
        check_depth(content)
    except OSError as error:
        raise CassetteError(f"{file}: {error.strerror}") from None
    except (RecursionError, TooDeepError):
        raise CassetteError(f"{file}: is damaged (nested too deeply)") from None
    except ValueError:
        raise CassetteError(f"{file}: is not JSON") from None
    if not isinstance(content, dict) or "format" not in content:
        raise CassetteError(f"{file}: is not a cassette")
    stated = content["format"]
    if type(stated) is not int or stated != FORMAT:
        raise CassetteError(f"{file}: has the format {one_line(json.dumps(stated), 20)}, and {FORMAT} is wanted")
    try:
        return _cassette(content)
    except _DamagedError as error:
        raise CassetteError(f"{file}: is damaged ({error})") from None


def one_line(text: str, most: int = _MOST_SHOWN) -> str:
    """A text of anybody's as it may be shown.

    Args:
        text: the text.
        most: characters after which it is cut.

    Returns:
        One line that holds nothing but what can be printed.
    """
    short = " ".join("".join(c if c.isprintable() else " " for c in text[: most + 1]).split())
    return short if len(short) <= most else f"{short[:most]}…"


def fit(cassette: Cassette, contract: Contract) -> None:
    """Refuse a recording that the contract's client cannot be called with.

    Args:
        cassette: the recording.
        contract: what is documented.

    Raises:
        CassetteError: why it cannot.
    """
    for name in cassette.options:
        if name not in contract.options:
            raise CassetteError(f"{contract.vendor} has no option {one_line(name, 50)!r}")
    for call in cassette.calls:
        method = contract.methods.get(call.operation)
        if method is None:
            raise CassetteError(f"{contract.vendor} has no operation {call.operation!r} any more")
        schemas = {item.entry.name: item.part.schema for item in method.arguments}
        for name, value in call.arguments.items():
            if name not in schemas:
                raise CassetteError(f"{call.operation} has no argument {one_line(name, 50)!r} any more")
            if not fits(contract, schemas[name], value):
                raise CassetteError(f"the argument {name} of {call.operation} is of another type now")
        missing = lacking(method, call.arguments)
        if missing:
            raise CassetteError(f"{call.operation} takes more arguments now: {missing}")


def _cassette(content: Mapping[str, Json]) -> Cassette:
    stopped = _text(content, "stopped")
    if not _STOPPED.fullmatch(stopped):
        raise _DamagedError("stopped is not a reason that is known")
    options = _texts(_object(content, "options"), "options")
    not_called = _texts(_object(content, "not_called"), "not_called")
    return Cassette(
        _name(content, "vendor"),
        dict(options),
        tuple(_call(_as_object(entry, "a call")) for entry in _list(content, "calls")),
        {one_line(name): one_line(reason) for name, reason in not_called.items()},
        tuple(_exchange(_as_object(entry, "an exchange")) for entry in _list(content, "exchanges")),
        _number(content, "requests", 0, sys.maxsize),
        stopped,
    )


def _call(entry: Mapping[str, Json]) -> RecordedCall:
    arguments = _object(entry, "arguments")
    _encodable(json.dumps(arguments, ensure_ascii=False), "arguments")
    said = [one_line(_text(entry, key)) if key in entry else "" for key in ("result", "reason")]
    return RecordedCall(_name(entry, "operation"), arguments, *said)


def _exchange(entry: Mapping[str, Json]) -> RecordedExchange:
    request = _object(entry, "request")
    call, method, target = _number(entry, "call", 0, sys.maxsize), _text(request, "method"), _text(request, "target")
    headers = _texts(_object(request, "headers"), "headers")
    if headers.keys() - set(REQUEST_HEADERS):
        raise _DamagedError(f"headers should be of {', '.join(REQUEST_HEADERS)}")
    body = _body(request)
    if "answer" not in entry:
        return RecordedExchange(call, method, target, headers, body, None, failure=_name(entry, "failure"))
    response = _object(entry, "answer")
    status = _number(response, "status", 100, 999)
    kept = _response_headers(response)
    return RecordedExchange(call, method, target, headers, body, status, kept, _body(response))


def _body(entry: Mapping[str, Json]) -> dict[str, Json]:
    body = _object(entry, "body")
    if len(body) > 1 or body.keys() - {"json", "text", "bytes"}:
        raise _DamagedError("body should have json, text or bytes")
    if "text" in body:
        _text(body, "text")
    if "bytes" in body:
        _number(body, "bytes", 0, MAX_BODY)
    return body


def _response_headers(entry: Mapping[str, Json]) -> dict[str, str]:
    headers = _texts(_object(entry, "headers"), "headers")
    others = [(name, value) for name, value in headers.items() if name not in RESPONSE_HEADERS]
    if not all(HEADER_NAME.fullmatch(name) and value == MASK for name, value in others):
        raise _DamagedError(f"headers should be of {', '.join(RESPONSE_HEADERS)}, and others {MASK}")
    return headers


def _texts(values: Mapping[str, Json], what: str) -> dict[str, str]:
    for text in (*values, *values.values()):
        if not isinstance(text, str):
            raise _DamagedError(f"{what} should hold texts")
        _encodable(text, what)
    return cast("dict[str, str]", dict(values))


def _encodable(text: str, what: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _DamagedError(f"{what} should hold Unicode") from None


def _get(entry: Mapping[str, Json], key: str) -> Json:
    if key not in entry:
        raise _DamagedError(f"{key} is missing")
    return entry[key]


def _as_object(value: Json, what: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise _DamagedError(f"{what} should be an object")
    return value


def _object(entry: Mapping[str, Json], key: str) -> dict[str, Json]:
    return _as_object(_get(entry, key), key)


def _list(entry: Mapping[str, Json], key: str) -> list[Json]:
    value = _get(entry, key)
    if not isinstance(value, list):
        raise _DamagedError(f"{key} should be a list")
    return value


def _text(entry: Mapping[str, Json], key: str) -> str:
    value = _get(entry, key)
    if not isinstance(value, str):
        raise _DamagedError(f"{key} should be a text")
    return value


def _name(entry: Mapping[str, Json], key: str) -> str:
    value = _text(entry, key)
    if not _NAME.fullmatch(value):
        raise _DamagedError(f"{key} should be a name")
    return value


def _number(entry: Mapping[str, Json], key: str, minimum: int, most: int) -> int:
    value = _get(entry, key)
    if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= most:
        raise _DamagedError(f"{key} should be an integer from {minimum} to {most}")
    return value
