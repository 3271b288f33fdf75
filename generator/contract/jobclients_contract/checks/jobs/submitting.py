"""JB1, JB3, JB5, JB6, JB11: jobs that are submitted: told from those before, found again, asked about together."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain, repeat
from typing import Any

from jobclients_contract.cases import Contract, Json, Kind, State
from jobclients_contract.failure import Check, both, expect, refuse
from jobclients_contract.judging.jobs import (
    bad_end,
    busy_row,
    expect_end,
    expect_error,
    good_end,
    identity_of,
    texts_of,
)
from jobclients_contract.playing.jobs import (
    Stage,
    Told,
    agreed,
    arguments_of,
    listed,
    listing,
    operation_of,
    says,
    staged,
    submitted,
    yes,
)
from jobclients_contract.playing.loopback import RESET, Request, Script, answer
from jobclients_contract.reading.jobs import ENDS, Reader
from jobclients_contract.reading.pointers import MISSING, Missing, entry, find, put, texts


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this concern."""
    for kind in contract.kinds:
        reader = Reader(kind.spec)
        submits = "submit" in kind.roles
        baseline = submits and entry(kind.spec, "run", "baseline") is not None
        tagged = isinstance(_tag(kind), str)
        table = (
            ("JB1", "submitted", _submitted, submits, ("submit",)),
            ("JB1", "ended when it was submitted", _ended_at_once, kind.final is not None, ("submit",)),
            ("JB1", "the run before", _not_yesterdays, baseline, ("submit",)),
            ("JB1", "a run that is not named", _unnamed_run, baseline, ("submit",)),
            ("JB5", "a run that does not show yet", _unseen_run, baseline, ("submit",)),
            ("JB6", "another run", _superseded, reader.by_name, ()),
            ("JB6", "a run of another job", _of_another, _runs_of_many(kind), ()),
            ("JB5", "found in a list", _discovered, submits and entry(kind.spec, "discover") is not None, ("submit",)),
            ("JB3", "a lost answer that is found", _found_again, tagged and "list" in kind.roles, ("submit", "list")),
            ("JB3", "keys of submissions", _tags, submits and tagged, ("submit",)),
            ("JB3", "a lost answer", _lost, submits, ("submit",)),
            ("JB11", "many in one call", _many, "status_many" in kind.roles, ("status_many",)),
        )
        for rule, subject, judge, applies, roles in table:

            def act(mode: str, kind: Kind = kind, judge: Any = judge) -> None:
                judge(contract, kind, mode)

            covers = tuple(f"role:{kind.name}/{role}" for role in roles)
            if applies:
                yield from both(contract, rule, kind.name, subject, kind.where, act, covers)


def _tag(kind: Kind) -> Json:
    """The argument of submit that carries a key of the client's."""
    return entry(kind.spec, "submit", "idempotency", "parameter")


