"""What a failed check says: rule, operation, place in the spec, expected and actual message, a curl line, the seed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

import pytest

from vendorsmith.contract.cases import Contract, Where

SEED_VARIABLE = "CONTRACT_SEED"
"""The environment variable that chooses the seed of made-up answers; 0 where it is not set."""

_LIMIT = 2_000


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


def expect(expected: object, actual: object, what: str, *, curl: str = "") -> None:
    """Compare, type included (1 is not True, and not 1.0).

    Raises:
        Mismatch: they differ.
    """
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
        subject: what exactly is checked, unique within rule and operation.
        where: the place in the spec that it is derived from.
        act: does it, with the kind of client ("sync" or "async"); raises where the contract is broken.
        mode: the kind of client.
        covers: the documented things that it tests, by their names in the coverage matrix.
    """

    contract: Contract = field(repr=False)
    rule: str
    operation: str
    subject: str
    where: Where
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
        try:
            self.act(self.mode)
        except Mismatch as mismatch:
            failure: BaseException = mismatch
            text = self.describe(mismatch.what, mismatch.expected, mismatch.actual, mismatch.curl)
        except Exception as error:
            failure = error
            text = self.describe(f"{type(error).__name__} came up: {error}")
        else:
            return
        if isinstance(failure, Mismatch):
            pytest.fail(text, pytrace=False)
        failure.add_note(text)
        raise failure

    def describe(self, what: str, expected: object = "", actual: object = "", curl: str = "") -> str:
        """The message of a failure."""
        lines = [
            f"{self.rule} {self.operation or self.contract.vendor}: {what}",
            f"  spec:     {self.contract.spec}:{self.where.line} (#{self.where.pointer})",
            f"  case:     {self.subject or '-'} ({self.mode} client)",
        ]
        for operation in self.contract.operations:
            if operation.method == self.operation and operation.where != self.where:
                place = f"{self.contract.spec}:{operation.where.line}"
                lines.append(f"  of:       {place} ({operation.http} {operation.path})")
        if expected != "" or actual != "":
            lines += [f"  expected: {_shown(expected)}", f"  actual:   {_shown(actual)}"]
        if curl:
            lines.append(f"  curl:     {curl}")
        lines.append(f"  seed:     {seed()} ({SEED_VARIABLE})")
        return "\n".join(lines)


def both(
    contract: Contract,
    rule: str,
    operation: str,
    subject: str,
    where: Where,
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
    """A curl command for a request.

    Args:
        http: HTTP method.
        url: the whole URL.
        headers: header fields worth showing.
        body: the body.
        hidden: secrets, which are replaced by ``$SECRET``.
    """
    words = ["curl", "-sS", "-X", http, url]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    if body:
        words += ["--data-binary", body.decode("utf-8", "replace")]
    text = " ".join(shlex.quote(word) for word in words)
    for secret in hidden:
        text = text.replace(secret, "$SECRET")
    return text


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}... ({len(text)} characters)"
