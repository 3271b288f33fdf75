"""Answers of the status call, one for each documented word: the example that fits best, with the word put in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from jobclients_contract.cases import Answer, Json, Operation, State
from jobclients_contract.pointers import split
from jobclients_contract.reading.jobs import ENDS, TIMES, Reader
from jobclients_contract.reading.pointers import MISSING, Found, Missing, decoded, entry, find, put, texts
from jsonschema import Draft202012Validator

from vendorsmith.build.node import Node
from vendorsmith.cases.reading import Source, schema_of
from vendorsmith.cases.values import value_of

_BEGIN: Final = datetime(2018, 9, 28, 18, 44, 56, tzinfo=UTC)
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Shape:
    """A documented answer: its schema, and bodies that fit, documented ones first, a made-up one last."""

    answer: Answer
    schema: Node
    validator: Draft202012Validator
    bodies: list[Json]

    @classmethod
    def of(cls, source: Source, operation: Operation, status: int | None = None) -> Shape:
        """The answer with a status, or the first that says yes."""
        documented = [item for item in operation.answers if status is None or _speaks_of(item, status)]
        answer = next(
            (item for item in documented if status is not None or item.success), Answer("200", operation.where)
        )
        node = source.root
        for step in split(answer.where):
            node = node.get(step)
        schema = node.get("content").get(answer.media_type).get("schema")
        schemas = source.root.get("components").get("schemas")
        names = list(schemas.value) if isinstance(schemas.value, dict) else []
        whole = {
            "allOf": [schema_of(schema)] if isinstance(schema.value, dict) else [],
            "components": {"schemas": {name: schema_of(schemas.raw(name)) for name in names}},
        }
        bodies = [example.value for example in answer.examples]
        made_up = value_of(schema) if schema.value is not None else None
        return cls(answer, schema, Draft202012Validator(whole), [*bodies, made_up])

    def valid(self, body: Json) -> bool:
        """Whether a body fits."""
        return self.validator.is_valid(body)  # pyright: ignore[reportUnknownMemberType] - of the library

    def at(self, pointer: str) -> Node:
        """The schema of what a pointer leads to; without a value where none is documented."""
        node = self.schema
        for step in pointer.split("/")[1:]:
            node = _child(node, step.replace("~1", "/").replace("~0", "~"))
        return node


def _speaks_of(answer: Answer, status: int) -> bool:
    return answer.status in (str(status), f"{status // 100}XX", "default")


def _child(schema: Node, step: str) -> Node:
    for holder, key in (("properties", step), ("items", ""), ("additionalProperties", "")):
        inner = schema.get(holder).get(key) if key else schema.get(holder)
        if isinstance(inner.value, dict) and (holder != "items" or step.isdecimal()):
            return inner
    for keyword in ("allOf", "oneOf", "anyOf"):
        for branch in schema.get(keyword):
            inner = _child(branch, step)
            if inner.value is not None:
                return inner
    return schema.get("properties").get(step)


def _types(schema: Node) -> list[Json]:
    value = schema.get("type").value
    return value if isinstance(value, list) else [value]


class Answers:
    """Answers of the status call of one kind of job, all about one run.

    Args:
        source: the spec.
        node: the entry of ``x-jobs``.
        status: the call.
        identity: what identifies the job.
    """

    def __init__(self, source: Source, node: Node, status: Operation, identity: Mapping[str, Json]) -> None:
        self.reader = Reader(node.value)
        self._source = source
        self._node = node
        self._status = status
        self._identity = identity
        self._shape = Shape.of(source, status)
        self._inferred = texts(entry(node.value, "state", "inferred"))
        self.own_run = dict(self._own_run())
        """What tells the run from others, and what ties it to the job: pointers into the run, and values."""

    def _own_run(self) -> Iterator[tuple[str, Json]]:
        runs = [run for body in self._shape.bodies for run in self.reader.runs(body)]
        for part in self.reader.key:
            found = [find(run, part) for run in runs]
            shown = [value for value in found if not isinstance(value, Missing)]
            schema = self._shape.at(self._run_pointer(self._shape.bodies[0]) + part)
            if shown or schema.value is not None:
                yield part, shown[0] if shown else value_of(schema)
        matched = entry(self._node.value, "run", "match")
        for name, place in matched.items() if isinstance(matched, dict) else ():
            value = self._identity.get(str(place).removeprefix("$job."))
            if value is not None:
                yield f"/{name}", value

    def states(self) -> Iterator[State]:
        """A row for each word, rule and correction, as far as an answer can be made for it."""
        state = self._node.get("state")
        for index, rule in enumerate(state.get("rules")):
            for number, (body, status, headers) in enumerate(self._fulfilled(rule.get("when"))):
                name = f"rule {index}" + (f".{number}" if number else "")
                yield from self._row(name, rule.text("is"), rule, [body], status, headers)
        words = state.get("map")
        for key, meaning in words.items():
            place = words.raw(key)
            bodies = [self._saying(base, key) for base in self._ranked(key, str(meaning.value))]
            # An answer that no correction applies to shows the meaning of the word alone.
            bodies.sort(key=self._corrected)
            yield from self._row(key, str(meaning.value), place, bodies)
        for index, correction in enumerate(state.get("refine")):
            bodies = [
                found
                for key, meaning in words.items()
                if meaning.value == correction.text("if")
                for base in self._ranked(key, str(meaning.value))
                for found, _, _ in self._fulfilled(correction.get("when"), self._saying(base, key))
            ]
            yield from self._row(f"refine {index}", correction.text("to"), correction, bodies)
        if state.has("absent"):
            bodies = [*self._shape.bodies, *(self._without_words(body) for body in self._shape.bodies)]
            yield from self._row("absent", state.text("absent"), state.raw("absent"), bodies)

    def _row(
        self,
        name: str,
        state: str,
        place: Node,
        bodies: list[Json],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[State]:
        """The row of the first body that says just this and is valid."""
        for body in bodies:
            read = self.reader.read(body, status, headers)
            shape = self._shape if status == 200 else Shape.of(self._source, self._status, status)
            # No schema knows a word that is only inferred.
            valid = name in self._inferred or shape.valid(body)
            said = read.word.casefold() == name.casefold() or name.partition(" ")[0] in ("rule", "refine")
            if read.state == state and valid and (said or (name == "absent" and not read.word)):
                yield State(name, read.word, state, place.locator, body, status, headers or {})
                return

    def _ranked(self, word: str, state: str) -> list[Json]:
        """Bodies to begin with: one that says the word, one of the same state, one that is as ended, any."""

        def distance(body: Json) -> int:
            read = self.reader.read(body)
            ended = (read.state in ENDS) == (state in ENDS)
            return [read.word.casefold() == word.casefold(), read.state == state, ended, True].index(True)

        return sorted(self._shape.bodies, key=distance)

    def _corrected(self, body: Json) -> bool:
        corrections = self._node.get("state").get("refine")
        told = self.reader.told(body)
        return any(self.reader.holds(correction.get("when").value, told) for correction in corrections)

    def _run_pointer(self, body: Json) -> str:
        """Where the run stands in a body."""
        if not self.reader.by_name:
            return ""
        pointer = self.reader.select
        found = find(body, pointer)
        listed = isinstance(found, list) or (found is MISSING and "array" in _types(self._shape.at(pointer)))
        return f"{pointer}/0" if listed else pointer

    def _saying(self, base: Json, key: str) -> Json:
        """A body that says a word of the map, of our run, and as much of the rest as fits."""
        documented = self.reader.read(base).word.casefold() == key.casefold()
        body = self._with_run(base, documented=documented)
        parts = self.reader.parts(key)
        for index, places in enumerate(self.reader.places):
            for place in places:
                pointer = self.reader.pointer(place, body)
                if pointer is None:
                    continue
                first = place == places[0] and index < len(parts)
                body = self._worded(body, pointer, parts[index] if first else None)
        return body if documented else self._filled(body)

    def _with_run(self, base: Json, *, documented: bool) -> Json:
        """A body about our run, and as far as it says which job it is about, about ours."""
        body = base
        for name, value in self._identity.items():
            body = put(body, f"/{name}", value) if find(body, f"/{name}") is not MISSING else body
        if not self.reader.by_name:
            return body
        pointer = self._run_pointer(body)
        runs = self.reader.runs(body)
        run = runs[0] if runs else value_of(self._shape.at(pointer))
        for part, value in self.own_run.items():
            if not documented or find(run, part) is not MISSING:
                run = put(run, part, value)
        return put(body, self.reader.select, [run] if pointer.endswith("/0") and pointer != self.reader.select else run)

    def _worded(self, body: Json, pointer: str, word: str | None) -> Json:
        if word is None:
            bare = put(body, pointer, MISSING)
            return bare if self._shape.valid(bare) else put(body, pointer, None)
        schema = self._shape.at(pointer)
        if self.reader.fold:  # said as the answer's schema spells it
            listed = schema.texts("enum")
            word = next((item for item in listed if item.casefold() == word.casefold()), word)
        number = word.lstrip("-").isdecimal() and "string" not in _types(schema)
        return put(body, pointer, int(word) if number else word)

    def _without_words(self, base: Json) -> Json:
        body = self._with_run(base, documented=True)
        for place in (place for places in self.reader.places for place in places):
            pointer = self.reader.pointer(place, body)
            if pointer is not None:
                body = put(body, pointer, MISSING)
        return body

    def _filled(self, body: Json) -> Json:
        """A body with every documented fact that it lacks, as far as it stays valid."""
        fields = entry(self._node.value, "fields")
        for name, rule in fields.items() if isinstance(fields, dict) else ():
            for place in texts(entry(rule, "from")):
                pointer = self.reader.pointer(place, body)
                if pointer is None or find(body, pointer) not in (MISSING, None):
                    continue
                value = self._fact(name, rule, self._shape.at(pointer), pointer)
                total = self.reader.pointer(str(entry(rule, "total") or ""), body)
                more = put(body, pointer, value)
                more = put(more, total, 100) if total is not None else more
                if value is not MISSING and self._shape.valid(more):
                    body = more
        return body

    def _fact(self, name: str, rule: Json, schema: Node, pointer: str) -> Found:
        if schema.value is None or entry(rule, "pattern") or entry(rule, "contentMediaType"):
            return MISSING
        types = _types(schema)
        if name in TIMES:
            moment = _BEGIN + timedelta(seconds=TIMES.index(name) * 118 + len(pointer))
            return written(moment, str(entry(rule, "format")), number="integer" in types or "number" in types)
        if name == "progress" and "string" not in types:
            scale = entry(rule, "scale")
            part = 0.4 / (float(scale) if isinstance(scale, int | float) else 1) * (100 if entry(rule, "total") else 1)
            return round(part) if "integer" in types else part
        if "string" in types and not schema.has("enum") and not schema.has("format"):
            return f"{name} at {pointer.rpartition('/')[2]}"
        return value_of(schema)

    def _fulfilled(self, when: Node, base: Json = None) -> Iterator[tuple[Json, int, dict[str, str]]]:
        """Answers for which conditions hold: one, or one for each of the values that a condition lists."""
        conditions = list(when) if isinstance(when.value, list) else [when]
        listed = next((item for item in conditions if item.has("in")), None)
        for choice in texts(listed.get("in").value) if listed is not None else [""]:
            status = self._status_of(conditions, choice)
            body = base if base is not None else Shape.of(self._source, self._status, status).bodies[0]
            headers: dict[str, str] = {}
            for condition in conditions:
                place = condition.text("from")
                value = self._wanted(condition, choice if condition is listed else "")
                if place.startswith("$response.header."):
                    if value is not MISSING:
                        headers[place.removeprefix("$response.header.").lower()] = str(value)
                elif place != "$response.status":
                    body = self._placed(body, place, value)
            yield body, status, headers

    def _status_of(self, conditions: list[Node], choice: str) -> int:
        for condition in conditions:
            if condition.text("from") == "$response.status":
                value = condition.get("equals").value
                return value if isinstance(value, int) else int(choice)
        return 200

    def _wanted(self, condition: Node, choice: str) -> Found:
        """A value for which a condition holds."""
        if choice:
            listed = condition.get("in").value
            return next((item for item in listed if str(item) == choice), None) if isinstance(listed, list) else None
        if condition.has("equals"):
            return condition.get("equals").value
        if condition.has("empty") or condition.get("exists").value is False:
            return MISSING
        return "said"

    def _placed(self, body: Json, place: str, value: Found) -> Json:
        head, _, inner = place.partition("#")
        if head != "$result":
            pointer = self.reader.pointer(place, body)
            return body if pointer is None else put(body, pointer, self._like(place, value))
        holder = self.reader.pointer(self.reader.field_places("result")[0], body)
        whole = find(body, holder) if holder is not None else MISSING
        result = decoded(whole) if isinstance(whole, str) else {} if isinstance(whole, Missing) else whole
        told = put(result if isinstance(result, dict) else {}, inner, self._like(place, value))
        as_text = entry(self._node.value, "fields", "result", "contentMediaType") == _JSON
        return body if holder is None else put(body, holder, json.dumps(told) if as_text else told)

    def _like(self, place: str, value: Found) -> Found:
        """A value that only has to be there, as documented answers have it."""
        if value != "said":
            return value
        shown = (self.reader.told(body).at(place) for body in self._shape.bodies)
        return next((item for item in shown if item not in (MISSING, None, "", []) and item != {}), value)


def written(moment: datetime, form: str, *, number: bool) -> Json:
    """A moment as one of the named formats writes it."""
    if form in ("unix-ms", "unix-s"):
        value = int(moment.timestamp()) * (1000 if form == "unix-ms" else 1)
        return value if number else str(value)
    if form == "java-medium-us":
        return f"{moment:%b} {moment.day}, {moment:%Y} {moment.hour % 12 or 12}:{moment:%M:%S %p}"
    return f"{moment:%Y-%m-%d %H:%M:%S}.0" if form == "jdbc" else moment.isoformat()
