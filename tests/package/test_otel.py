"""Events and spans: one for each request, with the job and the state that the response told, and nothing secret."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from jobclients import Event
from jobclients.alation import AlationClient, AsyncAlationClient, Token
from jobclients.testing import vendor
from jobclients_core.integrations.otel import attributes_of, spans


def test_events_name_the_job_and_the_state_that_the_answer_told() -> None:
    events: list[Event] = []
    fake = vendor("alation", lifecycle="running,successful")
    fake.fail("503@2", operation="get_job")
    auth = Token("hidden-token")
    with AlationClient(base_url="https://a.test", auth=auth, http=fake.http, observer=events.append) as alation:
        alation.jobs(name="a?secret=no").wait()
    assert [(event.status, event.state) for event in events] == [(200, "running"), (503, "running"), (200, "succeeded")]
    assert {event.job for event in events} == {"alation.jobs name=a?secret=no"}
    assert "hidden" not in repr(events)
    there: list[Event] = []

    async def main() -> None:
        again = vendor("alation", lifecycle="running,successful")
        again.fail("503@2", operation="get_job")
        async with AsyncAlationClient(
            base_url="https://a.test", auth=auth, http=again.http, observer=there.append
        ) as a:
            await a.jobs(name="a?secret=no").wait()

    asyncio.run(main())
    assert [attributes_of(event) for event in there] == [attributes_of(event) for event in events]


def test_an_event_of_a_request_that_got_no_answer() -> None:
    events: list[Event] = []
    fake = vendor("huawei_cdm")
    fake.fail("reset*9")
    with fake.client(observer=events.append) as client, pytest.raises(Exception, match="reset"):
        client.runs.latest(job_name="j").status()
    facts = attributes_of(events[-1])
    assert facts["error.type"] == "ConnectionLost"
    assert facts["http.request.resend_count"] == 2
    assert "http.response.status_code" not in facts
    assert "jobclients.state" not in facts


def test_without_opentelemetry_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with pytest.raises(ImportError, match=r"jobclients-core\[otel\]"):
        spans()


def test_spans() -> None:
    sdk: Any = pytest.importorskip("opentelemetry.sdk.trace")
    export: Any = pytest.importorskip("opentelemetry.sdk.trace.export")
    exporter: Any = pytest.importorskip(f"{export.__name__}.in_memory_span_exporter").InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    fake = vendor("alation", lifecycle="running,successful")
    fake.fail("503@2")
    with fake.client(observer=spans(provider), account="prod") as client:
        client.jobs(id=1).wait()
    found = exporter.get_finished_spans()
    assert [span.name for span in found] == ["alation.get_job"] * 3
    assert [span.status.is_ok for span in found] == [True, False, True]
    assert found[-1].attributes == {
        "jobclients.vendor": "alation",
        "jobclients.operation": "get_job",
        "jobclients.account": "prod",
        "jobclients.job": "alation.jobs id=1",
        "jobclients.state": "succeeded",
        "http.request.method": "GET",
        "http.response.status_code": 200,
    }
    assert found[0].end_time >= found[0].start_time
