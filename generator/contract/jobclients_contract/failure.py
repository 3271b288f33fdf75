"""Failures of test cases, and their messages: printable, cut, and with a curl command for the request."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NoReturn
from urllib.parse import quote

_LIMIT = 2_000

_happened = Counter[str]()


class Mismatch(AssertionError):  # noqa: N818 - the word for it
    """Something is not as the contract says.

    Args:
        what: what is wrong, in a few words.
        expected: what the contract says.
        actual: what came instead.
        labels: whose the two are.
    """

    def __init__(
        self,
        what: str,
        expected: object = "",
        actual: object = "",
        labels: tuple[str, str] = ("expected", "actual"),
    ) -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.actual = actual
        self.labels = labels


def happened() -> None:
    """Note that a check has done something: it compared, or the client sent or refused something."""
    _happened["all"] += 1


def looked() -> int:
    """How often a check has done something until now."""
    return _happened["all"]


def compares() -> None:
    """Note that something a client did is compared with what a line says."""
    happened()
    _happened["compared"] += 1


def compared() -> int:
    """How often something was compared until now; what merely arrived does not count."""
    return _happened["compared"]


def expect(expected: object, actual: object, what: str) -> None:
    """Compare, type included (1 is not True, and not 1.0).

    Raises:
        Mismatch: they differ.
    """
    compares()
    if type(expected) is not type(actual) or expected != actual:
        raise Mismatch(what, expected, actual)


def agree(document: object, line: object, what: str) -> None:
    """Compare what the document says with what the line says, type included: the client has no part in it.

    Raises:
        Mismatch: they differ.
    """
    compares()
    if type(document) is not type(line) or document != line:
        raise Mismatch(what, document, line, ("document", "line"))


def refuse(what: str, expected: object = "", actual: object = "") -> NoReturn:
    """Fail a check.

    Raises:
        Mismatch: always.
    """
    raise Mismatch(what, expected, actual)


def curl_of(http: str, url: str, headers: Mapping[str, str], body: bytes = b"", hidden: Iterable[str] = ()) -> str:
    """A curl command for a request, in one line that a shell takes.

    Args:
        http: HTTP method.
        url: the whole URL.
        headers: header fields worth showing.
        body: the body.
        hidden: secrets, which are replaced by ``$SECRET``, as they are and as they are in URLs and in JSON.
    """
    words = ["curl", "-sSg", "-X", http, url]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}" if value else f"{name};"]
    if body:
        # Not --data-binary, for which a body that begins with @ is the name of a file.
        words += ["--data-raw", body.decode("utf-8", "surrogateescape")]
    written = {form for secret in hidden if secret for form in _forms(secret)}
    # The longest first, so that no secret that begins with another is left in part.
    masked = re.compile("|".join(map(re.escape, sorted(written, key=len, reverse=True))) or r"(?!)")
    return " ".join('"$SECRET"'.join(map(_quoted, masked.split(word))) or "''" for word in words)


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield quote(secret, safe="")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]


def _quoted(text: str) -> str:
    """A piece of a shell's word; what cannot be printed is written as bash's ``$'...'`` has it."""
    if not text or text.isprintable():
        return shlex.quote(text) if text else ""
    plain = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + "".join(c if c.isprintable() else _bytes_of(c) for c in plain) + "'"


def _bytes_of(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def printable(text: str) -> str:
    """A text as it may reach a console, where nothing in it moves the cursor or is taken for a command of CI.

    Args:
        text: ours, with the spec's and the vendor's words in it.

    Returns:
        The text, with everything but its line breaks escaped that cannot be printed; all lines but the first begin
        with a bar, since a line that begins with ``::`` is a command.
    """
    lines = "".join(c if c == "\n" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return lines.replace("\n", "\n  | ")


def shown(value: object) -> str:
    """A value as a message shows it: a text as it is, what is long cut."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}... ({len(text)} characters)"
