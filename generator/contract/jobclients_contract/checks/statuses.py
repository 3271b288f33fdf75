"""ER2 to ER4: statuses that are not documented, errors of another shape, and refusals with a status that says yes."""

from __future__ import annotations

from collections.abc import Iterator

from jobclients_contract.cases import Answer, Contract, Example, Json, Operation
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.answers import status_of
from jobclients_contract.judging.expectation import documented, expect_error, failures, statuses
from jobclients_contract.playing.bodies import calls, chief, completed, promised, success
from jobclients_contract.playing.driver import error_class
from jobclients_contract.playing.loopback import CLOSE, Script, loopback
from jobclients_contract.playing.stage import Stage, Stages, in_memory, on_the_wire
from jobclients_contract.reading.conditions import words_of
from jobclients_contract.reading.places import (
    Reply,
    error_places,
    filled,
    in_body,
    is_object,
    says_no,
    without,
)
from jobclients_contract.reading.pointers import Missing

_STATUSES = (
    201, 202, 204, 206, 226, 300, 301, 302, 303, 304, 305, 307, 308,
    *range(400, 407), 408, 409, 410, 412, 415, 418, 422, 423, 425, 428, 429, 431, 451, 499,
    *range(500, 506), 507, 511, 529, 599,
)  # fmt: skip
_WITHOUT_BODY = (204, 304)
_HTML = {"Content-Type": "text/html; charset=utf-8"}
_JSON = {"Content-Type": "application/json"}
_ABSURD: tuple[tuple[bytes, dict[str, str]], ...] = (
    (b"", _JSON), (b" \r\n", _JSON), (b"5", _JSON), (b"true", _JSON), (b"[[{}]]", _JSON), (b"\xff\xfe\x00", _JSON),
    (b"upstream connect error", {"Content-Type": "text/plain"}), (b"no content type", {}),
    (b"[" * 100_000, _JSON), (b"9" * 100_000, _JSON),
)  # fmt: skip
_VALUES: tuple[Json, ...] = (
    True, False, "true", "false", "success", "failure", "OK", "ERROR", 0, 1, None, "", [], {}, "Made-up words.",
)  # fmt: skip


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in calls(contract):
        yield from _undocumented(contract, operation)
        yield from _other_shapes(contract, operation, in_memory, "")
        if is_object(operation.envelope):
            yield from _envelope(contract, operation)
    for operation in contract.operations:
        if operation.http == "HEAD":
            yield from _without_bodies(contract, operation)
    yield from _cut(contract)
    for operation in chief(contract):
        yield from _on_the_wire(contract, operation)


def _without_bodies(contract: Contract, operation: Operation) -> Iterator[Check]:
    """ER1: of a call whose answers have no bodies, each documented status is a success or its exception."""

    def act(mode: str) -> None:
        with on_the_wire(contract, mode) as stage:
            for answer in operation.answers:
                for status in [status_of(operation, answer)] if answer.success else statuses(operation, answer):
                    reply = Reply(status)
                    outcome = stage.ask(operation, reply)
                    if answer.success:
                        expect(None, outcome.error, f"a {status} is a success", curl=outcome.curl)
                    else:
                        expect_error(contract, operation, reply, outcome)

    covers = [f"status:{operation.method}/{answer.status}" for answer in operation.answers]
    covers += [f"error:{operation.method}/{answer.status}" for answer in failures(operation)]
    yield from both(contract, "ER1", operation.method, "statuses", operation.where, act, covers)


def _undocumented(contract: Contract, operation: Operation) -> Iterator[Check]:
    """ER2: a status that the spec does not know is told as such, or by what HTTP says that it means."""

    def act(mode: str) -> None:
        with in_memory(contract, mode) as stage:
            _unknown(contract, operation, stage)

    yield from both(contract, "ER2", operation.method, "not documented", operation.where, act)


def _unknown(contract: Contract, operation: Operation, stage: Stage) -> None:
    body = _telling(contract)
    for status in _STATUSES:
        answer = documented(operation, status)
        if answer is None or answer.status.upper() == "DEFAULT":
            reply = Reply(status) if status in _WITHOUT_BODY else Reply.of(status, body)
            outcome = stage.ask(operation, reply)
            expect_error(contract, operation, reply, outcome)
            expect(1, outcome.requests, f"a {status} is final: requests", curl=outcome.curl)


