"""Jobs that are followed by URL: checked before anything is sent there, moved, never saved with a credential."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jobclients_contract.harness.loopback import scripted
from jobclients_core import InvalidArgument
from jobclients_core.origin import follow, parse_base_url
from jobclients_core.testing import vendor
from kitchen.words.harness import WordsHarness

DONE = scripted({"state": "Done"})
BUSY = scripted({"state": "Busy"}, 202)
STATUS = "GET /exports/e-1/status"


def submitted(harness: WordsHarness, location: str) -> Any:
    """An export whose submission is answered with a place."""
    harness.on("POST /exports", scripted({}, 202, Operation_Location=location))
    return harness.run(harness.client.exports.submit())


@pytest.mark.parametrize(
    "location",
    ["/exports/e-1/status", "exports/e-1/status", "{base}/exports/e-1/status", "//{authority}/exports/e-1/status"],
)
def test_a_url_is_resolved_against_that_of_the_request(harness: WordsHarness, location: str) -> None:
    base = harness.server.url
    job = submitted(harness, location.format(base=base, authority=base.removeprefix("http://")))
    assert job.identity == {"monitor": f"{base}/exports/e-1/status"}
    harness.on(STATUS, BUSY, DONE)
    harness.run(job.wait())
    assert harness.lines[1:] == [f"{STATUS}?api-version=2"] * 2
    assert all(request.headers["x-token"] == "s3cret-token" for request in harness.server.requests)


def test_parameters_of_the_url_win(harness: WordsHarness) -> None:
    job = submitted(harness, "/exports/e-1/status?api-version=7&x=a%20b")
    harness.on(STATUS, DONE)
    harness.run(job.status())
    assert harness.lines[-1] == f"{STATUS}?api-version=7&x=a%20b"


def test_the_url_of_the_body_stands_in(harness: WordsHarness) -> None:
    harness.on("POST /exports", scripted({"monitor": "/exports/e-1/status"}, 202))
    assert harness.run(harness.client.exports.submit()).identity["monitor"].endswith("/exports/e-1/status")


def test_cancelling_calls_the_url(harness: WordsHarness) -> None:
    job = submitted(harness, "/exports/e-1/status")
    harness.on("DELETE /exports/e-1/status", scripted(status=204))
    harness.run(job.cancel())
    assert harness.lines[-1] == "DELETE /exports/e-1/status"


def test_a_url_moves(harness: WordsHarness) -> None:
    job = submitted(harness, "/exports/e-1/status")
    harness.on(STATUS, scripted({"state": "Busy"}, 202, Operation_Location="/exports/e-2/status"))
    harness.on("GET /exports/e-2/status", scripted({"state": "Busy"}, 202, Operation_Location="status?step=3"), DONE)
    harness.run(job.wait())
    assert [line.partition("&")[0] for line in harness.lines[1:]] == [
        f"{STATUS}?api-version=2",
        "GET /exports/e-2/status?api-version=2",
        "GET /exports/e-2/status?step=3",
    ]
    assert job.identity["monitor"].endswith("/exports/e-2/status?step=3")
    assert harness.run(harness.client.exports.restore(job.to_json()).identity) == job.identity


FOREIGN = [
    "http://evil.test/exports/e-1/status",
    "//evil.test/exports/e-1/status",
    "https://{authority}/exports/e-1/status",
    "http://user@{authority}/exports/e-1/status",
    "http://{authority}@evil.test/exports/e-1/status",
    "http://{authority}.evil.test/exports/e-1/status",
    "http://exports.example.com.evil.test/",
    "http://evilexports.example.com/",
    "http://exports.example.com:8080/",
    "http://127.0.0.1:1/exports/e-1/status",
    "ftp://{authority}/exports/e-1/status",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "/exports/../admin",
    "/exports/%2e%2e/admin",
    "/exports/..;x/admin",
    "/exports/a b",
    "/exports/\\evil.test",
    "/exports/\u00e9",
    "/exports/%zz",
    "/exports/e-1/status#part",
    "http://[::1",
    "/" + "x" * 9000,
    " ",
    "#",
    "\t#",
    "/exports/e-1\r\n/status",
]


@pytest.mark.parametrize("location", FOREIGN)
def test_other_places_are_refused_and_get_no_credentials(harness: WordsHarness, location: str) -> None:
    told = location.format(authority=harness.server.url.removeprefix("http://"))
    harness.on("POST /exports", scripted({"monitor": told}, 202))
    with pytest.raises(harness.package.SubmitUncertain, match="cannot be asked about"):
        harness.run(harness.client.exports.submit())
    with pytest.raises(harness.package.InvalidArgument):
        harness.client.exports(monitor=told)
    assert harness.lines == ["POST /exports"]


def test_a_job_at_another_place_is_submitted_once(harness: WordsHarness, tmp_path: Path) -> None:
    record = tmp_path / "export.json"
    harness.on("POST /exports", scripted({"monitor": "http://evil.test/exports/e-1/status"}, 202))
    for _ in range(2):
        with pytest.raises(harness.package.SubmitUncertain) as raised:
            harness.run(harness.client.exports.submit(record=record))
        assert raised.value.intent
    assert harness.lines == ["POST /exports"]


def test_what_cannot_be_saved_does_not_keep_others_from_it(
    harness: WordsHarness, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = [
        submitted(harness, f"/exports/{name}/status{query}") for name, query in (("a", "?sig=t0p-s3cret"), ("b", ""))
    ]

    def snapshot() -> list[str]:
        many = (harness.package.JobSet if harness.mode == "sync" else harness.package.AsyncJobSet)()
        many.add_all(jobs)
        many.stop()
        found: list[str] = many.snapshot()
        return found

    async def asynchronous() -> list[str]:
        return snapshot()

    told = snapshot() if harness.mode == "sync" else harness.run(asynchronous())
    assert [json.loads(text)["identity"] for text in told] == [dict(jobs[1].identity)]
    assert "left out" in caplog.text
    assert "t0p-s3cret" not in caplog.text


@pytest.mark.parametrize("location", FOREIGN[:8])
def test_a_job_does_not_move_to_another_place(harness: WordsHarness, location: str) -> None:
    job = submitted(harness, "/exports/e-1/status")
    told = location.format(authority=harness.server.url.removeprefix("http://"))
    harness.on(STATUS, scripted({"state": "Busy"}, 202, Operation_Location=told))
    with pytest.raises(harness.package.JobError, match="moved the job"):
        harness.run(job.wait())
    assert len(harness.lines) == 2


def test_an_end_is_told_wherever_it_points(harness: WordsHarness) -> None:
    job = submitted(harness, "/exports/e-1/status")
    harness.on(STATUS, scripted({"state": "Done"}, Operation_Location="http://evil.test/results/1"))
    assert harness.run(job.wait()).state == "succeeded"
    assert job.identity["monitor"].endswith("/exports/e-1/status")


def test_a_saved_url_of_another_origin_is_not_called(harness: WordsHarness) -> None:
    text = submitted(harness, "/exports/e-1/status").to_json()
    other = harness.another(base_url="http://127.0.0.1:1")
    job = other.exports.restore(text, rebind=True)
    with pytest.raises(harness.package.InvalidArgument, match="another host"):
        harness.run(job.status())
    harness.close(other)
    assert harness.lines == ["POST /exports"]


def test_a_credential_in_a_url_is_neither_shown_nor_saved(
    harness: WordsHarness, caplog: pytest.LogCaptureFixture
) -> None:
    job = submitted(harness, "/exports/e-1/status?sig=t0p-s3cret&step=1")
    harness.on(STATUS, scripted({"message": "t0p-s3cret"}, 500), DONE)
    with caplog.at_level(logging.DEBUG), pytest.raises(harness.package.ServerError) as raised:
        harness.run(job.status())
    assert harness.lines[-1] == f"{STATUS}?sig=t0p-s3cret&step=1&api-version=2"
    harness.run(job.status())
    with pytest.raises(harness.package.HandleError, match="credential"):
        job.to_json()
    shown = [
        repr(job),
        str(job),
        str(job.identity),
        f"{job.identity['monitor']}",
        json.dumps(job.identity),
        repr(raised.value),
        caplog.text,
    ]
    assert not any("t0p-s3cret" in text for text in [*shown, str(raised.value), str(raised.value.body)])


def test_a_job_that_a_record_cannot_hold_is_told_nonetheless(harness: WordsHarness, tmp_path: Path) -> None:
    harness.on("POST /exports", scripted({}, 202, Operation_Location="/exports/e-1/status?sig=t0p-s3cret"))
    with pytest.raises(harness.package.RecordError, match="holds a credential") as raised:
        harness.run(harness.client.exports.submit(record=tmp_path / "export.json"))
    harness.on(STATUS, DONE)
    harness.run(raised.value.job.wait())
    assert "t0p-s3cret" not in (tmp_path / "export.json").read_text()


def test_names_with_slashes_are_part_of_the_path(harness: WordsHarness) -> None:
    harness.on("POST /v1/things", scripted({"name": "operations/a/b c?d#e%2F"}))
    job = harness.run(harness.client.operations.submit())
    at = "/v1/operations/a/b%20c%3Fd%23e%252F"
    harness.on(f"GET {at}", scripted({"name": "x"}), scripted({"name": "x", "done": True}))
    harness.on(f"POST {at}:cancel", scripted({}))
    harness.run(job.wait())
    harness.run(job.cancel())
    assert harness.lines[1:] == [f"GET {at}", f"GET {at}", f"POST {at}:cancel"]


@pytest.mark.parametrize("name", ["operations/../admin", "..", "a/./b", "a/%2e%2e/b"])
def test_names_do_not_leave_their_path(harness: WordsHarness, name: str) -> None:
    with pytest.raises(harness.package.InvalidArgument):
        harness.run(harness.client.operations(name=name).status())
    assert harness.lines == []


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("https://api.example.com/a", "api.example.com", "/a"),
        ("https://api.example.com", "api.example.com", "/"),
        ("https://api.example.com:443/a?b=c", "api.example.com", "/a?b=c"),
        ("https://west.jobs.example.net/a", "west.jobs.example.net", "/a"),
        ("https://jobs.example.net/a", "jobs.example.net", "/a"),
        ("/a?b", "api.example.com", "/base/a?b"),
    ],
)
def test_what_is_followed(url: str, authority: str, target: str) -> None:
    base = parse_base_url("https://api.example.com/base")
    found, path = follow(base, url, ("jobs.example.net",))
    assert (found.origin, path) == (f"https://{authority}", target)


@pytest.mark.parametrize(
    "url",
    [
        "https://xjobs.example.net/a",
        "https://jobs.example.net:444/",
        "http://api.example.com/",
        "https://jobs.example.net.x/",
        "",
        "a",
    ],
)
def test_what_is_not_followed(url: str) -> None:
    with pytest.raises(InvalidArgument):
        follow(parse_base_url("https://api.example.com/base"), url, ("jobs.example.net",))


@pytest.mark.parametrize("kind", ["exports", "operations"])
def test_the_mock_is_followed(kitchen_clients: ModuleType, kind: str) -> None:
    fake = vendor(f"{kitchen_clients.__name__}:kitchen_words", lifecycle="running*2,succeeded")
    with fake.client() as client:
        job = getattr(client, kind).submit()
        assert job.wait().state == "succeeded"
        other = getattr(client, kind).submit()
        other.cancel()
        assert other.identity != job.identity
    assert {seen.status for seen in fake.requests} <= {200, 202, 204}
