"""The mock keeps the contract: it takes what vendor suites say that arrives, and its responses are as documented."""

from __future__ import annotations

import http.client
import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jobclients_contract.live.contract import Contract, contract_of
from jobclients_contract.schema_model.document import objects
from jobclients_contract.schema_model.expected_errors import status_of
from jobclients_contract.schema_model.jobtypes import JobType, Telling
from jobclients_contract.suite.calls import CallCase, SampleCase
from jobclients_contract.suite.running import Run
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


class Watching:
    """A client of the mock, and every drift that it sees.

    Args:
        run: of the vendor's suite.
        mock: the vendor.
    """

    def __init__(self, run: Run, mock: Mock) -> None:
        self.drifts: list[Any] = []
        self._run = run
        self._options = {"base_url": mock.url, "on_drift": self.drifts.append} | dict(run.clients.options)

    @contextmanager
    def client(self, method: str) -> Generator[Any]:
        """A client that has what a call needs."""
        client = self._run.clients.made(self._run.mode, self._run.carried(method)[0], self._options)
        try:
            yield client
        finally:
            self._run.clients.wait(client.close() if self._run.mode == "sync" else client.aclose())

    def call(self, method: str, arguments: dict[str, Any]) -> Exception | None:
        """What a call raises; None where it ends well."""
        typed = {name: self._run.typed(method, name, value) for name, value in arguments.items()}
        with self.client(method) as client:
            try:
                self._run.clients.wait(getattr(client, method)(**typed))
            except self._run.error("JobClientsError") as error:
                return error
        return None


def sent(
    contract: Contract, mock: Mock, line: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    """Send a raw request."""
    http_method, _, target = line.partition(" ")
    connection = http.client.HTTPConnection(mock.url.removeprefix("http://"), timeout=20)
    try:
        connection.request(http_method, target, body, headers)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def carried(contract: Contract, method: str) -> dict[str, str]:
    """Header fields of the credentials that a call carries."""
    found: dict[str, str] = {}
    for credential in contract.suite.runs["sync"].carried(method)[1]:
        found |= credential.headers
    return found


def minimal(contract: Contract, method: str) -> tuple[str, dict[str, str], bytes]:
    """Request line, header fields and body of the least call, without credentials."""
    run = contract.suite.runs["sync"]
    for case in contract.suite.cases:
        if isinstance(case, CallCase | SampleCase) and case.about == method:
            body = _body(case, run)
            fields = {"content-type": run.operation(method).body.media_type} if body else {}
            return case.line, {**fields, **(case.headers if isinstance(case, CallCase) else {})}, body
    raise KeyError(method)


def _body(case: CallCase | SampleCase, run: Run) -> bytes:
    operation = run.operation(case.about)
    if isinstance(case, SampleCase):
        sample = objects(objects(operation.node.get("x-request-samples")).get(case.sample))
        return json.dumps(sample["body"]).encode() if "body" in sample else b""
    value = operation.body.examples[case.example] if case.example else case.body
    return value.encode() if isinstance(value, str) else b"" if value is None else json.dumps(value).encode()


@pytest.mark.parametrize("mode", MODES)
def test_every_call_of_the_suite_succeeds_without_drift(served: tuple[Contract, Mock], mode: str) -> None:
    """Clients are content with every response, and it is as documented to the last field."""
    contract, mock = served
    run = contract.suite.runs[mode]
    watching = Watching(run, mock)
    refused: dict[str, Exception] = {}
    called = set[str]()
    for case in contract.suite.cases:
        if isinstance(case, CallCase):
            given: dict[str, Any] = dict(case.given)
            if case.example:
                given |= run.arguments(case.about).of_body(run.operation(case.about).body.examples[case.example])
            error = watching.call(case.about, given)
            refused |= {case.source: error} if error is not None else {}
            called.add(case.about)
    for method in run.operations.keys() - called:
        error = watching.call(method, run.minimal(method))
        refused |= {method: error} if error is not None else {}

    assert {} == refused
    assert [] == watching.drifts


def test_calls_without_credentials_are_refused(served: tuple[Contract, Mock]) -> None:
    """With 401, wherever the call asks for credentials; with a documented success where it asks for none."""
    contract, mock = served
    for method, operation in contract.suite.runs["sync"].operations.items():
        line, headers, body = minimal(contract, method)
        status, _, _ = sent(contract, mock, line, headers, body)
        successes = {status_of(operation, answer.status) for answer in operation.responses if answer.success}
        assert status in ({401} if all(operation.security) and operation.security else successes), method


@pytest.mark.parametrize("mode", MODES)
def test_every_documented_error_can_be_had(served: tuple[Contract, Mock], mode: str) -> None:
    """A documented error comes when it is asked for, as its exception, without drift."""
    contract, mock = served
    run = contract.suite.runs[mode]
    watching = Watching(run, mock)
    for method, operation in run.operations.items():
        for answer in operation.responses:
            status = status_of(operation, answer.status)
            if answer.success or status is None or not answer.status[0].isdigit():
                continue
            mock.vendor.fail(str(status), operation=operation.id)
            error = watching.call(method, run.minimal(method))
            mock.vendor.faults.clear()

            assert isinstance(error, run.error("ApiError")), (method, status, error)
            assert status == getattr(error, "status", None)
    assert [] == watching.drifts


def test_every_documented_answer_can_be_had(served: tuple[Contract, Mock]) -> None:
    """An example that is asked for by its name arrives as it is documented."""
    contract, mock = served
    for method, operation in contract.suite.runs["sync"].operations.items():
        line, headers, body = minimal(contract, method)
        named = [name for answer in operation.responses for name in answer.content.examples]
        for answer in operation.responses:
            for name, value in answer.content.examples.items():
                if named.count(name) == 1:
                    asked = {**headers, **carried(contract, method), "x-mock-example": name}
                    status, _, content = sent(contract, mock, line, asked, body)
                    assert answer.status in (str(status), f"{status // 100}XX"), (method, name)
                    assert value == json.loads(content), (method, name)


WORDS = [
    pytest.param(vendor, kind, item, id=f"{vendor}: {kind.name} {item.name}")
    for vendor, contract in CONTRACTS.items()
    for kind in contract.job_types
    for item in kind.by_status_values
]


@pytest.mark.parametrize(("vendor", "kind", "item"), WORDS)
def test_every_documented_word_is_walked(vendor: str, kind: JobType, item: Telling) -> None:
    """A job that is said to be so is shown in that word, and is what the spec says it means.

    It drifts where the word is inferred, or documented in other letters.
    """
    run, word = CONTRACTS[vendor].suite.runs["sync"], kind.reader.read(item.body.json).word
    known = {name: value for name, value in run.clients.options.items() if name in kind.identity}
    identity: dict[str, Any] = {**known, **kind.identities[0]}
    with serving(vendor) as mock:
        watching = Watching(run, mock)
        mock.vendor.job(kind.name, f"{word}*9", **identity)
        (method,) = [name for name, operation in run.operations.items() if operation is kind.operation("status")]
        with watching.client(method) as client:
            jobs = getattr(client, kind.name)
            status = getattr(jobs, "latest", jobs)(**identity).status()

    assert (item.state, word.casefold()) == (str(status.state), status.raw_state.casefold())
    documented = run.document.validity.documented(kind.response.content.part).takes(item.body.json)
    assert ([] if documented else ["new-enum-value"]) == [drift.kind for drift in watching.drifts]