def _telling(contract: Contract) -> Json:
    """A body with words wherever the vendor may have some."""
    body: Json = {}
    for place in filter(in_body, error_places(contract, "message")):
        body = filled(body, place, f"Made up at {place}.")
    return body


def _on_the_wire(contract: Contract, operation: Operation) -> Iterator[Check]:
    """ER2 and ER3 over HTTP: whatever the connection brings with an odd status."""

    def unknown(mode: str) -> None:
        with on_the_wire(contract, mode) as stage:
            _unknown(contract, operation, stage)

    def interim(mode: str) -> None:
        good = success(contract, operation)
        with on_the_wire(contract, mode) as stage:
            for lines in ("100 Continue", "102 Processing", "103 Early Hints\r\nLink: </x>; rel=preload"):
                script: Script = (f"HTTP/1.1 {lines}\r\n\r\n".encode(), *good.script)
                outcome = stage.ask(operation, script)
                expect(None, outcome.error, f"after a {lines[:3]}, the answer counts", curl=outcome.curl)
            for lines in ("100 Continue", "101 Switching Protocols"):
                _no_answer(contract, operation, stage, (f"HTTP/1.1 {lines}\r\n\r\n".encode(), CLOSE))

    def impossible(mode: str) -> None:
        with on_the_wire(contract, mode) as stage:
            for status in (600, 999):
                expect_error(contract, operation, Reply(status), stage.ask(operation, Reply(status)))
            for word in ("000", "20", "2000", "-20", "abc", ""):
                _no_answer(
                    contract, operation, stage, (f"HTTP/1.1 {word} X\r\nContent-Length: 0\r\n\r\n".encode(), CLOSE)
                )

    def redirected(mode: str) -> None:
        with loopback() as elsewhere, on_the_wire(contract, mode) as stage:
            places = (f"{elsewhere.url}/x", f"//{elsewhere.host}/x", "/x", "x", "", "javascript:alert(1)", "\\\\x")
            for status in (300, 301, 302, 303, 307, 308):
                for place in places:
                    reply = Reply(status, b"", {"Location": place} if place else {})
                    outcome = stage.ask(operation, reply)
                    expect_error(contract, operation, reply, outcome)
                    expect(1, outcome.requests, f"a {status} to {place!r} is not followed: requests")
            expect([], elsewhere.requests, "another host was asked")

    for subject, act in (
        ("on the wire", unknown), ("interim answers", interim), ("impossible statuses", impossible),
        ("redirects", redirected),
    ):  # fmt: skip
        yield from both(contract, "ER2", operation.method, subject, operation.where, act)
    yield from _other_shapes(contract, operation, on_the_wire, " on the wire")


def _no_answer(contract: Contract, operation: Operation, stage: Stage, script: Script) -> None:
    """What is no answer at all is an error of the transport, and names the operation."""
    outcome = stage.ask(operation, script)
    if not isinstance(outcome.error, error_class(contract, "TransportError")):
        refuse(f"{script[0]!r} is no answer", "TransportError", repr(outcome.error), curl=outcome.curl)
    expect(operation.method, getattr(outcome.error, "operation", None), "operation of the exception")


def _other_shapes(contract: Contract, operation: Operation, where: Stages, suffix: str) -> Iterator[Check]:
    """ER3: an error whose body is not the documented one keeps the class of its status."""

    def act(mode: str) -> None:
        with where(contract, mode) as stage:
            # Both kinds of clients judge answers by the same code: the async one is shown the first error only.
            shown = failures(operation) if mode == "sync" else failures(operation)[:1]
            for turn, answer in enumerate(shown):
                for status in statuses(operation, answer)[:3]:
                    for body, headers in (*_shapes(contract, answer), *(_ABSURD if turn == 0 else ())):
                        reply = Reply(status, body, headers)
                        expect_error(contract, operation, reply, stage.ask(operation, reply))

    if failures(operation):
        covers = [f"error:{operation.method}/{answer.status}" for answer in failures(operation)]
        yield from both(contract, "ER3", operation.method, f"other shapes{suffix}", operation.where, act, covers)


