"""Finds the specs that the command line names: vendors of a folder, or single documents."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vendorsmith import names
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.assembly import assemble
from vendorsmith.spec.selection import ALL, Selection
from vendorsmith.spec.source import Document

SPEC_FILES = ("openapi.yaml", "openapi.json")
"""What the document of a vendor may be called."""
_MISNAMED = frozenset({*SPEC_FILES, "openapi.yml"})
"""What somebody may call a spec, in any case."""
_OVERLAY = re.compile(r"(?P<purpose>.+\.)?overlay\.(?:yaml|yml|json)")
"""What the overlays in a vendor's folder are called."""


@dataclass(frozen=True, slots=True)
class Target:
    """One vendor to generate: its name and the file of its spec.

    Attributes:
        vendor: the module name in the generated package.
        spec: the spec's file.
        reviewed: whether the spec is that of a vendor's folder, which gets contract tests.
        siblings: the vendors whose credentials the spec may name.
        providers: the specs of those whose credentials it does name.
        overlays: the files that change the spec, in order.
        selection: the operations that are wanted of a single document.
    """

    vendor: str
    spec: Path
    reviewed: bool
    siblings: frozenset[str]
    providers: tuple[Path, ...] = ()
    overlays: tuple[Path, ...] = ()
    selection: Selection = ALL

    @property
    def strict(self) -> bool:
        """Whether the spec is written for this generator, so that it is held to the rules of evidence.

        One that overlays change is the vendor's own document.
        """
        return self.reviewed and not self.overlays

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that the spec is put together from."""
        return self.spec, *self.overlays


class UsageError(Exception):
    """What the user asked for cannot be done as asked; the message says what to do instead."""


def discover(
    wanted: Sequence[str], specs: Path, overlays: Sequence[Path] = (), selection: Selection = ALL
) -> list[Target]:
    """The targets of a run.

    Args:
        wanted: vendor names or paths of single documents; empty means every vendor of the folder.
        specs: the folder with one folder for each vendor.
        overlays: what changes a single document.
        selection: the operations that are wanted of a single document.

    Returns:
        The targets in the order asked for. A vendor whose credentials another one declares brings that one along.

    Raises:
        UsageError: a vendor, a document or the folder is not there.
    """
    if any(_is_path(word) for word in wanted):
        targets = _apart([_single(word, tuple(overlays), selection) for word in wanted])
        if overlays and len(targets) > 1:
            raise UsageError("--overlay changes one document; generate each with its own overlays in a run of its own")
        if selection and len(targets) > 1:
            raise UsageError("--tag, --path and --operation select from one document; generate each alone")
        return targets
    if selection:
        raise UsageError(
            "--tag, --path and --operation select from a single document; a vendor is selected from by x-selection "
            "in its document or overlay"
        )
    if overlays:
        raise UsageError("--overlay changes a single document; the overlay of a vendor is overlay.yaml in its folder")
    vendors = vendors_of(specs)
    if not vendors:
        found = (
            f"has no folder with an {SPEC_FILES[0]}" if specs.is_dir() else f"does not exist in {Path.cwd().as_posix()}"
        )
        raise UsageError(
            f"no vendor found: {specs.as_posix()}/ {found}; name the folder of your specs with --specs, or a document, "
            "as in `vendorsmith generate path/to/openapi.json`"
        )
    unknown = [word for word in wanted if word not in vendors]
    if unknown:
        raise UsageError(f"unknown vendor {', '.join(unknown)}; {specs.as_posix()}/ has: {', '.join(vendors)}")
    selected = _with_siblings(list(wanted) or list(vendors), vendors)
    return [
        Target(
            vendor,
            vendors[vendor],
            True,
            frozenset(vendors),
            tuple(file for lender in providers for file in (vendors[lender], *overlays_of(vendors[lender]))),
            overlays_of(vendors[vendor]),
        )
        for vendor, providers in selected.items()
    ]


def vendors_of(specs: Path) -> dict[str, Path]:
    """The spec of each vendor by its name, sorted.

    Raises:
        UsageError: the folder cannot be read, or holds a vendor whose spec has another name, so that it is not there.
    """
    try:
        folders = sorted(path for path in specs.iterdir() if path.is_dir()) if specs.is_dir() else []
        found = {folder: _specs_in(folder) for folder in folders}
        return {folder.name: specs[0] for folder, specs in found.items() if specs}
    except OSError as error:
        raise UsageError(f"cannot read {error.filename or specs}: {error.strerror}") from error


def spec_of(folder: Path) -> Path:
    """The document in the folder of a vendor."""
    return next(iter(_specs_in(folder)), folder / SPEC_FILES[0])


def _specs_in(folder: Path) -> list[Path]:
    """The document in a folder, if there is one.

    Raises:
        UsageError: there are two, or one that has another name.
    """
    found = [folder / name for name in SPEC_FILES if os.path.lexists(folder / name)]
    if len(found) > 1:
        raise UsageError(f"{folder.as_posix()}/ has {' and '.join(SPEC_FILES)}; keep one of them")
    misnamed = sorted(path for path in folder.iterdir() if path.name.lower() in _MISNAMED) if folder.is_dir() else []
    if misnamed and not found:
        raise UsageError(f"{misnamed[0].as_posix()}: rename it to {' or '.join(SPEC_FILES)}")
    return found


def overlays_of(spec: Path) -> tuple[Path, ...]:
    """The overlays beside the spec of a vendor: `overlay.yaml`, then each `PURPOSE.overlay.yaml` by its name.

    Raises:
        UsageError: the folder cannot be read.
    """
    try:
        names = [found for path in spec.parent.iterdir() if (found := _OVERLAY.fullmatch(path.name))]
    except OSError as error:
        raise UsageError(f"cannot read {error.filename or spec.parent}: {error.strerror}") from error
    return tuple(spec.parent / found[0] for found in sorted(names, key=lambda name: (name["purpose"] or "", name[0])))


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


def _single(word: str, overlays: tuple[Path, ...], selection: Selection) -> Target:
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
    vendor = name if not names.vendor_error(name) else f"{name.strip('_')}_api"
    return Target(vendor, file, False, frozenset(), overlays=overlays, selection=selection)


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
        document = assemble(vendors[vendor], overlays_of(vendors[vendor]), Diagnostics())
        providers = siblings_of(document).values() if document else ()
        found[vendor] = [lender for lender in dict.fromkeys(providers) if lender in vendors]
        queue += found[vendor]
    return found
