"""The vendors in this process answer as their specs document it, for each state, example and mistake."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jobclients.alation import AlationClient, Token
from jobclients.testing import FakeVendor, Reply, Request, vendor
from jobclients_core.jobtype import JobType
from jobclients_core.states import JobState
from jobclients_core.vendors import load
from package.documents import VENDORS, complaints, examples, operations, sample_body

CALLS = [(name, operation) for name in VENDORS for operation in operations(name)]
EXAMPLES = [
    (name, operation, status, example, value)
    for name, operation in CALLS
    for status, example, value in examples(name, operation)
]
KINDS = [(name, kind) for name in VENDORS for kind in load(name).kinds]
HEADERS = {
    "token": "t",
    "x-auth-token": "t",
    "authorization": "Basic dTpw",
    "content-type": "application/json",
}


def ask(fake: FakeVendor, operation: str, **headers: str) -> Reply:
    """The response to a call of an operation with the arguments of its own examples, or made-up ones."""
    found = fake.known.operations[operation]
    path, query = found.path, list[str]()
    for item in found.parameters:
        if item.location == "path":
            path = path.replace(f"{{{item.wire}}}", "7")
        elif item.location == "query" and (item.required or item.name in {group[0] for group in found.exactly_one}):
            query.append(f"{item.wire}=7")
    content = b""
    if found.body is not None:
        content = json.dumps(sample_body(fake.known.name, operation, found.body.media_type)).encode()
    headers |= {item.wire.lower(): "en-us" for item in found.parameters if item.location == "header" and item.required}
    target = f"{path}?{'&'.join(query)}" if query else path
    return fake.respond(Request(found.method, target, {**HEADERS, **headers}, content))


@pytest.mark.parametrize(("name", "operation"), CALLS)
def test_every_operation_has_a_valid_success(name: str, operation: str) -> None:
    reply = ask(vendor(name), operation)

    assert 200 <= reply.status < 300, reply.content
    assert [] == complaints(name, operation, reply.status, reply.content)


@pytest.mark.parametrize(("name", "operation", "status", "example", "value"), EXAMPLES)
def test_every_documented_example_is_served_by_name(
    name: str, operation: str, status: str, example: str, value: Any
) -> None:
    """Word by word; with the status where several answers have an example of one name."""
    reply = ask(vendor(name), operation, **{"x-mock-example": f"{status}/{example}"})

    assert value == json.loads(reply.content)
    assert int(status.replace("X", "0")) == reply.status


@pytest.mark.parametrize(("name", "operation", "status", "example", "value"), EXAMPLES)
def test_every_documented_success_decodes(name: str, operation: str, status: str, example: str, value: Any) -> None:
    """A client gets it as the type of the operation; an error, and a refusal in a success, as an exception."""
    from jobclients import ApiError

    fake = vendor(name)
    found = fake.known.operations[operation]
    arguments: dict[str, Any] = {item.name: 7 if item.type == "integer" else "7" for item in found.parameters}
    for group in found.exactly_one:
        for spare in group[1:]:
            del arguments[spare]
    arguments = {name: value for name, value in arguments.items() if name in _needed(found)}
    if found.body is not None:
        body = sample_body(name, operation, found.body.media_type)
        arguments |= {item.name: body[item.key] for item in found.body.fields if item.key in body}
        arguments |= {} if found.body.fields else {found.body.name: body}
    with fake.client(headers={"X-Mock-Example": f"{status}/{example}"}) as client:
        if status.startswith("2") and example != "refused":
            assert getattr(client, operation)(**arguments) is not None
        else:
            with pytest.raises(ApiError) as caught:
                getattr(client, operation)(**arguments)
            assert int(status.replace("X", "0")) == caught.value.status


def _needed(operation: Any) -> set[str]:
    return {item.name for item in operation.parameters if item.required and not item.client} | {
        group[0] for group in operation.exactly_one
    }


def _states(kind: JobType[Any]) -> list[str]:
    found = [rule.state for rule in kind.states] + [refine.to for refine in kind.refine]
    return [state for state in dict.fromkeys(found) if state != JobState.UNKNOWN]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_each_state_is_said_in_a_valid_answer(name: str, kind: str) -> None:
    """Whatever the example that it is put into, and through the client it is the state that was wanted."""
    found = load(name).kinds[kind]
    for state in _states(found.type):
        fake = vendor(name, lifecycle=state)
        answers: list[Reply] = []
        fake.respond = _kept(fake.respond, answers)  # type: ignore[method-assign]
        with fake.client() as client:
            collection = getattr(client, kind)
            parts = [part for part in found.identity if not part.optional] or found.identity[:1]
            own = [part for part in parts if not part.client_parameters]
            identity = {part.name: 7 if part.type == "integer" else "x" for part in own}
            status = getattr(collection, "latest", collection)(**identity).status()

        assert state == status.state
        if (name, kind, status.raw_state) != ("datameer", "files", "ERROR"):  # a word that is inferred, not documented
            assert [] == complaints(name, found.status.operation.id, answers[-1].status, answers[-1].content)


def _kept(answer: Any, answers: list[Reply]) -> Any:
    def kept(request: Request) -> Reply:
        answers.append(answer(request))
        return answers[-1]

    return kept


def test_progress_and_times_move_with_each_look_and_with_time() -> None:
    for lifecycle in ("RUNNING*3,SUCCEEDED", "RUNNING:30,SUCCEEDED"):
        fake = vendor("huawei_cdm", lifecycle=lifecycle)
        with fake.client() as client:
            run = client.runs.submit(job_name="j")
            seen = []
            for _ in range(4):
                fake.clock.advance(8)
                seen.append(run.status())
        progress = [status.progress for status in seen]
        assert progress == sorted(progress)
        assert (len(set(progress)), progress[-1]) == (4, 1.0)
        updated = [status.updated_at for status in seen]
        assert len(set(updated)) == 4
        assert updated == sorted(updated)
        assert len({status.started_at for status in seen}) == 1


@pytest.mark.parametrize("name", [name for name, kind in KINDS if load(name).kinds[kind].type.fields])
def test_times_show_what_the_vendors_clock_shows(name: str) -> None:
    known = load(name)
    for kind in known.kinds.values():
        fake = vendor(name, lifecycle="running:30,succeeded")
        parts = [part for part in kind.identity if not part.optional] or kind.identity[:1]
        own = [part for part in parts if not part.client_parameters]
        with fake.client() as client:
            collection = getattr(client, kind.name)
            job = getattr(collection, "latest", collection)(
                **{part.name: 7 if part.type == "integer" else "x" for part in own}
            )
            began = fake.clock.now
            job.status()
            fake.clock.advance(45)
            done = job.status()
        places = {field: rule.source[0] for field, rule in kind.type.fields.items()}
        if done.started_at is not None:
            assert began == done.started_at, places
        if done.finished_at is not None:
            assert 30 == (done.finished_at - began).total_seconds(), places
        if "duration" in kind.type.fields:
            assert 30 == done.duration


def test_a_success_with_a_documented_result_and_one_without() -> None:
    fake = vendor("alation", lifecycle="running,partially_successful")
    with fake.client() as client:
        running, done = client.jobs(id=1).status(), client.jobs(id=1).status()
    assert (running.message, running.result) == (None, None), "an example of an end says nothing of a job that runs"
    assert done.warnings == ("Line 1. Key: schema_b. Datasource id in key does not match the id in the request",)


def test_the_answer_is_about_the_job_that_was_asked_for() -> None:
    fake = vendor("huawei_dli", lifecycle="FINISHED")
    with fake.client() as client:
        assert client.show_sql_job_status(job_id="mine").job_id == "mine"


def test_a_documented_error_is_the_answer_of_its_status() -> None:
    """And not where the vendor's rules read something else out of it: 500 means 500."""
    fake = vendor("alation")
    fake.fail("401")
    assert json.loads(ask(fake, "get_job").content) == {"detail": "Authentication failed"}
    fake = vendor("huawei_cdm")
    fake.fail("500:delete_job")
    assert b"Cdm.0100" not in ask(fake, "delete_job").content


