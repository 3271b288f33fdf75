"""What a report says in each form, the patch that it suggests, and the lines that it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from jobclients_contract.live.cassette import CassetteError
from jobclients_contract.live.contract import BadUseError, contract_of
from jobclients_contract.live.findings import CallReport, Finding, ObservedDrift, Report, findings
from jobclients_contract.live.overlay import json_path
from jobclients_contract.live.report import KINDS, markdown, sarif, write
from jobclients_contract.live.scrub import Scrubber
from jobclients_contract.schema_model.values import Json
from jobclients_contract.source_map import source_map
from jobclients_core.drift import DRIFT_KINDS
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.overlay import overlaid
from vendorsmith.spec.source import parse
from yaml_text import Loader, loaded

from .support import ENVIRONMENTS, GENERATED, ROOT, VENDORS, Change, Command, changed


def specification(vendor: str) -> Any:
    """A vendor's specification."""
    return loaded((ROOT / f"specs/{vendor}/openapi.yaml").read_text(encoding="utf-8"))


def applied(document: Any, overlay: Any) -> Any:
    """A document with an overlay applied, as the generator applies those of a vendor."""
    diagnostics = Diagnostics()
    read = [parse(json.dumps(each), "it.json", diagnostics, strict_json=True) for each in (document, overlay)]
    assert read[0] is not None
    assert read[1] is not None
    result = overlaid(read[0], [read[1]], diagnostics)
    assert list(diagnostics) == []
    assert result is not None
    return result.data


def everything(body: Any) -> Any:
    """A job of Alation with a drift of each kind that a patch can document."""
    return {**body, "status": "paused", "msg": None, "owner": "me", "tags": ["a"], "kept.it": {"a": 1}, "late": None}


def test_the_patch_documents_what_came(command: Command) -> None:
    ran = command.live("alation", change=changed(everything))
    overlay = ran.report("alation", "overlay.json")

    document = applied(specification("alation"), overlay)

    job = document["components"]["schemas"]["Job"]["properties"]
    assert document["components"]["schemas"]["JobState"]["enum"][-1] == "paused"
    assert job["msg"]["type"] == ["string", "null"]
    assert job["owner"]["type"] == "string"
    assert (job["tags"]["type"], job["tags"]["items"]) == ("array", {"type": "string"})
    assert job["kept.it"]["type"] == "object"
    assert "type" not in job["late"]
    assert all(entry["description"] for entry in (job["owner"], job["tags"], job["late"]))


def test_a_status_is_suggested_at_its_operation(command: Command) -> None:
    ran = command.live("alation", change=lambda _, __: httpx2.Response(451, json={}))

    document = applied(specification("alation"), ran.report("alation", "overlay.json"))

    seen = document["paths"]["/api/v1/bulk_metadata/job/"]["get"]["responses"]["451"]
    assert seen["content"] == {"application/json": {"schema": {"type": "object", "properties": {}}}}


JSON_TYPE = {"content-type": "application/json; charset=utf-8"}
DESCRIBED = {"description": "ObservedDrift in responses, and not documented."}


def in_json(schema: Any) -> Any:
    """The content of a body in JSON."""
    return {"application/json": {"schema": schema}}


CONTENTS: list[tuple[int, dict[str, str], bytes, Any]] = [
    (202, JSON_TYPE, b'{"status": "running", "new": 1}', in_json({"$ref": "#/components/schemas/Job"})),
    (
        202,
        JSON_TYPE,
        b'{"task": {"id": 5}, "tags": ["a"], "done": false, "why": null}',
        {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "task": {**DESCRIBED, "type": "object", "properties": {}},
                        "tags": {**DESCRIBED, "type": "array", "items": {"type": "string"}},
                        "done": {**DESCRIBED, "type": "boolean"},
                        "why": DESCRIBED,
                    },
                }
            }
        },
    ),
    (409, JSON_TYPE, b'{"detail": "busy"}', in_json({"$ref": "#/components/schemas/ErrorDetail"})),
    (502, {"content-type": "text/html"}, b"<p>", {"text/html": {"schema": {"type": "string"}}}),
    (204, {}, b"", None),
]  # fmt: skip


@pytest.mark.parametrize(("status", "headers", "body", "content"), CONTENTS)
def test_a_response_is_suggested_with_its_content(
    status: int, headers: dict[str, str], body: bytes, content: Any, command: Command
) -> None:
    ran = command.live("alation", change=lambda _, __: httpx2.Response(status, headers=headers, content=body))
    again = command.replay()

    (action,) = ran.report("alation", "overlay.json")["actions"]
    assert action["update"][str(status)].get("content") == content
    assert again.report("alation", "overlay.json", "replay") == ran.report("alation", "overlay.json")


