"""Lines about what responses tell of a job: documented ones, and one of them with one change for each fact."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from jobclients_contract.schema_model.conditions import place_of
from jobclients_contract.schema_model.document import Operation, listed, objects
from jobclients_contract.schema_model.jobcalls import MADE_UP
from jobclients_contract.schema_model.jobs import ENDS, TIMES, ZONE, ReportedStatus
from jobclients_contract.schema_model.jobtypes import Body, JobType, Telling, conditions_of, wanted_by
from jobclients_contract.schema_model.media_types import is_json
from jobclients_contract.schema_model.pointers import MISSING, Found, Missing, decoded, entry, find, put
from jobclients_contract.schema_model.refusals import status_of
from jobclients_contract.schema_model.values import Json

from vendorsmith.suite_line import Line, given, line
from vendorsmith.testcases.context import SuiteContext

_SAID: Final = ("state", "duration", "progress", "started_at", "finished_at", "error", "code", "result")
_READ: Final = ("state", *TIMES, "duration", "progress", "message", "error", "code", "warnings", "page_url", "result")
_BARE: Final = ("java-medium-us", "jdbc")
"""Formats of times without a zone."""
_TIMESTAMP: Final = datetime(2018, 9, 28, 18, 44, 56, tzinfo=UTC)


def state_lines(context: SuiteContext, job_type: JobType) -> Iterator[Line]:
    """What responses to the call for the status tell, and those that list jobs."""
    lines = _StateLines(context, job_type)
    yield from lines.documented()
    yield from lines.status_values()
    yield from lines.rules()
    yield from lines.refinements()
    yield from lines.fields()


# Lines that begin with a response


def begun(context: SuiteContext, operation: Operation, status: int, example: str, body: Json, **headers: str) -> Line:
    """A response, by the name of its example where it has one."""
    method, named = context.method(operation), given(headers=headers)
    if example:
        return line("response", method, status, example, **named)
    if body is not None:
        named["body"] = body
    return line("response", method, status, **named)


def changed(
    context: SuiteContext, operation: Operation, status: int, example: str, before: Json, after: Json, **headers: str
) -> Line:
    """A response with what it says otherwise than its example."""
    if not example:
        return begun(context, operation, status, "", after, **headers)
    found = begun(context, operation, status, example, before, **headers)
    changes = dict(_differences(before, after, ""))
    gone = [pointer for pointer, value in changes.items() if isinstance(value, Missing)]
    said = {pointer: value for pointer, value in changes.items() if not isinstance(value, Missing)}
    if gone:
        found = found.then("without", *gone)
    if said and all(pointer[1:].isidentifier() for pointer in said):
        return found.then("but", **{pointer[1:]: value for pointer, value in said.items()})
    return found.then("but", said) if said else found


def _differences(before: Json, after: Json, pointer: str) -> Iterator[tuple[str, Found]]:
    if isinstance(before, dict) and isinstance(after, dict) and pointer.count("/") < 8:
        for key in dict.fromkeys([*before, *after]):
            at = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            if key not in after:
                yield at, MISSING
            elif key not in before:
                yield at, after[key]
            else:
                yield from _differences(before[key], after[key], at)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from _differences(*pair, f"{pointer}/{index}")
    elif before != after or type(before) is not type(after):
        yield pointer, after


class _StateLines:
    """The lines of a job type.

    Args:
        context: of the vendor.
        kind: the job type.
    """

    def __init__(self, context: SuiteContext, job_type: JobType) -> None:
        self._context = context
        self._kind = job_type
        self._reader = job_type.reader
        self._pinned: set[str] = set()
        self._operation = job_type.called("status")

    def documented(self) -> Iterator[Line]:
        """What examples show: as the page says it, and what else the harness reads out of them."""
        for name, body in self._kind.examples.items():
            status = self._kind.status
            begin = begun(self._context, self._operation, status, name, body)
            yield from self._shown(begin, self._operation, status, name, self._reader.read(body, status))
        many = self._kind.operation("status_many")
        for response in many.responses if many is not None else ():
            for name, body in response.content.examples.items() if response.success else ():
                select = str(self._kind.holder("status_many").get("select", "")).partition("#")[2]
                found = find(body, select)
                if many is not None and is_json(response.content.media_type) and isinstance(found, list) and found:
                    status = status_of(many, response.status) or 200
                    begin = begun(self._context, many, status, name, body)
                    yield from self._shown(begin, many, status, name, self._reader.read(found[0]))

    def _shown(self, begin: Line, operation: Operation, status: int, name: str, read: ReportedStatus) -> Iterator[Line]:
        expect = _expectation(operation, status, name, self._kind.wire)
        said = {fact: expect[fact] for fact in _SAID if fact in expect}
        if said:
            yield begin.then("shows", self._kind.name, **said)
        told = self._reported(read)
        rest = {fact: value for fact, value in told.items() if fact not in said and fact not in self._pinned}
        if rest:
            yield begin.then("reads", self._kind.name, **rest)
        # Of a number that is nothing, no factor shows.
        for shown in (told, said):
            self._pinned.update(fact for fact, value in shown.items() if fact != "state" and value not in (0, None))

    def _reported(self, read: ReportedStatus) -> dict[str, Json]:
        """The facts that a response tells, as a line has them."""
        found: dict[str, Json] = {"state": read.state}
        for name in _READ[1:]:
            value = read.facts[name]
            if value not in (None, [], ""):
                found[name] = self._written(name, value) if name in TIMES else value
        return found

    def _written(self, name: str, timestamp: Json) -> Json:
        """A timestamp; as the vendor's own clock shows it, where the vendor says no zone."""
        found = datetime.fromisoformat(str(timestamp))
        if entry(self._kind.spec, "fields", name, "format") in _BARE:
            return found.astimezone(ZONE).replace(tzinfo=None).isoformat()
        return found.isoformat().replace("+00:00", "Z")

    def status_values(self) -> Iterator[Line]:
        """Each word that no example shows, a word in other letters, words in other places, and none at all."""
        for item in self._kind.by_status_values:
            if item.body.changes or self._reader.read(item.body.value).word != item.name:
                body = self._kind.saying(item.name, self._kind.base) if not item.body.changes else item.body
                yield from self._reads(replace(item, body=body))
        yield from self._other_letters()
        yield from self._other_places()
        yield from self._wordless()

    def _other_letters(self) -> Iterator[Line]:
        for item in self._kind.by_status_values:
            other = item.name.swapcase()
            if item.state in ENDS and other != item.name and other not in self._kind.status_values():
                body = self._kind.saying(item.name, self._kind.base)
                for places in self._reader.places[:1]:
                    pointer = self._reader.pointer(places[0], body.json)
                    if pointer is not None and isinstance(word := find(body.json, pointer), str):
                        body = body.but(pointer, word.swapcase())
                        yield from self._reads(Telling("", self._reader.read(body.json).state, body, self._kind.status))
                return

    def _other_places(self) -> Iterator[Line]:
        """A word in a place that is in for another."""
        item = next(iter(self._kind.by_status_values), None)
        for index, places in enumerate(self._reader.places if item is not None else ()):
            for other in places[1:]:
                body = self._kind.saying(item.name, self._kind.base) if item is not None else self._kind.base
                first, second = (self._reader.pointer(place, body.json) for place in (places[0], other))
                if (
                    item is not None
                    and first is not None
                    and second is not None
                    and index < len(self._reader.parts(item.name))
                ):
                    word = find(body.json, first)
                    yield from self._reads(replace(item, body=body.but(first, MISSING).but(second, word)))

    def _wordless(self) -> Iterator[Line]:
        if any(not self._reader.read(body).word for body in self._kind.examples.values()):
            return
        body = self._kind.base
        for place in (place for places in self._reader.places for place in places):
            pointer = self._reader.pointer(place, body.json)
            body = body if pointer is None else body.but(pointer, MISSING)
        if body.changes:
            yield from self._reads(Telling("", self._reader.read(body.json).state, body, self._kind.status))

    def rules(self) -> Iterator[Line]:
        """Each rule, and a response for which one of its conditions does not hold."""
        for item in self._kind.by_rules:
            yield from self._reads(item)
        for index, rule in enumerate(listed(entry(self._kind.spec, "state", "rules"))):
            conditions = conditions_of(rule)
            fulfilled = [item for item in self._kind.by_rules if item.name == f"rule {index}"][:1]
            for item in fulfilled if len(conditions) > 1 else ():
                yield from self._unfulfilled(item, conditions)

    def _unfulfilled(self, item: Telling, conditions: list[dict[str, Json]]) -> Iterator[Line]:
        """The response with one condition of its rule that does not hold, where that tells something else."""
        for condition in conditions:
            pointer = self._reader.pointer(place_of(condition), item.body.json)
            if pointer is not None:
                body = item.body.but(pointer, self._broken(condition, pointer))
                read = self._reader.read(body.json, item.status)
                if read.state != item.state:
                    yield from self._reads(replace(item, body=body, state=read.state))

    def _broken(self, condition: Mapping[str, Json], pointer: str) -> Found:
        """A value for which a condition does not hold."""
        said = wanted_by(condition)
        return self._kind.minimal_at(pointer) if isinstance(said, Missing) else MISSING

    # Refinements

    def refinements(self) -> Iterator[Line]:
        """Each refinement alone, the same in another state, and with an empty object where emptiness is asked for."""
        refinements = listed(entry(self._kind.spec, "state", "refine"))
        for refinement in refinements:
            word = self._word_of(str(entry(refinement, "if")))
            if word is None:
                continue
            body = self._kind.saying(word)
            for other in refinements:  # none of them applies
                if self._reader.read(body.json).state != entry(refinement, "if"):
                    body = self._placed(body, other, broken=True)
            fulfilled = self._placed(body, refinement)
            yield from self._reports_of(fulfilled)
            emptied = self._placed(body, refinement, value={})
            yield from self._reports_of(emptied if emptied is not body else None)
            elsewhere = self._word_of("failed", "cancelled", "running", but=(refinement,))
            if elsewhere is not None:
                yield from self._reports_of(self._kind.saying(elsewhere, fulfilled))

    def _reports_of(self, body: Body | None) -> Iterator[Line]:
        if body is not None:
            yield from self._reads(Telling("", self._reader.read(body.json).state, body, self._kind.status))

    def _word_of(self, *states: str, but: tuple[Json, ...] = ()) -> str | None:
        """A word that means one of some states by itself, and none that a refinement is about."""
        taken = {str(entry(item, key)) for item in but for key in ("if", "to")}
        known = [
            (state, word) for wanted in states for word, state in self._kind.status_values().items() if state == wanted
        ]
        return next((word for state, word in known if state not in taken), None)

    def _placed(self, body: Body, refinement: Json, *, broken: bool = False, value: Json = None) -> Body:
        """A body for which the conditions of a refinement hold, or do not."""
        for condition in conditions_of(refinement):
            if value == {} and not condition.keys() & {"empty", "nonempty"}:
                continue
            wanted = self._kind.wanted(condition) if value is None else value
            if broken:
                wanted = MISSING if wanted is not MISSING else MADE_UP
            body = self._at(body, place_of(condition), wanted)
        return body

    def _at(self, body: Body, place: str, value: Found) -> Body:
        """A body with a value at a place, which may be in the JSON of its result."""
        head, _, inner = place.partition("#")
        if head != "$result":
            pointer = self._reader.pointer(place, body.json)
            return body if pointer is None else body.but(pointer, value)
        holder = self._reader.pointer(next(iter(self._reader.field_places("result")), ""), body.json)
        if holder is None:
            return body
        whole = find(body.json, holder)
        result = decoded(whole) if isinstance(whole, str) else {} if isinstance(whole, Missing) else whole
        told = put(result if not inner else objects(result), inner, self._like(inner, value))
        return body.but(holder, json.dumps(told) if isinstance(whole, str | Missing) else told)

    def _like(self, pointer: str, value: Found) -> Found:
        """A value that only has to be there, as results of examples have it there: in a list, say."""
        if value != MADE_UP:
            return value
        for body in self._kind.examples.values():
            shown = find(self._reader.job_response(body).result, pointer)
            if isinstance(shown, list):
                return [MADE_UP]
        return value

    # Fields

    def fields(self) -> Iterator[Line]:
        """Each field that no example shows, and each of its places where there are several."""
        for name, rule in self._kind.fields().items():
            places = self._reader.field_places(name)
            bare = self._without(self._kind.base, places)
            for place in places[:1]:
                yield from self._sentinels(name, rule, bare, place)
            if len(places) == 1 and name in self._pinned:
                continue
            every = bare
            for place in places:
                alone = self._filled(bare, name, rule, place)
                yield from self._field_line(name, alone)
                every = self._filled(every, name, rule, place)
            if len(places) > 1:
                yield from self._field_line(name, every)

    def _sentinels(self, name: str, rule: Json, body: Body, place: str) -> Iterator[Line]:
        """Each value with which the vendor says that there is none."""
        pointer = self._reader.pointer(place, body.json)
        for value in listed(entry(rule, "absent")) if pointer is not None else ():
            told = body.but(pointer or "", value)
            if self._kind.valid(told.json) and not self._kind.refused(told.json):
                read = self._reader.read(told.json, self._kind.status)
                if read.facts[name] in (None, []):  # a duration may follow from the times
                    begun = self._begun(Telling("", read.state, told, self._kind.status))
                    yield begun.then("reads", self._kind.name, **{name: read.facts[name]})

    def _without(self, body: Body, places: list[str]) -> Body:
        for place in places:
            pointer = self._reader.pointer(place, body.json)
            if pointer is not None and self._kind.valid(put(body.json, pointer, MISSING)):
                body = body.but(pointer, MISSING)
        return body

    def _filled(self, body: Body, name: str, rule: Json, place: str) -> Body:
        if place.startswith("$result#"):
            return self._at(body, place, MADE_UP)
        pointer = self._reader.pointer(place, body.json)
        if pointer is None or entry(rule, "pattern"):
            return body
        total = self._reader.pointer(str(entry(rule, "total") or ""), body.json)
        body = body.but(total, 100) if total is not None else body
        return body.but(pointer, self._value(name, rule, pointer))

    def _value(self, name: str, rule: Json, pointer: str) -> Json:
        kinds = self._kind.types_at(pointer)
        text = "string" in kinds and not set(kinds) & {"integer", "number"}
        if name in TIMES:
            timestamp = _TIMESTAMP.replace(second=len(pointer) % 60)
            return _formatted(timestamp, str(entry(rule, "format")), text=text)
        if name in ("progress", "duration"):
            scale = entry(rule, "scale")
            factor = float(scale) if isinstance(scale, int | float) else 1.0
            part = 40.0 if entry(rule, "total") or name == "duration" else 0.4
            number = round(part / factor, 6)
            whole = int(number) if number == int(number) else number
            return str(whole) if text else whole
        if entry(rule, "contentMediaType") == _JSON_TYPE:
            return '{"made": "up"}'
        last = pointer.rpartition("/")[2]
        if "array" in kinds:
            return [f"made-up {last}"] if name == "warnings" else self._kind.minimal_at(pointer)
        return f"made-up {last}" if "string" in kinds or not kinds else self._kind.minimal_at(pointer)

    def _field_line(self, name: str, body: Body) -> Iterator[Line]:
        read = self._reader.read(body.json, self._kind.status)
        told = self._reported(read)
        if name in told and self._kind.valid(body.json) and not self._kind.refused(body.json):
            yield self._begun(Telling("", read.state, body, self._kind.status)).then(
                "reads", self._kind.name, **{name: told[name]}
            )

    # Lines

    def _begun(self, item: Telling) -> Line:
        body = item.body
        return changed(
            self._context, self._operation, item.status, body.example, body.value, body.json, **dict(item.headers)
        )

    def _reads(self, item: Telling) -> Iterator[Line]:
        if self._kind.tells(item):
            yield self._begun(item).then("reads", self._kind.name, state=item.state)


