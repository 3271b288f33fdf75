"""Words to text: the templates, which place `Code` and nothing else."""

from __future__ import annotations

import ast
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from vendorsmith.emit.code import Code
from vendorsmith.emit.models import models_source
from vendorsmith.emit.reference import reference_words
from vendorsmith.emit.words import client_words
from vendorsmith.ir import Api

_RUNTIME_NEEDS = ("anyio>=4.10", "httpx2>=2.16,<3", "pydantic>=2.14,<3", "typing-extensions>=4.12")
_RUNTIME = resources.files("vendorsmith") / "runtime"


def vendor_files(api: Api, package: str, runtime: str) -> dict[str, str]:
    """The files of one vendor, unformatted, by path below the output folder.

    Args:
        api: the vendor's facts.
        package: the import name of the generated package.
        runtime: the import name of the runtime.
    """
    words = client_words(api, package, runtime)
    folder = f"{package}/{api.vendor}"
    files = {
        f"{folder}/__init__.py": _render("vendor_init.py.jinja", words=words),
        f"{folder}/client.py": _render("client.py.jinja", words=words),
        f"{folder}/models.py": models_source(api, package, runtime),
        f"reference/{api.vendor}.md": _render("reference.md.jinja", page=reference_words(api, package)),
    }
    if words.own_credentials:
        files[f"{folder}/auth.py"] = _render("auth.py.jinja", words=words)
    if words.accessors:
        files[f"{folder}/accessors.py"] = _render("accessors.py.jinja", words=words)
    return files


def package_files(package: str, runtime_package: str, version: str) -> dict[str, str]:
    """The files that all vendors share: the package itself, its project file and, where it is its own, the runtime.

    Args:
        package: the import name of the generated package.
        runtime_package: the package whose runtime is used; the same name means a copy.
        version: of the generator, which is also the version of what it writes.
    """
    needs = _RUNTIME_NEEDS if runtime_package == package else (runtime_package.replace("_", "-"),)
    files = {
        "pyproject.toml": _render(
            "pyproject.toml.jinja",
            name=Code(package.replace("_", "-")),
            package=Code(package),
            version=Code(version),
            dependencies=tuple(map(Code, needs)),
        ),
        f"{package}/py.typed": "",
        f"{package}/__init__.py": _render(
            "package_init.py.jinja",
            package=Code(package),
            runtime=Code(f"{runtime_package}._runtime"),
            version=Code(version),
            names=tuple(map(Code, runtime_names())),
        ),
    }
    if runtime_package == package:
        for entry in sorted(_RUNTIME.iterdir(), key=lambda item: item.name):
            if entry.name.endswith(".py"):
                files[f"{package}/_runtime/{entry.name}"] = entry.read_text(encoding="utf-8")
    return files


def runtime_names() -> list[str]:
    """The public names of the runtime, as its `__all__` lists them."""
    tree = ast.parse((_RUNTIME / "__init__.py").read_text(encoding="utf-8"))
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            return sorted(ast.literal_eval(statement.value))
    raise LookupError("the runtime lists no public names")


def _render(template: str, **words: object) -> str:
    return _environment().get_template(template).render(**words)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("vendorsmith.emit"),
        undefined=StrictUndefined,
        finalize=_only_code,
        autoescape=False,  # noqa: S701 - what is written is no HTML; `_only_code` refuses text that passed no gate
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _only_code(value: object) -> object:
    if isinstance(value, Code):
        return value
    raise TypeError(f"a template placed a {type(value).__name__} that passed no gate")
