"""SP: what was generated of the spec is what generated code consists of, typed, documented and the same in both kinds.

Here stands what can be seen without the generator. That a spec is valid, lints, has evidence and a sound ``x-jobs`` is
judged when it is read (``vendorsmith generate``); that the output is up to date, ``vendorsmith check``;
that it is the same bytes twice, for any hash seed, locale, folder and Python, and passes ruff, mypy and pyright, the
generator's own tests and ``make lint``.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from jobclients_contract.cases import Contract, Operation
from jobclients_contract.checks.grammar import strange
from jobclients_contract.failure import Check, expect, refuse

_TOP = ""


def checks(contract: Contract) -> Iterator[Check]:
    """The checks of this family."""
    for path in _files(contract):

        def grammar(mode: str, path: Path = path) -> None:
            _nothing_strange(contract, path)

        yield Check(contract, "SP1", "", f"code of {path.name}", _TOP, grammar)
    yield Check(contract, "SP2", "", "models are loaded when they are used", _TOP, lambda _: _lazy(contract))
    yield Check(contract, "SP3", "", "public names", _TOP, lambda _: _public(contract))
    yield Check(contract, "SP3", "", "docstrings", _TOP, lambda _: _documented(contract))
    yield Check(contract, "SP4", "", "both kinds offer the same", _TOP, lambda _: _same(contract))
    yield Check(contract, "SP5", "", "py.typed", _TOP, lambda _: _typed(contract))
    for operation in contract.operations:

        def signature(mode: str, operation: Operation = operation) -> None:
            _takes_its_arguments(contract, operation)

        yield Check(contract, "SP4", operation.method, "signature", operation.where, signature)


def _files(contract: Contract) -> list[Path]:
    found = importlib.util.find_spec(f"{contract.package}.{contract.vendor}")
    folders = found.submodule_search_locations if found is not None else None
    return sorted(path for folder in folders or () for path in Path(folder).glob("*.py"))


def _nothing_strange(contract: Contract, path: Path) -> None:
    """SP1: no text of the spec became code, for there is no code but what generated code consists of."""
    text = path.read_text(encoding="utf-8")
    found = [f"{path.name}:{line}: {what}" for line, what in strange(text, contract.package, path.name)]
    expect([], found[:10], "this is not what generated code consists of")


def _lazy(contract: Contract) -> None:
    """SP2: importing a client imports no models."""
    imported: list[str] = []
    for path in _files(contract):
        if path.name == "models.py":
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom):
                names = [*(f"{node.module}.{alias.name}" for alias in node.names), node.module or ""]
                if f"{contract.package}.{contract.vendor}.models" in names:
                    imported.append(f"{path.name}:{node.lineno}")
    expect([], imported, "models are imported with the client, not under TYPE_CHECKING")


def _module(contract: Contract) -> ModuleType:
    return importlib.import_module(f"{contract.package}.{contract.vendor}")


def _clients(contract: Contract) -> tuple[type[object], type[object]]:
    module = _module(contract)
    return getattr(module, f"{contract.prefix}Client"), getattr(module, f"Async{contract.prefix}Client")


def _public(contract: Contract) -> None:
    """SP3: the vendor's module offers its clients and credentials, and every name that it lists is there."""
    module = _module(contract)
    listed: list[str] = module.__all__
    for name in listed:
        getattr(module, name)
    expect(len(set(listed)), len(listed), "a public name is listed twice")
    wanted = {
        f"{contract.prefix}Client",
        f"Async{contract.prefix}Client",
        *(item.name for item in contract.credentials),
    }
    if not wanted <= set(listed):
        refuse("a public name is missing", sorted(wanted), sorted(listed))


def _documented(contract: Contract) -> None:
    """SP3: whatever a caller may use says what it is."""
    module = _module(contract)
    silent: list[str] = []
    for name in ("", *module.__all__):
        thing: object = getattr(module, name) if name else importlib.import_module(f"{module.__name__}.client")
        members = [(key, item) for key, item in vars(thing).items() if inspect.isclass(thing) and key[0] != "_"]
        for label, item in [(name, thing), *((f"{name}.{key}", item) for key, item in members)]:
            if (inspect.isclass(item) or inspect.isroutine(item) or isinstance(item, property)) and not inspect.getdoc(
                item
            ):
                silent.append(label)
    expect([], silent, "no docstring")


def _same(contract: Contract) -> None:
    """SP4: the async client differs by async and await, and by nothing else."""
    blocking, awaiting = _clients(contract)
    expect(_offered(blocking), _offered(awaiting), "the two kinds of client offer different methods")
    for name, item in vars(blocking).items():
        if inspect.isfunction(item) and not name.startswith("_") and inspect.iscoroutinefunction(item):
            refuse(f"{name} of the blocking client has to be awaited")
    for operation in contract.operations:
        if not inspect.iscoroutinefunction(getattr(awaiting, operation.method)):
            refuse(f"{operation.method} of the async client cannot be awaited")


def _offered(client: type[object]) -> dict[str, str]:
    """Public names of a class and how each is called, in the words of the blocking kind."""
    found: dict[str, str] = {}
    for name, item in vars(client).items():
        function: object = item.fget if isinstance(item, property) else item
        if inspect.isfunction(function) and (name == "__init__" or not name.startswith("_")):
            found[name] = str(inspect.signature(function)).replace("Async", "")
    return found


def _takes_its_arguments(contract: Contract, operation: Operation) -> None:
    """SP4: a method takes the documented arguments, by name, and no others."""
    for client in _clients(contract):
        parameters = dict(inspect.signature(getattr(client, operation.method)).parameters)
        parameters.pop("self")
        expect(sorted({item.name for item in operation.arguments}), sorted(parameters), "other arguments")
        for name, parameter in parameters.items():
            if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
                refuse("an argument may be given by position", "keyword-only", name)


def _typed(contract: Contract) -> None:
    """SP5: type checkers read the package."""
    folder = Path(str(importlib.import_module(contract.package).__file__)).parent
    expect(True, (folder / "py.typed").is_file(), "the marker py.typed is missing")
