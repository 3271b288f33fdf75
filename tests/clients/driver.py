"""One way to use both kinds of client: tests are written once and run against each."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

from jobclients import AsyncClient, Basic, HttpOptions, SyncClient, Token
from jobclients.alation import AlationClient, AsyncAlationClient
from jobclients.datameer import AsyncDatameerClient, DatameerClient
from jobclients.huawei_cdm import AsyncHuaweiCdmClient, HuaweiCdmClient
from jobclients.huawei_dli import AsyncHuaweiDliClient, HuaweiDliClient
from jobclients.huawei_iam import AsyncHuaweiIamClient, HuaweiIamClient
from jobclients_contract.playing.loopback import Loopback, Request, Script, loopback

Mode = Literal["sync", "async"]

CLIENTS: dict[str, tuple[type[SyncClient], type[AsyncClient]]] = {
    "alation": (AlationClient, AsyncAlationClient),
    "datameer": (DatameerClient, AsyncDatameerClient),
    "huawei_cdm": (HuaweiCdmClient, AsyncHuaweiCdmClient),
    "huawei_dli": (HuaweiDliClient, AsyncHuaweiDliClient),
    "huawei_iam": (HuaweiIamClient, AsyncHuaweiIamClient),
}

CERTIFICATES = ssl.create_default_context()
"""Shared by the clients of all tests, because reading certificates takes longer than most of the tests."""

ACCOUNTS: dict[str, dict[str, Any]] = {
    "alation": {"auth": Token("2abcd-4c04-4c21-8692-eda27a877f90")},
    "datameer": {"auth": Basic("analyst", "colon:and \u00fcmlaut")},
    "huawei_cdm": {
        "auth": Token("iam-token"),
        "project_id": "1551c7f6c808414d8e9f3c514a170f2e",
        "cluster_id": "6ec9a0a4-76be-4262-8697-e7af1fac7920",
    },
    "huawei_dli": {"auth": Token("iam-token"), "project_id": "1551c7f6c808414d8e9f3c514a170f2e"},
    "huawei_iam": {},
}
"""What each vendor's client is given where a test gives nothing else."""

CREDENTIAL_HEADERS: dict[str, dict[str, str]] = {
    "alation": {"TOKEN": "2abcd-4c04-4c21-8692-eda27a877f90"},
    # The name, a colon and the password in UTF-8, in base64.
    "datameer": {"Authorization": "Basic YW5hbHlzdDpjb2xvbjphbmQgw7xtbGF1dA=="},
    "huawei_cdm": {"X-Auth-Token": "iam-token"},
    "huawei_dli": {"X-Auth-Token": "iam-token"},
    "huawei_iam": {},
}
"""The headers by which those credentials must show."""


class Blocking:
    """An async client whose methods block, on an event loop that lives as long as the client.

    Args:
        client: The client.
        runner: Runs its coroutines.
    """

    def __init__(self, client: AsyncClient, runner: asyncio.Runner) -> None:
        self.client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._call, getattr(self.client, name))

    def _call(self, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        async def awaited() -> Any:
            return await method(*arguments, **named)

        return self._runner.run(awaited())

    def __repr__(self) -> str:
        return repr(self.client)


@contextmanager
def opened(
    mode: Mode, vendor: str, *, make: Callable[[type[Any]], Any] | None = None, **options: Any
) -> Generator[Any]:
    """A client for the time of the block; the methods of both kinds block.

    Args:
        mode: Which kind.
        vendor: Whose client.
        make: Makes the client of its class; called with the options when None.
        **options: Arguments of the constructor. A failed call is not repeated, unless `http` is given.

    Yields:
        The client.
    """
    sync_kind, async_kind = CLIENTS[vendor]
    if make is None:
        options.setdefault("http", HttpOptions(retries=0, timeout=20, verify=CERTIFICATES))
    if mode == "sync":
        client = make(sync_kind) if make else sync_kind(**options)
        with client:
            yield client
        return
    with asyncio.Runner() as runner:
        blocking = Blocking(make(async_kind) if make else async_kind(**options), runner)
        try:
            yield blocking
        finally:
            blocking.aclose()


@contextmanager
def playing(
    mode: Mode, vendor: str, *scripts: Script, by: Callable[[Request], Script] | None = None, **options: Any
) -> Generator[tuple[Loopback, Any]]:
    """A server, and a client that calls it, for the time of the block.

    Args:
        mode: Which kind of client.
        vendor: Whose client.
        *scripts: What the server answers, in the order of requests.
        by: A function from the request to the answer, instead.
        **options: Arguments of the constructor that differ from those of `ACCOUNTS`.

    Yields:
        The server and the client.
    """
    with (
        loopback(*scripts, by=by) as server,
        opened(mode, vendor, base_url=server.url, **ACCOUNTS[vendor] | options) as client,
    ):
        yield server, client


def raised(kind: type[BaseException], act: Callable[[], object]) -> Any:
    """The exception that an action raises, which is of exactly this class.

    Args:
        kind: The class.
        act: The action.

    Returns:
        The exception.
    """
    try:
        outcome = act()
    except Exception as error:
        if type(error) is not kind:
            raise
        return error
    raise AssertionError(f"nothing was raised; the outcome is {outcome!r}")
