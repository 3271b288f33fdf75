"""Writes the findings of a run as Markdown, JSON and SARIF."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Final
from urllib.parse import quote

from jobclients_contract.live.cassette import without_secrets, write_whole
from jobclients_contract.live.findings import Finding, Report
from jobclients_contract.live.overlay import overlay
from jobclients_contract.live.scrub import Scrubber
from jobclients_contract.markdown import cell
from jobclients_contract.schema_model.values import Json

FORMAT: Final = 1
"""Number of the JSON report's format."""

_SARIF: Final = "https://json.schemastore.org/sarif-2.1.0.json"

KINDS: Final = {
    "new-field": "A key that is not documented",
    "new-enum-value": "A word that its enumeration does not list",
    "new-error-code": "An error code that is not listed",
    "new-job-state": "A word for a job's state that no rule knows",
    "missing-required": "A key that should always be there is missing",
    "type-changed": "Another type than the documented one",
    "null-value": "Null where it is not documented",
    "number-form": "A number in another form",
    "time-format": "A time in another format",
    "time-scale": "A time or duration in another unit",
    "pattern": "A text that its documented pattern does not match",
    "no-variant": "None of several documented shapes",
    "undocumented-status": "An HTTP status that is not documented",
    "redirect": "A redirect",
    "missing-header": "A required header field is missing",
    "content-type": "Another media type than the documented one",
    "empty-body": "An empty body where one is documented",
    "not-json": "A body, or a text in it, that is not JSON",
    "error-body": "The body of an error that does not fit, or lacks code or message",
    "deprecation": "The end of an operation, announced",
}
"""Every kind of drift that clients know, in a few words; a client may be newer than this."""


def check(report: Report, scrubber: Scrubber) -> None:
    """The last look at a report that is to be printed or written.

    Args:
        report: what was found.
        scrubber: knows the run's secrets.

    Raises:
        CassetteError: a secret is still in it, which is a mistake here.
    """
    came: list[Json] = [scrubber.behind_operation(one.reason) for one in report.outcomes]
    came += [dict(one.arguments) for one in report.outcomes]
    for one in report.findings:
        steps = (step.replace("~1", "/").replace("~0", "~") for step in one.pointer.split("/"))
        came += [one.found, one.message, dict.fromkeys(steps)]
    without_secrets(came, scrubber, "report")


def write(folder: Path, report: Report, scrubber: Scrubber) -> list[Path]:
    """Write a report in every form, each file whole or not at all.

    Args:
        folder: where to; made if it is not there.
        report: what was found.
        scrubber: looks at all of it once more.

    Returns:
        The files, the patch among them where there is one to suggest.

    Raises:
        CassetteError: a secret is still in it, which is a mistake here; nothing was written.
    """
    check(report, scrubber)
    patch = overlay(report)
    texts = {
        "drift.md": markdown(report),
        "drift.json": json.dumps(as_json(report), indent=1, ensure_ascii=False) + "\n",
        "drift.sarif": json.dumps(sarif(report), indent=1, ensure_ascii=False) + "\n",
        "overlay.json": json.dumps(patch, indent=1, ensure_ascii=False) + "\n" if patch is not None else "",
    }
    contents = {name: text.encode("utf-8", "backslashreplace") for name, text in texts.items()}
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, content in contents.items():
        if content:
            write_whole(folder / name, content)
            written.append(folder / name)
        else:
            (folder / name).unlink(missing_ok=True)  # of an earlier run, which would mislead
    return written


def as_json(report: Report) -> dict[str, Json]:
    """The report as JSON."""
    return {
        "format": FORMAT,
        "vendor": report.vendor,
        "spec": report.spec,
        "requests": report.requests,
        "stopped": report.stopped,
        "calls": [
            {
                "operation": one.operation,
                "arguments": dict(one.arguments),
                "result": one.result,
                "reason": one.reason,
            }
            for one in report.outcomes
        ],
        "not_called": dict(report.not_called),
        "drift": [_finding(report, one) for one in report.findings],
    }


