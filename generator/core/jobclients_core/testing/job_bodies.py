"""Bodies of responses about a job: they fit the schema and say its state, times and progress as the vendor would."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from jobclients_core.conditions import First, When
from jobclients_core.expressions import (
    ABSENT,
    BODY,
    Expression,
    Extract,
    Place,
    ResponseContext,
    name_in,
    parse,
    pointer_in,
    resolve,
    source_of,
)
from jobclients_core.jobparts import TIMES, FieldRule, Select
from jobclients_core.jobtype import JobType
from jobclients_core.pointers import of_place
from jobclients_core.states import JobState
from jobclients_core.times import FORMATS
from jobclients_core.type_guards import is_array

from .lifecycle import Step, accepted
from .samples import ANYTHING, Shape, drop, put
from .sentences import prose, replaced


@dataclass(frozen=True, slots=True)
class Look:
    """How a job looks at one moment.

    Args:
        step: Its state.
        identity: What identifies it.
        run: The number of its run, which tells runs apart; milliseconds since 1970, but never the same twice.
        began: When it began to run; None before that.
        ended: When it ended; None before that.
        now: The time of the look.
        progress: From 0 to 1.
        message: What the vendor says about it.
        result: What came of it, where a test wants something of its own.
    """

    step: Step
    identity: dict[str, str | int]
    run: int
    began: datetime | None
    ended: datetime | None
    now: datetime
    progress: float
    message: str
    result: Any = None


class Draft:
    """A response in the making.

    Args:
        shape: The shape of its body.
        body: The body so far; the least valid one when None.
    """

    def __init__(self, shape: Shape, body: Any = None) -> None:
        self.shape = shape
        self.body: Any = shape.sample() if body is None else body
        self.status = 200
        self.headers: dict[str, str] = {}
        self._run = ""
        self._result = ""
        self._json = False

    def place(self, source: str) -> str | None:
        """The pointer into the body that an expression means; None where it means something else."""
        match parse(source):
            case Expression("response", "body", pointer):
                return pointer
            case Expression("run", _, pointer):
                return self._run + pointer
            case Expression("result", _, pointer):
                return self._result + pointer
            case _:
                return None

    def set(self, source: str, value: Any) -> None:
        """Set what an expression names."""
        match parse(source):
            case Expression("response", "status"):
                self.status = int(value)
            case Expression("response", "header", name):
                self.headers[name] = str(value)
            case Expression("result", _, pointer) if self._json:
                self._set_inside(pointer, value)
            case _:
                place = self.place(source)
                if place is not None:
                    self.body = put(self.body, self.shape, place, value)

    def say(self, place: Place, text: str) -> None:
        """Say something at a place; in a sentence that its pattern reads, where only a part of it is meant."""
        if isinstance(place, Extract):
            pointer = self.place(place.source)
            there = _at(self.body, pointer) if pointer is not None else None
            # A sentence that another place has begun goes on.
            begun = [there, f"{there}-"] if isinstance(there, str) else []
            said = next((said for one in begun if (said := replaced(place.pattern, one, text)) is not None), None)
            text = said or prose(place.pattern, text) or text
        self.set(source_of(place), text)

    def _set_inside(self, pointer: str, value: Any) -> None:
        """Set a place of a result that is JSON in a text."""
        whole = self.shape.at(self._result)
        schema = next((option.content for option in whole.alternatives if option.content is not None), ANYTHING)
        text = _at(self.body, self._result)
        inner = json.loads(text) if isinstance(text, str) and text[:1] in ("{", "[") else schema.sample()
        self.body = put(self.body, self.shape, self._result, json.dumps(put(inner, schema, pointer, value)))

    def satisfy(self, when: When) -> None:
        """Make a condition hold."""
        values = accepted(when)
        pointer = self.place(when.source)
        if values:
            self.set(when.source, values[0])
        elif when.greater is not None:
            number = math.floor(when.greater) + 1
            text = pointer is not None and self.shape.at(pointer).only("string") is not None
            self.set(when.source, str(number) if text else number)
        elif when.none_of is not None:
            known = [word for word in self.enum_values(when.source) if word not in when.none_of]
            self.set(when.source, known[0] if known else "text")
        elif when.any_of or when.all_of:
            self.set(when.source, [self._item(when, pointer)])
        elif when.exists is False or when.empty is True:
            if pointer is not None:
                drop(self.body, pointer)
        else:
            # Not empty, whatever its shape is: the first of these that fits.
            shape = self.shape.at(pointer) if pointer is not None else ANYTHING
            filled = [shape.child("0").sample()] if shape.only("array") is not None else "text"
            self.set(when.source, filled)

    def _item(self, when: When, pointer: str | None) -> Any:
        """An element of a list that meets the conditions on one."""
        shape = self.shape.at(pointer).child("0") if pointer is not None else ANYTHING
        inner = next((option.content for option in shape.alternatives if option.content is not None), ANYTHING)
        element = Draft(inner if when.json else shape)
        for condition in when.any_of or when.all_of:
            element.satisfy(replace(condition, source=condition.source.replace("$item#", BODY, 1)))
        return json.dumps(element.body) if when.json else element.body

    def contradict(self, when: When) -> None:
        """Make a condition fail, if it holds because of a value that was only a sample."""
        pointer = self.place(when.source)
        if when.any_of or when.all_of or when.none_of is not None or when.greater is not None:
            value = _at(self.body, pointer) if pointer is not None else ABSENT
            if replace(when, source="$item#").holds(ResponseContext(self.status, {}, None, item=value)):
                self.forget(when.source)
            return
        if pointer is None or _at(self.body, pointer) not in accepted(when):
            return
        others = [word for word in self.shape.at(pointer).enum_values if word not in accepted(when)]
        if others:
            self.set(when.source, others[0])
        else:
            drop(self.body, pointer)

    def begin_run(self, select: Select, source: str, look: Look, element: Any = None) -> None:
        """Put one run where the runs are.

        Args:
            select: What tells runs apart.
            source: Where they are.
            look: How the job looks.
            element: The run to start from; the least valid one when None.
        """
        pointer = pointer_in(source)
        shape = self.shape.at(pointer)
        is_list = shape.only("array") is not None
        self._run = f"{pointer}/0" if is_list else pointer
        if element is None:
            element = (shape.child("0") if is_list else shape).sample()
        if pointer:
            self.body = put(self.body, self.shape, pointer, [element] if is_list else element)
        elif is_list:
            self.body = [element]
        for name in select.key:
            self.set(f"$run#{of_place(name)}", look.run)
        for name, template in select.match.items():
            value = look.identity.get(name_in(template, "job") or "", template)
            self.set(f"$run#{of_place(name)}", value)

    def knows(self, source: str) -> bool:
        """Whether the documentation has the place of an expression."""
        pointer = self.place(source)
        return pointer is not None and self.shape.at(pointer).known

    def enum_values(self, source: str) -> list[Any]:
        """The documented words of the place of an expression."""
        pointer = self.place(source)
        return self.shape.at(pointer).enum_values if pointer is not None else []

    def forget(self, source: str, absent: tuple[Any, ...] = ()) -> None:
        """Take away what a place says; where it may not be missing, it says one of the values that mean nothing."""
        pointer = self.place(source)
        if pointer is not None:
            drop(self.body, pointer, self.shape)
            if absent and _at(self.body, pointer) is not None:
                self.set(source, absent[0])

    def begin_result(self, rule: FieldRule) -> None:
        """Note where the result is."""
        self._result = next((place for source in _plain(rule) if (place := self.place(source))), "")
        self._json = rule.json and any(
            option.content is not None for option in self.shape.at(self._result).alternatives
        )


def describe(draft: Draft, job_type: JobType[Any], look: Look, zone: tzinfo | None, *, alike: bool = False) -> None:
    """Make a response say how a job looks.

    Args:
        draft: The response; what is said already (a run, identifiers) stays.
        job_type: The job type as the spec states it.
        look: How it looks.
        zone: The vendor's clock, for times without a zone.
        alike: Whether the response speaks of the same state already; else what it says of another one is taken away.
    """
    if "result" in job_type.fields:
        draft.begin_result(job_type.fields["result"])
    _forget(draft, job_type, alike=alike)
    _say_fields(draft, job_type, look, zone)
    _say_state(draft, job_type, look.step)
    _say_parameters(draft, job_type, look.step)


def _say_parameters(draft: Draft, job_type: JobType[Any], step: Step) -> None:
    """Say of a failed job what the call for the reason is given."""
    given = job_type.failure.sources.values() if job_type.failure is not None and step.state in job_type.failed else ()
    for source in (value for value in given if isinstance(value, First)):
        pointer = draft.place(source.of)
        items: Any = _at(draft.body, pointer) if pointer is not None else None
        for index, item in enumerate(items if is_array(items) else []):
            met = all(when.holds(ResponseContext(200, {}, None, item=item)) for when in source.when)
            if met and resolve(item, source.at) is ABSENT:
                place = f"{pointer}/{index}{source.at}"
                draft.body = put(draft.body, draft.shape, place, draft.shape.at(place).sample())


def _forget(draft: Draft, job_type: JobType[Any], *, alike: bool) -> None:
    """Take away what an example says of another job; one of the same state keeps what it says, but for its times."""
    keys = {f"$run#{of_place(key)}" for key in job_type.select.key} if job_type.select is not None else set[str]()
    for name, rule in job_type.fields.items():
        if not alike or (name in TIMES and not rule.pattern):
            for source in set(_plain(rule)) - keys:
                if not source.startswith("$result"):
                    draft.forget(source, rule.absent)


def _say_state(draft: Draft, job_type: JobType[Any], step: Step) -> None:
    for when in step.rule.when if step.rule is not None else ():
        word = _word(draft, job_type, step, when)
        if word is ABSENT:
            draft.satisfy(when)
        else:
            draft.set(when.source, word)
    for when in step.refine.when if step.refine is not None else ():
        draft.satisfy(when)
    if step.rule is None:
        for places, word in zip(job_type.raw_state, step.at, strict=False):
            draft.set(places[0], word)
        if not step.at:
            draft.body = {} if draft.place("$run") == "" else draft.body
            for source in (source for places in job_type.raw_state for source in places):
                drop(draft.body, draft.place(source) or "")
    elif step.refine is None:
        for refine in job_type.refine:
            if refine.state == step.state:
                _avoid(draft, refine.when)


def _word(draft: Draft, job_type: JobType[Any], step: Step, when: When) -> Any:
    """The word that says a state: as the lifecycle spells it, or, for a canonical state, as this place documents it."""
    own = [value for value in accepted(when) if str(value).casefold() == step.word.casefold()]
    if step.word != step.state:
        return (step.word if job_type.match == "casefold" else own[0]) if own else ABSENT
    others = [
        value
        for rule in job_type.states
        for other in rule.when
        if rule.state == step.state and other.source == when.source
        for value in accepted(other)
    ]
    fold = job_type.match == "casefold"
    documented = {str(word).casefold() if fold else word: word for word in draft.enum_values(when.source)}
    spelled = (str(value).casefold() if fold else value for value in (*own, *accepted(when), *others))
    return next((documented[value] for value in spelled if value in documented), own[0] if own else ABSENT)


def _avoid(draft: Draft, when: tuple[When, ...]) -> None:
    for condition in when:
        if condition.empty is False and draft.place(condition.source) is None:
            continue
        draft.contradict(condition)


def _say_fields(draft: Draft, job_type: JobType[Any], look: Look, zone: tzinfo | None) -> None:
    values: dict[str, Any] = {
        "started_at": look.began,
        "updated_at": look.now,
        "finished_at": look.ended,
        "duration": (look.ended - look.began).total_seconds() if look.ended and look.began else None,
        "progress": look.progress,
        "message": look.message or None,
        "error": look.message if look.step.state is JobState.FAILED and look.message else None,
        "result": look.result if look.step.state.ok else None,
    }
    # The longest pattern says most; a shorter one for the same text is then said as well.
    for name, rule in sorted(job_type.fields.items(), key=lambda item: -len(item[1].pattern)):
        sources = [source for source in _plain(rule) if not source.startswith("$result")]
        first = sources[0] if sources and not draft.shape.known else None
        place = next((source for source in sources if draft.knows(source)), first)
        if values.get(name) is not None and place is not None and len(sources) == len(_plain(rule)):
            _say(draft, rule, place, values[name], zone)


def _plain(rule: FieldRule) -> list[str]:
    """The places of a field that are places of the response to the status, and in no list."""
    return [source for source in rule.reported if isinstance(source, str)]


def _say(draft: Draft, rule: FieldRule, source: str, value: Any, zone: tzinfo | None) -> None:
    pointer = draft.place(source)
    if rule.pattern:
        there = _at(draft.body, pointer) if pointer is not None else None
        for spelling in _encodings(rule, value, zone):
            text = replaced(rule.pattern, there, spelling) if isinstance(there, str) else None
            text = text or prose(rule.pattern, spelling)
            if text is not None:
                draft.set(source, text)
                return
        return
    if rule.total:
        draft.set(rule.total, 100)
        draft.set(source, round(value * 100 / rule.scale))
    elif rule.json and not isinstance(value, str):
        draft.set(source, json.dumps(value))
    elif isinstance(value, datetime):
        draft.set(source, next(_encodings(rule, value, zone)))
    elif isinstance(value, float):
        draft.set(source, round(value / rule.scale, 6))
    else:
        draft.set(source, value)


def _encodings(rule: FieldRule, value: Any, zone: tzinfo | None) -> Iterator[Any]:
    """A value as the vendor may spell it."""
    if isinstance(value, datetime):
        yield FORMATS[rule.format].write(value, zone or UTC) if rule.format in FORMATS else value.isoformat()
        yield value.isoformat(sep=" ")
    elif isinstance(value, float):
        yield f"{value / rule.scale:.1f}"
    else:
        yield str(value)


def _at(document: Any, pointer: str) -> Any:
    found = resolve(document, pointer)
    return None if found is ABSENT else found
