"""Looking for a lost submission on all pages of a list, and repeating one with the time at which it was sent first."""

from __future__ import annotations

import dataclasses
import json
from email.utils import formatdate
from typing import Any
from uuid import UUID

import pytest
from jobclients_core import ConnectionLost, CredentialUnavailable, JobClientsError
from jobclients_core.calls import Session
from jobclients_core.flow import HttpResponse, Send
from jobclients_core.jobs import (
    AmbiguousRun,
    Honoured,
    JobExpired,
    NotSubmitted,
    Role,
    SubmitUncertain,
    WrongJob,
    lost_submissions,
)
from jobclients_core.jobs.record import Intent, read_record
from jobclients_core.jobs.submitting import submit_flow
from runtime.jobs import kinds
from runtime.jobs.tiny import KINDS, SETTLE, SUBMITS, VENDORS, Run, Tiny
from runtime.jobs.world import World, reply, sync_client

LISTED: Any = KINDS["list"].list
SIZE = 2
LOST = ConnectionLost("lost", operation="submit_sql_job")


class Paged(Tiny):
    """A vendor whose list has pages of two, the newest first, and says nothing of keys.

    Args:
        *faults: What becomes of the first requests to submit.
        before: How many runs there are already.
        last: The last page that it answers; the pages behind it are as that one. None for all.
    """

    def __init__(self, *faults: Any, before: int, last: int | None = None) -> None:
        super().__init__("list", *faults, before=before)
        self.kind = dataclasses.replace(
            self.kind, list=dataclasses.replace(LISTED, operation="list_pages", parameters={"page": "$page"})
        )
        self.last = last
        self.pages: list[int] = []

    def _seen(self, step: Send) -> Any:
        if step.operation != "list_pages":
            return super()._seen(step)
        page = int(step.request.target.rpartition("page=")[2])
        self.pages.append(page)
        page = page if self.last is None else min(page, self.last)
        shown = self.runs[::-1][SIZE * (page - 1) : SIZE * page]
        tags = [[{"key": "jobclients", "value": run.key}] for run in shown]
        return {"jobs": [{"job_id": f"j{run.number}", "tags": tag} for run, tag in zip(shown, tags, strict=True)]}


def test_a_job_on_a_later_page_is_found() -> None:
    """Others began since, so that it is not on the first page any more."""
    tiny = Paged((True, lambda world: others(world, 3)), before=2)
    assert tiny.submit().handle.identity["job_id"] == "j2"
    assert tiny.pages == [1, 2, 3, 4]


def others(tiny: Tiny, count: int) -> Exception:
    """As many runs of others begin, and the response is lost."""
    for _ in range(count):
        tiny.runs.append(Run(len(tiny.runs), "another's", tiny.now))
    return LOST


def test_what_no_page_shows_was_not_submitted_once_it_would_show() -> None:
    tiny = Paged((False, LOST), before=5)
    with pytest.raises(SubmitUncertain) as raised:
        tiny.submit(tiny.disk)
    assert raised.value.look_again_at is not None
    assert tiny.pages[:4] == [1, 2, 3, 4]
    tiny.now += SETTLE + 60
    assert tiny.submit(tiny.disk).handle.identity["job_id"] == "j5"
    assert len(tiny.new) == 1


def test_a_list_of_which_one_page_can_be_read_proves_nothing() -> None:
    """The vendor shows the same page for every number: the submission may be behind it."""
    tiny = Paged((True, lambda world: others(world, 3)), before=2, last=1)
    with pytest.raises(SubmitUncertain):
        tiny.submit(tiny.disk)
    tiny.now += SETTLE + 60
    with pytest.raises(SubmitUncertain) as raised:
        tiny.submit(tiny.disk)
    assert not isinstance(raised.value, NotSubmitted)
    assert tiny.sends.count("submit_sql_job") == 1


