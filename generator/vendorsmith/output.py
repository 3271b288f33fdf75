"""Compares generated files with the output folder: writes, checks or prints the difference."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

from vendorsmith.discovery import UsageError
from vendorsmith.manifest import MANIFEST, digest, is_manifest, read_manifest

CACHE = ".vendorsmith_cache"
_UNFINISHED = ".vendorsmith-"
"""What the names of files begin with that are being written."""
_BYTECODE = "__pycache__"
_TOP = ("pyproject.toml", "README.md", "LICENSE", MANIFEST)
"""What is written beside the package."""
_NOISE = (_BYTECODE, CACHE, ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints", "*~", ".*.sw?", ".#*", "#*#")
"""What Python, systems and editors leave in folders: nobody's business."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as it should be.

    Attributes:
        path: below the output folder.
        kind: what is wrong with it.
        edited: whether somebody else has changed it since it was written.
    """

    path: str
    kind: Literal["missing", "changed", "unexpected"]
    edited: bool = False

    @property
    def reason(self) -> str:
        """Why the file differs, in words: an edit by hand is told from a spec that has moved on."""
        if self.kind == "changed":
            return "edited by hand" if self.edited else "stale"
        return "missing" if self.kind == "missing" else "not generated from any spec"


@dataclass(frozen=True, slots=True)
class Output:
    """A folder that the generator owns, or is about to.

    Attributes:
        folder: where the files are written.
        package: the import name of the generated package in it.
    """

    folder: Path
    package: str

    def differences(self, files: Mapping[str, str], vendors: frozenset[str] | None) -> list[Difference]:
        """What `write` would change.

        Args:
            files: what should be there.
            vendors: the vendors that were generated; None for all, so that files of others are unexpected.
        """
        owned = self.owned()
        wrong = {path for path, text in files.items() if self._text(path) != text}
        found = [
            Difference(path, "changed", self._is_edited(path, owned))
            if (self.folder / path).exists()
            else Difference(path, "missing")
            for path in wrong
        ]
        left = self._unexpected(files, vendors, owned)
        return sorted(
            [*found, *(Difference(path, "unexpected", self._is_edited(path, owned)) for path in left)], key=_path
        )

    def write(self, files: Mapping[str, str], vendors: frozenset[str] | None) -> list[Difference]:
        """Make the folder hold the files: each replaced as a whole, nothing touched that is right already.

        Raises:
            UsageError: a file that the generator did not write stands in the way, one that it wrote and that was edited
                would be removed, or the folder cannot be written; as far as that can be known, nothing was written.
        """
        changes = self.differences(files, vendors)
        self._refuse_foreign(changes)
        for change in changes:
            if change.kind != "unexpected":
                _refuse_blocked(self.folder / change.path)
        try:
            for change in sorted(changes, key=_step):
                if change.kind == "unexpected":
                    (self.folder / change.path).unlink()
                    _remove_empty(self.folder / change.path, self.folder)
                else:
                    replace(self.folder / change.path, files[change.path])
        except OSError as error:
            raise UsageError(f"cannot write {error.filename or self.folder}: {error.strerror}") from error
        return changes

    def diff(self, files: Mapping[str, str], vendors: frozenset[str] | None) -> Iterator[str]:
        """The changes that `write` would make, as a unified diff, line by line."""
        for change in self.differences(files, vendors):
            before = "" if change.kind == "missing" else self._text(change.path) or ""
            after = "" if change.kind == "unexpected" else files[change.path]
            yield from difflib.unified_diff(
                before.splitlines(),
                after.splitlines(),
                "/dev/null" if change.kind == "missing" else f"a/{change.path}",
                "/dev/null" if change.kind == "unexpected" else f"b/{change.path}",
                lineterm="",
            )

    def owned(self) -> dict[str, frozenset[str]]:
        """The files that the manifest lists, with the hash that each was written with.

        A manifest can be edited, and what it lists may be removed: so nothing counts that the generator never writes.
        """
        listed = read_manifest(self.folder).hashes
        return {path: hashes for path, hashes in listed.items() if self._may_be_ours(path)}

    def _may_be_ours(self, path: str) -> bool:
        top = path.partition("/")[0]
        return path in _TOP or top in (self.package, "contract_tests", "reference")

    def _is_edited(self, path: str, owned: Mapping[str, frozenset[str]]) -> bool:
        return path in owned and digest(self._text(path) or "") not in owned[path]

    def _text(self, path: str) -> str | None:
        try:
            return (self.folder / path).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _unexpected(
        self, files: Mapping[str, str], vendors: frozenset[str] | None, owned: Mapping[str, frozenset[str]]
    ) -> Iterator[str]:
        """Files in the generated package, or of a manifest, that are not among those that should be there."""
        present = {
            file.relative_to(self.folder).as_posix()
            for file in (self.folder / self.package).rglob("*")
            if file.is_file() and not any(map(_is_noise, file.relative_to(self.folder).parts))
        } | {path for path in owned if (self.folder / path).is_file()}
        for path in present - files.keys():
            if vendors is None or self._vendor_of(path) in vendors:
                yield path

    def _vendor_of(self, path: str) -> str:
        parts = path.split("/")
        if parts[0] in ("contract_tests", "reference"):
            return Path(path).stem.removeprefix("test_") if parts[0] == "contract_tests" else Path(path).stem
        return parts[1] if len(parts) > 1 else ""

    def _refuse_foreign(self, changes: list[Difference]) -> None:
        """Stop before anything is written where a file is in the way that no manifest lists."""
        owned = self.owned()
        for change in changes:
            file = self.folder / change.path
            if any(
                part.is_symlink()
                for part in (file, *file.parents)
                if part != self.folder and self.folder in part.parents
            ):
                raise UsageError(
                    f"{file.as_posix()} is reached through a symbolic link; the generator writes plain files only"
                )
            ours = change.path in owned or is_manifest(file) or file.name.startswith(_UNFINISHED)
            if change.kind != "missing" and not ours:
                fate = "removed" if change.kind == "unexpected" else "overwritten"
                raise UsageError(
                    f"{file.as_posix()} was not written by vendorsmith and would be {fate}; "
                    "move it away, or choose another --output"
                )
            if change.kind == "unexpected" and change.edited:
                raise UsageError(
                    f"{file.as_posix()} was edited by hand and would be removed; move it away, or remove it"
                )


def _is_noise(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in _NOISE)


def _refuse_blocked(file: Path) -> None:
    """Stop where a folder is in a file's place, a file in a folder's, or the folder takes no files."""
    if file.is_dir():
        raise UsageError(f"{file.as_posix()} is a folder, and a file is to be written there; move it away")
    there = next(folder for folder in file.parents if folder.exists())
    if not there.is_dir():
        raise UsageError(f"{there.as_posix()} is a file, and a folder is needed there; move it away")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"cannot write {file.as_posix()}: the folder {there.as_posix()} is read-only")


def replace(file: Path, text: str) -> None:
    """Write a text file as a whole or not at all, in place of what is there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=file.parent, prefix=_UNFINISHED, delete=False
    ) as new:
        try:
            new.write(text)
            new.close()
            os.chmod(new.name, 0o644)
            os.replace(new.name, file)
        except BaseException:
            os.unlink(new.name)
            raise


def _remove_empty(file: Path, root: Path) -> None:
    """Remove the folders that the removal of a file left empty but for bytecode."""
    for folder in file.parents:
        bytecode = folder / _BYTECODE
        if folder == root or any(entry != bytecode for entry in folder.iterdir()):
            return
        if bytecode.is_dir() and not bytecode.is_symlink():
            if any(entry.suffix != ".pyc" for entry in bytecode.iterdir()):
                return
            for entry in bytecode.iterdir():
                entry.unlink()
            bytecode.rmdir()
        folder.rmdir()


def _path(difference: Difference) -> str:
    return difference.path


def _step(difference: Difference) -> tuple[int, str]:
    """The order of writing, in which every file is listed by the manifest for as long as it is there.

    So a run that was interrupted is completed by the next one: it finds no file that it does not know.
    """
    if difference.kind == "unexpected":
        return 0, difference.path
    return (1 if difference.path == MANIFEST else 2), difference.path
