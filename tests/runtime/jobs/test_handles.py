"""Handles as text: there and back, tampered with, elsewhere, and without secrets."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from typing import Any

import pytest
from jobclients_core import HttpOptions, InvalidArgument
from jobclients_core.jobs import AsyncJob, HandleError, Job, RunSuperseded, WaitTimeout, read_handle, restore
from jobclients_core.jobs.handle import checksum, sealed
from runtime.jobs import kinds
from runtime.jobs.nightly import LAST_NIGHT, OTHER, OURS, run, shows
from runtime.jobs.tiny import Disk
from runtime.jobs.world import World, async_client, sync_client


def handle_of(*polls: Any) -> tuple[World, kinds.Run]:
    world = World(LAST_NIGHT, shows(), *polls)
    return world, kinds.Runs(sync_client(world, kinds.CDM)).submit(job_name="j")


def elsewhere(*polls: Any, **more: Any) -> tuple[World, kinds.Runs]:
    world = World(*polls)
    return world, kinds.Runs(sync_client(world, kinds.CDM, **more))


def test_a_handle_comes_back_in_another_process() -> None:
    _, job = handle_of()
    _, runs = elsewhere(LAST_NIGHT, shows(run(OURS, "SUCCEEDED")))
    again = runs.restore(job.to_json())
    assert again.identity == job.identity
    assert again.key == job.key
    # The baseline came along: last night's success is still not this run's.
    assert again.status().state == "queued"
    assert again.wait().run_id == "2000"
    assert again.to_json() != job.to_json()
    _, third = elsewhere(shows(run(OTHER, "SUCCEEDED")))
    with pytest.raises(RunSuperseded):
        third.restore(again.to_json()).wait()


def test_the_time_of_submission_comes_along() -> None:
    _, job = handle_of()
    world, runs = elsewhere(LAST_NIGHT)
    world.fake.now += 500
    assert runs.restore(job.to_json()).status().state == "unknown"


def test_what_a_handle_holds() -> None:
    _, job = handle_of(shows(run(OURS, "RUNNING")))
    job.status()
    facts = json.loads(job.to_json())
    assert facts.pop("checksum") == checksum(facts)
    assert facts == {
        "format": 2,
        "vendor": "cdm",
        "kind": "runs",
        "origin": "https://vendor.example.com",
        "account": "default",
        "identity": {"project_id": "p1", "job_name": "j"},
        "run_key": {"creation-date": "2000"},
        "attribution": "newer_than_baseline",
        "baseline": {
            "keys": [{"creation-date": "1000"}],
            "found": "runs",
            "read_at": 1_700_000_000.0,
            "dated": None,
        },
        "named": None,
        "submitted_at": 1_700_000_000.0,
        "sent_at": 1_700_000_000.0,
        "sent_until": 1_700_000_000.0,
        "joined": False,
        "seen": True,
        "key": None,
    }


def test_no_secret_in_handles_or_errors() -> None:
    _, job = handle_of(shows(run(OURS, "RUNNING")))
    with pytest.raises(WaitTimeout) as caught:
        job.wait(timeout=5)
    shown = job.to_json() + repr(job) + repr(caught.value) + repr(caught.value.__dict__) + repr(vars(job))
    shown += repr(job._handle)
    assert "secret-token-1" not in shown


def test_errors_of_waits_can_be_pickled_and_copied() -> None:
    _, job = handle_of(shows(run(OURS, "RUNNING")))
    with pytest.raises(WaitTimeout) as caught:
        job.wait(timeout=5)
    for again in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert str(again) == str(caught.value)
        assert again.history == caught.value.history
        assert again.job is None
        assert again.status is not None
        assert again.status.state == "running"
    with pytest.raises(TypeError):
        pickle.dumps(job)


def changed(**facts: Any) -> str:
    """A handle with other facts and a checksum that fits them."""
    _, job = handle_of()
    found = json.loads(job.to_json())
    found.pop("checksum")
    found.update(facts)
    return sealed(found)


def baseline(**more: Any) -> dict[str, Any]:
    return {"keys": [], "found": "empty", "read_at": 1.0, "dated": None, **more}


def of_format_1(**facts: Any) -> str:
    """A handle as the first release wrote it."""
    later = {"named", "sent_at", "sent_until", "joined", "checksum"}
    found = {name: value for name, value in json.loads(handle_of()[1].to_json()).items() if name not in later}
    found |= {"format": 1, "run_key": None, "baseline": [["1000"]], **facts}
    return sealed(found)


BAD = {
    "empty": "",
    "no json": "{",
    "pickle": b"\x80\x04\x95\x0c\x00\x00\x00",
    "list": "[]",
    "null": "null",
    "large": json.dumps({"format": 1, "x": "y" * 70_000}),
    "no format": "{}",
    "newer format": changed(format=3),
    "older format": changed(format=0),
    "format as truth": changed(format=True),
    "format as text": changed(format="1"),
    "format as list": changed(format=[2]),
    "other vendor": changed(vendor="x"),
    "other kind": changed(kind="x"),
    "identity of another": changed(identity={"id": 1}),
    "identity with more": changed(identity={"project_id": "p1", "job_name": "j", "x": "y"}),
    "identity without": changed(identity={"project_id": "p1"}),
    "identity empty": changed(identity={}),
    "identity of another type": changed(identity={"project_id": "p1", "job_name": 7}),
    "identity of a list": changed(identity={"project_id": "p1", "job_name": ["j"]}),
    "identity is a list": changed(identity=["j"]),
    "key of another name": changed(run_key={"id": "1"}),
    "key empty": changed(run_key={}),
    "key of numbers": changed(run_key={"creation-date": 1}),
    "key is a text": changed(run_key="1"),
    "named by another name": changed(named={"id": "1"}),
    "baseline is a list": changed(baseline=["1"]),
    "baseline is a number": changed(baseline=5),
    "baseline of no known kind": changed(baseline=baseline(found="perhaps")),
    "baseline of no time": changed(baseline=baseline(read_at=None)),
    "baseline of a null": changed(baseline=baseline(keys=[None])),
    "baseline of another name": changed(baseline=baseline(keys=[{"creation-date": "1000"}, {"id": "2"}])),
    "format 1, key of another length": of_format_1(run_key=["1", "2"]),
    "format 1, key empty": of_format_1(run_key=[]),
    "format 1, key of numbers": of_format_1(run_key=[1]),
    "format 1, baseline of texts": of_format_1(baseline=["1"]),
    "format 1, baseline is a number": of_format_1(baseline=5),
    "format 1, baseline of another length": of_format_1(baseline=[["1000"], ["1", "2"]]),
    "attribution": changed(attribution="surely"),
    "time as text": changed(submitted_at="now"),
    "time as truth": changed(submitted_at=True),
    "time as digits": changed(submitted_at="1700000000"),
    "time before all": changed(submitted_at=-1),
    "time after all": changed(submitted_at=1e300),
    "time beyond floats": changed(submitted_at=10**400),
    "account missing": changed(account=None),
    "tag": changed(key=5),
}


def changed_kind(text: str, *key: str) -> Any:
    """What a release that tells runs apart by other parts makes of a saved handle."""
    select = kinds.RUNS.select
    assert select is not None

    later = dataclasses.replace(kinds.RUNS, select=dataclasses.replace(select, key=key))

    class Later(kinds.Runs):
        kind = later

    return json.loads(Later(sync_client(World(), kinds.CDM)).restore(text).to_json())


def test_a_handle_of_format_1_knows_its_parts_by_place() -> None:
    facts = changed_kind(of_format_1(run_key=["2000", None], baseline=[["1000", "7"]]), "creation-date", "id")
    assert facts["run_key"] == {"creation-date": "2000"}
    assert facts["baseline"]["keys"] == [{"creation-date": "1000", "id": "7"}]
    assert (facts["baseline"]["found"], facts["sent_at"]) == ("runs", 1_700_000_000.0)
    assert changed_kind(of_format_1(baseline=[]), "creation-date")["baseline"]["found"] == "empty"


@pytest.mark.parametrize("way", ["restored", "of its record", "looked for"])
def test_a_run_before_a_submission_of_format_1_is_not_its_own(way: str) -> None:
    runs = kinds.Runs(sync_client(World(LAST_NIGHT), kinds.CDM))
    record = Disk(of_format_1())
    if way == "restored":
        job = runs.restore(of_format_1())
    else:
        job = runs._submit(record, job_name="j") if way == "of its record" else runs.look_for(record)
    status = job.status()
    assert (status.state, status.run_id) == ("queued", None)


def test_a_record_of_another_key_is_refused_as_it_is() -> None:
    record = Disk(changed(baseline=baseline(keys=[{"id": "1"}], found="runs")))
    world = World()
    with pytest.raises(HandleError, match="resume it with the release that saved it"):
        kinds.Runs(sync_client(world, kinds.CDM))._submit(record, job_name="j")
    assert world.sends == []


def test_a_handle_is_read_as_long_as_a_part_of_its_key_is_known() -> None:
    text = changed(run_key={"creation-date": "2000"})
    assert changed_kind(text, "id", "creation-date")["run_key"] == {"creation-date": "2000"}
    # The same place, written as a pointer.
    assert changed_kind(text, "/creation-date")["run_key"] == {"/creation-date": "2000"}
    assert changed_kind(changed(run_key={"creation-date": "2000", "gone": "1"}), "creation-date")["run_key"] == {
        "creation-date": "2000"
    }
    with pytest.raises(HandleError, match="resume it with the release that saved it"):
        changed_kind(text, "id")
    with pytest.raises(HandleError, match="resume it with the release that saved it"):
        changed_kind(of_format_1(), "id", "creation-date")


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_is_no_handle(text: Any) -> None:
    _, runs = elsewhere()
    with pytest.raises(HandleError):
        runs.restore(text)


def test_a_checksum_catches_accidents() -> None:
    _, job = handle_of()
    text = job.to_json()
    _, runs = elsewhere()
    for broken in (text.replace('"p1"', '"p2"'), text[:-1], text.replace("1000", "1001"), text.replace("cdm", "cdn")):
        with pytest.raises(HandleError):
            runs.restore(broken)
    assert runs.restore(" " + text.replace(",", ", ")).identity == job.identity


def test_more_keys_of_a_later_release_are_put_aside() -> None:
    _, runs = elsewhere()
    assert runs.restore(changed(later="x")).identity["job_name"] == "j"


def test_another_origin_only_with_rebind() -> None:
    _, job = handle_of()
    world, runs = elsewhere(shows(run(OURS, "RUNNING")), base_url="https://other.example.com")
    with pytest.raises(HandleError, match="another origin"):
        runs.restore(job.to_json())
    assert world.events == []
    again = runs.restore(job.to_json(), rebind=True)
    assert again.status().state == "running"
    assert json.loads(again.to_json())["origin"] == "https://other.example.com"


def test_another_path_of_the_same_origin_only_with_rebind() -> None:
    base = "https://vendor.example.com/tenant-a"
    _, first = elsewhere(base_url=base)
    text = first.latest(job_name="j").to_json()
    assert json.loads(text)["origin"] == base
    _, same = elsewhere(base_url=base + "/")
    assert same.restore(text).to_json() == text
    for other in ("https://vendor.example.com/tenant-b", "https://vendor.example.com", base + "/more"):
        _, runs = elsewhere(base_url=other)
        with pytest.raises(HandleError, match="or path"):
            runs.restore(text)
        assert json.loads(runs.restore(text, rebind=True).to_json())["origin"] == other
    # Texts of before told the origin only.
    with pytest.raises(HandleError, match="or path"):
        same.restore(changed())
    _, plain = elsewhere()
    assert plain.restore(changed()).identity["job_name"] == "j"


def test_another_account_only_with_rebind() -> None:
    _, job = handle_of()
    world, runs = elsewhere(account="b")
    with pytest.raises(HandleError, match="another account"):
        runs.restore(job.to_json())
    assert world.events == []
    assert json.loads(runs.restore(job.to_json(), rebind=True).to_json())["account"] == "b"


def test_restore_of_a_kind() -> None:
    _, job = handle_of()
    text = job.to_json()
    assert read_handle(text).kind == "runs"
    assert isinstance(restore(kinds.RUNS, sync_client(World(), kinds.CDM), text), Job)
    assert isinstance(restore(kinds.RUNS, async_client(World(), kinds.CDM), text), AsyncJob)


def test_a_closed_client_says_so() -> None:
    world = World({"status": "running"})
    client = sync_client(world, kinds.ALATION, http=HttpOptions())
    job = kinds.BulkJobs(client)(id=1)
    client.close()
    with pytest.raises(InvalidArgument, match="closed"):
        job.status()
