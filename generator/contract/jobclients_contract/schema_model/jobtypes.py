"""The job types of a document, with bodies for each state: documented ones, changed as little as possible."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import cached_property
from typing import Final

from jobclients_contract.schema_model import timestamps
from jobclients_contract.schema_model.conditions import (
    compared_values,
    conditions_in,
    elements_of,
    in_item,
    inner_of,
    place_of,
    refuses,
)
from jobclients_contract.schema_model.document import listed, objects
from jobclients_contract.schema_model.expected_errors import status_of
from jobclients_contract.schema_model.job_reader import ENDS, GOOD, property_at
from jobclients_contract.schema_model.jobcalls import MADE_UP, JobCalls, pointer_to, types_of
from jobclients_contract.schema_model.media_types import is_json
from jobclients_contract.schema_model.places import Reply, filled, says_no, without
from jobclients_contract.schema_model.pointers import MISSING, Found, Missing, entry, find, put, texts
from jobclients_contract.schema_model.schemas import timestamp_in
from jobclients_contract.schema_model.shapes import Part
from jobclients_contract.schema_model.values import Json

_BODY: Final = "$response.body"
_BUSY: Final = ("running", "queued", "stopping", "not_started", "paused")


@dataclass(frozen=True)
class Body:
    """A body with what it says otherwise than its example.

    Attributes:
        value: the example's body.
        example: its name; empty for one that is made up.
        changes: what is at JSON pointers instead; MISSING for nothing.
    """

    value: Json
    example: str = ""
    changes: Mapping[str, Found] = field(default_factory=dict[str, Found])

    @property
    def json(self) -> Json:
        """The body as it is sent."""
        body = self.value
        for pointer, value in self.changes.items():
            body = put(body, pointer, value)
        return body

    def but(self, pointer: str, value: Found) -> Body:
        """The body with a change; what changes nothing is none."""
        if find(self.json, pointer) == value and type(find(self.json, pointer)) is type(value):
            return self
        return replace(self, changes={**self.changes, pointer: value})


@dataclass(frozen=True)
class Telling:
    """A response that tells a state.

    Attributes:
        name: the word of the map, or ``rule 0`` and so on.
        state: what it tells, canonically.
        body: its body.
        status: of HTTP.
        headers: header fields.
    """

    name: str
    state: str
    body: Body
    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class JobType(JobCalls):
    """A job type of a document, with bodies that tell of its jobs."""

    @cached_property
    def examples(self) -> dict[str, Json]:
        """The documented bodies that tell of a job, by name."""
        if not is_json(self.response.content.media_type):
            return {}
        examples = self.response.content.examples.items()
        return {name: self._about_ours(body) for name, body in examples if not self.refused(body)}

    def _about_ours(self, body: Json) -> Json:
        """A body that says whose it is, about the job that the harness asks about, at the server of the suite."""
        body = self.moved(body)
        echo = self.reader.echo
        silent = echo is None or find(body, echo[0]) is MISSING
        return body if silent else self.about(body, self.identities[0])

    def refused(self, body: Json, role: str = "status") -> bool:
        """Whether a body says no, and tells of no end."""
        envelope = self.called(role).envelope
        reportable = self.reader.job_response(body)
        return refuses(envelope, reportable.at) and not (role == "status" and self.reader.state(reportable) in ENDS)

    @cached_property
    def base(self) -> Body:
        """The body that others are changes of: of those that show most of a run, the first; made up where none is."""
        if self.examples:
            name = max(self.examples, key=lambda name: self.reader.shown_key(self.examples[name]))
            if not self.reader.by_name or self.reader.runs(self.examples[name]):
                return Body(self.examples[name], name)
        return Body(self._about_ours(self._made_up()))

    def _made_up(self) -> Json:
        part = self.response.content.part
        body = self.document.schemas.minimal(part)
        if self.reader.by_name:
            select = self.reader.select
            listed = "array" in types_of(self.document, self.part_at(select))
            at = f"{select}/0" if listed else select
            run = objects(self.document.schemas.minimal(self.part_at(at)))
            for part_of_key in self.reader.key:
                run = objects(put(run, part_of_key, self.minimal_at(at + part_of_key)))
            for key, place in objects(entry(self.spec, "run", "match")).items():
                run = objects(put(run, pointer_to(key), self.identities[0].get(str(place).removeprefix("$job."))))
            body = put(body, select, [run] if listed else run)
            body = self._timed(body)
        return agreed(self.called("status").envelope, body)

    def _timed(self, body: Json) -> Json:
        """A body that shows a timestamp in each part of the key that is one."""
        for part in self.reader.order:
            pointer = self.reader.pointer(f"$run#{property_at(str(part.get('key')))}", body)
            shown = MISSING if pointer is None else find(body, pointer)
            if part.get("as") != "time" or pointer is None or isinstance(shown, Missing):
                continue
            form = str(part.get("format"))
            if timestamps.read(form, shown, UTC) is None:
                body = put(body, pointer, timestamp_in(form, tuple(self.types_at(pointer))))
        return body

    def part_at(self, pointer: str) -> Part:
        """The schema of what is at a place of a body that tells of a job."""
        part = self.response.content.part
        for step in pointer.split("/")[1:]:
            part = self._child(part, step.replace("~1", "/").replace("~0", "~"))
        return part

    def _child(self, part: Part, step: str) -> Part:
        shapes = self.document.shapes(part)
        found = [inner for shape in shapes if (inner := shape.properties.get(step)) is not None]
        found += [shape.items for shape in shapes if shape.items is not None and step.isdecimal()]
        found += [shape.values for shape in shapes if shape.values is not None]
        return found[0] if found else Part({}, "")

    def minimal_at(self, pointer: str) -> Json:
        """A small value for a place of a body."""
        value = self.document.schemas.minimal(self.part_at(pointer))
        return MADE_UP if value in ("", None, {}) else value

    def types_at(self, pointer: str) -> list[str]:
        """The JSON types of what may be at a place of a body."""
        return types_of(self.document, self.part_at(pointer))

    def valid(self, body: Json) -> bool:
        """Whether a body is as documented, words that are new aside."""
        return self.document.validity.lenient(self.response.content.part).takes(body)

    # Bodies that say something

    def saying(self, word: str, body: Body | None = None) -> Body:
        """A body that says a word: documented where there is one, else the base with that change."""
        if body is None:
            said = [name for name, shown in self.examples.items() if self._says(shown, word) and self._shows_run(name)]
            if said:
                return Body(self.examples[said[0]], said[0])
            body = self.base
        parts = self.reader.parts(word)
        for index, places in enumerate(self.reader.places):
            for position, place in enumerate(places):
                pointer = self.reader.pointer(place, body.json)
                if pointer is not None:
                    part = parts[index] if index < len(parts) and position == 0 else None
                    value = self._nothing(body, pointer) if part is None else self.word_at(part, pointer)
                    body = body.but(pointer, value)
        return body

    def _says(self, body: Json, word: str) -> bool:
        return self.folded(self.reader.read(body).word) == self.folded(word)

    def _shows_run(self, name: str) -> bool:
        body = self.examples[name]
        return not self.reader.by_name or self.reader.shown_key(body) == self.reader.shown_key(self.base.json)

    def _nothing(self, body: Body, pointer: str) -> Found:
        bare = put(body.json, pointer, MISSING)
        return MISSING if self.valid(bare) or find(body.json, pointer) is MISSING else None

    def folded(self, word: str) -> str:
        """A word as words are compared."""
        return word.casefold() if self.reader.fold else word

    def word_at(self, word: str, pointer: str) -> Json:
        """A word of the map as it travels: numbers and booleans are words, too."""
        kinds = set(self.types_at(pointer))
        if word in ("true", "false") and "boolean" in kinds and "string" not in kinds:
            return word == "true"
        number = word.lstrip("-").isdecimal() and bool(kinds) and "string" not in kinds
        return int(word) if number else word

    def of_run(self, body: Body, number: int) -> Body:
        """A body that speaks of a run: those of other numbers have other keys."""
        if not self.reader.by_name:
            return body
        other = self.reader.with_key(body.json, number - 1)
        for part in self.reader.key:
            pointer = self.reader.pointer(f"$run#{part}", other)
            if pointer is not None and find(other, pointer) is not MISSING:
                body = body.but(pointer, find(other, pointer))
        return body

    def runs(self, runs: list[Json]) -> Json:
        """A body that shows runs."""
        body = self.base.json
        listed = isinstance(find(body, self.reader.select), list)
        if not self.reader.select:
            return runs[0] if runs else {}
        return put(body, self.reader.select, runs if listed else runs[0] if runs else MISSING)

    def status_values(self) -> dict[str, str]:
        """The map: states by the vendor's words."""
        return {word: str(state) for word, state in objects(entry(self.spec, "state", "map")).items()}

    @cached_property
    def reportable(self) -> dict[str, str]:
        """What a job can be told to be, in the vendor's words, as far as a body can be made that says so."""
        return {item.name: item.state for item in self.by_status_values}

    @cached_property
    def by_status_values(self) -> list[Telling]:
        """A response for each word of the map."""
        found = (Telling(word, state, self.saying(word), self.status) for word, state in self.status_values().items())
        return [item for item in found if self.tells(item)]

    def tells(self, item: Telling) -> bool:
        """Whether a response tells its state, can be decoded, and is not refused."""
        body = item.body.json
        read = self.reader.read(body, item.status, {key.lower(): value for key, value in item.headers.items()})
        decoded = item.status != self.status or self.valid(body)
        return read.state == item.state and decoded and not self.refused(body)

    @cached_property
    def by_rules(self) -> list[Telling]:
        """A response for each rule, and for each of the values that one of its conditions lists."""
        return [*self._by_rules()]

    def _by_rules(self) -> Iterator[Telling]:
        for index, rule in enumerate(listed(entry(self.spec, "state", "rules"))):
            conditions = conditions_of(rule)
            choices = max((compared_values(condition) for condition in conditions), key=len, default=list[Json]())
            for choice in choices or [None]:
                # Of an example that another rule speaks of, that rule would go on to speak.
                bases = [None, Body(self._made_up()), *(Body(body, name) for name, body in self.examples.items())]
                named = f"rule {index}", str(entry(rule, "is"))
                tried = (self._fulfilled(*named, conditions, choice, base) for base in bases)
                yield from (found for found in list(filter(self.tells, tried))[:1])

    def _fulfilled(
        self, name: str, state: str, conditions: list[dict[str, Json]], choice: Json, base: Body | None
    ) -> Telling:
        wanted = {place_of(item): self.wanted(item, choice) for item in conditions}
        code = wanted.get("$response.status", self.status)
        status = code if isinstance(code, int) else self.status
        body, headers = self._body_of(status, base), dict[str, str]()
        for place, value in wanted.items():
            if place.startswith("$response.header.") and not isinstance(value, Missing):
                headers[place.removeprefix("$response.header.")] = str(value)
            elif (pointer := self.reader.pointer(place, body.json)) is not None:
                body = body.but(pointer, self.minimal_at(pointer) if value == MADE_UP else value)
        return Telling(name, state, body, status, headers)

    def wanted(self, condition: Mapping[str, Json], choice: Json = None) -> Found:
        """A value for which a condition holds: of one on the elements of a list, a list with one that is documented."""
        if not elements_of(condition):
            return wanted_by(condition, choice)
        pointer = self.reader.pointer(place_of(condition), self.base.json)
        item = {} if pointer is None else self.document.schemas.minimal(self.part_at(f"{pointer}/0"))
        for inner in inner_of(condition):
            item = put(item, in_item(inner), wanted_by(inner))
        return [json.dumps(item) if "contentMediaType" in elements_of(condition) else item]

    def _body_of(self, status: int, base: Body | None) -> Body:
        """The documented body of a status, else the least one."""
        response = self.called("status").response(status)
        if status == self.status or response is None:
            return (base or self.base) if status == self.status else Body({})
        for name, value in response.content.examples.items():
            return Body(value, name)
        return Body(
            self.document.schemas.minimal(response.content.part) if is_json(response.content.media_type) else {}
        )

    @cached_property
    def tellings(self) -> list[Telling]:
        """Every response that tells a state, by rules and by words."""
        return [*self.by_rules, *self.by_status_values]

    def telling(self, *states: str) -> Telling:
        """A response that tells one of some states, the first that there is one for, of the run that others tell of."""
        known = {item.state: item for item in reversed(self.tellings)}
        found = next(known[state] for state in states if state in known)
        return replace(found, body=self.in_run(found.name)) if found.name in self.reportable else found

    def in_run(self, word: str) -> Body:
        """A body that says a word, of the run that other such bodies speak of, too."""
        return self.saying(word, self.base) if self.reader.by_name else self.saying(word)

    def tells_of(self, states: Collection[str]) -> bool:
        """Whether a body can be made that tells one of some states."""
        return any(item.state in states for item in self.tellings)

    @property
    def goes_on(self) -> bool:
        """Whether a body can be made about a job that goes on."""
        return self.tells_of(_BUSY)

    @property
    def ends_well(self) -> bool:
        """Whether a body can be made about a job that ended well, and one that goes on."""
        return self.goes_on and self.tells_of(GOOD)

    @cached_property
    def busy(self) -> Telling:
        """A response about a job that goes on."""
        return self.telling(*_BUSY)

    @cached_property
    def end(self) -> Telling:
        """A response about a job that ended well."""
        return self.telling(*GOOD)

    def success(self, role: str) -> tuple[int, Json]:
        """As `documented`, but that submit names the job of which the usual response to status speaks."""
        status, body = self.documented(role)
        return status, self._as_echoed(self.moved(body)) if role == "submit" else body

    def documented(self, role: str) -> tuple[int, Json]:
        """HTTP status and body of a response to a role's call that says yes; None for no body."""
        operation = self.called(role)
        response = next((item for item in operation.responses if item.success), None)
        if response is None:
            return 200, {}
        status = status_of(operation, response.status) or 200
        if not is_json(response.content.media_type):
            return status, None
        for body in response.content.examples.values():
            if not refuses(operation.envelope, Reply.of(status, body).read):
                return status, body
        body = agreed(operation.envelope, self.document.schemas.minimal(response.content.part))
        return status, self._named(body) if role == "submit" else body

    def _named(self, body: Json) -> Json:
        """A response to submit that is made up, and names the job where that is read."""
        for name, spec in self.identity.items():
            at = [place.removeprefix(f"{_BODY}#") for place in texts(entry(spec, "from")) if place.startswith(_BODY)]
            if at and all(find(body, pointer) in (MISSING, None) for pointer in at) and at[0]:
                value: Json = f"{'/' * self.is_url(name)}job-0"
                body = put(body, at[0], 4711 if self.integer(name) else value)
        return body

    def _as_echoed(self, body: Json) -> Json:
        """A response to submit that names the job of which the usual response to status speaks."""
        echo = self.reader.echo
        shown = find(self.base.json, echo[0]) if echo is not None else MISSING
        for place in texts(entry(self.identity[echo[1]], "from")) if echo is not None else ():
            head, _, pointer = place.partition("#")
            if head == _BODY and shown is not MISSING and find(body, pointer) is not MISSING:
                body = put(body, pointer, shown)
        return body

    def moved(self, body: Json) -> Json:
        """A response of the documented server as the server of the suite says it."""
        for pointer, url in self.at_home(body).items():
            body = put(body, pointer, url)
        return body

    def about(self, body: Json, identity: Mapping[str, Json]) -> Json:
        """A response to status that repeats what identifies the job, as far as the document says that it does."""
        echo = self.reader.echo
        return body if echo is None or echo[1] not in identity else put(body, echo[0], identity[echo[1]])


def agreed(envelope: Json, body: Json) -> Json:
    """A body with something at the places of an envelope for which it says yes."""
    tests = [(name, test) for name in ("ok", "refused") for test in conditions_in(entry(envelope, name))]
    for name, condition in tests:
        place = place_of(condition)
        if not place.startswith(f"{_BODY}#") or not says_no({name: condition}, Reply.of(200, body)):
            continue
        tries = [filled(body, place, value) for value in (*compared_values(condition), "text", 1, None, True, False)]
        tries.append(without(body, place))
        body = next((each for each in tries if not says_no({name: condition}, Reply.of(200, each))), body)
    return body


def conditions_of(rule: Json) -> list[dict[str, Json]]:
    """What must hold for a rule or a refinement."""
    return conditions_in(entry(rule, "when"))


def wanted_by(condition: Mapping[str, Json], choice: Json = None) -> Found:
    """A value for which a condition holds; where several do, the one that is chosen if it is among them."""
    if status_values := compared_values(condition):
        return choice if choice in status_values else status_values[0]
    if "empty" in condition or condition.get("exists") is False:
        return MISSING
    if isinstance(minimal := condition.get("greater"), int | float):
        return int(minimal) + 1
    return MADE_UP
