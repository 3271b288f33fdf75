"""The collection of a job type on a client, such as `client.jobs`: makes handles, submits, restores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Generic, TypeVar

from jobclients_core.client import AsyncClient, SyncClient, run_flow, run_flow_async, session_of
from jobclients_core.errors import JobClientsError
from jobclients_core.flow import Flow
from jobclients_core.jobtype import JobType

from .baseline import begun_by
from .errors import HandleError
from .handle import Handle, restore_handle
from .identity import adopted, by_hand
from .job import AsyncJob, Job
from .limits import limited_flow, limits_of
from .record import AsyncRecordLike, RecordLike, load, locked, read_record, record_of
from .submitting import PATIENCE, Again, Before, Submitted, resume_flow, submit_flow
from .waiting import seconds_of

H = TypeVar("H")
J = TypeVar("J", bound=Job[Any])
AJ = TypeVar("AJ", bound=AsyncJob[Any])


class _Collection(Generic[H]):
    """What both kinds of collection share."""

    kind: ClassVar[JobType[Any]]
    """The job type; generated classes set it."""
    job: ClassVar[type[Any]]
    """The handle's class; generated classes set it."""

    _client: Any

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.kind.vendor}.{self.kind.name}>"

    def _make(self, **given: Any) -> H:
        return self._new(by_hand(self.kind.bound, session_of(self._client), given))

    def adopt(self, response: Any) -> H:
        """Make a handle of a response of any endpoint that names a job of this kind.

        Args:
            response: Parsed JSON, a model, a `Response`, its bytes, or the bare identifier.

        Returns:
            The handle.

        Raises:
            InvalidArgument: the response names none.
        """
        return self._new(
            adopted(self.kind.bound, session_of(self._client), response), begun_by(self.kind.bound, response)
        )

    def restore(self, text: str, *, rebind: bool = False) -> H:
        """Make a handle of what ``to_json`` of a handle gave, in this process or another.

        Args:
            text: The text.
            rebind: Whether a handle of another base URL or account is taken over to this client's.

        Returns:
            The handle.

        Raises:
            HandleError: the text does not fit.
        """
        return self._job(restore_handle(self.kind.bound, session_of(self._client), text, rebind=rebind))

    def _new(self, identity: Mapping[str, str | int], sent_at: float | None = None) -> H:
        session = session_of(self._client)
        kind = self.kind
        handle = Handle(kind.vendor, kind.name, str(session.base), session.account, dict(identity), sent_at=sent_at)
        return self._job(handle)

    def _job(self, handle: Handle, submitted: Submitted | None = None) -> H:
        job: H = self.job(self.kind.bound, self._client, handle, submitted)
        return job

    def _submission(
        self, arguments: Mapping[str, Any], record: Any = None, again: Again = "never", baseline: Before = "read"
    ) -> Flow[H]:
        session, kind = session_of(self._client), self.kind.bound
        try:
            submitted = yield from submit_flow(session, kind, arguments, record, again, baseline)
        except JobClientsError as error:
            self._make_whole(error)
            raise
        return self._job(submitted.handle, submitted)

    def _search(self, kept: Any, record: Any, patience: float) -> Flow[H]:
        session, kind = session_of(self._client), self.kind.bound
        found = (yield from load(record)) if record is not None else read_record(kept)
        if found is None:
            raise HandleError("the record holds nothing: nothing was submitted with it")
        if isinstance(found, Handle):
            return self._job(restore_handle(kind, session, found.to_json()))
        try:
            handle = yield from resume_flow(session, kind, found, record, patience)
        except JobClientsError as error:
            self._make_whole(error)
            raise
        return self._job(handle)

    def _make_whole(self, error: JobClientsError) -> None:
        """Give an error of a flow, which knows the facts of a job only, the handle that callers know."""
        facts: object = error.job
        if isinstance(facts, Handle):
            error.job = self._job(facts)


def _patience(timeout: float | timedelta | None) -> float:
    return PATIENCE if timeout is None else seconds_of(timeout, "timeout")


def _split(kept: object, *, sync: bool) -> tuple[Any, Any]:
    """A text, or else a record."""
    is_text = isinstance(kept, bytes) or (isinstance(kept, str) and kept.lstrip().startswith("{"))
    return (kept, None) if is_text else (None, record_of(kept, sync=sync))


class Jobs(_Collection[J]):
    """The jobs of one kind of a client; generated classes add the typed ways in.

    Args:
        client: The client.
    """

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    def look_for(self, kept: str | bytes | RecordLike, *, timeout: float | timedelta | None = None) -> J:
        """Look for the job of a submission of which it is not known what became of it; nothing is submitted.

        Args:
            kept: What is known of the submission: ``SubmitUncertain.intent``, or its record.
            timeout: Seconds for which to look at most; up to the moment at which a submission has to show when None.

        Returns:
            The handle, which the record holds from then on.

        Raises:
            NotSubmitted: the vendor did not take it, which is known.
            SubmitUncertain: nobody can tell, or not yet.
            HandleError: the text or the record does not fit.
            RecordBusy: another one is submitting with the record.
        """
        text, record = _split(kept, sync=True)
        with locked(record):
            flow = self._search(text, record, _patience(timeout))
            return run_flow(self._client, limited_flow(limits_of(self._client, self.kind.limits), flow), "submit")
        raise AssertionError  # for the type checkers: the lines above return or raise

    def _submit(
        self, record: RecordLike | None = None, again: Again = "never", baseline: Before = "read", /, **arguments: Any
    ) -> J:
        limits = limits_of(self._client, self.kind.limits)
        kept = None if record is None else record_of(record, sync=True)
        with locked(kept):
            flow = limited_flow(limits, self._submission(arguments, kept, again, baseline))
            return run_flow(self._client, flow, "submit")
        raise AssertionError  # for the type checkers: the lines above return or raise


class AsyncJobs(_Collection[AJ]):
    """The jobs of one kind of an async client; generated classes add the typed ways in.

    Args:
        client: The client.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def look_for(self, kept: str | bytes | AsyncRecordLike, *, timeout: float | timedelta | None = None) -> AJ:
        """Look for the job of a submission of which it is not known what became of it. As `Jobs.look_for`."""
        text, record = _split(kept, sync=False)
        with locked(record):
            flow = limited_flow(
                limits_of(self._client, self.kind.limits), self._search(text, record, _patience(timeout))
            )
            return await run_flow_async(self._client, flow, "submit")
        raise AssertionError  # for the type checkers: the lines above return or raise

    async def _submit(
        self,
        record: AsyncRecordLike | None = None,
        again: Again = "never",
        baseline: Before = "read",
        /,
        **arguments: Any,
    ) -> AJ:
        limits = limits_of(self._client, self.kind.limits)
        kept = None if record is None else record_of(record, sync=False)
        with locked(kept):
            flow = limited_flow(limits, self._submission(arguments, kept, again, baseline))
            return await run_flow_async(self._client, flow, "submit")
        raise AssertionError  # for the type checkers: the lines above return or raise
