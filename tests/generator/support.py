"""What the tests of the generator share: specs of a few lines, and what came of them."""

from __future__ import annotations

import ast
import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pytest
from pydantic import TypeAdapter
from vendorsmith.diagnostics import Diagnostic, SpecError
from vendorsmith.discovery import Target
from vendorsmith.emit.format import formatted
from vendorsmith.emit.models_verified import differences
from vendorsmith.emit.render import vendor_files
from vendorsmith.ir import Api, Operation, Property, Schema
from vendorsmith.pipeline import read
from yaml_text import loaded

PACKAGE = "jobclients"
ROOT = Path(__file__).parent.parent.parent
"""The repository."""

_SERIAL = itertools.count(1)

Test = TypeVar("Test", bound=Callable[..., None])


def spec(text: str) -> Callable[[Test], Test]:
    """Give a test the argument `made`: what the generator makes of a spec that is written in these few lines.

    The version, `info` and, where the lines hold no `paths`, one operation are added.
    """
    return pytest.mark.parametrize("made", [text], ids=["spec"], indirect=True)


def completed(text: str) -> dict[str, Any]:
    """The whole document of a few lines of YAML."""
    lines: Any = loaded(text)
    document: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "Demo", "version": "1"}, **(lines or {})}
    return document if "paths" in document else document | {"paths": {"/ping": {"get": operation("ping")}}}


def operation(name: str, **more: object) -> dict[str, Any]:
    """The least that an operation can be."""
    return {"operationId": name, "responses": {"200": {"description": "Done."}}, **more}


ONE_OPERATION: dict[str, Any] = completed("{}") | {"paths": {"/ping": {"get": operation("ping_it")}}}
"""A whole document with one operation."""


