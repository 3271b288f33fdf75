"""What importing a client costs: no model, no other vendor, nothing of the generator; and nothing is missing later."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jobclients
import pytest
from jobclients import Vendor
from jobclients_core.model import adapter_of
from pydantic import BaseModel, TypeAdapter

from .vendors import CLIENTS, operations

GENERATED = Path(__file__).parent.parent.parent / "generated"
GENERATOR = (
    "vendorsmith",
    "jinja2",
    "yaml",
    "jsonschema",
    "datamodel_code_generator",
    "ruff",
    "typer",
    "rich",
    "black",
    "hypothesis",
)


def loaded(statement: str) -> list[str]:
    """Names of all modules that a statement loads, in a process of its own that sees only the installed packages."""
    script = (
        f"import sys, json; sys.path.insert(0, {str(GENERATED)!r}); before = set(sys.modules)\n"
        f"{statement}\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True, timeout=60)
    names: list[str] = json.loads(done.stdout)
    return names


def of(names: list[str], *packages: str) -> list[str]:
    """Those of the names that belong to certain packages."""
    return [name for name in names if any(name == package or name.startswith(f"{package}.") for package in packages)]


def test_the_package_alone_loads_nothing() -> None:
    """`import jobclients` loads neither an HTTP library nor pydantic nor a vendor."""
    names = loaded("import jobclients")

    assert ["jobclients"] == of(names, "jobclients")
    assert [] == of(names, "httpx2", "httpcore2", "pydantic", "anyio", "ssl", "asyncio", *GENERATOR)


def test_a_name_of_the_package_loads_the_runtime_only() -> None:
    """An error class is there without any vendor."""
    names = loaded("from jobclients import NotFound, Token")

    assert [] == of(names, *(f"jobclients.{vendor}" for vendor in CLIENTS), *GENERATOR)


@pytest.mark.parametrize("vendor", CLIENTS)
def test_a_vendor_loads_no_models_and_no_generator(vendor: str) -> None:
    """Importing one vendor's client loads no models, neither its own nor another's, and no generator dependency."""
    names = loaded(f"import jobclients.{vendor}")
    credentials = {"huawei_cdm", "huawei_dli"}
    expected = {"jobclients", f"jobclients.{vendor}", f"jobclients.{vendor}.client", f"jobclients.{vendor}.auth"}
    if vendor in credentials:
        # The identity service's credential is theirs as well; its models and its client's calls are not needed for it.
        expected |= {"jobclients.huawei_iam", "jobclients.huawei_iam.auth", "jobclients.huawei_iam.client"}
    own = {name for name in of(names, "jobclients") if not name.startswith("jobclients_core")}

    assert own <= expected
    assert [] == of(names, *GENERATOR)


def test_the_models_are_loaded_by_the_first_answer() -> None:
    """Making a client and calling nothing loads no models either."""
    names = loaded(
        "from jobclients.alation import AlationClient, Token\n"
        "AlationClient(host='alation.example.com', auth=Token('t')).close()"
    )

    assert [] == [name for name in of(names, "jobclients") if name.endswith((".models", ".accessors"))]


@pytest.mark.parametrize("vendor", CLIENTS)
def test_every_model_that_an_operation_names_is_there(vendor: str) -> None:
    """The names that are looked up late all exist, and can be built."""
    module = importlib.import_module(f"jobclients.{vendor}.client")
    declared: Vendor = module.VENDOR
    names = {
        name
        for operation in operations(vendor).values()
        for name in (
            *operation.returns.values(),
            *operation.raises.values(),
            *((operation.body.model,) if operation.body is not None else ()),
        )
        if isinstance(name, str)
    }
    adapters: list[TypeAdapter[Any]] = [adapter_of(declared.models, name) for name in names]

    assert names
    assert all(adapter.rebuild() is not False for adapter in adapters)


@pytest.mark.parametrize("vendor", CLIENTS)
def test_every_model_can_be_built(vendor: str) -> None:
    """No model of a vendor refers to a name that is not there."""
    module = importlib.import_module(f"jobclients.{vendor}.models")
    models = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, BaseModel)]

    assert [] == [model for model in models if model.model_rebuild(force=True) is False]


def test_every_public_name_is_there() -> None:
    """All names that the package lists can be used, and others raise the usual error."""
    assert [] == [name for name in jobclients.__all__ if getattr(jobclients, name, None) is None]
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = jobclients.nothing  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


@pytest.mark.parametrize("vendor", CLIENTS)
def test_a_vendors_module_offers_its_clients_and_credentials(vendor: str) -> None:
    """One import line is enough for a client and for everything that its `auth` takes."""
    module = importlib.import_module(f"jobclients.{vendor}")
    declared: Vendor = importlib.import_module(f"jobclients.{vendor}.client").VENDOR
    wanted = {kind.__name__ for kind in (*CLIENTS[vendor], *declared.credentials)}

    assert wanted <= set(module.__all__)
    assert [] == [name for name in module.__all__ if not hasattr(module, name)]


@pytest.mark.parametrize("file", sorted(GENERATED.rglob("jobclients/**/*.py")), ids=lambda file: file.name)
def test_a_generated_module_imports_public_names_only(file: Path) -> None:
    """Code that was generated by one version runs on every later core of it, which promises what `__all__` lists."""
    imports = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    private: list[str] = []
    for node in imports:
        module = str(node.module)
        if module.partition(".")[0] == "jobclients_core":
            public = {"*", "connect", "connect_async", *importlib.import_module(module).__all__}
            private += [f"{module}.{entry.name}" for entry in node.names if entry.name not in public]
            private += [module] * any(part.startswith("_") for part in module.split("."))

    assert [] == private
