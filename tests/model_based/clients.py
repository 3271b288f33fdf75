"""Clients of documents that were made up, in this process: no formatter, no package on disk, no network."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import itertools
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Final, Self

import httpx2
from jobclients_core.operation import Operation, operations_in
from vendorsmith.discovery import Target
from vendorsmith.emit.package import package_files, vendor_clients
from vendorsmith.emit.render import vendor_files
from vendorsmith.pipeline import read
from vendorsmith.release import default_release

VENDOR: Final = "acme"
MODES: Final = ("sync", "async")

_SERIAL = itertools.count(1)


@dataclass(frozen=True)
class Arrived:
    """A request as it was handed to the network."""

    line: str
    fields: list[tuple[str, str]]
    body: bytes


@dataclass
class Network(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """A network that keeps each request and has one response for all.

    Attributes:
        arrived: the requests.
        response: status, header fields and body of the response.
    """

    arrived: list[Arrived] = field(default_factory=list[Arrived])
    response: tuple[int, Mapping[str, str], bytes] = (204, {}, b"")

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._respond(request, request.read())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._respond(request, await request.aread())

    def _respond(self, request: httpx2.Request, content: bytes) -> httpx2.Response:
        target = request.extensions["target"].decode("ascii")
        fields = [(name.decode("ascii"), value.decode("utf-8")) for name, value in request.headers.raw]
        self.arrived.append(Arrived(f"{request.method} {target}", fields, content))
        status, headers, body = self.response
        return httpx2.Response(status, headers=dict(headers), content=body, request=request)


class Clients:
    """The clients of one document, sync and async, with what is needed to call them.

    Args:
        document: an OpenAPI document that the generator takes.
        folder: where its package is written.
    """

    def __init__(self, document: Mapping[str, Any], folder: Path) -> None:
        self.package = f"made_up_{next(_SERIAL)}"
        spec = folder / f"{self.package}.json"
        spec.write_text(json.dumps(document), encoding="utf-8")
        api, _ = read(Target(VENDOR, spec, False, frozenset()))
        files = vendor_files(api, self.package)
        files |= package_files(default_release(self.package), [vendor_clients(self.package, VENDOR)])
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        self._folder = str(folder)
        sys.path.insert(0, self._folder)
        self._module = importlib.import_module(f"{self.package}.{VENDOR}")
        self.models: ModuleType = importlib.import_module(f"{self.package}.{VENDOR}.models")
        self.operations: Mapping[str, Operation[Any]] = operations_in(f"{self.package}.{VENDOR}.client")
        self.document: dict[str, Any] = json.loads(files[f"{self.package}/{VENDOR}/openapi.json"])
        self.network = Network()
        self._runner = asyncio.Runner()
        http = importlib.import_module(self.package).HttpOptions(retries=0, transport=self.network)
        self._sync: Any = self._module.AcmeClient(base_url="https://vendor.example", http=http)
        self._async: Any = self._runner.run(self._opened(http))

    async def _opened(self, http: Any) -> Any:
        return self._module.AsyncAcmeClient(base_url="https://vendor.example", http=http)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._sync.close()
        self._runner.run(self._async.aclose())
        self._runner.close()
        sys.path.remove(self._folder)
        for name in [name for name in sys.modules if name.partition(".")[0] == self.package]:
            del sys.modules[name]

    def call(self, mode: str, operation: str, arguments: Mapping[str, Any]) -> Any:
        """Call a method of one of the clients.

        Args:
            mode: which one.
            operation: name of the operation.
            arguments: by Python name.

        Returns:
            What the method returns.
        """
        method = self._method(mode, operation)
        return method(**arguments) if mode == "sync" else self._runner.run(_awaited(method, arguments))

    def needed(self, mode: str, operation: str) -> set[str]:
        """The arguments that a method cannot do without."""
        parameters = inspect.signature(self._method(mode, operation)).parameters.values()
        return {item.name for item in parameters if item.default is item.empty}

    def _method(self, mode: str, operation: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._sync if mode == "sync" else self._async, operation)
        return method

    def sent(self, mode: str, operation: str, arguments: Mapping[str, Any]) -> Arrived:
        """The one request that a call sends."""
        self.network.arrived.clear()
        self.call(mode, operation, arguments)
        (request,) = self.network.arrived
        return request


async def _awaited(method: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    return await method(**arguments)