def test_jobs_with_one_key_on_two_pages_are_ambiguous() -> None:
    def twice(tiny: Tiny) -> Exception:
        others(tiny, 3)
        tiny.runs.append(Run(len(tiny.runs), tiny.runs[2].key, tiny.now))
        return LOST

    with pytest.raises(AmbiguousRun):
        Paged((True, twice), before=2).submit()


def test_a_repetition_carries_the_time_of_the_first_attempt() -> None:
    tiny = Tiny("honoured", (True, LOST), (True, None))
    tiny.kind = dataclasses.replace(
        tiny.kind,
        submit=Role("submit_dated", {"Repeatability-First-Sent": "$sent_at"}),
        honoured=Honoured(86_400.0, {"Retry": "$sent_at"}),
    )
    sent: list[dict[str, str]] = []
    send = tiny.send

    def noted(step: Send) -> Any:
        sent.append({name.lower(): value for name, value in step.request.headers})
        tiny.now += 5
        return send(step)

    tiny.send = noted  # type: ignore[method-assign]
    began = formatdate(tiny.now, usegmt=True)
    tiny.submit()
    assert [item["repeatability-first-sent"] for item in sent] == [began, began]
    assert [item.get("retry") for item in sent] == [None, began]


class Shut(Tiny):
    """A vendor that takes the submission, loses the response, and then answers each look with one status.

    Args:
        capability: What it would let one see.
        status: The status.
    """

    def __init__(self, capability: str, status: int) -> None:
        super().__init__(capability, (True, LOST))
        self.status = status
        # Of its own: a token that was refused is remembered.
        self._own = sync_client(World(), VENDORS.get(capability, kinds.DLI))._session

    def session(self) -> Session:
        return dataclasses.replace(self._own, clock=self.clock())

    def _seen(self, step: Send) -> Any:
        if not self.new:
            return super()._seen(step)
        return reply({"error_msg": "no"}, self.status)


@pytest.mark.parametrize(("status", "looks"), [(401, 1), (403, 1), (500, 5)])
@pytest.mark.parametrize("capability", ["list", "baseline", "discover"])
def test_refused_credentials_end_the_looking(capability: str, status: int, looks: int) -> None:
    tiny = Shut(capability, status)
    with pytest.raises(SubmitUncertain) as caught:
        tiny.submit(tiny.disk)
    assert caught.value.__cause__ is LOST
    after = tiny.sends[next(at for at, name in enumerate(tiny.sends) if name in SUBMITS) + 1 :]
    assert len(after) == looks
    assert isinstance(read_record(tiny.disk.text or ""), Intent)


@pytest.mark.parametrize("error", [WrongJob("another"), JobExpired("gone"), CredentialUnavailable("no"), LOST])
def test_no_failure_of_a_look_hides_that_the_job_may_run(
    error: JobClientsError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: Any, **more: Any) -> Any:
        raise error

    monkeypatch.setattr(lost_submissions, "observe", fails)
    with pytest.raises(SubmitUncertain) as caught:
        Tiny("baseline", (True, LOST)).submit()
    assert caught.value.__cause__ is LOST


@pytest.mark.parametrize("own", [None, "a key of ours"])
def test_every_place_of_the_key_has_it(own: str | None) -> None:
    """The vendor that takes a key in a header is told it in a tag as well, so that people can see it."""

    class Told(Tiny):
        seen: tuple[str, Any] = ("", None)

        def send(self, step: Send) -> HttpResponse:
            if step.operation in SUBMITS:
                body = json.loads(step.request.content or b"{}")
                self.seen = dict(step.request.headers)["Key"], body["tags"]
            return super().send(step)

    tiny = Told("honoured")
    tags = [{"key": "jobclients", "value": "$key"}]
    kind = dataclasses.replace(tiny.kind, submit=Role("submit_keyed", {"tags": tags})).bound
    given = {"sql": "x"} if own is None else {"sql": "x", "key": own}
    handle = tiny.drive(submit_flow(tiny.session(), kind, given, tiny.disk)).handle
    key = own or UUID(int=1).hex
    assert tiny.seen == (key, [{"key": "jobclients", "value": key}])
    assert handle.key == key
