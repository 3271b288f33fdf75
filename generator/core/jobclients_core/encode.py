"""Arguments of a call to the exact request: raw target, headers, cookies and body.

Values are percent-encoded once. What could reach another endpoint, or break out of a header, is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from enum import Enum
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from .body import encode_body, encode_json
from .errors import InvalidArgument
from .header_fields import check_header
from .operation import UNSET, Operation, Parameter, Vendor
from .origin import dot_segment
from .shapes import is_mapping, is_sequence
from .times import FORMATS

_CONTROL = re.compile(r"[\x00\r\n]")
_UNSENDABLE = re.compile(r"[^\x21-\x7e]|[\"<>^`{|}\[\]]")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# Characters that RFC 6570 calls reserved, without those that a query may not hold, or that end or split a parameter.
_RESERVED = ":/?@!$'()*,;"
_ENCODED = re.compile(r"(%[0-9A-Fa-f]{2})")
_JOINERS = {"form": ",", "simple": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A request without its credentials.

    Args:
        method: HTTP method.
        target: Path and query exactly as sent.
        headers: Header fields in order.
        cookies: ``name=value`` pairs in order.
        content: The body, or None.
        secrets: Secrets among the arguments.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    cookies: tuple[str, ...]
    content: bytes | None
    secrets: tuple[str, ...] = ()


class _WrongError(Exception):
    """Why a value cannot be sent; becomes an `InvalidArgument` that also names the argument."""


def _string(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if not isinstance(value, str):
        raise _WrongError(f"should be a string, not {type(value).__name__}")
    return str.__str__(value)


def _integer(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool) or not isinstance(value, int):
        raise _WrongError(f"should be an integer, not {type(value).__name__}")
    try:
        return int.__repr__(value)
    except ValueError:
        raise _WrongError("has too many digits") from None


def _number(value: Any) -> str:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _WrongError("should be a finite number")
        return float.__repr__(value)
    return _integer(value)


def _boolean(value: Any) -> str:
    if not isinstance(value, bool):
        raise _WrongError(f"should be True or False, not {type(value).__name__}")
    return "true" if value else "false"


def _any(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return _boolean(value)
    if isinstance(value, (int, float)):
        return _number(value)
    return _string(value)


def _date(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return _string(value)


_TEXTS: dict[str, Callable[[Any], str]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "any": _any,
    "date": _date,
}


def _scalar(kind: str, value: Any, zone: tzinfo | None) -> str:
    """The text of one value, before any percent-encoding."""
    text = _TEXTS.get(kind)
    if text is not None:
        result = text(value)
    elif isinstance(value, datetime):
        if kind == "rfc3339" and value.tzinfo is None and zone is None:
            raise _WrongError("has no time zone, and the client's timezone is not given")
        result = str(FORMATS[kind].write(value, zone))
    else:
        numeric = FORMATS[kind].is_number and not isinstance(value, bool)
        if not isinstance(value, str) and not (numeric and isinstance(value, (int, float))):
            raise _WrongError(f"should be a datetime or the vendor's own form of one, not {type(value).__name__}")
        result = _any(value)
    if _CONTROL.search(result):
        raise _WrongError("contains NUL or a line break")
    return result


def _items(value: Any) -> Sequence[Any]:
    if not is_sequence(value):
        raise _WrongError(f"should be a list, not {type(value).__name__}")
    return value


def _pairs(value: Any, zone: tzinfo | None) -> list[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", by_alias=True, exclude_unset=True, context={"timezone": zone})
    if not is_mapping(value):
        raise _WrongError(f"should be a mapping, not {type(value).__name__}")
    return [(_string(key), item) for key, item in value.items()]


def _percent(text: str, *, keep: str = "") -> str:
    """A text as it is in a URL; where reserved characters are kept, so is what is encoded already."""
    pieces = _ENCODED.split(text) if keep else [text]
    try:
        encoded = "".join(piece if index % 2 else quote(piece, safe=keep) for index, piece in enumerate(pieces))
    except UnicodeEncodeError:
        raise _WrongError("contains half of a character") from None
    return encoded


def _texts(parameter: Parameter, value: Any, zone: tzinfo | None) -> list[str]:
    """The flat texts of a list or object: items, or keys and values."""
    if parameter.type == "object":
        return [text for key, item in _pairs(value, zone) for text in (key, _scalar("any", item, zone))]
    if parameter.many:
        return [_scalar(parameter.type, item, zone) for item in _items(value)]
    return [_scalar(parameter.type, value, zone)]


def _joined(parameter: Parameter, value: Any, zone: tzinfo | None, encode: Callable[[str], str]) -> str:
    """A value in one piece, as the styles ``simple`` and unexploded ``form`` have it."""
    texts = [encode(text) for text in _texts(parameter, value, zone)]
    if parameter.type == "object" and parameter.explode:
        return ",".join(f"{key}={text}" for key, text in zip(texts[::2], texts[1::2], strict=True))
    return _JOINERS.get(parameter.style, ",").join(texts)


def _query(parameter: Parameter, value: Any, zone: tzinfo | None) -> list[str]:
    """The ``name=value`` pieces of one query parameter."""
    keep = _RESERVED if parameter.allow_reserved else ""

    def encode(text: str) -> str:
        return _percent(text, keep=keep)

    name = _percent(parameter.wire)
    if value is None:
        return [f"{name}="]
    if parameter.type == "object" and (parameter.explode or parameter.style == "deepObject"):
        entries = [(_percent(key), encode(_scalar("any", item, zone))) for key, item in _pairs(value, zone)]
        deep = parameter.style == "deepObject"
        return [f"{name}%5B{key}%5D={text}" if deep else f"{key}={text}" for key, text in entries]
    if parameter.many and parameter.explode:
        return [f"{name}={encode(text)}" for text in _texts(parameter, value, zone)]
    if (parameter.many or parameter.type == "object") and not _texts(parameter, value, zone):
        return []  # an empty list or object is not written, as in RFC 6570
    return [f"{name}={_joined(parameter, value, zone, encode)}"]


def encode_literal(text: str) -> str:
    """Percent-encode what cannot be in a URL; what is encoded already, and what means something there, stays.

    Args:
        text: Text of a path or query that nobody's values are part of.

    Returns:
        The text in ASCII.
    """
    return _UNSENDABLE.sub(lambda found: quote(found[0], safe="", errors="replace"), text)


@lru_cache(maxsize=4096)
def _segments(path: str) -> tuple[tuple[str, ...], ...]:
    """A path template as segments of alternating literal text, encoded, and placeholder names.

    A fragment, by which some documents tell operations of one path apart, is never sent.
    """
    return tuple(
        tuple(piece if index % 2 else encode_literal(piece) for index, piece in enumerate(_PLACEHOLDER.split(segment)))
        for segment in path.partition("#")[0].split("/")
    )


def _path(operation: Operation[Any], texts: Mapping[str, tuple[str, str]]) -> str:
    """Fill the template; `texts` holds each placeholder's plain and encoded text."""
    segments: list[str] = []
    for pieces in _segments(operation.path):
        if len(pieces) == 1:
            segments.append(pieces[0])
            continue
        encoded = plain = ""
        for index, piece in enumerate(pieces):
            text = texts[piece] if index % 2 else (piece, piece)
            plain, encoded = plain + text[0], encoded + text[1]
        if dot_segment(plain):
            names = [operation.arguments["path", wire] for wire in pieces[1::2]]
            raise InvalidArgument(
                f"{', '.join(names)} would lead to another path: '.' and '..' segments are not allowed",
                operation=operation.id,
                argument=names[0],
            )
        segments.append(encoded)
    return "/".join(segments)


