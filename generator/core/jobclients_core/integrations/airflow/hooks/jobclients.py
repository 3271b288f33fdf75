"""The hook: a client of a vendor, out of an Airflow connection."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar, Final

from airflow.sdk import BaseHook
from airflow.sdk.log import amask_secret, mask_secret

from jobclients_core.client import AsyncClient, SyncClient
from jobclients_core.connecting import resume
from jobclients_core.credential_check import check_credentials
from jobclients_core.errors import ApiError, InvalidArgument, JobClientsError
from jobclients_core.integrations.airflow.utils.connection import ConnectionFields
from jobclients_core.integrations.airflow.utils.identity import check_arguments, jobs_of
from jobclients_core.jobs.collection import Jobs
from jobclients_core.jobs.job import Job

_OPTIONS: Final = ("record", "again", "baseline")
"""What ``submit`` of a client takes beside the arguments of the vendor's operation."""


class JobClientsHook(BaseHook):
    """Interact with a vendor by its generated client.

    The connection's host is the vendor's base URL. Login and password are a user and password, an access key and its
    secret key, or (the password alone) a token, whichever the vendor takes. The extra fields hold everything else by
    the names of the client's arguments and of the fields of its credentials.

    :param jobclients_conn_id: The connection.
    :param vendor: Name of an installed vendor, or ``package:vendor``; the one that the connection names when None.
    """

    conn_name_attr: ClassVar[str] = "jobclients_conn_id"
    default_conn_name: ClassVar[str] = "jobclients_default"
    conn_type: ClassVar[str] = "jobclients"
    hook_name: ClassVar[str] = "Job clients"

    def __init__(self, jobclients_conn_id: str = default_conn_name, vendor: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.jobclients_conn_id = jobclients_conn_id
        self.vendor = vendor
        self._client: SyncClient | None = None

    def get_conn(self) -> SyncClient:
        """Make a client of the vendor, or return the one that was made.

        :return: The client.
        """
        if self._client is None:
            fields = self._fields()
            client = fields.known(self.vendor).client
            for secret in fields.secrets(client):
                mask_secret(secret)
            self._client = client(**fields.options(client))
        return self._client

    async def aget_conn(self) -> AsyncClient:
        """Make an async client of the vendor, a new one by each call. The caller closes it.

        Where a token or password is refused, the connection is read again.

        :return: The client.
        """
        fields = await self._afields()
        client = fields.known(self.vendor).async_client
        options = fields.options(client)
        if options.get("auth") is not None:
            options["auth"] = self._credential(options["auth"])
        return client(**options)

    def close(self) -> None:
        """Close the client's connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def submit_job(self, job_type: str, arguments: Mapping[str, Any], **options: Any) -> Job[Any]:
        """Submit a job.

        :param job_type: Its type, as the client's attribute is called.
        :param arguments: What the vendor's operation takes.
        :param options: ``record``, ``again`` and ``baseline`` of the client's ``submit``.
        :return: The job.
        """
        jobs = self.get_jobs(job_type)
        name = f"{jobs.kind.vendor}.{job_type}"
        submit: Callable[..., Job[Any]] | None = getattr(jobs, "submit", None)
        if submit is None:
            raise InvalidArgument(f"{name} cannot be submitted", argument="job_type")
        check_arguments(submit, arguments, name, "arguments", _OPTIONS)
        taken = inspect.signature(submit).parameters
        # Only vendors that tell runs apart by what was there before have a baseline.
        return submit(**arguments, **{one: value for one, value in options.items() if one in taken})

    def get_jobs(self, job_type: str) -> Jobs[Any]:
        """Get the jobs of one type.

        :param job_type: The type.
        :return: The client's collection.
        """
        return jobs_of(self.get_conn(), job_type)

    def get_job(self, handle: str) -> Job[Any]:
        """Get a job that was submitted earlier, by this or another process. Nothing is sent.

        :param handle: What ``to_json`` of the job gave.
        :return: The job.
        """
        return resume(handle, self.get_conn())

    def test_connection(self) -> tuple[bool, str]:
        """Ask the vendor whether the credentials are good, by a login or a call that reads something small.

        :return: Whether they are, and the reason.
        """
        try:
            known = self._fields().known(self.vendor)
            client = self.get_conn()
            verdict = check_credentials(known, client)
            if not verdict.good:
                # No documented call will do: that a server answers is all that can be known.
                with suppress(ApiError):
                    client.request("GET", "/")
        except JobClientsError as error:
            return False, str(error)
        finally:
            self.close()
        return True, verdict.reason if verdict.good else f"The server answers. Credentials: {verdict.reason}"

    def _fields(self) -> ConnectionFields:
        connection: Any = self.get_connection(self.jobclients_conn_id)
        return ConnectionFields.of(connection, connection.extra_dejson)

    async def _afields(self) -> ConnectionFields:
        connection: Any = await self.aget_connection(self.jobclients_conn_id)
        fields = ConnectionFields.of(connection, await connection.aextra_dejson())
        for secret in fields.secrets(fields.known(self.vendor).async_client):
            await amask_secret(secret)
        return fields

    def _credential(self, first: Any) -> Callable[[], Awaitable[Any]]:
        """A function that gives a credential, and reads the connection again at each time but the first."""
        given = [first]

        async def credential() -> Any:
            if given:
                return given.pop()
            fields = await self._afields()
            return fields.options(fields.known(self.vendor).async_client).get("auth")

        return credential
