"""ER: what the vendor's errors become."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from vendorsmith.contract.cases import Answer, Contract, Json, Operation
from vendorsmith.contract.failure import Check, both, expect
from vendorsmith.contract.judging.expectation import documented, expect_error, expected, failures, rules, statuses
from vendorsmith.contract.playing.bodies import calls, completed, is_json, success, valid
from vendorsmith.contract.playing.stage import StillClock, on_the_wire
from vendorsmith.contract.reading.places import Reply, error_places, filled, header_of, in_body, is_object

_RETRIES = 2
_FACTS: tuple[tuple[str, tuple[Json, ...]], ...] = (
    ("code", ("Made.up-4711", 4711)),
    ("message", ("Made-up words.", 4712)),
    ("request_id", ("made-up-id", 4713)),
)


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for operation in calls(contract):
        yield from _documented(contract, operation)
        yield from _repeated(contract, operation)
    yield from _places(contract)
    yield from _rules(contract)


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
    """Answers of a documented error: its examples, and a made-up one with a code, words and an id of the request."""
    headers = {"Content-Type": answer.media_type} if answer.media_type else {}
    named = dict.fromkeys(_id_headers(contract), "made-up-id")
    if not is_json(answer.media_type):
        yield Reply(status, b"", headers | named)
        return
    for example in answer.examples:
        yield Reply.of(status, example.value, **named)
    body = completed(contract, answer.schema)
    for about, candidates in _FACTS:
        body = next((told for _, told in _told(contract, answer, body, about, candidates)), body)
    yield Reply.of(status, body, **named)


def _id_headers(contract: Contract) -> list[str]:
    return [name for name in map(header_of, error_places(contract, "request_id")) if name]


def _places(contract: Contract) -> Iterator[Check]:
    """ER1: a fact is found at each place where it may stand, and the place that is named first wins."""
    seen: set[str] = set()
    for operation in calls(contract):
        for answer in failures(operation):
            if not is_json(answer.media_type) or repr(answer.schema) in seen:
                continue
            seen.add(repr(answer.schema))

            def act(mode: str, operation: Operation = operation, answer: Answer = answer) -> None:
                with on_the_wire(contract, mode) as stage:
                    for reply in _placed(contract, answer, statuses(operation, answer)[0]):
                        expect_error(contract, operation, reply, stage.ask(operation, reply))

            yield from both(contract, "ER1", operation.method, f"{answer.status} places", answer.where, act)


def _placed(contract: Contract, answer: Answer, status: int) -> Iterator[Reply]:
    least = completed(contract, answer.schema)
    yield Reply.of(status, least)
    for name in _id_headers(contract):
        yield Reply.of(status, least, **{name.lower(): "another-id"})
    for about, candidates in _FACTS:
        found = list(_told(contract, answer, least, about, candidates))
        for _, body in found:
            yield Reply.of(status, body)
        for (_, body), (place, _) in pairwise(found):
            told_twice = (filled(body, place, value) for value in (*candidates, "another"))
            yield from (Reply.of(status, body) for body in told_twice if valid(contract, answer.schema, body))


def _told(
    contract: Contract, answer: Answer, least: Json, about: str, candidates: tuple[Json, ...]
) -> Iterator[tuple[str, Json]]:
    """Places of a fact that the documented shape has, each with a body that tells it there."""
    for place in filter(in_body, error_places(contract, about)):
        bodies = [completed(contract, answer.schema, filled(least, place, value)) for value in candidates]
        fitting = [body for body in bodies if valid(contract, answer.schema, body)]
        yield from ((place, body) for body in fitting[:1])


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
                for status in (400, 404, 409, 429, 500, 503):
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