def _pairs(rows: Iterable[State], told: Iterable[Any]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """States and words, as documented and as told."""
    return [(row.state, row.word) for row in rows], [(str(status.state), status.raw_state) for status in told]


def _submitted(contract: Contract, kind: Kind, mode: str) -> None:
    """Submitting sends what the call sends, once, and leads to the job that the answer names."""
    rows = [busy_row(kind), good_end(kind)]
    told: list[Any] = []
    with submitted(contract, kind, mode, rows) as stage:
        job = stage.submit()
        wanted = ["status"] if entry(kind.spec, "run", "baseline") else []
        wanted += ["discover"] if entry(kind.spec, "discover") else []
        expect([*wanted, "submit"], stage.roles(), "the requests differ, by role")
        expect(identity_of(stage), texts_of(job.identity), "the identity of the handle differs")
        own = stage.server.requests[-1]
        stage.wait(job, on_update=told.append)
        expect(*_pairs(rows, told), "what is told of the job differs")
        expect({"exact"}, {str(status.attribution) for status in told}, "how sure it is whose status it is differs")
        again = stage.jobs.restore(job.to_json())
        expect(job.to_json(), again.to_json(), "a handle that was restored differs")
    with staged(contract, kind, mode, roles={"submit": [agreed(contract, kind, "submit", kind.submitted)]}) as stage:
        direct = stage.client.call(kind.roles["submit"], kind.submission)
        other = stage.server.request
        expect(other.line, own.line, "what submitting sends differs from what the call sends")
        if _tag(kind) is None:
            expect(other.body, own.body, "what submitting sends differs from what the call sends")
        else:
            bare = {name: value for name, value in own.json().items() if name != _tag(kind)}
            expect(other.json(), bare, "what submitting sends differs from what the call sends")
        expect(direct, job.submit_answer, "the answer to the submission differs")


def _ended_at_once(contract: Contract, kind: Kind, mode: str) -> None:
    """An answer to submit that is the end is waited for no longer, with no request."""
    final = kind.final
    assert final is not None
    with staged(contract, kind, mode, roles={"submit": [says(final)]}) as stage:
        job = stage.submit()
        status = stage.wait(job)
        expect(final.state, str(status.state), "the end differs")
        expect([final.state], [str(item.state) for item in stage.watched(job)], "what watching shows differs")
        stage.expect_roles("submit")


def _of_run(kind: Kind, row: State, number: int) -> State:
    """The same state of another run."""
    return replace(row, answer=Reader(kind.spec).with_key(row.answer, number))


def _not_yesterdays(contract: Contract, kind: Kind, mode: str) -> None:
    """A run that was there before is never taken for the one that was submitted, however it ended."""
    old = _of_run(kind, good_end(kind), 1)
    end = bad_end(kind)
    told: list[Any] = []
    answers: dict[str, Iterable[Told]] = {
        "status": [old, old, old, busy_row(kind), old, end],
        "submit": [agreed(contract, kind, "submit", kind.submitted)],
    }
    with staged(contract, kind, mode, roles=answers) as stage:
        job = stage.submit()
        expect(["status", "submit"], stage.roles(), "the requests differ, by role")
        again = stage.jobs.restore(job.to_json())
        _expect_bad(stage, end, partial(stage.wait, again, on_update=told.append))
    absent: dict[str, Iterable[Told]] = {
        "status": [answer({}, 404), end],
        "submit": [agreed(contract, kind, "submit", kind.submitted)],
    }
    with staged(contract, kind, mode, roles=absent) as stage:
        _expect_bad(stage, end, partial(stage.wait, stage.submit()))
    hidden = Reader(kind.spec).missing_state
    states = [str(status.state) for status in told]
    expect([hidden, hidden, busy_row(kind).state, "unknown", end.state], states, "what is told of the job differs")
    expect({"exact"}, {str(status.attribution) for status in told}, "how sure it is whose status it is differs")


def _expect_bad(stage: Stage, end: State, act: Any) -> None:
    """See a wait end badly."""
    name = "JobCancelled" if end.state == "cancelled" else "JobFailed"
    error = expect_error(stage, name, act, "the end differs")
    expect((end.state, end.word), (str(error.status.state), error.status.raw_state), "the end differs")


def _unnamed_run(contract: Contract, kind: Kind, mode: str) -> None:
    """Where the answer to submit shows no run, the one that was not there before is ours; two are one too many."""
    reader = Reader(kind.spec)
    pointer = str(entry(kind.spec, "run", "submitted") or "$response.body#").partition("#")[2]
    bare = agreed(contract, kind, "submit", put(kind.submitted, pointer, []) if pointer else {})
    old, end = _of_run(kind, good_end(kind), 1), good_end(kind)
    told: list[Any] = []
    answers: dict[str, Iterable[Told]] = {"status": [old, old, busy_row(kind), end], "submit": [bare]}
    with staged(contract, kind, mode, roles=answers) as stage:
        stage.wait(stage.jobs.restore(stage.submit().to_json()), on_update=told.append)
    states = [reader.missing_state, busy_row(kind).state, end.state]
    expect(states, [str(status.state) for status in told], "what is told of the job differs")
    expect("newer_than_baseline", str(told[-1].attribution), "how sure it is whose status it is differs")
    runs = reader.runs(end.answer) + reader.runs(_of_run(kind, end, 2).answer)
    if isinstance(find(end.answer, reader.select), list):
        two = answer(put(end.answer, reader.select, runs))
        with staged(contract, kind, mode, roles={"status": [old, two], "submit": [bare]}) as stage:
            expect_error(stage, "AmbiguousRun", partial(stage.wait, stage.submit()), "two runs that may be ours")


def _unseen_run(contract: Contract, kind: Kind, mode: str) -> None:
    """A run of ours that does not show is as the spec says for a while, and is then given up."""
    reader = Reader(kind.spec)
    nothing = answer(put(busy_row(kind).answer, reader.select, []))
    told: list[Any] = []
    with submitted(contract, kind, mode, [nothing, nothing, busy_row(kind), good_end(kind)]) as stage:
        stage.wait(stage.submit(), on_update=told.append)
    states = [reader.missing_state] * 2 + [busy_row(kind).state, good_end(kind).state]
    expect(states, [str(status.state) for status in told], "what is told of the job differs")
    with submitted(contract, kind, mode, chain([busy_row(kind)], repeat(nothing)), chance=0.9) as stage:
        job = stage.submit()
        expect_error(stage, "JobExpired", partial(stage.wait, job), "a run that does not show any more")
        lasted = stage.watch.elapsed - stage.asked[3][1]
        if not reader.missing_for - 1e-6 <= lasted <= reader.missing_for + reader.poll.max:
            refuse("the run was given up at another time", f"{reader.missing_for} seconds", lasted)


def _superseded(contract: Contract, kind: Kind, mode: str) -> None:
    """A run that takes the place of the handle's is not taken for it."""
    reader = Reader(kind.spec)
    row = max(kind.states, key=lambda row: (row.state not in ENDS, reader.shown_key(row.answer)))
    end = good_end(kind)
    # Runs are others when any part of their key is another.
    for parts in [None, *([part] for part in reader.key)]:
        other = replace(row, answer=reader.with_key(row.answer, 2, parts))
        if other.answer == row.answer:
            continue
        with staged(contract, kind, mode, row, other, row, other) as stage:
            job = stage.job()
            error = expect_error(stage, "RunSuperseded", partial(stage.wait, job), "another run is taken for ours")
            expect(True, error.job is job, "whether the exception carries the handle differs")
            again = stage.jobs.restore(job.to_json())
            expect(row.state, str(stage.status(again).state), "the state of our run differs")
            expect_error(stage, "RunSuperseded", partial(stage.status, again), "another run is taken for ours")
    with staged(contract, kind, mode, row, _of_run(kind, end, 2)) as stage:
        job = stage.job()
        stage.status(job)
        again = stage.jobs.restore(job.to_json())
        expect_error(stage, "RunSuperseded", partial(stage.wait, again), "another run is taken for ours")


def _of_another(contract: Contract, kind: Kind, mode: str) -> None:
    """A run of another job in the same answer is not looked at."""
    reader = Reader(kind.spec)
    row = busy_row(kind)
    names = entry(kind.spec, "run", "match")
    (other,) = reader.runs(_of_run(kind, good_end(kind), 3).answer)
    for name in names if isinstance(names, dict) else ():
        other = put(other, f"/{name}", f"{find(other, f'/{name}')}-2")
    for runs in ([other, *reader.runs(row.answer)], [*reader.runs(row.answer), other]):
        with staged(contract, kind, mode, replace(row, answer=put(row.answer, reader.select, runs))) as stage:
            expect(row.state, str(stage.status(stage.job()).state), "the state of our run differs")


def _runs_of_many(kind: Kind) -> bool:
    """Whether one answer lists the runs of several jobs."""
    listed = isinstance(find(busy_row(kind).answer, Reader(kind.spec).select), list)
    return listed and entry(kind.spec, "run", "match") is not None


def _discovered(contract: Contract, kind: Kind, mode: str) -> None:
    """Where the answer to submit names no run, the first that is new in the list is ours."""
    name = str(entry(kind.spec, "discover", "identity"))
    key = str(entry(kind.spec, "discover", "key"))
    bare = _nameless(kind)
    own = kind.identity[name]
    assert isinstance(own, int)
    elements = _elements(contract, kind, "discover")
    new, old, newer = (put(elements, key, number) for number in (own, own - 1, own + 1))

    def shows(*items: Json) -> Script:
        return agreed(contract, kind, "discover", listing(contract, kind, "discover", list(items)))

    lists: list[Told] = [shows(old), shows(old), answer({}, 503), *[shows(new, old)] * 3]
    answers: dict[str, Iterable[Told]] = {
        "discover": lists,
        "submit": [agreed(contract, kind, "submit", bare)],
        "status": [good_end(kind)],
    }
    with staged(contract, kind, mode, roles=answers) as stage:
        job = stage.submit()
        expect({name: str(own)}, {name: texts_of(job.identity).get(name)}, "the identity of the handle differs")
        expect(["discover", "submit"], stage.roles()[:2], "the requests differ, by role")
        looks = {request.line for request in stage.server.requests if request.line != stage.server.requests[1].line}
        stage.client.call(operation_of(contract, kind, "discover").method, arguments_of(contract, kind, "discover"))
        expect({stage.server.requests[-1].line}, looks, "what is asked for the list differs")
        expect("newer_than_baseline", str(stage.wait(job).attribution), "how sure it is whose status it is differs")
    for what, after in (("AmbiguousRun", shows(newer, new, old)), ("SubmitUncertain", shows(old))):
        answers = {"discover": chain([shows(old)], repeat(after)), "submit": [agreed(contract, kind, "submit", bare)]}
        with staged(contract, kind, mode, roles=answers) as stage:
            expect_error(stage, what, stage.submit, "a run that cannot be told")
            expect(1, stage.roles().count("submit"), "how often the job was submitted differs")


def _elements(contract: Contract, kind: Kind, role: str) -> Json:
    """An element of a documented list."""
    holder = entry(kind.spec, "discover") if role == "discover" else entry(kind.spec, "operations", role)
    found = find(listed(contract, kind, role), str(entry(holder, "select")).partition("#")[2])
    return found[0] if isinstance(found, list) and found else {}


def _found_again(contract: Contract, kind: Kind, mode: str) -> None:
    """A submission whose answer was lost is found in a list, by the key that it carried, and not sent again."""
    tag = str(_tag(kind))

    def carrying(_: Request) -> Script:
        sent = next(request for request in stage.server.requests if request.body).json()[tag]
        element = put(_element_of(contract, kind, "list", kind.identity, busy_row(kind)), f"/{tag}", sent)
        return agreed(contract, kind, "list", listing(contract, kind, "list", [element]))

    empty = agreed(contract, kind, "list", listing(contract, kind, "list", []))
    lost: Script = (RESET,)
    answers: dict[str, Iterable[Told]] = {
        "submit": [lost],
        "list": [empty, carrying],
        "status": [busy_row(kind), good_end(kind)],
    }
    with staged(contract, kind, mode, roles=answers) as stage:
        job = stage.submit()
        expect(identity_of(stage), texts_of(job.identity), "the identity of the handle differs")
        stage.expect_roles("submit", "list", "list")
        expect_end(stage, good_end(kind), partial(stage.wait, job))
    with staged(contract, kind, mode, roles={"submit": [lost], "list": repeat(empty)}) as stage:
        error = expect_error(stage, "SubmitUncertain", stage.submit, "a submission that is not found")
        expect(True, bool(error.key) and error.key in stage.server.requests[0].body.decode(), "the key differs")
        expect(1, stage.roles().count("submit"), "how often the job was submitted differs")
        own = stage.server.requests[-1].line
        stage.client.call(kind.roles["list"], arguments_of(contract, kind, "list", key=error.key))
        expect(stage.server.requests[-1].line, own, "what is asked for the list differs")


def _element_of(contract: Contract, kind: Kind, role: str, identity: Mapping[str, Json], row: State) -> Json:
    """An element of a list that tells the state of a job."""
    element = _elements(contract, kind, role)
    places = entry(kind.spec, "operations", role, "identity")
    for name, pointer in places.items() if isinstance(places, dict) else ():
        element = put(element, str(pointer), identity[name])
    return Reader(kind.spec).worded(element, row.word)


def _lost(contract: Contract, kind: Kind, mode: str) -> None:
    """A submission whose answer was lost is not sent twice, unless that does no more than once; a refusal is one."""
    operation = contract.operation(kind.roles["submit"])
    if not operation.repeatable and _tag(kind) is None:
        status = yes(operation)
        page = answer(b"<html>", status, Content_Type="text/html")
        lost: tuple[Script, ...] = ((RESET,), answer({}, 504), answer(b'{"id": ', status), page)
        for script in lost:
            with submitted(contract, kind, mode, [], retries=3) as stage:
                stage.vendor.scripts["submit"] = iter([script])
                error = expect_error(stage, "SubmitUncertain", stage.submit, "a submission whose answer was lost")
                expect(1, stage.roles().count("submit"), "how often the job was submitted differs")
                if error.job is not None:
                    expect(identity_of(stage), texts_of(error.job.identity), "the identity of the handle differs")
    answers = (_nameless(kind), _nameless(kind, "")) if entry(kind.spec, "discover") is None else ()
    for nameless in (body for body in answers if body is not None):
        with submitted(contract, kind, mode, []) as stage:
            stage.vendor.scripts["submit"] = iter([agreed(contract, kind, "submit", nameless)])
            expect_error(stage, "SubmitUncertain", stage.submit, "an answer that names no job")
            expect(1, stage.roles().count("submit"), "how often the job was submitted differs")
    with submitted(contract, kind, mode, []) as stage:
        stage.vendor.scripts["submit"] = iter([answer({}, 400)])
        expect_error(stage, "BadRequest", stage.submit, "a submission that was refused")
        expect(1, stage.roles().count("submit"), "how often the job was submitted differs")


def _nameless(kind: Kind, name: str | Missing = MISSING) -> Json:
    """An answer to submit that does not say which job it is about; None where none says that anyway."""
    body = kind.submitted
    for field in kind.identity:
        for place in texts(entry(kind.spec, "identity", field, "from")):
            if place.startswith("$response.body#"):
                body = put(body, place.partition("#")[2], name)
    return None if body == kind.submitted else body


def _tags(contract: Contract, kind: Kind, mode: str) -> None:
    """Each submission carries a key of its own, beside what the caller gives, or the caller's own."""
    tag = str(_tag(kind))
    argument = next(item for item in contract.operation(kind.roles["submit"]).arguments if item.wire == tag)
    with staged(
        contract, kind, mode, roles={"submit": [agreed(contract, kind, "submit", kind.submitted)] * 3}
    ) as stage:
        stage.submit()
        stage.submit()
        stage.submit({argument.name: argument.value})
        first, second, third = (request.json()[tag] for request in stage.server.requests)
    if first == second:
        refuse("two submissions carry the same key", "different ones", first)
    if isinstance(argument.value, list):
        expect(argument.value, third[: len(argument.value)], "what the caller gives is lost")
        expect(len(argument.value) + len(first), len(third), "a submission with tags of the caller's has no key")
    else:
        expect(argument.value, third, "the caller's own key is lost")


def _many(contract: Contract, kind: Kind, mode: str) -> None:
    """Many jobs are asked about in one call; each has the outcome that is its own."""
    name = next(iter(kind.identity))
    rows = [good_end(kind), bad_end(kind), busy_row(kind), good_end(kind)]
    jobs = [{**kind.identity, name: f"{kind.identity[name]}-{number}"} for number in range(len(rows))]

    def told(rows: list[State]) -> Script:
        pairs = zip(jobs, rows, strict=True)
        elements = [_element_of(contract, kind, "status_many", identity, row) for identity, row in pairs]
        return agreed(contract, kind, "status_many", listing(contract, kind, "status_many", elements))

    def alone(request: Request) -> Script:
        number = next(number for number, identity in enumerate(jobs) if str(identity[name]) in request.target)
        return says(replace(ends[number], answer=put(ends[number].answer, f"/{name}", jobs[number][name])))

    ends = [good_end(kind) if row is busy_row(kind) else row for row in rows]
    busy = told([busy_row(kind)] * len(rows))
    empty = agreed(contract, kind, "status_many", listing(contract, kind, "status_many", []))
    answers: dict[str, Iterable[Told]] = {
        "status_many": [busy, empty, told(rows), empty, *[told(ends), empty] * 4],
        "status": repeat(alone),
    }
    package = importlib.import_module(contract.package)
    with staged(contract, kind, mode, roles=answers) as stage:
        handles = [stage.job(identity) for identity in jobs]
        wait_all = package.wait_all if mode == "sync" else package.wait_all_async
        outcomes = stage.client.wait(wait_all(handles))
        states = [str((outcome.status or outcome.error.status).state) for outcome in outcomes]
        expect([row.state for row in ends], states, "the outcomes differ")
        expect("status_many", stage.roles()[0], "the first request differs")
        own = stage.server.requests[0].line
        stage.client.call(kind.roles["status_many"], arguments_of(contract, kind, "status_many", page=1))
        expect(stage.server.requests[-1].line, own, "what is asked for the list differs")
        # Those that ended may each be asked about once more, for what a list does not tell.
        if stage.roles().count("status") > len(jobs):
            refuse("jobs are asked about one by one", f"at most {len(jobs)} times", stage.roles())
