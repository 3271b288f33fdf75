"""Test cases of handles: the request of each role, and responses that name a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jobclients_contract.failure import expect
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.case import spoken, spoken_names
from jobclients_contract.suite.job_fixture import agreed, fixture_of, job_type
from jobclients_contract.suite.job_statuses import JobCase, expect_identity
from jobclients_contract.suite.job_waits import busy
from jobclients_contract.suite.running import Run

Requests = Mapping[str, str | tuple[str, Json]]
"""By role the request line, with a body where the call has one."""


@dataclass(frozen=True, kw_only=True)
class AsksCase(JobCase):
    """What a handle asks in each of its roles."""

    identity: Mapping[str, Json]
    requests: Requests

    def hold(self, run: Run) -> None:
        """Each role sends its request, and nothing else."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        shown = busy(kind)
        for role, request in self.requests.items():
            looks = role == "cancel" and kind.reader.by_name  # whether it is the handle's own run that would be stopped
            scripts = {kind.called("status").id: [shown]}
            fixture.play(scripts if role == "status" else {**scripts, kind.called(role).id: [agreed(kind, role)]})
            job = fixture.job(kind, self.identity)
            expect_identity(run, kind, self.identity, job)
            fixture.wait(getattr(job, role)())
            line, body = request if isinstance(request, tuple) else (request, None)
            expect([line], [item.line for item in fixture.asked[looks:]], f"the request of the role {role}")
            expect(body, fixture.body(-1), f"the body of the role {role}")


@dataclass(frozen=True)
class Handle:
    """A handle that is made by hand, of which nothing is said yet."""

    kind: str
    identity: Mapping[str, Json]

    def asks(self, **requests: str | tuple[str, Json]) -> AsksCase:
        """Say what it asks.

        Args:
            **requests: the request of each role, with its body where it has one.
        """
        text = f"{spoken_names('handle', self.kind, self.identity)}.{spoken('asks', **requests)}"
        return AsksCase(source=text, about=self.kind, identity=self.identity, requests=requests)


def handle(kind: str, /, **identity: Json) -> Handle:
    """A handle that is made by hand.

    Args:
        kind: the job type.
        **identity: what identifies the job, without what the client knows.
    """
    return Handle(kind, identity)


@dataclass(frozen=True, kw_only=True)
class AdoptsCase(JobCase):
    """A response of any call that names a job: ``adopts("jobs", {"task": {"id": 7}}, id=7)``."""

    response: Json
    identity: Mapping[str, Json]

    def hold(self, run: Run) -> None:
        """A handle is made of it, and nothing is sent."""
        kind, fixture = job_type(run, self.about), fixture_of(run)
        fixture.play({})
        expect_identity(run, kind, self.identity, fixture.jobs(kind).adopt(self.response))
        expect([], fixture.ids(), "the requests")


def adopts(kind: str, response: Json, /, **identity: Json) -> AdoptsCase:
    """A response of any call that names a job.

    Args:
        kind: the job type.
        response: the response.
        **identity: what identifies the job, without what the client knows.
    """
    named = ", ".join(f"{name}={value!r}" for name, value in identity.items())
    return AdoptsCase(
        source=f"adopts({kind!r}, {response!r}, {named})", about=kind, response=response, identity=identity
    )
