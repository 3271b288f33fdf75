"""Masks secrets in texts by their form: tokens, JWTs, passwords in URLs, ``password=``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from jobclients_contract.live.encodings import decoded

MASK: Final = "REDACTED"
"""What is in place of a secret; it needs no encoding anywhere."""

WORD: Final = re.compile(r"\S{1,100}(?: \S{1,20}){0,2}")
"""A value of an enumeration, an id, a code or a key: up to three words. Anything longer is prose, and not recorded."""

KEY: Final = re.compile(r"(?!(?:[^0-9]*[0-9]){4})(?:[A-Za-z_][A-Za-z0-9_.-]{0,39}|[0-9]+)")
"""A key that looks like the name of a property, or the index of an element; others may be names, or secrets."""

_SOUNDING: Final = (
    "(?<!un)auth|bearer|cookie|credential|jwt|passw|private|pwd|api_?-?key|access_?-?key|secret|session|signature|token"
    "|(?<![a-z])sig(?![a-z])"
)
SECRET_NAME: Final = re.compile(_SOUNDING, re.IGNORECASE)
"""Names of what is secret."""

_ASSIGNED: Final = re.compile(
    rf"""((?:{_SOUNDING})[\w-]{{0,40}}["']?\s*[=:]\s*)"""
    r"""("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s&;,"'<>{}\[\]]+)""",
    re.IGNORECASE,
)
_SCHEME: Final = re.compile(r"\b(Basic|Bearer)\s+(?=\S*[0-9=])[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_USER_INFO: Final = re.compile(r"""(:(?:\\?/){2})[^\s/?#"'<>\\]+@""")
_DOTTED: Final = re.compile(r"[\w.%-]{10,}", re.ASCII)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)


def in_headers(headers: Iterable[tuple[str, str]], secret: Callable[[str], bool]) -> Iterator[str]:
    """What header fields carry that are secret.

    Args:
        headers: their names and values.
        secret: tells by its name whether a field is.

    Yields:
        The values, and what they consist of.
    """
    for name, value in headers:
        if name.lower() in ("cookie", "set-cookie"):
            pairs = value.split(";") if name.lower() == "cookie" else [value.partition(";")[0]]
            yield from (pair.partition("=")[2].strip() for pair in pairs)
        elif secret(name) and name.lower() != "www-authenticate":
            yield value
            scheme, _, rest = value.partition(" ")
            if scheme.lower() in ("basic", "bearer"):
                yield rest
            if scheme.lower() == "basic":
                yield from (decoded(rest)[:1] or [""])[0].split(":", 1)[1:]


def without_tokens(text: str) -> str:
    """A text without what is behind a scheme of authentication, passwords in URLs and JSON Web Tokens.

    Returns:
        It, with masks.
    """
    return _DOTTED.sub(_without_jwt, _USER_INFO.sub(rf"\1{MASK}@", _SCHEME.sub(rf"\1 {MASK}", text)))


def without_assigned(text: str) -> str:
    """A text without what is behind words like ``password=``.

    Returns:
        It, with masks.
    """
    return _ASSIGNED.sub(lambda found: found[1] + _masked_value(found[2]), text)


def unescaped(text: str) -> str:
    """A text with its backslashes read as JSON has them."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)


def _without_jwt(run: re.Match[str]) -> str:
    """A run of letters and dots without the JSON Web Token at its end: a header in JSON and two more parts."""
    before, mark, token = run[0].partition("eyJ")
    return before + MASK if mark and token.count(".") > 1 else run[0]


def _masked_value(value: str) -> str:
    quoted = value[:1] if value[:1] in ('"', "'") else ""
    return f"{quoted}{MASK}{quoted}" if len(value) > 1 and value.endswith(quoted) else f"{quoted}{MASK}"
