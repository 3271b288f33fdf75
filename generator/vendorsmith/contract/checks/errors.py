"""ER: what the vendor's errors become."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from vendorsmith.contract.bodies import completed, is_json, success, valid
from vendorsmith.contract.cases import Answer, Contract, Json, Operation
from vendorsmith.contract.expectation import documented, expect_error, expected, failures, rules, statuses
from vendorsmith.contract.failure import Check, both, expect
from vendorsmith.contract.places import Reply, error_places, filled, header_of, in_body, is_object
from vendorsmith.contract.stage import StillClock, on_the_wire

_RETRIES = 2
_CODES: tuple[Json, ...] = ("Made.up-4711", 4711)
_WORDS: tuple[Json, ...] = ("Made-up words.", 4712)


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in calls(contract):
        yield from _documented(contract, operation)
        yield from _repeated(contract, operation)
    yield from _rules(contract)


def calls(contract: Contract) -> list[Operation]:
    """The operations whose answers have bodies."""
    return [operation for operation in contract.operations if operation.http != "HEAD"]


def _documented(contract: Contract, operation: Operation) -> Iterator[Check]:
    """ER1: each documented status is its exception, with everything that the answer tells, and repeated or not."""
    for answer in failures(operation):

        def act(mode: str, answer: Answer = answer) -> None:
            with on_the_wire(contract, mode, retries=_RETRIES, clock=StillClock().of(contract)) as stage:
                for status in statuses(operation, answer):
                    for reply in error_replies(contract, answer, status):
                        outcome = stage.ask(operation, reply)
                        error = expect_error(contract, operation, reply, outcome)
                        times = 1 + _RETRIES if operation.repeatable and error.transient else 1
                        expect(times, outcome.requests, f"a {status}: requests", curl=outcome.curl)

        covers = [f"error:{operation.method}/{answer.status}", f"status:{operation.method}/{answer.status}"]
        covers += [f"example:{example.where.pointer}" for example in answer.examples]
        if answer.media_type:
            covers.append(f"media:{operation.method}/{answer.status}/{answer.media_type}")
        yield from both(contract, "ER1", operation.method, answer.status, answer.where, act, covers)


def error_replies(contract: Contract, answer: Answer, status: int) -> Iterator[Reply]:
    """Answers of a documented error: its examples, then made-up ones with a fact at each place that it may stand at."""
    headers = {"Content-Type": answer.media_type} if answer.media_type else {}
    named = {header_of(place): "made-up-id" for place in error_places(contract, "request_id") if header_of(place)}
    if not is_json(answer.media_type):
        yield Reply(status, b"", headers | named)
        return
    for example in answer.examples:
        yield Reply.of(status, example.value, **named)
    least = completed(contract, answer.schema)
    yield Reply.of(status, least)
    for name in named:
        yield Reply.of(status, least, **{name.lower(): "another-id"})
    for about, candidates in (("code", _CODES), ("message", _WORDS), ("request_id", _CODES)):
        fitting = [place for place in error_places(contract, about) if in_body(place)]
        bodies = [_with(contract, answer, least, place, candidates) for place in fitting]
        found = [(place, body) for place, body in zip(fitting, bodies, strict=True) if body is not None]
        for _, body in found:
            yield Reply.of(status, body)
        # Where two places hold something, the one that is named first wins.
        for (_, body), (place, _) in pairwise(found):
            for value in (*candidates, "another"):
                both_places = filled(body, place, value)
                if valid(contract, answer.schema, both_places):
                    yield Reply.of(status, both_places)


def _with(contract: Contract, answer: Answer, least: Json, place: str, candidates: tuple[Json, ...]) -> Json:
    """A body that tells something at a place; None where the documented shape has no such place."""
    for value in candidates:
        body = completed(contract, answer.schema, filled(least, place, value))
        if valid(contract, answer.schema, body):
            return body
    return None


def _repeated(contract: Contract, operation: Operation) -> Iterator[Check]:
    """ER1: after a transient failure, a call that may be repeated succeeds; one that may not is not sent again."""

    def act(mode: str) -> None:
        busy = Reply(503)
        good = success(contract, operation)
        with on_the_wire(contract, mode, retries=_RETRIES, clock=StillClock().of(contract)) as stage:
            outcome = stage.ask(operation, busy, good)
            expect(2 if operation.repeatable else 1, outcome.requests, "requests", curl=outcome.curl)
            if operation.repeatable:
                expect(None, outcome.error, "the second answer is a success", curl=outcome.curl)
            else:
                expect_error(contract, operation, busy, outcome)

    yield from both(contract, "ER1", operation.method, "repeated", operation.where, act)


def _rules(contract: Contract) -> Iterator[Check]:
    """ER1: each code of each rule, with statuses that the rule names and some that it does not."""
    able = [operation for operation in calls(contract) if failures(operation)]
    place = next((place for place in error_places(contract, "code") if in_body(place)), None)
    codes = [(index, str(code)) for index, rule in enumerate(rules(contract)) for code in _codes(rule)]
    if place is None or not able:
        return
    for turn, (index, code) in enumerate(codes):
        operation = able[turn % len(able)]

        def act(mode: str, operation: Operation = operation, code: str = code, place: str = place) -> None:
            with on_the_wire(contract, mode, retries=_RETRIES, clock=StillClock().of(contract)) as stage:
                for status in (400, 401, 403, 404, 409, 422, 429, 500, 502, 503):
                    answer = documented(operation, status)
                    body = completed(contract, answer.schema if answer else {}, filled({}, place, code))
                    reply = Reply.of(status, body)
                    outcome = stage.ask(operation, reply)
                    expect_error(contract, operation, reply, outcome)
                    again = operation.repeatable and expected(contract, operation, reply).transient
                    expect(1 + _RETRIES if again else 1, outcome.requests, f"a {status}: requests", curl=outcome.curl)

        where = contract.rules[index] if index < len(contract.rules) else operation.where
        yield from both(
            contract, "ER1", operation.method, f"rule {index} {code}", where, act, [f"error-rule:{index}/{code}"]
        )


def _codes(rule: dict[str, Json]) -> list[Json]:
    found = rule.get("code")
    return found if isinstance(found, list) and is_object(rule) else []