def _path_text(parameter: Parameter, value: Any, zone: tzinfo | None) -> tuple[str, str]:
    """The text of a path parameter, plain and encoded."""
    write = _PATHS.get(parameter.style, _joined)
    plain = write(parameter, value, zone, str)
    if plain == "":
        raise _WrongError("may not be empty: the path would be another one")
    keep = _RESERVED.replace("/", "").replace("?", "") if parameter.allow_reserved else ""
    return plain, write(parameter, value, zone, lambda text: _percent(text, keep=keep))


def _label(parameter: Parameter, value: Any, zone: tzinfo | None, encode: Callable[[str], str]) -> str:
    """The style ``label``: ``.a.b`` or ``.a,b``."""
    pieces = _pieces(parameter, value, zone, encode)
    return "".join(f".{piece}" for piece in pieces)


def _matrix(parameter: Parameter, value: Any, zone: tzinfo | None, encode: Callable[[str], str]) -> str:
    """The style ``matrix``: ``;name=a;name=b`` or ``;name=a,b``; without ``=`` for an empty text."""
    pieces = _pieces(parameter, value, zone, encode)
    if parameter.type == "object" and parameter.explode:
        return "".join(f";{piece}" for piece in pieces)
    name = encode(parameter.wire)
    return "".join(f";{name}={piece}" if piece else f";{name}" for piece in pieces)


def _pieces(parameter: Parameter, value: Any, zone: tzinfo | None, encode: Callable[[str], str]) -> list[str]:
    """What each prefix of a style is written before: items or pairs where exploded, else all of them joined."""
    texts = [encode(text) for text in _texts(parameter, value, zone)]
    if not parameter.explode:
        return [",".join(texts)] if texts else []
    if parameter.type == "object":
        return [f"{key}={text}" for key, text in zip(texts[::2], texts[1::2], strict=True)]
    return texts


_PATHS: dict[str, Callable[[Parameter, Any, tzinfo | None, Callable[[str], str]], str]] = {
    "label": _label,
    "matrix": _matrix,
}


