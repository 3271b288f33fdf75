"""JB1, JB4, JB6, EX4: what each word, sequence of words and documented example of an answer means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import count, repeat
from typing import Any

from jobclients_contract.cases import Contract, Example, Json, Kind, Operation, State
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.jobs import (
    bad_end,
    busy_row,
    ends_of,
    expect_carried,
    expect_end,
    expect_error,
    expect_status,
    good_end,
    way_of,
)
from jobclients_contract.playing.driver import error_class, raised
from jobclients_contract.playing.jobs import logged, says, staged
from jobclients_contract.playing.loopback import answer
from jobclients_contract.reading.conditions import refuses
from jobclients_contract.reading.jobs import ENDS, Reader
from jobclients_contract.reading.pointers import Missing, entry, find, put

_UNHEARD_OF = "987654"
"""A word that is no vendor's, and that a number may be, too."""

_words = count(700_001)
"""Words that nobody has seen in this process, which is told of each word once."""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this concern."""
    table = (
        ("JB1", "sequences", _walked),
        ("JB4", "a word that is not mapped", _unheard_of),
        ("JB4", "a word that is mapped again", _known_again),
        ("JB4", "words that are not mapped", _told_of),
        ("JB1", "an end inside a refusal", _refused),
        ("JB1", "times without a zone", _zoneless),
        ("JB1", "an end before the start", _backwards),
        ("JB6", "to and fro", _flapping),
        ("JB6", "an end that was none", _back),
    )
    for kind in contract.kinds:
        for row in kind.states:

            def word(mode: str, kind: Kind = kind, row: State = row) -> None:
                _means(contract, kind, row, mode)

            covers = (f"state:{kind.name}/{row.name}", f"role:{kind.name}/status")
            yield from both(contract, "JB1", kind.name, row.name, row.where, word, covers)
        for rule, subject, judge in table:

            def act(mode: str, kind: Kind = kind, judge: Any = judge) -> None:
                judge(contract, kind, mode)

            if _applies(contract, kind, judge):
                yield from both(contract, rule, kind.name, subject, kind.where, act)
        yield from _examples(contract, kind)


def _applies(contract: Contract, kind: Kind, judge: object) -> bool:
    """Whether a kind of job has what a check is about."""
    if judge in (_unheard_of, _known_again, _told_of):
        return bool(entry(kind.spec, "state", "map"))
    if judge is _refused:
        return bool(_inside_refusals(contract, kind))
    return judge is not _backwards or bool(_ending_early(kind))


def _means(contract: Contract, kind: Kind, row: State, mode: str) -> None:
    """JB1: one word alone, asked for once and waited for."""
    with staged(contract, kind, mode, row, row, good_end(kind), row) as stage:
        job = stage.job()
        expect_status(stage, row, stage.status(job))
        if row.state not in ENDS:
            expect_status(stage, good_end(kind), stage.wait(job), "the end differs")
            expect(3, len(stage.asked), "the number of requests differs")
            expect(1, len(stage.watch.sleeps), "the number of sleeps differs")
            return
        expect_end(stage, row, lambda: stage.wait(job))
        expect([], stage.watch.sleeps, "an end was slept on")
    if row.state == "succeeded_with_warnings":
        with staged(contract, kind, mode, row) as stage:
            error = raised(lambda: stage.wait(stage.job(), warnings="raise"))
            expect(error_class(contract, "JobFailed"), type(error), "unwanted warnings are no failure")


def _walked(contract: Contract, kind: Kind, mode: str) -> None:
    """JB1: all words of the way, and then each of the ends."""
    for end in ends_of(kind):
        _walked_to(contract, kind, [*way_of(kind), end], mode)


def _walked_to(contract: Contract, kind: Kind, rows: list[State], mode: str) -> None:
    seen: list[Any] = []
    turns: list[Any] = []
    end = rows[-1]
    with staged(contract, kind, mode, *rows) as stage:
        job = stage.job()
        expect_end(stage, end, lambda: stage.wait(job, on_update=seen.append, on_state=turns.append), rows[:-1])
        expect(len(rows), len(stage.asked), "the number of requests differs")
    told = [(row.state, row.word) for row in rows]
    expect(told, [(str(status.state), status.raw_state) for status in seen], f"the way to {end.name} differs")
    states = [row.state for row in rows]
    changes = [state for before, state in zip(["", *states], states, strict=False) if before != state]
    expect(changes, [str(status.state) for status in turns], f"the changes on the way to {end.name} differ")
    with staged(contract, kind, mode, *rows) as stage:
        looked = stage.watched(stage.job(), polls=True)
        expect(told, [(str(item.state), item.raw_state) for item in looked], f"watching the way to {end.name} differs")


def _examples(contract: Contract, kind: Kind) -> Iterator[Check]:
    operation = contract.operation(kind.roles["status"])
    for documented in operation.answers:
        for example in documented.examples if documented.success and "json" in documented.media_type else ():

            def act(mode: str, example: Example = example) -> None:
                _classified(contract, kind, example, mode)

            subject = f"{kind.name} {example.name}"
            covers = (f"example:{example.where}",)
            yield from both(contract, "EX4", operation.method, subject, example.where, act, covers)


def _classified(contract: Contract, kind: Kind, example: Example, mode: str) -> None:
    """EX4: a documented answer about a job has a canonical state, and its facts are read."""
    reader = Reader(kind.spec)
    read = reader.read(example.value)
    row = State(example.name, read.word, read.state, example.where, example.value)
    operation = contract.operation(kind.roles["status"])
    if row.state not in ENDS and refuses(operation.envelope, reader.told(example.value).at):
        with staged(contract, kind, mode, answer(example.value)) as stage:
            error = raised(lambda: stage.status(stage.job()))
            expect(error_class(contract, "Refused"), type(error), "the documented refusal is none")
        return
    if row.state == "unknown" and not _mapped_to_unknown(kind, row.word):
        refuse("the spec does not say what the example means", "a mapped word", row.word)
    with staged(contract, kind, mode, answer(example.value)) as stage:
        expect_status(stage, row, stage.status(stage.job(_identity(kind, example.value))))


def _mapped_to_unknown(kind: Kind, word: str) -> bool:
    return entry(kind.spec, "state", "map", word) == "unknown"


def _identity(kind: Kind, body: Json) -> dict[str, Json]:
    """The identity of the job that an example speaks of."""
    reader = Reader(kind.spec)
    matched = entry(kind.spec, "run", "match")
    found = dict(kind.identity)
    for run in reader.runs(body)[:1]:
        for name, place in matched.items() if isinstance(matched, dict) else ():
            value = find(run, f"/{name}")
            if str(place).removeprefix("$job.") in found and isinstance(value, str | int):
                found[str(place).removeprefix("$job.")] = value
    return found


def _unheard_of(contract: Contract, kind: Kind, mode: str) -> None:
    """JB4: a word that is not mapped is no end and no failure for a while, and can be read; then it is."""
    reader = Reader(kind.spec)
    swapped = good_end(kind).word.swapcase()
    for word in [_UNHEARD_OF, *([] if reader.fold or swapped == good_end(kind).word else [swapped])]:
        row = _unmapped(kind, word)
        with staged(contract, kind, mode, roles={"status": repeat(row)}, chance=0.9) as stage:
            job = stage.job()
            expect_status(stage, row, stage.status(job))
            error = expect_error(stage, "UnknownState", partial(stage.wait, job), "a word that is not mapped")
            expect_carried(stage, job, error, row)
            most = reader.unknown_for + reader.poll.max
            if not reader.unknown_for - 1e-6 <= stage.watch.elapsed <= most:
                refuse("the word was waited out for another time", reader.unknown_for, stage.watch.elapsed)
    if reader.fold:
        row = good_end(kind)
        other = replace(row, word=row.word.swapcase(), answer=reader.worded(row.answer, row.word.swapcase()))
        with staged(contract, kind, mode, other) as stage:
            expect_status(stage, other, stage.wait(stage.job()), "a word in other letters differs")


def _unmapped(kind: Kind, word: str) -> State:
    """A row of a job that goes on, with a word that is not mapped."""
    row, reader = busy_row(kind), Reader(kind.spec)
    answer = reader.worded(row.answer, word)
    return replace(row, name=word, word=reader.read(answer).word, state="unknown", answer=answer)


def _known_again(contract: Contract, kind: Kind, mode: str) -> None:
    """JB4: the time of an unmapped word begins anew when another one comes in between."""
    reader = Reader(kind.spec)
    strange = says(_unmapped(kind, _UNHEARD_OF), Retry_After=str(int(reader.unknown_for * 0.4)))
    row, end = busy_row(kind), good_end(kind)
    with staged(contract, kind, mode, strange, strange, row, strange, strange, row, strange, end) as stage:
        expect_status(stage, end, stage.wait(stage.job(), timeout=reader.unknown_for * 10), "the end differs")
    with staged(contract, kind, mode, row, _unmapped(kind, _UNHEARD_OF), end) as stage:
        shown = [(str(status.state), status.raw_state) for status in stage.watched(stage.job())]
        told = [(row.state, row.word), ("unknown", _unmapped(kind, _UNHEARD_OF).word), (end.state, end.word)]
        expect(told, shown, "what watching shows differs")


def _told_of(contract: Contract, kind: Kind, mode: str) -> None:
    """JB4: each word that is not mapped is a step of its own in the history, and stands in the log once."""
    first, second = (_unmapped(kind, str(next(_words))) for _ in range(2))
    row, end = busy_row(kind), bad_end(kind)
    way = [row, first, first, second, row, first, second, second]
    with staged(contract, kind, mode, *way, end) as stage, logged() as records:
        job = stage.job()
        expect_end(stage, end, partial(stage.wait, job), way)
    for strange in (first, second):
        said = [message for record in records if strange.word in (message := record.getMessage())]
        expect(1, len(said), f"how often the log says that {strange.word} is not known differs")


def _flapping(contract: Contract, kind: Kind, mode: str) -> None:
    """JB6: a job that goes to and fro is waited for, and each turn is told."""
    row, end = busy_row(kind), good_end(kind)
    other = next((item for item in way_of(kind)[::-1] if item.state != row.state), row)
    rows = [row, other, row, other, other, row, end]
    if not Reader(kind.spec).runs(other.answer):
        rows = [other, row, row, row, end]
    _walked_to(contract, kind, rows, mode)


def _back(contract: Contract, kind: Kind, mode: str) -> None:
    """JB6: a run that had ended and goes on says so, is no failure, and is waited for once more."""
    row = busy_row(kind)
    for first in (good_end(kind), bad_end(kind)):
        with staged(contract, kind, mode, first, row, row, good_end(kind), row) as stage:
            job = stage.job()
            expect(False, stage.status(job).regressed, "an end counts as going back")
            expect(True, stage.status(job).regressed, "a run that goes back does not say so")
            expect_status(stage, good_end(kind), stage.wait(job), "the end differs")
            expect(True, stage.status(job).regressed, "a run that goes back does not say so")


def _refused(contract: Contract, kind: Kind, mode: str) -> None:
    """JB1: an end is one inside an answer that refuses, too; what goes on is refused."""
    for row in _inside_refusals(contract, kind):
        with staged(contract, kind, mode, row) as stage:
            job = stage.job()
            if row.state in ENDS:
                expect_end(stage, row, partial(stage.wait, job))
            else:
                expect_error(stage, "Refused", partial(stage.wait, job), "a refusal is none")


def _inside_refusals(contract: Contract, kind: Kind) -> list[State]:
    """Rows that say what they say inside an answer that refuses."""
    reader = Reader(kind.spec)
    operation = contract.operation(kind.roles["status"])
    found: list[State] = []
    for row in (busy_row(kind), *ends_of(kind)):
        other = replace(row, answer=_refusal(operation, row.answer, reader))
        read = reader.read(other.answer)
        if other.answer != row.answer and (read.state, read.word) == (row.state, row.word):
            found.append(other)
    return found


def _refusal(operation: Operation, body: Json, reader: Reader) -> Json:
    """A body that the envelope refuses, by one change that documented answers show; the body itself where none does."""
    shown = [example.value for answered in operation.answers for example in answered.examples]
    for name in ("ok", "refused"):
        place = entry(operation.envelope, name, "from")
        pointer = place.partition("#")[2] if isinstance(place, str) else ""
        made_up: list[Json] = ["refused"] if entry(operation.envelope, name, "exists") else []
        if isinstance(find(body, pointer), bool):
            made_up.append(not find(body, pointer))
        values = [value for example in shown if not isinstance(value := find(example, pointer), Missing)]
        for value in [*values, *made_up] if pointer else ():
            other = put(body, pointer, value)
            if refuses(operation.envelope, reader.told(other).at):
                return other
    return body


def _zoneless(contract: Contract, kind: Kind, mode: str) -> None:
    """JB1: a time without a zone is no moment where nobody says which zone it is of; its text stays."""
    reader = Reader(kind.spec)
    for row in kind.states:
        read = reader.read(row.answer, row.status, row.headers)
        with staged(contract, kind, mode, row, zone=None) as stage:
            status = stage.status(stage.job())
        expect(dict(read.raw_times), dict(status.raw_times), "the texts of the times differ")
        for name in read.raw_times:
            bare = entry(kind.spec, "fields", name, "format") in ("java-medium-us", "jdbc")
            expect(bare, getattr(status, name) is None, f"whether {name} is told differs")


def _backwards(contract: Contract, kind: Kind, mode: str) -> None:
    """JB1: where the end stands before the start, both are told, and no duration is made of them."""
    for row in _ending_early(kind):
        with staged(contract, kind, mode, row) as stage:
            expect_status(stage, row, stage.status(stage.job()), "the status of a job that ended before its start")


def _ending_early(kind: Kind) -> list[State]:
    """Rows with both times, the one in the place of the other."""
    reader = Reader(kind.spec)
    names = ("started_at", "finished_at")
    found: list[State] = []
    for row in kind.states:
        places = [reader.pointer(place, row.answer) or "" for name in names for place in reader.field_places(name)[:1]]
        if all(places) and len(places) == len(names):
            start, end = (find(row.answer, place) for place in places)
            if not isinstance(start, Missing) and not isinstance(end, Missing) and start and end and start != end:
                swapped = put(put(row.answer, places[0], end), places[1], start)
                found.append(replace(row, answer=swapped))
    alike = entry(kind.spec, "fields", names[0], "format") == entry(kind.spec, "fields", names[1], "format")
    return found if alike else []
