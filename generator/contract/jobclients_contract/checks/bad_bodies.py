"""BB1 to BB4: bodies that are cut, malformed, of another shape, meant for a browser, or of another type."""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from jobclients_contract.cases import Answer, Contract, Json, Operation
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.answers import body_of
from jobclients_contract.judging.expectation import documented, expect_error
from jobclients_contract.playing.bodies import calls, chief, promised, success, valid
from jobclients_contract.playing.driver import error_class
from jobclients_contract.playing.loopback import CLOSE
from jobclients_contract.playing.stage import Outcome, Stage, Stages, in_memory, on_the_wire
from jobclients_contract.reading.media_types import sent_as
from jobclients_contract.reading.places import Reply, says_no
from jobclients_contract.reading.pointers import Missing

_DEEP: Final = 100_000
_HALF: Final = re.compile("[\ud800-\udfff]")
_MOST_TEXT: Final = 2_000
_EXCERPT: Final = 40
_SECRET: Final = re.compile("(?i)token|secret|passw|key|authorization")
_STRIDE: Final = 23
_BOUNDARIES: Final = 60
_JSON: Final = {"Content-Type": "application/json"}
_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>Anmeldung für Gäste</title>"
    '<meta http-equiv="refresh" content="0; url=https://portal.example/login"></head><body><form></form></body></html>'
).encode()
_PAGE_TYPES: Final = ("text/html", "text/html; charset=utf-8", "TEXT/HTML;charset=ISO-8859-1", "application/xhtml+xml")
_TYPES: Final = (
    "",
    "text/plain",
    "image/png",
    "application/x-made-up",
    "application",
    ";;;",
    "*/*",
    "json",
    "text/html",
)
_JSON_TYPES: Final = ("application/json; charset=utf-8", "APPLICATION/JSON", "text/json", "application/made-up+json")
_SHAPES: Final[tuple[Json, ...]] = (
    None, [], "text", "", 5, 0, -1.5, True, False, [None], [[]], ["text"], [5], {"another": {"shape": [1]}},
)  # fmt: skip

Act = Callable[[Contract, Operation, Stage], None]


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    families: tuple[tuple[str, str, Act], ...] = (
        ("BB1", "cut", _cut),
        ("BB2", "malformed", _malformed),
        ("BB2", "another shape", _shapes),
        ("BB3", "pages", _pages),
        ("BB4", "content types", _types),
    )
    for rule, subject, act in families:
        for operation in calls(contract):
            yield from _both(contract, rule, operation, subject, act, in_memory)
        for operation in chief(contract):
            wired = _cut_on_the_wire if rule == "BB1" else act
            yield from _both(contract, rule, operation, f"{subject} on the wire", wired, on_the_wire)


def _both(
    contract: Contract, rule: str, operation: Operation, subject: str, act: Act, stages: Stages
) -> Iterator[Check]:
    answer = operation.success
    if answer is None or (rule == "BB1" and promised(answer) != "json"):
        return

    def run(mode: str) -> None:
        with stages(contract, mode) as stage:
            act(contract, operation, stage)

    covers = [f"status:{operation.method}/{answer.status}"]
    if answer.media_type and rule in ("BB1", "BB4"):
        covers.append(f"media:{operation.method}/{answer.status}/{answer.media_type}")
    if rule == "BB1":
        covers += [f"example:{example.where}" for example in answer.examples]
    yield from both(contract, rule, operation.method, subject, answer.where, run, covers)


def _wholes(contract: Contract, operation: Operation) -> Iterator[Reply]:
    """The documented examples that are JSON objects or lists, or a made-up one."""
    good = success(contract, operation)
    answer = operation.success
    values = [example.value for example in answer.examples] if answer is not None else []
    wholes = [value for value in values if isinstance(value, dict | list)]
    bodies = [json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() for value in wholes]
    for body in bodies or [good.body]:
        yield Reply(good.status, body, good.headers)