def test_no_response_is_suggested_whose_body_is_not_known(command: Command) -> None:
    ran = command.live("alation", change=lambda _, __: httpx2.Response(418, headers=JSON_TYPE, content=b"\xff\xfe"))

    assert [one["kind"] for one in ran.report("alation")["drift"]] == ["undocumented-status"]
    assert not (ran.folder / "live/alation/overlay.json").exists()


def test_null_becomes_one_more_of_several_types(command: Command) -> None:
    def change(body: Any) -> Any:
        for run in body["submissions"]:
            run["isStopingIncrement"] = None
        return body

    ran = command.live("huawei_cdm", change=changed(change))

    overlay = ran.report("huawei_cdm", "overlay.json")
    assert [action["update"] for action in overlay["actions"]] == ["null"]
    document = applied(specification("huawei_cdm"), overlay)
    stopping = document["components"]["schemas"]["Submission"]["properties"]["isStopingIncrement"]
    assert stopping["type"] == ["boolean", "string", "null"]


def test_the_patch_is_an_overlay_and_says_that_it_is_a_suggestion(command: Command) -> None:
    overlay = command.live("alation", change=changed(everything)).report("alation", "overlay.json")

    assert overlay["overlay"] == "1.1.0"
    assert set(overlay) == {"overlay", "info", "actions"}
    assert overlay["info"]["title"] == "Suggested by the responses of alation: review before use"
    assert overlay["info"]["version"]
    assert all(len({"update", "remove"} & set(action)) == 1 for action in overlay["actions"])
    assert all({"target", "description"} < set(action) for action in overlay["actions"])
    assert all(action["description"].startswith("Suggestion, to be reviewed: ") for action in overlay["actions"])


@pytest.mark.parametrize(
    ("body", "why"),
    [({"status": 5}, "only a person can tell why a type changed"), ({}, "a key that is missing may come back")],
)
def test_nothing_is_suggested_where_a_person_has_to_decide(body: Any, why: str, command: Command) -> None:
    ran = command.live("alation", change=changed(lambda _: body))

    assert ran.code == 1, why
    assert not (ran.folder / "live/alation/overlay.json").exists()


def test_a_patch_of_an_earlier_run_does_not_stay(command: Command) -> None:
    first = command.live("alation", change=changed(everything))
    assert (first.folder / "live/alation/overlay.json").exists()

    second = command.live("alation")

    assert not (second.folder / "live/alation/overlay.json").exists()


def test_keys_with_quotes_and_list_items_are_written_as_json_path() -> None:
    assert json_path("/components/schemas/it's/a~1b/c~0d") == "$['components']['schemas']['it\\'s']['a/b']['c~d']"
    assert json_path("/a/anyOf/1/properties") == "$['a']['anyOf'][1]['properties']"
    assert json_path("/paths/~1x/get/responses/200") == "$['paths']['/x']['get']['responses']['200']"


def test_sarif_has_the_shape_that_code_scanning_reads(command: Command) -> None:
    ran = command.live("alation", change=changed(everything))
    log = ran.report("alation", "drift.sarif")

    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    rules = [rule["id"] for rule in driver["rules"]]
    assert driver["name"]
    assert len(rules) == len(set(rules))
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
    assert len(run["results"]) == len(ran.report("alation")["drift"])
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "note")
        assert result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "specs/alation/openapi.yaml"
        assert place["region"]["startLine"] >= 1
        assert location["logicalLocations"][0]["fullyQualifiedName"].startswith("/")
    prints = [result["partialFingerprints"]["drift/v1"] for result in run["results"]]
    assert len(prints) == len(set(prints))
    assert {"error", "note"} == {result["level"] for result in run["results"]}


def test_the_page_is_a_table_that_no_answer_can_break(command: Command) -> None:
    ran = command.live("alation", change=changed(lambda body: {**body, "status": "a|b`c"}))

    page = (ran.folder / "live/alation/drift.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith("| `new-enum-value`")]
    assert row.count("|") == 9
    assert row.count("`") % 2 == 0


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("a|b", "<code>a&#124;b</code>"),
        ("a\\|b", "<code>a&#92;&#124;b</code>"),
        ("a`b", "<code>a&#96;b</code>"),
        ("|<b>_*&amp;[x](y)", "<code>&#124;&#60;b&#62;&#95;&#42;&#38;amp&#59;&#91;x&#93;&#40;y&#41;</code>"),
        ("a\\", "`a\\`"),
    ],
)
def test_a_cell_shows_what_came(word: str, shown: str, command: Command) -> None:
    ran = command.live("alation", change=changed(lambda body: {**body, "status": word}))

    assert f"| {shown} |" in (ran.folder / "live/alation/drift.md").read_text(encoding="utf-8")


