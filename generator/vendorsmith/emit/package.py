"""The files that all vendors share: the package, its project file and the runtime's copy."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from vendorsmith import names
from vendorsmith.emit.code import Code
from vendorsmith.emit.templating import render

_RUNTIME_NEEDS = ("anyio>=4.10", "httpx2>=2.16,<3", "pydantic>=2.14,<3", "typing-extensions>=4.12")
_EXTRAS = {
    "cli": ("rich>=14", "typer>=0.20"),
    "contract": ("hypothesis>=6.150", "jsonschema>=4.25", "pytest>=9"),
    "otel": ("opentelemetry-api>=1.27",),
    "testing": ("jsonschema>=4.25", "pytest>=8"),
}
_RUNTIME = resources.files("vendorsmith") / "runtime"
_HAND_WRITTEN = resources.files("vendorsmith") / "package"


@dataclass(frozen=True, slots=True)
class VendorClients:
    """What `connect` has to know of a vendor.

    Attributes:
        name: of the vendor.
        module: of its clients.
        client: the sync client.
        async_client: the async client.
    """

    name: Code
    module: Code
    client: Code
    async_client: Code


def vendor_clients(package: str, vendor: str) -> VendorClients:
    """What `connect` has to know of a vendor.

    Args:
        package: the import name of the generated package.
        vendor: its name.
    """
    client = f"{names.pascal(vendor, frozenset())}Client"
    return VendorClients(Code(vendor), Code(f"{package}.{vendor}"), Code(client), Code(f"Async{client}"))


def package_files(
    package: str, runtime_package: str, version: str, vendors: Sequence[VendorClients] = ()
) -> dict[str, str]:
    """The files that all vendors share.

    The package itself and its project file; and, where the runtime is its own, that one, the command and the vendors
    for tests.

    Args:
        package: the import name of the generated package.
        runtime_package: the package whose runtime is used; the same name means a copy.
        version: of the generator, which is also the version of what it writes.
        vendors: all that the package has, sorted.
    """
    complete = runtime_package == package
    needs = _RUNTIME_NEEDS if complete else (runtime_package.replace("_", "-"),)
    files = {
        "pyproject.toml": render(
            "pyproject.toml.jinja",
            name=Code(package.replace("_", "-")),
            package=Code(package),
            version=Code(version),
            dependencies=tuple(map(Code, needs)),
            extras=tuple(Code(f"{extra} = {json.dumps(_EXTRAS[extra])}") for extra in sorted(_EXTRAS) if complete),
            announced=() if complete else vendors,
            commands=(Code(package.replace("_", "-")),) if complete else (),
        ),
        f"{package}/py.typed": "",
        f"{package}/__init__.py": render(
            "package_init.py.jinja",
            package=Code(package),
            runtime=Code(f"{runtime_package}._runtime"),
            version=Code(version),
            names=tuple(map(Code, runtime_names())),
        ),
        f"{package}/_connect.py": render(
            "connect.py.jinja", runtime=Code(f"{runtime_package}._runtime"), vendors=vendors
        ),
    }
    if complete:
        files |= {f"{package}/_runtime/{path}": text for path, text in _sources(_RUNTIME, "")}
        files |= {f"{package}/{path}": text for path, text in _sources(_HAND_WRITTEN, "")}
    return files


def _sources(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    """Every module below a folder, by its path there."""
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir():
            yield from _sources(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield f"{prefix}{entry.name}", entry.read_text(encoding="utf-8")


def runtime_names() -> list[str]:
    """The public names of the runtime, as its `__all__` lists them."""
    tree = ast.parse((_RUNTIME / "__init__.py").read_text(encoding="utf-8"))
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            return sorted(ast.literal_eval(statement.value))
    raise LookupError("the runtime lists no public names")