def _cut(contract: Contract, operation: Operation, stage: Stage) -> None:
    """BB1: an answer that ends at any byte but its last does not fit; the async client is asked at some of them."""
    for whole in _wholes(contract, operation):
        _expect_whole(operation, whole, stage.ask(operation, whole))
        stride = 1 if stage.client.mode == "sync" else _STRIDE
        for size in range(0, len(whole.body), stride):
            reply = Reply(whole.status, whole.body[:size], whole.headers)
            if _is_scalar(reply):  # a number that is cut is a number
                _expect_by_promise(contract, operation, reply, stage, stage.ask(operation, reply))
            else:
                expect_decode_error(contract, operation, reply, stage.ask(operation, reply))


def _cut_on_the_wire(contract: Contract, operation: Operation, stage: Stage) -> None:
    """BB1: at dozens of boundaries in the JSON, by answers that end there and connections that close too early."""
    whole = min(_wholes(contract, operation), key=lambda reply: len(reply.body))
    _expect_whole(operation, whole, stage.ask(operation, whole))
    head = whole.script[0]
    assert isinstance(head, bytes)
    boundaries = [place for place, byte in enumerate(whole.body) if byte in b'{}[],:"']
    for size in boundaries[:: len(boundaries) // _BOUNDARIES + 1]:
        reply = Reply(whole.status, whole.body[:size], whole.headers)
        expect_decode_error(contract, operation, reply, stage.ask(operation, reply))
        lost = stage.ask(operation, (head[: len(head) - len(whole.body) + size], CLOSE))
        if type(lost.error) is not error_class(contract, "ConnectionLost"):
            refuse(f"an answer lost after {size} bytes of its body", "ConnectionLost", repr(lost.error), curl=lost.curl)


def _expect_whole(operation: Operation, whole: Reply, outcome: Outcome) -> None:
    if not says_no(operation.envelope, whole):
        expect(None, outcome.error, "the whole answer is a success", curl=outcome.curl)


def expect_decode_error(contract: Contract, operation: Operation, reply: Reply, outcome: Outcome) -> Any:
    """Hold the exception for a body that does not fit to what is promised of it.

    Args:
        contract: the tables.
        operation: what was called.
        reply: the answer.
        outcome: what came of the call.

    Returns:
        The exception.
    """
    told = f"a {reply.status} with {reply.body[:80]!r} ({len(reply.body)} bytes)"
    error: Any = outcome.error
    if error is None:
        refuse(f"{told} was taken for a result", "DecodeError", outcome.value, curl=outcome.curl)
    if type(outcome.error) is not error_class(contract, "DecodeError"):
        refuse(f"{told} is another exception", "DecodeError", repr(error)[:_MOST_TEXT], curl=outcome.curl)
    sent = next((value for name, value in reply.headers.items() if name.lower() == "content-type"), None)
    expect(operation.method, error.operation, f"{told}: operation", curl=outcome.curl)
    expect(reply.status, error.status, f"{told}: status", curl=outcome.curl)
    expect(sent or None, error.content_type, f"{told}: content type", curl=outcome.curl)
    expect(1, outcome.requests, f"{told}: requests", curl=outcome.curl)
    if len(str(error)) > _MOST_TEXT:
        refuse(f"{told}: the exception's text is too long", _MOST_TEXT, len(str(error)), curl=outcome.curl)
    for part in (
        str(reply.status),
        f"at {error.pointer}" if error.pointer else "",
        f"content type {sent or 'missing'}",
    ):
        if part not in str(error):
            refuse(f"{told}: the exception's text does not tell", part, str(error), curl=outcome.curl)
    begin = reply.body[:_EXCERPT].decode(errors="replace")
    if begin.isprintable() and not _SECRET.search(begin) and not error.excerpt.startswith(begin):
        refuse(f"{told}: the exception does not show how the body begins", begin, error.excerpt, curl=outcome.curl)
    for chained in (error.__cause__, error.__context__):
        # Errors of JSON, of Unicode and of models carry the whole body.
        if isinstance(chained, ValueError):
            refuse(f"{told}: the exception's chain holds the body", "nothing", type(chained).__name__)
    return error


def _malformed(contract: Contract, operation: Operation, stage: Stage) -> None:
    """BB2: what is no JSON in UTF-8, or says one thing twice, is no result."""
    good = success(contract, operation)
    as_json = promised(operation.success) == "json"
    for body in _no_json(good.body if as_json else b"{}"):
        reply = Reply(good.status, body, good.headers if as_json else _JSON)
        outcome = stage.ask(operation, reply)
        if as_json and not _is_scalar(reply):
            expect_decode_error(contract, operation, reply, outcome)
        else:
            _expect_by_promise(contract, operation, reply, stage, outcome)


def _is_scalar(reply: Reply) -> bool:
    """Whether a body is, by itself, a text of whole characters or a finite number in JSON."""
    value = reply.parsed
    return (isinstance(value, str) and not _HALF.search(value)) or (
        isinstance(value, int | float) and math.isfinite(value)
    )


def _no_json(good: bytes) -> Iterator[bytes]:
    text = good.decode()
    yield from (b"", b" \r\n\t", b"\x00", b"OK", good[:-1], good + good, good + b" x", good + b"\x00")
    yield from (good[:-1] + b"," + good[-1:], b"/* a comment */" + good, b"callback(" + good + b")")
    yield from (b")]}',\n" + good, b"\x1e" + good + b"\n\x1e" + good, gzip.compress(good, mtime=0))
    yield from (text.encode("utf-16"), text.encode("utf-16-le"), text.encode("utf-32"), b"\xef\xbb\xbf" + good)
    yield from (b"[" * _DEEP + b"]" * _DEEP, b'{"a":' * _DEEP + b"1" + b"}" * _DEEP, b"9" * _DEEP)
    for value in (
        b'"f\xfcr"', b'"\xed\xa0\x80"', b'"\\ud800"', b'"\\udc00\\ud800"', b'"a\nb"', b'"\\x"', b'"\\u12"', b"'one'",
        b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"01", b"+1", b"0x1f", b".5", b"1.", b"True", b"nil",
        b"undefined", b",", b"9" * _DEEP, b"-" + b"9" * 5_000, b"[" * _DEEP + b"]" * _DEEP, b'{"a":1,"a":1}',
        b'{"a":[{"b":1,"c":2,"b":3}]}',
    ):  # fmt: skip
        yield _inserted(good, value)
    if good.startswith(b"{"):
        yield _inserted(good, b'1, "made-up": 2')


def _inserted(good: bytes, value: bytes) -> bytes:
    """An object or a list with a further value at its beginning."""
    if not good.startswith((b"{", b"[")):
        return value
    rest = good[1:].lstrip()
    key = b'"made-up": ' if good.startswith(b"{") else b""
    return good[:1] + key + value + (b"" if rest[:1] in b"]}" else b", ") + rest


def _shapes(contract: Contract, operation: Operation, stage: Stage) -> None:
    """BB2: JSON that is not of the documented shape is no result."""
    good = success(contract, operation)
    for value in _SHAPES:
        reply = Reply(good.status, json.dumps(value).encode(), {**good.headers, **_JSON})
        outcome = stage.ask(operation, reply)
        error = _expect_by_promise(contract, operation, reply, stage, outcome)
        if error is not None and not isinstance(value, dict | list):
            expect("", error.pointer, f"pointer of a body {value!r}", curl=outcome.curl)


def _fits(stage: Stage, answer: Answer, body: Json) -> bool:
    """Whether JSON is decoded: as documented, or by the stated leniency, which looks at no ranges, for instance."""
    return valid(stage.contract, answer.schema, body) or stage.validity.lenient(body_of(answer)).takes(body)


def _expect_by_promise(contract: Contract, operation: Operation, reply: Reply, stage: Stage, outcome: Outcome) -> Any:
    """Hold a body of a success to what is documented: JSON of a shape, a text, bytes, or nothing that matters.

    Returns:
        The exception for a body that does not fit; None for everything else.
    """
    answer = documented(operation, reply.status)
    promise = promised(answer)
    if says_no(operation.envelope, reply):
        expect_error(contract, operation, reply, outcome)
        return None
    body = reply.parsed
    fits = answer is not None and not isinstance(body, Missing) and _fits(stage, answer, body)
    if promise == "json" and not fits:
        return expect_decode_error(contract, operation, reply, outcome)
    if promise == "text" and not _readable(reply.body):
        return expect_decode_error(contract, operation, reply, outcome)
    expect(None, outcome.error, f"{reply.body[:80]!r} is what was promised ({promise})", curl=outcome.curl)
    if promise != "json":
        expected = {"text": reply.body.decode(errors="replace"), "binary": reply.body}.get(promise)
        value = outcome.value.body if operation.with_headers else outcome.value
        expect(expected, value, "the body is handed over as it is", curl=outcome.curl)
    return None


def _readable(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _pages(contract: Contract, operation: Operation, stage: Stage) -> None:
    """BB3: a page for a browser is no result, whatever its status; an error page keeps its status."""
    good = success(contract, operation)
    promise = promised(operation.success)
    for media_type in _PAGE_TYPES:
        reply = Reply(good.status, _PAGE, {"Content-Type": media_type})
        outcome = stage.ask(operation, reply)
        if promise == "binary":
            expect(None, outcome.error, "bytes are handed over as they are", curl=outcome.curl)
        elif answer_type(operation).lower() != media_type.partition(";")[0].lower():
            error = expect_decode_error(contract, operation, reply, outcome)
            if media_type not in str(error):
                refuse("the exception does not name the page's type", media_type, str(error), curl=outcome.curl)
    if promise == "json":
        disguised = Reply(good.status, _PAGE, _JSON)
        expect_decode_error(contract, operation, disguised, stage.ask(operation, disguised))
    for status in (302, 303, 307, 401, 403, 407, 500, 502, 503, 504, 511):
        headers = {"Content-Type": "text/html"} | ({"Location": "/login"} if status < 400 else {})
        reply = Reply(status, _PAGE, headers)
        answer = documented(operation, status)
        if answer is None or not answer.success:
            expect_error(contract, operation, reply, stage.ask(operation, reply))


def answer_type(operation: Operation) -> str:
    """The media type that a success names, without parameters."""
    answer = operation.success
    return sent_as(answer.media_type).partition(";")[0].strip() if answer is not None else ""


def _types(contract: Contract, operation: Operation, stage: Stage) -> None:
    """BB4: JSON that does not call itself JSON is no result where JSON was promised; any spelling of JSON is one."""
    good = success(contract, operation)
    if promised(operation.success) != "json":
        for media_type in ("", "application/x-made-up", ";;;"):
            reply = Reply(good.status, b"made up", {"Content-Type": media_type} if media_type else {})
            _expect_by_promise(contract, operation, reply, stage, stage.ask(operation, reply))
        if promised(operation.success) == "text":
            _charsets(contract, operation, stage)
        return
    for media_type in _TYPES:
        if media_type and media_type == answer_type(operation):
            continue
        reply = Reply(good.status, good.body, {"Content-Type": media_type} if media_type else {})
        expect_decode_error(contract, operation, reply, stage.ask(operation, reply))
    for media_type in (answer_type(operation), *_JSON_TYPES):
        outcome = stage.ask(operation, Reply(good.status, good.body, {**good.headers, "Content-Type": media_type}))
        expect(None, outcome.error, f"{media_type!r} is JSON", curl=outcome.curl)
        for field in operation.success.headers if operation.success is not None and operation.with_headers else ():
            told = f"the header {field.name} of the answer"
            if field.framing:
                continue
            expect(good.headers[field.name], outcome.value.headers.get(field.name), told, curl=outcome.curl)


def _charsets(contract: Contract, operation: Operation, stage: Stage) -> None:
    """BB4: a text is of the character set that it claims, UTF-8 where it claims none."""
    status, text = success(contract, operation).status, "na\u00efve \u00fc"
    for charset in ("", "utf-8", "ISO-8859-1", '"UTF-16"'):
        media_type = answer_type(operation) + (f"; charset={charset}" if charset else "")
        content = text.encode(charset.strip('"') or "utf-8")
        outcome = stage.ask(operation, Reply(status, content, {"Content-Type": media_type}))
        expect(None, outcome.error, f"a text in {media_type!r}", curl=outcome.curl)
        value = outcome.value.body if operation.with_headers else outcome.value
        expect(text, value, f"a text in {media_type!r}", curl=outcome.curl)
    unknown = Reply(status, text.encode(), {"Content-Type": f"{answer_type(operation)}; charset=x-made-up"})
    expect_decode_error(contract, operation, unknown, stage.ask(operation, unknown))