def _finding(report: Report, finding: Finding) -> dict[str, Json]:
    found: dict[str, Json] = dataclasses.asdict(finding)
    found["spec"] = {"file": found.pop("file"), "line": found.pop("line"), "pointer": found.pop("spec")}
    found["call"] = str(report.outcomes[finding.call])
    return found


def markdown(report: Report) -> str:
    """The report as a page.

    Args:
        report: what was found.

    Returns:
        Markdown.
    """
    breaking, count = len(report.breaking), len(report.findings)
    lines = [f"# Drift of {report.vendor}", ""]
    calls, requests = _counted(len(report.outcomes), "call"), _counted(report.requests, "request")
    lines.append(f"{calls}, {requests}, {_counted(count, 'drift')}, {breaking} of them breaking.")
    if report.stopped:
        lines.append(f"Not everything was called: {report.stopped}.")
    for severity, title in (("breaking", "Breaking"), ("additive", "Additive")):
        chosen = [one for one in report.findings if one.severity == severity]
        if chosen:
            lines += ["", f"## {title}", ""]
            lines += ["| kind | operation | where | documented | found | specification | first seen | times |"]
            lines += ["|---|---|---|---|---|---|---|---|"]
            lines += [_row(report, one) for one in chosen]
    if overlay(report) is not None:
        lines += ["", "`overlay.json` is a suggested patch of the specification, for review."]
    lines += ["", "## Calls", "", "| call | result |", "|---|---|"]
    lines += [
        f"| {cell(str(one))} | {cell(': '.join(filter(None, (one.result, one.reason))))} |" for one in report.outcomes
    ]
    if report.not_called:
        lines += ["", "## Not called", "", "| operation | why |", "|---|---|"]
        lines += [f"| {cell(name)} | {cell(reason)} |" for name, reason in report.not_called.items()]
    return "\n".join(lines) + "\n"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _row(report: Report, one: Finding) -> str:
    file = f"{one.file}:{one.line}" if one.line else one.file
    place = f"{file} {one.spec}" if one.spec else ""
    where = f"{one.status} {one.pointer}".strip()
    first = str(report.outcomes[one.call])
    cells = (
        one.kind,
        ", ".join(one.operations or (one.operation,)),
        where,
        one.expected,
        one.found,
        place,
        first,
        str(one.count),
    )
    return f"| {' | '.join(map(cell, cells))} |"


def sarif(report: Report) -> dict[str, Json]:
    """The report as SARIF 2.1.0, which code scanning shows beside the lines of the specification.

    Args:
        report: what was found.

    Returns:
        The log.
    """
    kinds = sorted({one.kind for one in report.findings})
    rules: list[Json] = [{"id": kind, "shortDescription": {"text": KINDS.get(kind, kind)}} for kind in kinds]
    results: list[Json] = [_result(report, one, kinds.index(one.kind)) for one in report.findings]
    driver: dict[str, Json] = {"name": "jobclients_contract", "rules": rules}
    return {"$schema": _SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _result(report: Report, one: Finding, rule: int) -> dict[str, Json]:
    region: dict[str, Json] = {"region": {"startLine": one.line}} if one.line else {}
    logical: dict[str, Json] = {"logicalLocations": [{"fullyQualifiedName": one.spec}]} if one.spec else {}
    return {
        "ruleId": one.kind,
        "ruleIndex": rule,
        "level": "error" if one.severity == "breaking" else "note",
        "message": {"text": _plain(f"{one.message} (first seen in {report.outcomes[one.call]})")},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": quote(one.file)}, **region}, **logical}],
        "partialFingerprints": {"drift/v1": f"{one.kind} {one.operation} {one.status} {one.pointer} {one.found}"},
    }


def _plain(text: str) -> str:
    """A text as a message of SARIF that holds neither links nor placeholders (2.1.0, 3.11.5 and 3.11.6)."""
    return re.sub(r"([\\\[\]])", r"\\\1", text).replace("{", "{{").replace("}", "}}")