def write_spec(folder: Path, document: dict[str, Any], name: str = "openapi.json") -> Path:
    """Write a document as JSON, in which every character can be written."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


@dataclass(frozen=True)
class Made:
    """What came of a spec, computed when it is asked for.

    Attributes:
        file: the spec.
        vendor: the module name of the vendor.
    """

    file: Path
    vendor: str = "demo"

    @cached_property
    def api(self) -> Api:
        """The IR; the spec is expected to be good."""
        return read(Target(self.vendor, self.file, False, frozenset()))[0]

    @cached_property
    def diagnostics(self) -> list[Diagnostic]:
        """What is wrong with the spec."""
        try:
            _, found = read(Target(self.vendor, self.file, False, frozenset()))
        except SpecError as error:
            found = error.diagnostics
        return list(found)

    @cached_property
    def files(self) -> dict[str, str]:
        """The text of each file of the vendor by its name: `client.py`, `models.py`, `demo.md`.

        Whatever spec a test makes, its models are as datamodel-code-generator reads them.
        """
        made = formatted(vendor_files(self.api, PACKAGE), PACKAGE)
        files = {path.rpartition("/")[2]: text for path, text in made.items()}
        assert [] == list(differences(files["models.py"], self.api, PACKAGE))
        return files

    @cached_property
    def client(self) -> ast.Module:
        """The client module."""
        return ast.parse(self.files["client.py"])

    @cached_property
    def models(self) -> ast.Module:
        """The models module."""
        return ast.parse(self.files["models.py"])

    @cached_property
    def loaded(self) -> dict[str, ModuleType]:
        """The modules of the vendor, imported under a name of their own, with the runtime of this repository."""
        vendor = f"v{next(_SERIAL)}"
        found: dict[str, ModuleType] = {}
        made = Made(self.file, vendor)
        sys.modules[f"{PACKAGE}.{vendor}"] = ModuleType(f"{PACKAGE}.{vendor}")
        for name in ("accessors", "models", "auth", "client"):
            if f"{name}.py" in made.files:
                module = ModuleType(f"{PACKAGE}.{vendor}.{name}")
                sys.modules[module.__name__] = found[name] = module
                setattr(sys.modules[f"{PACKAGE}.{vendor}"], name, module)
                exec(compile(made.files[f"{name}.py"], f"{vendor}/{name}.py", "exec", dont_inherit=True), vars(module))
        return found

    @property
    def clients(self) -> tuple[type, type]:
        """The sync and the async client, imported."""
        module = self.loaded["client"]
        (sync,) = (value for name, value in vars(module).items() if name.startswith("V") and name.endswith("Client"))
        return sync, getattr(module, f"Async{sync.__name__}")

    def decode(self, model: str, value: object) -> Any:
        """A value as the model, decoded as strictly as a response is."""
        return TypeAdapter[Any](getattr(self.loaded["models"], model)).validate_json(json.dumps(value))

    def schema(self, name: str) -> Schema:
        """A schema of the IR."""
        return next(schema for schema in self.api.schemas if schema.name == name)

    def property(self, schema: str, wire: str) -> Property:
        """A property of a schema of the IR, by its wire key."""
        return next(entry for entry in self.schema(schema).properties if entry.wire == wire)

    def operation(self, name: str) -> Operation:
        """An operation of the IR, by the name of its method."""
        return next(entry for entry in self.api.operations if entry.name == name)

    def constant(self, name: str) -> str:
        """The expression of a constant of the client module, as Python writes it."""
        for node in self.client.body:
            if isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None:
                target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                if ast.unparse(target) == name:
                    return ast.unparse(node.value)
        raise LookupError(name)

    def signatures(self, method: str, *, asynchronous: bool = False) -> list[str]:
        """The signatures of a method, overloads first: `(self, *, id: int) -> models.Job`."""
        prefix = "Async" if asynchronous else ""
        for node in self.client.body:
            if isinstance(node, ast.ClassDef) and node.name == f"{prefix}{self.api.class_prefix}Client":
                return [
                    f"({ast.unparse(item.args)}) -> {ast.unparse(item.returns) if item.returns else ''}"
                    for item in node.body
                    if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name == method
                ]
        raise LookupError(method)

    def signature(self, method: str) -> str:
        """The only signature of a method of the sync client."""
        (found,) = self.signatures(method)
        return found

    def fields(self, model: str, *, module: str = "models.py") -> dict[str, str]:
        """The fields of a model, or the members of an enumeration, each as it is annotated or assigned."""
        for node in ast.parse(self.files[module]).body:
            if isinstance(node, ast.ClassDef) and node.name == model:
                annotated = {
                    ast.unparse(item.target): ast.unparse(item.annotation)
                    + (f" = {ast.unparse(item.value)}" if item.value else "")
                    for item in node.body
                    if isinstance(item, ast.AnnAssign)
                }
                assigned = {
                    ast.unparse(item.targets[0]): ast.unparse(item.value)
                    for item in node.body
                    if isinstance(item, ast.Assign)
                }
                return annotated | assigned
        raise LookupError(model)


VENDOR_SPEC = """
openapi: 3.1.0
info: {title: Demo jobs, version: "1", description: The jobs of the demo.}
servers: [{url: "https://demo.example"}]
paths:
  /jobs/{id}:
    get:
      operationId: get_job
      summary: Look a job up.
      x-evidence: [{source: The demo page, kind: documentation}]
      parameters: [{name: id, in: path, required: true, description: Its id., schema: {type: string}}]
      responses:
        "200":
          description: The job.
          content: {application/json: {schema: {$ref: "#/components/schemas/Job"}}}
components:
  schemas:
    Job: {type: object, description: A job., properties: {state: {type: string, description: Its state.}}}
"""


def write_vendor(specs: Path, name: str, text: str = VENDOR_SPEC) -> Path:
    """Write the spec of a vendor into a folder of specs."""
    file = specs / name / "openapi.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, without the notes of earlier runs."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and ".vendorsmith_cache" not in file.parts
    }
