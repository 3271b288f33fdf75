"""The mock keeps the contract: what contract tests demand of a client, and assume of a vendor, it does over HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from jobclients_contract import Contract, Operation, Request
from jobclients_contract.cases import Kind, State, carried, usual
from jobclients_contract.live.main import contract_of
from jobclients_contract.playing.driver import Client, error_class, opened, raised
from vendorsmith.mock import Mock, serving

ROOT = Path(__file__).parents[2]
CONTRACTS = {
    spec.parent.name: contract_of(spec.parent.name, ROOT / "generated", None)
    for spec in sorted((ROOT / "specs").glob("*/openapi.yaml"))
}
MODES = ("sync", "async")


@pytest.fixture(scope="module", params=sorted(CONTRACTS))
def served(request: pytest.FixtureRequest) -> Generator[tuple[Contract, Mock]]:
    """Each vendor's contract and its mock."""
    vendor: str = request.param
    with serving(vendor) as mock:
        yield CONTRACTS[vendor], mock


@contextmanager
def watching(contract: Contract, mock: Mock, mode: str) -> Generator[tuple[Client, list[Any]]]:
    """A client of the mock, and every drift that it sees."""
    drifts: list[Any] = []
    with opened(contract, mode, mock.url, options={"on_drift": drifts.append}) as client:
        yield client, drifts


def sent(contract: Contract, mock: Mock, row: Request, *, bare: bool = False) -> tuple[int, dict[str, str], bytes]:
    """Send the raw request of a row, with the credential that the call carries unless it is to be bare."""
    operation = contract.operation(row.operation)
    headers = dict(row.headers)
    for credential in () if bare else carried(operation, usual(contract.credentials)):
        headers |= credential.headers
    body = b""
    if row.media_type:
        headers["content-type"] = row.media_type
        body = json.dumps(row.body).encode() if "json" in row.media_type else str(row.body).encode()
    connection = http.client.HTTPConnection(mock.url.removeprefix("http://"), timeout=20)
    try:
        connection.request(operation.http, row.target, body, headers)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def successes(operation: Operation) -> set[str]:
    """The statuses of the documented answers that say yes."""
    return {answer.status for answer in operation.answers if answer.success}


def test_every_expected_request_is_accepted(served: tuple[Contract, Mock]) -> None:
    """What must arrive of a client, byte for byte, is what the mock takes; its answer has a documented status."""
    contract, mock = served
    refused: list[str] = []
    for row in contract.requests:
        status, headers, body = sent(contract, mock, row)
        operation = contract.operation(row.operation)
        if str(status) not in successes(operation):
            refused.append(f"{row.rule} {row.name} {operation.http} {row.target}: {status} {body!r}")
        answer = next(item for item in operation.answers if item.success)
        assert headers.get("content-type", "").partition(";")[0] == (answer.media_type if body else ""), row.name

    assert [] == refused
    assert len(contract.requests) >= len(contract.operations)


@pytest.mark.parametrize("mode", MODES)
def test_every_call_succeeds_without_drift(served: tuple[Contract, Mock], mode: str) -> None:
    """Clients are content with every answer, and it is as documented to the last field."""
    contract, mock = served
    with watching(contract, mock, mode) as (client, drifts):
        for row in contract.requests:
            if not row.times:
                client.call(row.operation, row.arguments)

    assert [] == drifts


def test_calls_without_credentials_are_refused(served: tuple[Contract, Mock]) -> None:
    """With 401, wherever the call asks for credentials; the documented body, where one is documented, fits."""
    contract, mock = served
    needed = [operation for operation in contract.operations if all(operation.security) and operation.security]
    for operation in needed:
        status, _, _ = sent(contract, mock, contract.least(operation.method), bare=True)
        assert 401 == status, operation.method
    free = [operation for operation in contract.operations if not operation.security]
    for operation in free:
        status, _, _ = sent(contract, mock, contract.least(operation.method), bare=True)
        assert str(status) in successes(operation), operation.method

    assert needed or free


@pytest.mark.parametrize("mode", MODES)
def test_every_documented_error_can_be_had(served: tuple[Contract, Mock], mode: str) -> None:
    """A documented error comes when it is asked for, as its exception, without drift."""
    contract, mock = served
    for operation in contract.operations:
        for answer in operation.answers:
            if answer.success or not answer.status[0].isdigit():
                continue
            status = int(answer.status.replace("XX", "18" if answer.status[0] == "4" else "02"))
            with watching(contract, mock, mode) as (client, drifts):
                mock.vendor.fail(str(status), operation=operation.id)
                error = raised(lambda: client.call(operation.method, operation.least))  # noqa: B023 - called here
                mock.vendor.faults.clear()

            assert isinstance(error, error_class(contract, "ApiError")), (operation.method, status, error)
            assert status == getattr(error, "status", None)
            assert [] == drifts, (operation.method, status)


def test_every_documented_answer_can_be_had(served: tuple[Contract, Mock]) -> None:
    """An example that is asked for by its name arrives as it is documented."""
    contract, mock = served
    for operation in contract.operations:
        row = contract.least(operation.method)
        for answer in operation.answers:
            for example in answer.examples:
                named = Request(**{**_fields(row), "headers": {**row.headers, "x-mock-example": example.name}})
                status, _, body = sent(contract, mock, named)
                others = [item for other in operation.answers for item in other.examples if item.name == example.name]
                if len(others) == 1:
                    assert answer.status in (str(status), f"{status // 100}XX"), example
                    assert example.value == json.loads(body), example


def _fields(row: Request) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Request.__dataclass_fields__}


WORDS = [
    pytest.param(vendor, kind, state, id=f"{vendor}: {kind.name} {state.name}")
    for vendor, contract in CONTRACTS.items()
    for kind in contract.kinds
    for state in kind.states
    if state.name == state.word or not state.word  # a second look at a word is no step of a lifecycle
]


@pytest.mark.parametrize(("vendor", "kind", "state"), WORDS)
def test_every_documented_word_is_walked(vendor: str, kind: Kind, state: State) -> None:
    """A job that is said to be so is shown in that word, and is what the spec says it means; nothing drifts."""
    contract = CONTRACTS[vendor]
    step = state.word or state.state
    with serving(vendor) as mock, watching(contract, mock, "sync") as (client, drifts):
        jobs = getattr(client.client, kind.name)
        fields = cast("dict[str, Any]", kind.spec)["identity"]
        identity: dict[str, Any] = {
            name: value for name, value in {**contract.options, **kind.identity}.items() if name in fields
        }
        mock.vendor.job(kind.name, f"{step}*9", **identity)
        make = getattr(jobs, "latest", jobs)
        status = make(**identity).status()

    assert (state.state, state.word.casefold()) == (str(status.state), status.raw_state.casefold())
    inferred = cast("dict[str, Any]", kind.spec)["state"].get("inferred", [])
    assert (["new-enum-value"] if state.word in inferred else []) == [drift.kind for drift in drifts]
