"""The document of a vendor with the Python names of its client, as live runs use them."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from types import ModuleType

from jobclients_contract.schema_model.document import Document, Operation, objects
from jobclients_contract.schema_model.jobtypes import JobType
from jobclients_contract.schema_model.values import Json
from jobclients_contract.source_map import spec_of
from jobclients_contract.suite.job_statuses import JobCase
from jobclients_contract.suite.names import Argument
from jobclients_contract.suite.vendor import Vendor


class BadUseError(Exception):
    """What was asked for cannot be done, in words for whoever asked."""


@dataclass(frozen=True, slots=True)
class Method:
    """A documented call, as the client has it.

    Attributes:
        name: of the method.
        operation: what is documented.
        arguments: what it takes.
    """

    name: str
    operation: Operation
    arguments: tuple[Argument, ...]

    @property
    def exactly_one(self) -> tuple[tuple[str, ...], ...]:
        """Groups of arguments, by Python name, of which exactly one is given."""
        names = {item.entry.wire: item.entry.name for item in self.arguments}
        return tuple(tuple(names.get(wire, wire) for wire in group) for group in self.operation.exactly_one)


class Contract:
    """What a vendor documents, and what its clients are called.

    Args:
        suite: the vendor's suite.
    """

    def __init__(self, suite: Vendor) -> None:
        self.suite = suite
        self.package, _, self.vendor = suite.module.rpartition(".")
        self.spec = spec_of(self.vendor).as_posix()

    @property
    def document(self) -> Document:
        """The document that the package ships."""
        return self.suite.document

    @property
    def options(self) -> Mapping[str, Json]:
        """Arguments of the client's constructor that name the account, made up."""
        return self.suite.clients.options

    @cached_property
    def methods(self) -> Mapping[str, Method]:
        """The documented calls by the name of the method."""
        naming = self.suite.naming
        return {
            name: Method(name, operation, naming.arguments[name].listed)
            for name, operation in naming.operations.items()
        }

    @cached_property
    def job_types(self) -> tuple[JobType, ...]:
        """The documented job types."""
        names = dict.fromkeys(case.about for case in self.suite.cases if isinstance(case, JobCase))
        return tuple(JobType(self.document, name) for name in names)

    @property
    def exchanges(self) -> Iterator[str]:
        """The ``operationId`` of every call that trades a credential for a token, at whichever vendor."""
        return (name for name, _ in self._exchanges())

    @property
    def logins(self) -> Iterator[str]:
        """The path of each of these calls, as the document of its vendor has it."""
        for name, document in self._exchanges():
            for path, item in objects(document.get("paths")).items():
                if any(objects(node).get("operationId") == name for node in objects(item).values()):
                    yield path

    def _exchanges(self) -> Iterator[tuple[str, Mapping[str, Json]]]:
        for name, entry in objects(self.document.data.get("x-auth")).items():
            lender = objects(entry).get("vendor")
            document = self.document.data if lender is None else self._of(str(lender))
            yield str(objects(objects(document.get("x-auth")).get(name)).get("operationId")), document

    def _of(self, vendor: str) -> dict[str, Json]:
        """The document of another vendor of the package."""
        file = resources.files(f"{self.package}.{vendor}") / "openapi.json"
        return objects(json.loads(file.read_text(encoding="utf-8")))


def contract_of(vendor: str, generated: Path, package: str | None) -> Contract:
    """The contract of a vendor.

    Args:
        vendor: the vendor's name.
        generated: folder of the generated code: of the suite, and of the clients where they are not installed.
        package: import name of the clients, in place of the suite's own.

    Returns:
        The contract.

    Raises:
        BadUseError: there is no such vendor, or no clients.
    """
    tests = generated / "contract_tests"
    file = tests / f"test_{vendor}.py"
    if not file.is_file():
        known = sorted(path.stem.removeprefix("test_") for path in tests.glob("test_*.py"))
        if not known:
            raise BadUseError(f"{tests}: no contract tests; name the folder that holds them with --generated")
        raise BadUseError(f"no contract of {vendor!r} in {tests}; there are {', '.join(known)}")
    suite: object = getattr(_loaded(file), "VENDOR", None)
    if not isinstance(suite, Vendor):
        raise BadUseError(f"{file}: is not a vendor suite")
    package = suite.module.rpartition(".")[0] if package is None else package
    if not all(part.isidentifier() for part in package.split(".")):
        raise BadUseError(f"--package {package!r} should be an import name")
    if not _importable(package):
        sys.path.insert(0, str(generated.resolve()))
    if not _importable(package):
        raise BadUseError(f"the clients {package!r} cannot be imported: not installed, and not in {generated}")
    if not _importable(f"{package}.{vendor}.client"):
        raise BadUseError(f"{package!r} has no client of {vendor}")
    return Contract(Vendor(f"{package}.{vendor}", suite.cases))


def _loaded(file: Path) -> ModuleType:
    """A module of which nothing but the file is known."""
    spec = importlib.util.spec_from_file_location(f"suite_of_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BadUseError(f"{file}: is not a vendor suite ({type(error).__name__}: {error})") from None
    return module


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, AttributeError, ValueError):  # what is above it is not there, or is not a package
        return False
