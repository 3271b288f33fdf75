"""Every sample of the vendors' pages, played by a server on loopback: the exact request, and the typed result."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from jobclients_contract.playing.loopback import Loopback, Request, answer, loopback

from .documented_errors import ERRORS, Failure
from .driver import ACCOUNTS, CREDENTIAL_HEADERS, Mode, opened, playing, raised
from .seed_samples import SAMPLES, Sample


def at(value: Any, path: str) -> Any:
    """The value at a dotted path of attributes and indices."""
    for part in path.split(".") if path else ():
        value = value[int(part)] if part.isdigit() else getattr(value, part)
    return value


def typed(values: dict[str, Any]) -> list[tuple[str, type[Any], Any]]:
    """Values with their types: an enum member also equals its text, and True equals 1."""
    return [(path, type(value), value) for path, value in values.items()]


def shown(request: Request) -> tuple[str, dict[str, str], bytes]:
    """A request without its User-Agent, which is checked here."""
    headers = dict(request.fields)
    assert len(headers) == len(request.fields)
    assert headers.pop("User-Agent").startswith("jobclients/")
    return request.line, headers, request.body


def wanted(sample: Sample, server: Loopback) -> tuple[str, dict[str, str], bytes]:
    """The request that a sample asks for: these header fields and no others."""
    headers = {
        "Host": server.host,
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        **CREDENTIAL_HEADERS[sample.vendor],
    }
    if sample.line.startswith("POST"):
        headers["Content-Length"] = "0"
    return sample.line, headers, b""


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.vendor}: {sample.name}")
def test_a_sample_is_asked_for_as_documented_and_read_as_its_type(mode: Mode, sample: Sample) -> None:
    """The request arrives byte for byte as the page has it, and the answer becomes the typed result."""
    with playing(mode, sample.vendor, answer(sample.answer)) as (server, client):
        result = getattr(client, sample.method)(**sample.arguments)

    assert wanted(sample, server) == shown(server.request)
    assert typed(dict(sample.expected)) == typed({path: at(result, path) for path in sample.expected})


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.vendor}: {sample.name}")
def test_a_path_before_the_api_is_kept(mode: Mode, sample: Sample) -> None:
    """A base URL with a path puts it before the documented target and changes nothing else."""
    with loopback(answer(sample.answer)) as server:
        base_url = server.url + "/gate%20way/"
        with opened(mode, sample.vendor, base_url=base_url, **ACCOUNTS[sample.vendor]) as client:
            getattr(client, sample.method)(**sample.arguments)

    method, target = sample.line.split(" ")
    assert server.lines == [f"{method} /gate%20way{target}"]


@pytest.mark.parametrize("failure", ERRORS, ids=lambda failure: f"{failure.vendor}: {failure.name}")
def test_a_documented_error_raises_its_class(mode: Mode, failure: Failure) -> None:
    """The exception is of the documented class and carries the vendor's facts, typed."""
    script = answer(failure.answer, failure.status, **dict(failure.headers))
    with playing(mode, failure.vendor, script) as (_, client):
        error = raised(failure.raises, lambda: getattr(client, failure.method)(**failure.arguments))

    assert (
        failure.status,
        failure.method,
        failure.code,
        failure.message,
        failure.request_id,
        failure.transient,
        type(failure.problem),
        failure.problem,
    ) == (
        error.status,
        error.operation,
        error.code,
        error.vendor_message,
        error.request_id,
        error.transient,
        type(error.problem),
        error.problem,
    )
    assert error.body == failure.answer


TIMES = [
    ("get_job_status_v2", {"file": 48}, b'{"status": "success", "start-time": "Sep 28, 2018 6:44:56 PM"}'),
    ("get_job_details", {"job_execution_id": 3}, b'{"jobStatus": "RUNNING", "startTime": "2018-09-28 18:44:56.0"}'),
]


@pytest.mark.parametrize(("method", "arguments", "body"), TIMES, ids=["V2", "details"])
@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=2))], ids=["no zone", "a zone"])
def test_times_without_a_zone_take_the_clients(
    mode: Mode, zone: timezone | None, method: str, arguments: dict[str, Any], body: bytes
) -> None:
    """A vendor's local time stays naive, unless the client was told the vendor's time zone."""
    with playing(mode, "datameer", answer(body), timezone=zone) as (_, client):
        result = getattr(client, method)(**arguments)

    expected = datetime(2018, 9, 28, 18, 44, 56, tzinfo=zone)
    assert (expected, expected.tzinfo) == (result.start_time, result.start_time.tzinfo)
