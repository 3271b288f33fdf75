"""FC: vendors grow. What a newer vendor may add or vary is read, and nothing of it is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from pydantic import BaseModel

from jobclients_contract.cases import Answer, Contract, Json, Operation, usual
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.agreement import names_of
from jobclients_contract.judging.answers import body_of, covered, different, outcome, shown, status_of
from jobclients_contract.judging.bench import Act, Bench, benched
from jobclients_contract.playing.driver import playing
from jobclients_contract.playing.loopback import answer as script
from jobclients_contract.playing.strategies import Strategies, made
from jobclients_contract.pointers import escaped
from jobclients_contract.reading.media_types import sent_as
from jobclients_contract.reading.schemas import CONTENT, Place, Schemas
from jobclients_contract.reading.shapes import Part, Shape, json_in
from jobclients_contract.reading.validity import Validity

NEW_KEY: Final = "x-new/key~1"
NEW_WORD: Final = "A_WORD_OF_NEXT_YEAR"
_NEW_VALUE: Final[Json] = {"since": [2030, None, 1.5], "deep": {NEW_KEY: True}}
_NEXT: Final = {"sync": 10, "async": 4}
_HUGE: Final = (2**63, -(2**63) - 1, 10**30)
_SPELLINGS: Final = (
    *("application/json; charset=utf-8", 'application/json;charset="UTF-8"', "Application/JSON", "text/json"),
    *("application/vnd.vendor.v9+json", "application/hal+json; profile=x; charset=utf-8", "APPLICATION/PROBLEM+JSON"),
)


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    validity = Validity(Schemas(contract.schemas))
    later = Validity(Schemas({name: grown(schema) for name, schema in contract.schemas.items()}))
    for operation in contract.operations:
        for answer in different(operation):
            yield from _of_answer(contract, validity, later, operation, answer)
    yield from _new_operation(contract)


def _of_answer(
    contract: Contract, validity: Validity, later: Validity, operation: Operation, answer: Answer
) -> Iterator[Check]:
    part = body_of(answer)
    places = list(validity.schemas.places(part, content=True))
    words = [(place, shape) for place in places for shape in validity.schemas.shapes(place.part) if shape.words]

    def about(rule: str, subject: str, act: Act, *more: str) -> tuple[Check, Check]:
        run = benched(contract, validity, operation, answer, act)
        covers = (*covered(operation, answer), *more)
        return both(contract, rule, operation.method, f"{answer.status} {subject}", answer.where, run, covers)

    def wire(mode: str) -> None:
        _new_headers(contract, operation, answer, _bodies(contract, validity.schemas, answer)[0], mode)

    def next_version(bench: Bench, mode: str) -> None:
        _next_version(bench, later, _NEXT[mode] if answer.success else 2)

    if any(shape.properties for place in places for shape in validity.schemas.shapes(place.part)):
        yield from about("FC1", "unknown fields", lambda bench, _: _unknown_fields(bench, places))
    if words:
        pointers = (f"enum:{shape.words_at}/{word}" for _, shape in words for word in shape.words or ())
        known = [name for name in pointers if name.startswith("enum:/components/schemas/")]
        yield from about("FC2", "words", lambda bench, _: _words(bench, words), *known)
    if answer.success:
        yield from both(contract, "FC3", operation.method, f"{answer.status} headers", answer.where, wire)
        numbers = [place for place in places if CONTENT not in place.path and _is_number(validity.schemas, place)]
        if numbers:
            yield from about("FC4", "numbers", lambda bench, _: _numbers(bench, numbers))
        yield from about("FC5", "media types", lambda bench, _: _media_types(bench))
    yield from about("FC6", "order, absent, null", lambda bench, _: _rearranged(bench))
    yield from about("FC7", "next version", next_version)


def _bodies(contract: Contract, schemas: Schemas, answer: Answer) -> list[Json]:
    """The documented examples of an answer; a small body where there are none."""
    documented = [item.example.value for item in shown(contract) if item.answer is answer and not item.refused]
    return documented or [schemas.least(body_of(answer))]


def _unknown_fields(bench: Bench, places: list[Place]) -> None:
    """FC1: an unknown field of any object is kept, of those in examples and of any other."""
    for body in _bodies(bench.contract, bench.schemas, bench.answer):
        for changed in _with_field(bench.schemas, bench.part, body):
            bench.read(changed)
    for place in places:
        for shape in bench.schemas.shapes(place.part):
            if shape.properties:
                least = cast("dict[str, Json]", bench.schemas.least_of(shape))
                for more in ({NEW_KEY: _NEW_VALUE}, _further_keys(bench.schemas, shape)):
                    bench.read(bench.schemas.body(place, {**more, **least}))
                _python_names(bench, place, least)


def _python_names(bench: Bench, place: Place, least: dict[str, Json]) -> None:
    """FC1: a key that is called like a field in Python is an unknown one, and does not become that field."""
    body = bench.schemas.body(place, least)
    before = _at(bench.read(body), place)
    if not isinstance(before, BaseModel):
        return
    # Alternatives may look alike, so that another one may have been read.
    known = {key for each in bench.schemas.shapes(place.part) for key in (*each.properties, *each.aliases)}
    more = {name: _NEW_VALUE for name in names_of(type(before)).values() if name not in known}
    changed = bench.schemas.body(place, {**least, **more})
    bench.play(changed)
    after = _at(bench.outcome(changed), place)
    for name in more:
        expect(getattr(before, name), getattr(after, name), f"the key {name} in an answer becomes a field")
        expect(_NEW_VALUE, after.model_extra.get(name), f"the unknown key {name} is not kept")


def _at(typed: Any, place: Place) -> Any:
    """What a typed value has at a place."""
    for step in place.path:
        if isinstance(typed, BaseModel) and step != CONTENT:
            typed = getattr(typed, names_of(type(typed))[str(step)])
        elif isinstance(typed, dict | list):
            typed = cast("Any", typed)[step]
    return typed


def _further_keys(schemas: Schemas, shape: Shape) -> dict[str, Json]:
    """A property under its own key and under a further one: the own one counts, the other is kept."""
    twice = {alias: [alias] for alias in shape.aliases} | {
        name: schemas.least(shape.properties[name]) for name in shape.aliases.values()
    }
    return cast("dict[str, Json]", twice)


def _with_field(schemas: Schemas, part: Part, value: Json) -> Iterator[Json]:
    """A value with one unknown field, for each object in it, also those in JSON in a text."""
    for shape in schemas.shapes(part):
        if not shape.takes(value):
            continue
        if isinstance(value, dict):
            if shape.properties:
                yield {**value, NEW_KEY: _NEW_VALUE}
            for key, item in value.items():
                inner = shape.properties.get(shape.aliases.get(key, key)) or shape.values
                for changed in _with_field(schemas, inner, item) if inner is not None else ():
                    yield {**value, key: changed}
        elif isinstance(value, list) and shape.items is not None:
            for index, item in enumerate(value):
                for changed in _with_field(schemas, shape.items, item):
                    yield [*value[:index], changed, *value[index + 1 :]]
        elif isinstance(value, str) and shape.content is not None:
            inside = json_in(value)
            for changed in _with_field(schemas, shape.content, inside) if inside is not None else ():
                yield json.dumps(changed)


def _words(bench: Bench, words: list[tuple[Place, Shape]]) -> None:
    """FC2: each documented word is its member, and a new one is kept as it came."""
    for place, shape in words:
        known = list(shape.words or ())
        new = [NEW_WORD, *(str(word).swapcase() for word in known), f"{known[0]} "]
        numbers = [word for word in known if isinstance(word, int) and not isinstance(word, bool)]
        further: list[Json] = [987_654_321] if numbers else [word for word in new if word not in known]
        for word in (*known, *further):
            bench.read(bench.schemas.body(place, word))


def _new_headers(contract: Contract, operation: Operation, answer: Answer, body: Json, mode: str) -> None:
    """FC3: header fields that nobody documents change nothing."""
    more = {f"X-New-{number}": "value" for number in range(40)}
    more |= {"Set-Cookie": "session=1; HttpOnly", "Deprecation": "true", "Link": "<https://vendor.example>; rel=next"}
    status = status_of(operation, answer)
    plain = script(body, status, Content_Type=sent_as(answer.media_type))
    with playing(contract, mode, plain, script(body, status, Content_Type=sent_as(answer.media_type), **more)) as (
        _,
        client,
    ):
        before = outcome(contract, operation, answer, body, client).body
        after = outcome(contract, operation, answer, body, client).body
        expect(before, after, "new header fields change what comes of an answer")


def _is_number(schemas: Schemas, place: Place) -> bool:
    shapes = schemas.shapes(place.part)
    return any("integer" in shape.types and not shape.time and shape.words is None for shape in shapes)


def _numbers(bench: Bench, places: list[Place]) -> None:
    """FC4: integers of any size stay exact, 7.0 is 7; 7.5 and "7" are told, unless the type takes them."""
    for place in places:
        for value in (*_HUGE, 7.0, 7.5, "7", "7.0", True):
            bench.judge(bench.schemas.body(place, value), place.pointer, exact=place.union is None)


def _media_types(bench: Bench) -> None:
    """FC5: JSON by another spelling of its media type is the same answer."""
    body = _bodies(bench.contract, bench.schemas, bench.answer)[0]
    expected = bench.read(body)
    for media_type in _SPELLINGS:
        bench.play(body, media_type)
        expect(expected, bench.outcome(body), f"as {media_type} the answer is another")


def _rearranged(bench: Bench) -> None:
    """FC6: keys in another order say the same; what is optional may be absent or null."""
    for body in _bodies(bench.contract, bench.schemas, bench.answer):
        if bench.read(body) != bench.read(_reversed(body)):
            refuse("with its keys in another order the body is another value", body, _reversed(body))
        for changed in _fewer(bench.schemas, bench.part, body):
            bench.read(changed)


def _reversed(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def _fewer(schemas: Schemas, part: Part, value: Json) -> Iterator[Json]:
    """A value without one of its optional properties, and with null in its place, for each of them."""
    for shape in schemas.shapes(part):
        if not shape.takes(value):
            continue
        for key, item in value.items() if isinstance(value, dict) else ():
            name = shape.aliases.get(key, key)
            inner = shape.properties.get(name)
            if inner is None:
                continue
            if name not in shape.required:
                yield {other: kept for other, kept in cast("dict[str, Json]", value).items() if other != key}
                yield {**cast("dict[str, Json]", value), key: None}
            elif any("null" in one.types for one in schemas.shapes(inner)):
                yield {**cast("dict[str, Json]", value), key: None}
            for changed in _fewer(schemas, inner, item):
                yield {**cast("dict[str, Json]", value), key: changed}
        for index, item in enumerate(value) if isinstance(value, list) and shape.items is not None else ():
            for changed in _fewer(schemas, cast("Part", shape.items), item):
                yield [*cast("list[Json]", value)[:index], changed, *cast("list[Json]", value)[index + 1 :]]


def grown(schema: Json) -> Json:
    """A schema as a later version of the spec may have it: one more optional property, one more word.

    Args:
        schema: as it is now.
    """
    if isinstance(schema, list):
        return [grown(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = ("enum", "const", "default", "required")
    later = {key: item if key in plain else grown(item) for key, item in schema.items()}
    properties, words = later.get("properties"), later.get("enum")
    if isinstance(properties, dict) and properties:
        later["properties"] = {**properties, NEW_KEY: {"type": "string", "enum": [NEW_WORD]}}
    if isinstance(words, list) and words and all(isinstance(word, str) for word in words):
        later["enum"] = [*words, NEW_WORD]
    return later


def _next_version(bench: Bench, later: Validity, number: int) -> None:
    """FC7: this client reads what a later version of its spec documents.

    An older table is not at hand, so the later version is made of the present one (`grown`), by additions of the kind
    that need no new major version; what was documented before has to be read as before, and what is new to be kept.
    """
    documented = Part(grown(bench.part.schema), bench.part.pointer)
    made(bench.read, Strategies(later).valid(documented), number)


def _new_operation(contract: Contract) -> Iterator[Check]:
    """FC7: a call that a later version documents can be made, with the same credentials and errors."""
    operation = next((item for item in contract.operations if item.success is not None), None)
    if operation is None:
        return

    def act(mode: str) -> None:
        with playing(contract, mode, script({"new": True}), script({}, 404)) as (server, client):
            answer: Any = client.wait(client.client.request("GET", f"/{escaped('x-next')}/call"))
            expect({"new": True}, json.loads(answer.body), "the answer of a new call differs")
            line, _, query = server.request.line.partition("?")
            expect("GET /x-next/call", line, "the request of a new call differs")
            own = [pair for item in usual(contract.credentials) for pair in item.query]
            strange = [pair for pair in parse_qsl(query) if pair not in own]
            expect([], strange, "the query of a new call holds what nobody asked for")

    yield from both(contract, "FC7", "", "a call that is not documented yet", operation.where, act)
