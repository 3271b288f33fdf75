"""What a failed check says: rule, operation, place in the spec, expected and actual message, a curl line, the seed."""

from __future__ import annotations

import json
import os
import re
import shlex
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import quote

import pytest

from jobclients_contract.cases import Contract
from jobclients_contract.source_map import place_in

SEED_VARIABLE = "CONTRACT_SEED"
"""The environment variable that chooses the seed of made-up answers; 0 where it is not set."""

_LIMIT = 2_000

_happened = Counter[str]()


def seed() -> int:
    """The seed of everything that is made up in this run.

    Raises:
        ValueError: the environment's seed is no integer.
    """
    return int(os.environ.get(SEED_VARIABLE, "0"))


class Mismatch(AssertionError):  # noqa: N818 - the word for it
    """Something is not as the contract says.

    Args:
        what: what is wrong, in a few words.
        expected: what the contract says.
        actual: what came instead.
        curl: a command that sends the request in question, without secrets.
    """

    def __init__(self, what: str, expected: object = "", actual: object = "", curl: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.actual = actual
        self.curl = curl


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


def expect(expected: object, actual: object, what: str, *, curl: str = "") -> None:
    """Compare, type included (1 is not True, and not 1.0).

    Raises:
        Mismatch: they differ.
    """
    compares()
    if type(expected) is not type(actual) or expected != actual:
        raise Mismatch(what, expected, actual, curl)


def refuse(what: str, expected: object = "", actual: object = "", *, curl: str = "") -> NoReturn:
    """Fail a check.

    Raises:
        Mismatch: always.
    """
    raise Mismatch(what, expected, actual, curl)


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the contract: a test.

    Attributes:
        contract: whose it is.
        rule: its id, such as ``RQ1``.
        operation: the client's method, or the kind of job that it is about; empty for the whole client.
        subject: what exactly is checked, unique within rule and operation; the suite numbers what is not.
        where: locator of what it is derived from in the spec.
        act: does it, with the kind of client ("sync" or "async"); raises where the contract is broken.
        mode: the kind of client.
        covers: the documented things that it tests, by their names in the coverage matrix.
    """

    contract: Contract = field(repr=False)
    rule: str
    operation: str
    subject: str
    where: str
    act: Callable[[str], None] = field(repr=False)
    mode: str = "sync"
    covers: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Name of the test, such as ``RQ1-get_job-name-sync``, without what has a meaning in names of tests."""
        text = "-".join(filter(None, (self.rule, self.operation, self.subject, self.mode)))
        return "".join(c if c.isprintable() and c not in "[]" else "_" for c in text)

    def run(self) -> None:
        """Do it.

        Raises:
            pytest.fail.Exception: the contract is broken; the message says where it stands and what came instead.
        """
        __tracebackhide__ = True
        before = looked()
        try:
            self.act(self.mode)
        except Mismatch as mismatch:
            text = self.describe(mismatch.what, mismatch.expected, mismatch.actual, mismatch.curl)
        except Exception as error:
            # Told here and not by pytest, which would print the vendor's text as it is.
            trace = "".join(traceback.format_exception(error)).rstrip()
            text = f"{self.describe(f'{type(error).__name__} came up: {error}')}\n{printable(f'  trace:    {trace}')}"
        else:
            if looked() > before:
                return
            text = self.describe("the check looked at nothing, so it says nothing")
        pytest.fail(text, pytrace=False)

    def describe(self, what: str, expected: object = "", actual: object = "", curl: str = "") -> str:
        """The message of a failure."""
        lines = [
            f"{self.rule} {self.operation or self.contract.vendor}: {what}",
            f"  spec:     {place_in(self.contract.spec, self.where)} (#{self.where})",
            f"  case:     {self.subject or '-'} ({self.mode} client)",
        ]
        for operation in self.contract.operations:
            if operation.method == self.operation and operation.where != self.where:
                place = place_in(self.contract.spec, operation.where)
                lines.append(f"  of:       {place} ({operation.http} {operation.path})")
        if expected != "" or actual != "":
            lines += [f"  expected: {shown(expected)}", f"  actual:   {shown(actual)}"]
        if curl:
            lines.append(f"  curl:     {curl}")
        lines.append(f"  seed:     {seed()} ({SEED_VARIABLE})")
        return "\n".join(map(printable, lines))


def both(
    contract: Contract,
    rule: str,
    operation: str,
    subject: str,
    where: str,
    act: Callable[[str], None],
    covers: Iterable[str] = (),
) -> tuple[Check, Check]:
    """The same check of the sync and of the async client."""
    named = tuple(covers)
    return (
        Check(contract, rule, operation, subject, where, act, "sync", named),
        Check(contract, rule, operation, subject, where, act, "async", named),
    )


def curl_of(http: str, url: str, headers: Mapping[str, str], body: bytes = b"", hidden: Iterable[str] = ()) -> str:
    """A curl command for a request, in one line that a shell takes.

    Args:
        http: HTTP method.
        url: the whole URL.
        headers: header fields worth showing.
        body: the body.
        hidden: secrets, which are replaced by ``$SECRET``, as they are and as they stand in URLs and in JSON.
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
