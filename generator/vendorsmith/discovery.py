"""Finds the specs that the command line names: vendors of a folder, or single documents."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vendorsmith import names
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.source import Document, load

SPEC_FILE = "openapi.yaml"
_MISNAMED = frozenset({SPEC_FILE, "openapi.yml", "openapi.json"})
"""What somebody may call a spec, in any case."""


@dataclass(frozen=True, slots=True)
class Target:
    """One vendor to generate: its name and the file of its spec.

    Attributes:
        vendor: the module name in the generated package.
        spec: the spec's file.
        reviewed: whether the spec is written for this generator, so that it is held to the rules of evidence.
        siblings: the vendors whose credentials the spec may name.
        providers: the specs of those whose credentials it does name.
    """

    vendor: str
    spec: Path
    reviewed: bool
    siblings: frozenset[str]
    providers: tuple[Path, ...] = ()


class UsageError(Exception):
    """What the user asked for cannot be done as asked; the message says what to do instead."""


def discover(wanted: Sequence[str], specs: Path) -> list[Target]:
    """The targets of a run.

    Args:
        wanted: vendor names or paths of single documents; empty means every vendor of the folder.
        specs: the folder with one folder for each vendor.

    Returns:
        The targets in the order asked for. A vendor whose credentials another one declares brings that one along.

    Raises:
        UsageError: a vendor, a document or the folder is not there.
    """
    if any(_is_path(word) for word in wanted):
        return _apart([_single(word) for word in wanted])
    vendors = vendors_of(specs)
    if not vendors:
        found = f"has no folder with an {SPEC_FILE}" if specs.is_dir() else f"does not exist in {Path.cwd().as_posix()}"
        raise UsageError(
            f"no vendor found: {specs.as_posix()}/ {found}; name the folder of your specs with --specs, or a document, "
            "as in `vendorsmith generate path/to/openapi.json`"
        )
    unknown = [word for word in wanted if word not in vendors]
    if unknown:
        raise UsageError(f"unknown vendor {', '.join(unknown)}; {specs.as_posix()}/ has: {', '.join(vendors)}")
    selected = _with_siblings(list(wanted) or list(vendors), vendors)
    return [
        Target(vendor, vendors[vendor], True, frozenset(vendors), tuple(vendors[lender] for lender in providers))
        for vendor, providers in selected.items()
    ]


def vendors_of(specs: Path) -> dict[str, Path]:
    """The spec of each vendor by its name, sorted.

    Raises:
        UsageError: the folder cannot be read, or holds a vendor whose spec has another name, so that it is not there.
    """
    try:
        folders = sorted(path for path in specs.iterdir() if path.is_dir()) if specs.is_dir() else []
        for folder in folders:
            found = sorted(path.name for path in folder.iterdir() if path.name.lower() in _MISNAMED)
            if found and not (folder / SPEC_FILE).exists():
                raise UsageError(f"{(folder / found[0]).as_posix()}: rename it to {SPEC_FILE} (which may hold JSON)")
        return {folder.name: folder / SPEC_FILE for folder in folders if os.path.lexists(folder / SPEC_FILE)}
    except OSError as error:
        raise UsageError(f"cannot read {error.filename or specs}: {error.strerror}") from error


def siblings_of(document: Document) -> dict[str, str]:
    """The credentials of a spec that another vendor declares, with that vendor's name."""
    auth = document.data.get("x-auth")
    entries = auth.items() if isinstance(auth, dict) else ()
    return {
        name: vendor
        for name, entry in entries
        if isinstance(entry, dict) and isinstance(vendor := entry.get("vendor"), str)
    }


def _is_path(word: str) -> bool:
    return "/" in word or "\\" in word or Path(word).suffix in (".yaml", ".yml", ".json")


def _single(word: str) -> Target:
    """A document tried out of hand: its vendor is called after the file, or its folder where the file says nothing."""
    file = Path(word)
    if not _is_path(word):
        raise UsageError(
            f"`{word}` is not the path of a document; name either vendors or documents in one run, not both"
        )
    if _is_folder(file):
        raise UsageError(f"{word} is a folder; name the document in it, or give the folder with --specs")
    stem = file.absolute().parent.name if file.stem.lower() in ("openapi", "swagger", "spec", "api") else file.stem
    name = names.snake(stem) or "vendor"
    return Target(name if not names.vendor_error(name) else f"{name.strip('_')}_api", file, False, frozenset())


def _is_folder(file: Path) -> bool:
    try:
        return file.is_dir()
    except (OSError, ValueError):
        return False  # reading it says what is wrong


def _apart(documents: list[Target]) -> list[Target]:
    """The documents, each named once; two that would be the same module are refused."""
    found: dict[str, Target] = {}
    for target in documents:
        first = found.setdefault(target.vendor, target)
        if first.spec != target.spec:
            raise UsageError(
                f"{first.spec.as_posix()} and {target.spec.as_posix()} would both be the module {target.vendor}; "
                "rename one of them, or write them to folders of their own with --output"
            )
    return list(found.values())


def _with_siblings(selected: list[str], vendors: dict[str, Path]) -> dict[str, list[str]]:
    """The selected vendors and those that declare their credentials, each once, with these."""
    queue = list(selected)
    found: dict[str, list[str]] = {}
    while queue:
        vendor = queue.pop(0)
        if vendor in found:
            continue
        document = load(vendors[vendor], Diagnostics())
        providers = siblings_of(document).values() if document else ()
        found[vendor] = [lender for lender in dict.fromkeys(providers) if lender in vendors]
        queue += found[vendor]
    return found
