"""Jobs whose identity is the key of their submission, and lists that are asked for by ids."""

from __future__ import annotations

from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import pytest
from jobclients_contract.harness.loopback import RESET, Request, Script, scripted
from jobclients_core.testing import vendor
from kitchen.words.harness import WordsHarness


def ids_of(line: str) -> list[str]:
    """The ids that a request asks for."""
    return parse_qs(urlsplit(line.partition(" ")[2]).query)["ids"][0].split(",")


def test_the_identity_is_the_key(harness: WordsHarness) -> None:
    harness.on("POST /tickets", scripted(status=202), ...)
    jobs = [harness.run(harness.client.tickets.submit()) for _ in range(2)]
    sent = [request.headers["operation-id"] for request in harness.server.requests]
    assert [job.identity for job in jobs] == [{"ticket_id": key} for key in sent]
    assert len(set(sent)) == 2
    harness.on(f"GET /tickets/{sent[0]}", {"state": "DONE"})
    assert harness.run(jobs[0].wait()).state == "succeeded"


def test_the_key_may_be_the_callers(harness: WordsHarness) -> None:
    harness.on("POST /tickets", scripted(status=202))
    assert harness.run(harness.client.tickets.submit(operation_id="t-7")).identity == {"ticket_id": "t-7"}


def test_a_lost_answer_leaves_a_handle(harness: WordsHarness) -> None:
    harness.on("POST /tickets", (RESET,))
    with pytest.raises(harness.package.SubmitUncertain) as raised:
        harness.run(harness.client.tickets.submit())
    submission, *looks = harness.server.requests
    sent = submission.headers["operation-id"]
    assert {look.line for look in looks} == {f"GET /tickets/{sent}"}, "it is looked for by the id that its key is"
    assert raised.value.job.identity == {"ticket_id": sent}
    harness.on(f"GET /tickets/{sent}", {"state": "DONE"})
    assert harness.run(raised.value.job.status()).state == "succeeded"


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_list_is_asked_for_by_ids_in_chunks(harness: WordsHarness, count: int) -> None:
    asked: list[list[str]] = []

    def tickets(request: Request) -> Script:
        asked.append(ids_of(request.line))
        return scripted({"tickets": [{"id": name, "state": "DONE"} for name in asked[-1]]})

    harness.on("GET /tickets", tickets, ...)
    jobs = [harness.client.tickets(ticket_id=f"t-{number}") for number in range(count)]
    outcomes = harness.wait_all(jobs)
    assert all(outcome.ok for outcome in outcomes)
    assert sorted(name for names in asked for name in names) == sorted(f"t-{number}" for number in range(count))
    assert [len(names) for names in asked] == [2] * (count // 2) + [1] * (count % 2)
    assert all(line.startswith("GET /tickets?") for line in harness.lines)


def test_who_is_in_no_list_is_asked_about_alone(harness: WordsHarness) -> None:
    harness.on("GET /tickets", {"tickets": [{"id": "t-0", "state": "DONE"}]}, {"tickets": []})
    harness.on("GET /tickets/t-1", {"state": "DONE"})
    harness.on("GET /tickets/t-2", {"state": "TORN"})
    outcomes = harness.wait_all([harness.client.tickets(ticket_id=f"t-{number}") for number in range(3)])
    assert [outcome.ok for outcome in outcomes] == [True, True, False]


def test_a_list_that_fails_midway_loses_nobody(harness: WordsHarness) -> None:
    def tickets(request: Request) -> Script:
        return scripted({"tickets": [{"id": name, "state": "DONE"} for name in ids_of(request.line)]})

    harness.on("GET /tickets", tickets, 503, tickets, ...)
    outcomes = harness.wait_all([harness.client.tickets(ticket_id=f"t-{number}") for number in range(4)])
    assert all(outcome.ok for outcome in outcomes)


def test_the_mock_knows_keys_and_ids(kitchen_clients: ModuleType) -> None:
    fake = vendor(f"{kitchen_clients.__name__}:kitchen_words", lifecycle="queued,succeeded")
    with fake.client() as client:
        jobs = [client.tickets.submit() for _ in range(3)]
        assert len({job.identity["ticket_id"] for job in jobs}) == 3
        first = client.list_tickets(ids=jobs[0].identity["ticket_id"])
        assert [ticket.id for ticket in first.tickets] == [jobs[0].identity["ticket_id"]]
        assert all(outcome.ok for outcome in kitchen_clients.wait_all(jobs))