def test_every_kind_of_drift_is_described() -> None:
    assert set(KINDS) == set(DRIFT_KINDS)


def test_a_message_in_sarif_is_no_link_and_has_no_placeholder(command: Command) -> None:
    ran = command.live("alation", change=changed(lambda body: {**body, "status": "[x](http://evil.test) {0} a\\b"}))

    results = ran.report("alation", "drift.sarif")["runs"][0]["results"]
    assert {result["ruleId"] for result in results} == {"new-enum-value", "new-job-state"}
    for result in results:
        assert "\\[x\\](http://evil.test) {{0}} a\\\\b" in result["message"]["text"]


def test_the_file_in_sarif_is_a_uri() -> None:
    finding = Finding("redirect", "breaking", "get", 302, "", "200", "302", "moved", "my specs/50%.yaml", 1, "", 1, 0)
    log: Any = sarif(Report("demo", finding.file, (CallReport("get", {}, "ok"),), {}, 1, (finding,)))

    (result,) = log["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "my%20specs/50%25.yaml"}


def test_a_report_is_the_same_each_time(command: Command) -> None:
    first = command.live("alation", change=changed(everything))
    before = {path.name: path.read_bytes() for path in (first.folder / "live/alation").iterdir()}
    second = command.live("alation", change=changed(everything))

    assert {path.name: path.read_bytes() for path in (second.folder / "live/alation").iterdir()} == before


def every_key(node: yaml.Node, pointer: str = "") -> list[tuple[str, int]]:
    """The pointer and line of each key of a document in block style; what is in braces is on one line."""
    found: list[tuple[str, int]] = []
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        for key, value in node.value:
            below = f"{pointer}/{str(key.value).replace('~', '~0').replace('/', '~1')}"
            found.append((below, key.start_mark.line + 1))
            found += every_key(value, below)
    return found


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_line_of_every_key_of_a_specification_is_found(vendor: str) -> None:
    contract = contract_of(vendor, Path(GENERATED), None)
    lines = source_map(ROOT / contract.spec)
    tree: Any = yaml.compose((ROOT / contract.spec).read_text(encoding="utf-8"), Loader=Loader)

    keys = [
        (pointer, line) for pointer, line in every_key(tree) if pointer.startswith(("/components", "/paths", "/x-"))
    ]
    assert len(keys) > 300
    assert [(pointer, lines.line(pointer)) for pointer, _ in keys] == keys


def test_the_nearest_place_above_tells_the_line() -> None:
    contract = contract_of("alation", Path(GENERATED), None)
    operation = contract.methods["get_job"].operation.where
    lines = source_map(ROOT / contract.spec)

    assert lines.line(f"{operation}/responses/200/unknown") == lines.line(f"{operation}/responses/200") > 1
    assert lines.line(f"{operation}/deprecated") == lines.line(operation)


def test_without_the_specification_a_report_names_the_place_only() -> None:
    contract = contract_of("alation", Path(GENERATED), None)
    place = "/components/schemas/Job/properties"
    seen = ObservedDrift(0, "new-field", "get_job", 200, "/new", "no such key", "string", "message", place, False)
    found = findings(contract, source_map(Path("nowhere") / contract.spec), [seen])
    report = Report("alation", contract.spec, (CallReport("get_job", {}, "ok"),), {}, 1, found)

    assert [one.line for one in found] == [0]
    assert f"| `specs/alation/openapi.yaml {place}` |" in markdown(report)
    assert "region" not in json.dumps(sarif(report))


def test_the_place_in_a_list_does_not_tell_findings_apart() -> None:
    contract = contract_of("alation", Path(GENERATED), None)
    lines = source_map(ROOT / contract.spec)
    words = ("no such key", "string", "message", "/components/schemas/Job/properties")

    def seen(call: int, pointer: str, kind: str = "new-field", *, breaking: bool = False) -> ObservedDrift:
        return ObservedDrift(call, kind, "get_job", 200, pointer, *words, breaking)

    found = findings(
        contract,
        lines,
        [
            seen(0, "/jobs/3/new"),
            seen(1, "/jobs/0/new"),
            seen(1, "/jobs/0/other"),
            seen(2, "/jobs/0/id", "type-changed", breaking=True),
        ],
    )

    assert [(one.pointer, one.count, one.call) for one in found] == [
        ("/jobs/0/id", 1, 2),
        ("/jobs/3/new", 2, 0),
        ("/jobs/0/other", 1, 1),
    ]


def test_a_folder_without_contract_tests_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadUseError, match=r"contract_tests: no contract tests; name the folder .* with --generated$"):
        contract_of("alation", tmp_path, None)