def test_what_a_request_chooses_for_itself() -> None:
    fake = vendor("alation")
    assert ask(fake, "get_job", **{"x-mock-fault": "429+7"}).headers["Retry-After"] == "7"
    assert ask(fake, "get_job", **{"x-mock-fault": "reset"}).fault == "reset"
    fake.reset()
    assert b"failed" in ask(fake, "get_job", **{"x-mock-lifecycle": "failed"}).content
    for header, value, words in (
        ("x-mock-fault", "sometimes", b"is not a fault"),
        ("x-mock-fault", "503@2", b"speaks of one request"),
        ("x-mock-lifecycle", "finished", b"its words are running"),
        ("x-mock-example", "nope", b"its examples are 200/virtual_data_source"),
    ):
        reply = ask(fake, "get_job", **{header: value})
        assert (reply.status, reply.headers["X-Mock-Error"]) == (400, "true")
        assert words in reply.content


def test_a_lifecycle_that_a_request_chooses_is_begun_once() -> None:
    """By a job that goes through something else; the same words again go on with it."""
    fake = vendor("alation", lifecycle="successful")
    chosen = {"x-mock-lifecycle": "running,failed"}
    words = [json.loads(ask(fake, "get_job", **headers).content)["status"] for headers in ({}, chosen, chosen, {})]

    assert words == ["successful", "running", "failed", "failed"]
    assert len(list(fake.book)) == 1


def test_headers_of_the_client_reach_the_vendor() -> None:
    fake = vendor("alation")
    with AlationClient(
        base_url="https://a.test", auth=Token("t"), http=fake.http, headers={"X-Mock-Lifecycle": "failed"}
    ) as alation:
        assert alation.jobs(id=1).status().state == "failed"