class _Builder:
    """Collects the parts of one request while its parameters are gone through in order."""

    def __init__(self, vendor: Vendor, zone: tzinfo | None) -> None:
        self.vendor = vendor
        self.zone = zone
        self.path: dict[str, tuple[str, str]] = {}
        self.query: list[str] = []
        self.headers: list[tuple[str, str]] = []
        self.cookies: list[str] = []
        self.secrets: list[str] = []

    def add(self, parameter: Parameter, value: Any) -> None:
        """Place one value."""
        if parameter.type == "json":
            value, secrets = encode_json(value, parameter.model, self.vendor, self.zone)
            parameter = replace(parameter, type="string", many=False)
            self.secrets += secrets
        if parameter.secret and value is not None:
            self.secrets += _texts(parameter, value, self.zone)
        if parameter.location == "path":
            self.path[parameter.wire] = _path_text(parameter, value, self.zone)
        elif parameter.location == "query":
            self.query += _query(parameter, value, self.zone)
        elif parameter.location == "header":
            text = "" if value is None else _joined(parameter, value, self.zone, str)
            self.headers.append((parameter.wire, check_header(text, f"header {parameter.wire}")))
        else:
            pieces = _query(parameter, value, self.zone)
            self.cookies += pieces


def is_given(value: Any, *, nullable: bool) -> bool:
    """Whether an argument was given.

    Args:
        value: The argument.
        nullable: Whether None is a value rather than "not given".

    Returns:
        True when it is to be sent.
    """
    return value is not UNSET and (value is not None or nullable)


def encode_call(
    operation: Operation[Any],
    arguments: Mapping[str, Any],
    *,
    vendor: Vendor,
    client_parameters: Mapping[str, Any],
    prefix: str = "",
    followed: str | None = None,
    zone: tzinfo | None = None,
) -> Encoded:
    """Turn a call into the request that is sent, all but its credentials.

    Args:
        operation: The operation.
        arguments: Its arguments by Python name.
        vendor: Whose operation it is.
        client_parameters: The client's own parameters, defaults of those that are marked so.
        prefix: Path of the base URL.
        followed: Path and query that take the place of the operation's path; parameters in its query win.
        zone: The caller's time zone, for times without one.

    Returns:
        The request.

    Raises:
        InvalidArgument: an argument is missing, unknown, of another type, or unfit to be sent.
    """
    builder = _Builder(vendor, zone)
    known: set[str] = set()
    for parameter in operation.parameters:
        known.add(parameter.name)
        if followed is not None and parameter.location == "path":
            continue
        value = arguments.get(parameter.name, UNSET)
        if parameter.client and (value is UNSET or value is None):
            value = client_parameters.get(parameter.name)
        if not is_given(value, nullable=parameter.nullable and not parameter.client):
            if parameter.required:
                raise InvalidArgument(
                    f"{parameter.name} has to be given", operation=operation.id, argument=parameter.name
                )
            continue
        try:
            builder.add(parameter, value)
        except _WrongError as wrong:
            reason = str(wrong)
        except InvalidArgument as wrong:
            reason = wrong.message
        else:
            continue
        raise InvalidArgument(f"{parameter.name} {reason}", operation=operation.id, argument=parameter.name)
    body = encode_body(operation, arguments, vendor=vendor, known=known, zone=zone)
    _check_names(operation, arguments, known)
    if body.media_type is not None:
        builder.headers.insert(0, ("Content-Type", body.media_type))
    target = prefix + _path(operation, builder.path) if followed is None else followed
    query = builder.query if followed is None else _without(builder.query, followed)
    if query:
        target += ("&" if "?" in target else "?") + "&".join(query)
    return Encoded(
        operation.method.upper(),
        target or "/",
        tuple(builder.headers),
        tuple(builder.cookies),
        body.content,
        (*builder.secrets, *body.secrets),
    )


def _without(query: list[str], followed: str) -> list[str]:
    """The parts of a query whose parameters a URL does not have already."""
    there = {piece.partition("=")[0] for piece in followed.partition("?")[2].split("&")}
    return [piece for piece in query if piece.partition("=")[0] not in there]


def _check_names(operation: Operation[Any], arguments: Mapping[str, Any], known: set[str]) -> None:
    if not known.issuperset(arguments):
        unknown = ", ".join(sorted(set(arguments) - known))
        raise InvalidArgument(f"unknown argument: {unknown}", operation=operation.id, argument=unknown)
    for group in operation.exactly_one:
        given = [name for name in group if is_given(arguments.get(name, UNSET), nullable=False)]
        if len(given) != 1:
            several = "both were given" if len(group) == 2 else f"{', '.join(given)} were given"
            said = several if given else "none was given"
            raise InvalidArgument(
                f"exactly one of {', '.join(group)} has to be given: {said}",
                operation=operation.id,
                argument=group[0],
            )
