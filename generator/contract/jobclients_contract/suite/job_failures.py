"""Test cases of failed jobs: what a call of its own adds to the status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jobclients_contract.failure import expect, refuse
from jobclients_contract.harness.loopback import scripted
from jobclients_contract.schema_model.document import listed
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.case import spoken
from jobclients_contract.suite.job_fixture import fixture_of, job_type
from jobclients_contract.suite.job_statuses import JobCase, expect_ended
from jobclients_contract.suite.running import Run


@dataclass(frozen=True, kw_only=True)
class ReasonCase(JobCase):
    """Why a job failed: ``reason("jobs", "out_of_memory").tells(error="heap space")``."""

    example: str
    facts: Mapping[str, Json]

    def hold(self, run: Run) -> None:
        """A wait asks once and tells it; where the call fails, the end is told without it."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        operation = kind.called("failure")
        responses = [item for item in operation.responses if item.success]
        shown = {name: body for item in responses for name, body in item.content.examples.items()}
        if self.example and self.example not in shown:
            refuse("the document has no such example", self.example, sorted(shown))
        failure = shown[self.example] if self.example else kind.success("failure")[1]
        when = [str(state) for state in listed(kind.holder("failure").get("when"))] or ["failed"]
        ended = kind.telling(*when)
        status = scripted(ended.body.json, ended.status, **dict(ended.headers))
        reason = scripted(failure)
        read = kind.reader.reasons(ended.body.json, failure)
        expect(dict(self.facts), {name: read[name] for name in self.facts}, "the reason as the harness reads it")
        fixture.play({kind.called("status").id: [status], operation.id: [reason]})
        job = fixture.job(kind)
        told = expect_ended(fixture, job, ended.state, job.wait)
        expect([kind.called("status").id, operation.id], fixture.ids(), "what is asked")
        expect(dict(self.facts), {name: getattr(told, name) for name in self.facts}, "the reason")
        fixture.play({kind.called("status").id: [status], operation.id: [scripted({}, 500)]})
        job = fixture.job(kind)
        expect_ended(fixture, job, ended.state, job.wait)
        expect(
            [kind.called("status").id, operation.id], fixture.ids(), "what is asked where the reason is not reported"
        )


@dataclass(frozen=True)
class Reason:
    """A response about a failed job, of which it is not said yet what it tells."""

    kind: str
    example: str

    def tells(self, **facts: Json) -> ReasonCase:
        """Say what it tells.

        Args:
            **facts: the message, the error and the code, as far as it tells them.
        """
        text = f"{spoken('reason', self.kind, *filter(None, [self.example]))}.{spoken('tells', **facts)}"
        return ReasonCase(source=text, about=self.kind, example=self.example, facts=facts)


def reason(kind: str, example: str = "") -> Reason:
    """A documented response to the call that tells why a job failed.

    Args:
        kind: the job type.
        example: name of the response's example; left out, the least response that is valid.
    """
    return Reason(kind, example)
