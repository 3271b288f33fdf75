"""The live suite calls what is read-only and known, within its budget, and reports each drift and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from .support import ROOT, VENDORS, Change, Command, changed, replaced

FILES = ("drift.json", "drift.md", "drift.sarif", "overlay.json")


def texts(folder: Path) -> dict[str, str]:
    """The files of a report."""
    return {name: (folder / name).read_text(encoding="utf-8") for name in FILES if (folder / name).exists()}


@pytest.mark.parametrize("options", [(), ("--async",)], ids=["sync", "async"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_an_honest_vendor_has_no_drift_and_gets_no_writing_call(
    vendor: str, options: tuple[str, ...], command: Command
) -> None:
    ran = command.live(vendor, *options, "--fail-on-additive")

    assert (ran.code, ran.err) == (0, "")
    assert ran.report(vendor)["drift"] == []
    assert {call["result"] for call in ran.report(vendor)["calls"]} == {"ok"}
    assert {method for method, _ in ran.sent} == {"GET"}


def put(pointer: str, value: Any) -> Change:
    """Set a place of every body that is an object; with ``...`` it is taken away."""

    def change(body: Any) -> Any:
        if isinstance(body, list):
            return body
        node = body
        *parents, last = pointer.split("/")[1:]
        for part in parents:
            node = node[int(part)] if isinstance(node, list) else node[part]
        if value is ...:
            del node[last]
        else:
            node[last] = value
        return body

    return changed(change)


def with_header(name: str, value: str) -> Change:
    """Add a header field to every response."""

    def change(_: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        answer.headers[name] = value
        return answer

    return change


@dataclass(frozen=True)
class Planted:
    """A change of a vendor's responses and the drift that the report should show.

    Args:
        kind: of the drift.
        vendor: whose responses.
        change: the change.
        pointer: place in the body.
        breaking: whether it breaks something.
        spec: the place of the specification that it contradicts.
    """

    kind: str
    vendor: str
    change: Change
    pointer: str
    breaking: bool
    spec: str


RUN = "/submissions/0"
GET_JOB = "/paths/~1api~1v1~1bulk_metadata~1job~1/get/responses"
SQL_JOB = "/paths/~1v1.0~1{project_id}~1jobs~1{job_id}~1status/get/responses"
STATUS = "/paths/~1rest~1job-configuration~1job-status~1{job-configuration-id}/get/responses"
CDM = "/paths/~1v1.1~1{project_id}~1clusters~1{cluster_id}~1cdm~1job~1{job_name}~1status/get/responses"
ENDING = with_header("sunset", "Fri, 01 Jan 2027 00:00:00 GMT")
SCHEMAS = "/components/schemas"
SQL_STATUS = f"{SCHEMAS}/SqlJobStatus/properties"
DETAIL = f"{SCHEMAS}/ErrorDetail/properties/detail"
PLANTED = [
    Planted("new-field", "alation", put("/owner", "x"), "/owner", False, f"{SCHEMAS}/Job/properties"),
    Planted(
        "new-field",
        "huawei_cdm",
        put(f"{RUN}/queue", ["a"]),
        f"{RUN}/queue",
        False,
        f"{SCHEMAS}/Submission/properties",
    ),
    Planted("new-enum-value", "alation", put("/status", "paused"), "/status", False, f"{SCHEMAS}/JobState/enum"),
    Planted("new-job-state", "alation", put("/status", "paused"), "/status", True, "/x-jobs/jobs/state"),
    Planted("new-job-state", "datameer", put("/jobStatus", "LOST"), "/jobStatus", True, "/x-jobs/configurations/state"),
    Planted(
        "missing-required",
        "huawei_cdm",
        put(f"{RUN}/creation-date", ...),
        f"{RUN}/creation-date",
        True,
        f"{SCHEMAS}/Submission/required",
    ),
    Planted(
        "type-changed",
        "huawei_dli",
        put("/owner", {"a": 1}),
        "/owner",
        True,
        f"{SQL_STATUS}/owner",
    ),
    Planted("null-value", "alation", put("/msg", None), "/msg", False, f"{SCHEMAS}/Job/properties/msg"),
    Planted(
        "number-form",
        "huawei_dli",
        put("/duration", 5.0),
        "/duration",
        False,
        f"{SQL_STATUS}/duration",
    ),
    Planted(
        "time-format",
        "huawei_cdm",
        put(f"{RUN}/creation-date", "yesterday"),
        f"{RUN}/creation-date",
        True,
        f"{SCHEMAS}/Submission/properties/creation-date/x-time-format",
    ),
    Planted("no-variant", "alation", put("/result", 5), "/result", True, f"{SCHEMAS}/Job/properties/result/anyOf"),
    Planted("undocumented-status", "alation", replaced(b"{}", 451), "", False, GET_JOB),
    Planted("redirect", "huawei_dli", replaced(b"", 302), "", True, SQL_JOB),
    Planted("content-type", "huawei_cdm", replaced(b"<p>", content_type="text/html"), "", True, CDM),
    Planted("empty-body", "datameer", replaced(b""), "", True, STATUS),
    Planted("not-json", "alation", replaced(b'{"status": '), "", True, GET_JOB),
    Planted(
        "error-body",
        "alation",
        replaced(b'{"detail": 5}', 403),
        "/detail",
        True,
        f"{SCHEMAS}/ErrorDetail/properties/detail",
    ),
    Planted("deprecation", "huawei_dli", ENDING, "", False, ""),
]


def line_of(vendor: str, pointer: str) -> int:
    """The line of a place as a parser of YAML tells it: that of the key."""
    node: Any = yaml.compose((ROOT / f"specs/{vendor}/openapi.yaml").read_text(encoding="utf-8"))
    line = 0
    for step in (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]):
        key, node = next((key, value) for key, value in node.value if key.value == step)
        line = key.start_mark.line + 1
    return line


@pytest.mark.parametrize("options", [(), ("--async",)], ids=["sync", "async"])
@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: f"{one.kind}-{one.vendor}")
def test_the_report_shows_a_planted_drift(planted: Planted, options: tuple[str, ...], command: Command) -> None:
    vendor = planted.vendor
    ran = command.live(vendor, *options, change=planted.change)

    report = ran.report(vendor)
    found = next(one for one in report["drift"] if (one["kind"], one["pointer"]) == (planted.kind, planted.pointer))
    assert found["severity"] == ("breaking" if planted.breaking else "additive")
    assert found["call"].startswith(f"{found['operation']}(")
    assert ran.code == int(any(one["severity"] == "breaking" for one in report["drift"]))
    operations = ", ".join(found["operations"])
    assert f"| `{planted.kind}` | `{operations}` |" in texts(ran.folder / "live" / vendor)["drift.md"]
    if planted.spec:
        place = {"file": f"specs/{vendor}/openapi.yaml", "line": line_of(vendor, planted.spec), "pointer": planted.spec}
        assert found["spec"] == place


def test_at_least_ten_kinds_are_planted_at_every_kind_of_place() -> None:
    assert len({planted.kind for planted in PLANTED}) >= 15
    assert {planted.vendor for planted in PLANTED} == set(VENDORS)


@pytest.mark.parametrize("options", [(), ("--async",)], ids=["sync", "async"])
@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: f"{one.kind}-{one.vendor}")
def test_a_replay_reports_the_same(planted: Planted, options: tuple[str, ...], command: Command) -> None:
    ran = command.live(planted.vendor, change=planted.change)
    again = command.replay(*options)

    assert (again.code, again.err) == (ran.code, ran.err)
    assert texts(ran.folder / "replay" / planted.vendor) == texts(ran.folder / "live" / planted.vendor)


def test_additive_drift_fails_only_where_that_is_asked_for(command: Command) -> None:
    owner = put("/owner", "x")

    assert command.live("alation", change=owner).code == 0
    assert command.live("alation", "--fail-on-additive", change=owner).code == 1


def test_a_fact_of_many_values_responses_and_operations_is_one_row(command: Command) -> None:
    ran = command.live("huawei_cdm", change=put(f"{RUN}/queue", 1))

    (row,) = ran.report("huawei_cdm")["drift"]
    assert (row["operations"], row["count"]) == (["show_job_status", "show_submissions"], 2)
    assert "| `show_job_status, show_submissions` |" in ran.out


def test_a_new_key_is_one_row_whatever_types_its_values_have(command: Command) -> None:
    def change(body: Any) -> Any:
        (run,) = body["submissions"]
        return {"submissions": [{**run, "owner": owner} for owner in ("me", None, "you", ["us"])]}

    ran = command.live("huawei_cdm", arguments=("show_submissions.job_name=mine",), change=changed(change))

    (row,) = ran.report("huawei_cdm")["drift"]
    assert (row["pointer"], row["count"]) == ("/submissions/0/owner", 4)
    assert row["message"].endswith("it is of the type string or null or array of string")
    (action,) = ran.report("huawei_cdm", "overlay.json")["actions"]
    assert action["update"]["owner"]["type"] == ["string", "null", "array"]
    assert action["update"]["owner"]["items"] == {"type": "string"}


def test_what_is_not_called_is_listed_with_what_it_takes(command: Command) -> None:
    ran = command.live("huawei_dli")

    reasons = ran.report("huawei_dli")["not_called"]
    assert reasons["show_sql_job_detail"] == "give --argument show_sql_job_detail.job_id=..."
    assert reasons["submit_sql_job"] == "it is not read-only; name it: --allow submit_sql_job"
    assert "`give --argument show_sql_job_detail.job_id=...`" in ran.out
    assert [path for _, path in ran.sent] == ["/v1.0/p-1/jobs/j-7/status", "/v1.0/p-1/jobs"]


def test_one_of_several_arguments_is_told_as_a_choice(command: Command) -> None:
    ran = command.live("alation", arguments=())

    assert ran.code == 2
    assert "give --argument get_job.id=... or --argument get_job.name=..." in ran.out
    assert ran.err == "error: nothing of alation was called\n"
    assert ran.sent == []


def test_what_writes_is_called_when_it_is_named(command: Command) -> None:
    allowed = ("show_job_status.job_name=mine", "start_job.job_name=mine")

    unnamed = command.live("huawei_cdm", arguments=allowed)
    named = command.live("huawei_cdm", "--allow", "start_job", arguments=allowed)

    assert {method for method, _ in unnamed.sent} == {"GET"}
    assert [method for method, path in named.sent if path.endswith("/start")] == ["PUT"]


def test_the_budget_counts_repetitions_and_ends_the_run(command: Command) -> None:
    ran = command.live("huawei_cdm", "--budget", "2", change=replaced(b"", 503, retry_after="0"))

    assert len(ran.sent) == 2
    report = ran.report("huawei_cdm")
    assert (report["requests"], report["stopped"]) == (2, "the budget of 2 requests is spent")
    assert report["not_called"]["show_submissions"] == "the budget of 2 requests is spent"
    again = command.replay()
    assert texts(again.folder / "replay" / "huawei_cdm") == texts(ran.folder / "live" / "huawei_cdm")


def test_arguments_may_stand_in_a_file_and_the_command_line_wins(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "arguments.json"
    file.write_text(json.dumps({"get_job": {"id": 5}}), encoding="utf-8")

    ran = command.live("alation", "--arguments", str(file), arguments=())
    both = command.live("alation", "--arguments", str(file), arguments=("get_job.id=6",))

    assert ran.report("alation")["calls"][0]["arguments"] == {"id": 6}  # the later run's report is in its place
    assert [ran.code, both.code] == [0, 0]


MISTAKES: list[tuple[tuple[str, ...], str]] = [
    (("live", "alatoin"), "no contract of 'alatoin' in "),
    (("live", "alation", "--argument", "get_job=5"), "should be OPERATION.ARGUMENT=VALUE, such as get_job.id=5"),
    (("live", "alation", "--argument", "get_jobs.id=5"), "alation has no operation 'get_jobs'; get_job is meant?"),
    (("live", "alation", "--argument", "get_job.nam=5"), "get_job has no argument 'nam'; name is meant?"),
    (("live", "alation", "--argument", "get_job.id=five"), "--argument get_job.id should be integer"),
    (("live", "alation", "--allow", "revoke"), "alation has no operation 'revoke'; there are get_job, "),
    (("live", "alation", "--budget", "0"), "--budget should be at least 1"),
    (("live", "alation", "--arguments", "none.json"), "none.json: No such file or directory"),
    (("live", "alation", "--package", "nowhere"), "the clients 'nowhere' cannot be imported"),
    (("live", "alation", "--argument", "get_job.id=5"), "no server is set: "),
    (("replay", "none.json"), "none.json: No such file or directory"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKES, ids=[said[:30] for _, said in MISTAKES])
def test_bad_use_is_said_in_words(arguments: tuple[str, ...], said: str, command: Command) -> None:
    ran = command.run(*arguments)

    assert ran.code == 2
    assert ran.err.startswith("error: ")
    assert said in ran.err


def test_an_environment_without_credentials_is_told_by_its_variables(command: Command) -> None:
    ran = command.live("alation", environment={"BASE_URL": "https://acme.test"})

    assert ran.code == 2
    assert "ALATION_TOKEN" in ran.err
    assert "ALATION_REFRESH_TOKEN" in ran.err
    assert ran.sent == []


def test_a_refused_credential_is_no_success(command: Command) -> None:
    ran = command.live("alation", change=replaced(b'{"detail": "no"}', 401))

    assert ran.code == 2
    assert ran.err == "error: alation answered no call\n"
    assert "`AuthenticationError 401: get_job: 401 Unauthorized`" in ran.out