_JSON_TYPE: Final = "application/json"


def _expectation(operation: Operation, status: int, example: str, job_type: str) -> dict[str, Json]:
    """What the spec says of an example, for a job type."""
    responses = objects(operation.node.get("responses"))
    keys = (str(status), f"{status // 100}XX", "default")
    content = objects(objects(next((responses[key] for key in keys if key in responses), None)).get("content"))
    for media in content.values():
        found = objects(objects(objects(objects(media).get("examples")).get(example)).get("x-expect"))
        if found:
            by_type = "result" not in found and all(isinstance(value, dict) for value in found.values())
            return objects(found.get(job_type)) if by_type else found
    return {}


def _formatted(timestamp: datetime, form: str, *, text: bool) -> Json:
    """A timestamp as one of the named formats writes it."""
    if form in ("unix-ms", "unix-s"):
        value = int(timestamp.timestamp()) * (1000 if form == "unix-ms" else 1)
        return str(value) if text else value
    if form == "java-medium-us":
        return f"{timestamp:%b} {timestamp.day}, {timestamp:%Y} {timestamp.hour % 12 or 12}:{timestamp:%M:%S %p}"
    return f"{timestamp:%Y-%m-%d %H:%M:%S}.0" if form == "jdbc" else timestamp.isoformat().replace("+00:00", "Z")
