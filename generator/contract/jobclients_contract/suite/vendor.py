"""The suite of one vendor: its lines, and what they are held against."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import resources
from typing import Final, cast

from jobclients_contract.schema_model.credentials import Credential
from jobclients_contract.schema_model.document import Document
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.calls import ArgumentsCase
from jobclients_contract.suite.case import Case
from jobclients_contract.suite.clients import Clients
from jobclients_contract.suite.credentials import ClientCase, CredentialCase
from jobclients_contract.suite.models import AliasCase, EnumCase, ModelCase
from jobclients_contract.suite.names import Naming
from jobclients_contract.suite.running import Run

MODES: Final = ("sync", "async")


class Vendor:
    """The suite of one vendor.

    Args:
        module: import name of its clients, such as ``jobclients.alation``.
        cases: the lines.
    """

    def __init__(self, module: str, cases: Sequence[Case]) -> None:
        self.module = module
        self.cases = tuple(cases)
        self.tests = tuple((case, mode) for case in self.cases for mode in (MODES if case.of_clients else MODES[:1]))
        """Each line with each kind of client; one of them where the line is about classes that both share."""

    @cached_property
    def document(self) -> Document:
        """What the vendor documents, as the package ships it."""
        text = (resources.files(self.module) / "openapi.json").read_text(encoding="utf-8")
        return Document(cast("dict[str, Json]", json.loads(text)))

    @cached_property
    def clients(self) -> Clients:
        """The clients, and the server that they call."""
        package, _, vendor = self.module.rpartition(".")
        told = [case for case in self.cases if isinstance(case, ClientCase)]
        return Clients(package, vendor, told[0].given if told else {}, self.credentials)

    @cached_property
    def naming(self) -> Naming:
        """How things are called in Python."""
        return Naming(
            self.document,
            [(case.about, case.operation, case.entries) for case in self.cases if isinstance(case, ArgumentsCase)],
            [case.spelt for case in self.cases if isinstance(case, AliasCase | ModelCase | EnumCase)],
            [case.about for case in self.cases if isinstance(case, AliasCase)],
        )

    @cached_property
    def credentials(self) -> tuple[Credential, ...]:
        """What the clients take, with made-up values."""
        return tuple(case.credential for case in self.cases if isinstance(case, CredentialCase))

    @cached_property
    def runs(self) -> Mapping[str, Run]:
        """What the lines are held against, by mode."""
        known = self.clients, self.document, self.naming, self.credentials
        return {mode: Run(*known, mode) for mode in MODES}

    def check(self, case: Case, mode: str) -> None:
        """Hold the clients against a line.

        Args:
            case: the line.
            mode: "sync" or "async".

        Raises:
            pytest.fail.Exception: it does not hold; the message says where it is and what came instead.
        """
        __tracebackhide__ = True
        case.check(self.runs[mode])

    def close(self) -> None:
        """Close the server and the clients, which else are closed with the interpreter."""
        self.clients.close()