def _shapes(contract: Contract, answer: Answer) -> Iterator[tuple[bytes, dict[str, str]]]:
    page = "<!DOCTYPE html><title>Sign in</title><p>Ünwelcome.".encode()
    least = Reply.of(400, completed(contract, answer.schema)).body
    yield page, _HTML
    yield page, _JSON
    yield least, _HTML
    yield b"", {}
    yield least[: len(least) // 2] or b"{", _JSON
    for text in ("[]", "null", '"no"', '{"other": {"shape": [1]}}'):
        yield text.encode(), _JSON


def _cut(contract: Contract) -> Iterator[Check]:
    """ER3: each documented error, cut at every byte, keeps the class of its status."""
    seen: set[str] = set()
    for operation in calls(contract):
        for answer in failures(operation):
            for example in answer.examples:
                if example.where in seen or not isinstance(example.value, dict | list):
                    continue
                seen.add(example.where)

                def act(
                    mode: str, operation: Operation = operation, answer: Answer = answer, example: Example = example
                ) -> None:
                    whole = Reply.of(400, example.value).body
                    with in_memory(contract, mode) as stage:
                        for size in range(0, len(whole), 1 if mode == "sync" else 11):
                            reply = Reply(statuses(operation, answer)[0], whole[:size], _JSON)
                            expect_error(contract, operation, reply, stage.ask(operation, reply))

                subject = f"{answer.status} {example.name} cut"
                yield from both(contract, "ER3", operation.method, subject, example.where, act)


def _envelope(contract: Contract, operation: Operation) -> Iterator[Check]:
    """ER4: an answer that its envelope refuses is no success, and no other answer is refused."""
    good = success(contract, operation)

    def act(mode: str) -> None:
        refusals = 0
        if good.status in _WITHOUT_BODY:
            with on_the_wire(contract, mode) as stage:
                expect(None, stage.ask(operation, good).error, "there is nothing that the envelope could refuse")
            return
        with on_the_wire(contract, mode) as stage:
            for reply in _enveloped(contract, operation):
                outcome = stage.ask(operation, reply)
                if says_no(operation.envelope, reply):
                    refusals += 1
                    expect_error(contract, operation, reply, outcome)
                    expect(1, outcome.requests, "a refusal is final: requests", curl=outcome.curl)
                elif isinstance(outcome.error, error_class(contract, "ApiError")):
                    refuse("this is no refusal", reply.body, repr(outcome.error), curl=outcome.curl)
        if not refusals:
            refuse("no answer could be made that the envelope refuses", operation.envelope)

    def shown(mode: str) -> None:
        assert operation.success is not None
        with on_the_wire(contract, mode) as stage:
            for example in operation.success.examples:
                reply = Reply.of(success(contract, operation).status, example.value)
                outcome = stage.ask(operation, reply)
                if says_no(operation.envelope, reply):
                    expect_error(contract, operation, reply, outcome)
                else:
                    expect(None, outcome.error, f"the example {example.name} is a success", curl=outcome.curl)

    covers = [f"envelope:{operation.method}"]
    yield from both(contract, "ER4", operation.method, "envelope", operation.where, act, covers)
    if operation.success is not None and operation.success.examples and promised(operation.success) == "json":
        yield from both(contract, "ER4", operation.method, "examples", operation.where, shown, covers)


def _enveloped(contract: Contract, operation: Operation) -> Iterator[Reply]:
    """Answers with everything that could stand where the envelope looks."""
    assert is_object(operation.envelope)
    good = success(contract, operation)
    body: Json = {} if isinstance(good.parsed, Missing) else good.parsed
    for about in ("message", "code"):
        place = operation.envelope.get(about)
        told = filled(body, place, f"Made-up {about}.") if isinstance(place, str) and in_body(place) else body
        if not says_no(operation.envelope, Reply.of(good.status, told)):
            body = told
    extra = {name: value for name, value in good.headers.items() if name.lower() != "content-type"}
    for name in ("ok", "refused"):
        condition = operation.envelope.get(name)
        place = str(condition["from"]) if is_object(condition) else ""
        if not is_object(condition) or not in_body(place):
            continue
        for value in (*_VALUES, *words_of(condition)):
            yield Reply.of(good.status, filled(body, place, value), **extra)
        yield Reply.of(good.status, without(body, place), **extra)