def test_what_is_not_in_the_recording_is_a_clear_error(command: Command) -> None:
    ran = command.live("alation")
    (file,) = (ran.folder / "cassettes").iterdir()
    content = json.loads(ran.cassette)
    content["exchanges"] = []
    file.write_text(json.dumps(content), encoding="utf-8")

    again = command.replay()

    assert again.code == 2
    assert again.err == ("error: not in the recording, and nothing is sent: GET /api/v1/bulk_metadata/job/?id=7\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a cassette"),
        ('{"format": 2}', "has the format 2, and 1 is wanted"),
        ('{"format": 1, "vendor": "alation"}', "is damaged (stopped is missing)"),
    ],
)
def test_a_file_that_is_no_recording_is_told(text: str, said: str, command: Command, tmp_path: Path) -> None:
    file = tmp_path / "odd.json"
    file.write_text(text, encoding="utf-8")

    ran = command.run("replay", str(file))

    assert (ran.code, ran.err) == (2, f"error: {file}: {said}\n")


FAILURES: list[Exception] = [
    httpx2.ConnectError("no"),
    httpx2.ReadError("lost"),
    httpx2.RemoteProtocolError("what"),
    OSError("disk"),
    ValueError("own"),
]


@pytest.mark.parametrize("options", [(), ("--async",)], ids=["sync", "async"])
@pytest.mark.parametrize("failure", FAILURES, ids=lambda one: type(one).__name__)
def test_failures_of_the_network_are_recorded_and_replayed(
    failure: Exception, options: tuple[str, ...], command: Command
) -> None:
    def change(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        if "jobs" in request.url.path and request.url.path.endswith("/jobs"):
            raise failure
        return response

    fail: Change = change
    ran = command.live("huawei_dli", change=fail)
    again = command.replay(*options)

    results = [call["result"] for call in ran.report("huawei_dli")["calls"]]
    assert results[0] == "ok"
    assert results[1] != "ok"
    assert [call["result"] for call in again.report("huawei_dli", kind="replay")["calls"]] == results


SEEN = "SESSVALUE-99887766/x~y"
PLACES_OF_A_REPORT: dict[str, tuple[dict[str, Json], str, str, str, str]] = {
    "argument": ({"name": SEEN}, "", "/a", "string", "said"),
    "reason": ({}, f"get: {SEEN}", "/a", "string", "said"),
    "pointer": ({}, "", f"/a/{SEEN.replace('/', '~1').replace('~y', '~0y')}", "string", "said"),
    "found": ({}, "", "/a", SEEN, "said"),
    "message": ({}, "", "/a", "string", f"said {SEEN}"),
}


@pytest.mark.parametrize("place", PLACES_OF_A_REPORT)
def test_no_file_of_a_report_is_written_where_a_secret_is_in_it(place: str, tmp_path: Path) -> None:
    scrubber = Scrubber()
    scrubber.learn(SEEN)
    arguments, reason, pointer, found, message = PLACES_OF_A_REPORT[place]
    finding = Finding(
        "new-field", "additive", "get", 200, pointer, "no such key", found, message, "spec.yaml", 1, "", 1, 0
    )
    report = Report("demo", "spec.yaml", (CallReport("get", arguments, "ok", reason),), {}, 1, (finding,))

    with pytest.raises(CassetteError, match="a secret was still in the report, so it was not written"):
        write(tmp_path / "report", report, scrubber)

    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize("base", ["/tenant", "/tenant/", "/a/b%20c"])
def test_a_path_in_the_base_url_hinders_no_replay(base: str, command: Command) -> None:
    environment = {**ENVIRONMENTS["alation"], "BASE_URL": f"https://acme.test{base}"}

    ran = command.live("alation", environment=environment, change=lambda _, __: httpx2.Response(200, json={}))
    again = command.replay()

    assert ran.sent[0][1].startswith(base.rstrip("/").replace("%20", " ") + "/api/")
    assert json.loads(ran.cassette)["exchanges"][0]["request"]["target"] == "/api/v1/bulk_metadata/job/?id=7"
    assert again.report("alation", kind="replay") == ran.report("alation")
