"""ER: what the vendor's errors become."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from jobclients_contract.cases import Answer, Contract, Json, Operation
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.expectation import (
    documented,
    expect_error,
    expected,
    failures,
    rule_of,
    rules,
    statuses,
)
from jobclients_contract.playing.bodies import calls, completed, success, valid
from jobclients_contract.playing.stage import StillClock, on_the_wire
from jobclients_contract.reading.media_types import is_json, sent_as
from jobclients_contract.reading.places import Reply, error_places, filled, header_of, in_body
from jobclients_contract.reading.pointers import texts

_RETRIES = 2
_USUAL: Final = (400, 404, 409, 429, 500, 503)
_OF_RANGE: Final = {"4XX": (418, 422), "5XX": (501, 502)}
"""Statuses that stand for a range, beside the usual ones."""
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
        covers += [f"example:{example.where}" for example in answer.examples]
        if answer.media_type:
            covers.append(f"media:{operation.method}/{answer.status}/{answer.media_type}")
        yield from both(contract, "ER1", operation.method, answer.status, answer.where, act, covers)


def error_replies(contract: Contract, answer: Answer, status: int) -> Iterator[Reply]:
    """Answers of a documented error: its examples, and a made-up one with a code, words and an id of the request."""
    headers = {"Content-Type": sent_as(answer.media_type)} if answer.media_type else {}
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
        for (_, body), (place, _) in itertools.pairwise(found):
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
    """ER1: each rule with each of its codes, at statuses that it names and some that it may not."""
    able = [operation for operation in calls(contract) if failures(operation)] or list(calls(contract))
    places = error_places(contract, "code")
    place = next(filter(in_body, places), places[0] if places else "")
    codes = [(index, code) for index, rule in enumerate(rules(contract)) for code in _codes(rule)]
    for turn, (index, code) in enumerate(codes if able else ()):
        operation = able[turn % len(able)]

        def act(mode: str, operation: Operation = operation, index: int = index, code: str = code) -> None:
            decided: list[int] = []
            with on_the_wire(contract, mode, retries=_RETRIES, clock=StillClock().of(contract)) as stage:
                for status in _tried(rules(contract)[index]):
                    reply = _coded(contract, operation, status, place, code)
                    outcome = stage.ask(operation, reply)
                    expect_error(contract, operation, reply, outcome)
                    wanted = expected(contract, operation, reply)
                    times = 1 + _RETRIES if operation.repeatable and wanted.transient else 1
                    expect(times, outcome.requests, f"a {status}: requests", curl=outcome.curl)
                    if rule_of(contract, status, wanted.code) == index:
                        decided.append(status)
            if not decided:
                refuse("no answer could be made that the rule decides", rules(contract)[index], code)

        subject = f"rule {index} {code}".rstrip()
        covers = [f"error-rule:{index}" + (f"/{code}" if code else "")]
        yield from both(contract, "ER1", operation.method, subject, contract.rules[index], act, covers)


def _codes(rule: dict[str, Json]) -> list[str]:
    """The codes that a rule speaks of; an empty one where it speaks of all."""
    return texts(rule.get("code")) or [""]


def _tried(rule: dict[str, Json]) -> list[int]:
    """Statuses to try a rule with: the usual ones, and those that it names."""
    named = [_OF_RANGE.get(key.upper()) or (int(key),) for key in texts(rule.get("status"))]
    return list(dict.fromkeys((*_USUAL, *itertools.chain.from_iterable(named))))


def _coded(contract: Contract, operation: Operation, status: int, place: str, code: str) -> Reply:
    """An error answer with a code."""
    answer = documented(operation, status)
    schema = answer.schema if answer is not None else {}
    if not code:
        return Reply.of(status, completed(contract, schema))
    if in_body(place):
        return Reply.of(status, completed(contract, schema, filled({}, place, code)))
    return Reply.of(status, completed(contract, schema), **{header_of(place): code})
