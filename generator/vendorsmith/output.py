"""The output folder: what it should hold against what it holds. Three small consumers of `{path: text}`."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Literal

from vendorsmith.targets import UsageError

MANIFEST = "MANIFEST.json"
CACHE = ".vendorsmith_cache"
_UNFINISHED = ".vendorsmith-"
"""What the names of files begin with that are being written."""
_NOISE = frozenset({"__pycache__", CACHE, "dist", "build"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as it should be."""

    path: str
    kind: Literal["missing", "changed", "unexpected"]


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
        found = [
            Difference(path, "changed" if (self.folder / path).exists() else "missing")
            for path, text in files.items()
            if self._text(path) != text
        ]
        return sorted(found + [Difference(path, "unexpected") for path in self._unexpected(files, vendors)], key=_path)

    def write(self, files: Mapping[str, str], vendors: frozenset[str] | None) -> list[Difference]:
        """Make the folder hold the files: each replaced as a whole, nothing touched that is right already.

        Raises:
            UsageError: a file that the generator did not write stands in the way, or the folder cannot be written.
        """
        changes = self.differences(files, vendors)
        self._refuse_foreign(changes)
        try:
            for change in sorted(changes, key=_step):
                if change.kind == "unexpected":
                    (self.folder / change.path).unlink()
                    _remove_empty(self.folder / change.path, self.folder)
                else:
                    _replace(self.folder / change.path, files[change.path])
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

    def reason(self, difference: Difference, owned: Mapping[str, str]) -> str:
        """Why a file differs, in words; `owned` tells an edit by hand from a spec that has moved on."""
        if difference.kind == "changed":
            written = owned.get(difference.path)
            edited = written is not None and digest(self._text(difference.path) or "") != written
            return "edited by hand" if edited else "stale"
        return "missing" if difference.kind == "missing" else "not generated from any spec"

    def owned(self) -> dict[str, str]:
        """The files that the manifests in the folder list, with the hash that each was written with."""
        found: dict[str, str] = {}
        for manifest in (self.folder / MANIFEST, *sorted(self.folder.glob(f"*/*/{MANIFEST}"))):
            found |= listed_files(manifest)
        return found

    def _text(self, path: str) -> str | None:
        try:
            return (self.folder / path).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _unexpected(self, files: Mapping[str, str], vendors: frozenset[str] | None) -> Iterator[str]:
        """Files in the generated package, or of a manifest, that are not among those that should be there."""
        present = {
            file.relative_to(self.folder).as_posix()
            for file in (self.folder / self.package).rglob("*")
            if file.is_file() and not _NOISE & set(file.parts)
        } | {path for path in self.owned() if (self.folder / path).is_file()}
        for path in present - files.keys():
            if vendors is None or self._vendor_of(path) in vendors:
                yield path

    def _vendor_of(self, path: str) -> str:
        parts = path.split("/")
        return Path(path).stem if parts[0] == "reference" else parts[1] if len(parts) > 1 else ""

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
            ours = change.path in owned or file.name == MANIFEST or file.name.startswith(_UNFINISHED)
            if change.kind != "missing" and not ours:
                fate = "removed" if change.kind == "unexpected" else "overwritten"
                raise UsageError(
                    f"{file.as_posix()} was not written by vendorsmith and would be {fate}; "
                    "move it away, or choose another --output"
                )


def manifest(files: Mapping[str, str], **facts: str) -> str:
    """The text of a manifest: what was generated, from what, by what; sorted, so that two branches merge."""
    hashes = {path: digest(text) for path, text in sorted(files.items())}
    return json.dumps({**facts, "files": hashes}, indent=2, ensure_ascii=True) + "\n"


def listed_files(manifest: Path) -> dict[str, str]:
    """The files that a manifest lists, with their hashes; empty where there is none that can be read."""
    try:
        content: Any = json.loads(manifest.read_bytes())
        return {str(path): str(hash_) for path, hash_ in content["files"].items() if _is_below(str(path))}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _is_below(path: str) -> bool:
    """Whether a listed path stays in the output folder; a manifest can be edited, and what it lists may be removed."""
    parts = path.split("/")
    return not ({"", ".", ".."} & set(parts) or "\\" in path or ":" in path)


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _replace(file: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
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
    """Remove the folders that the removal of a file left empty."""
    for folder in file.parents:
        if folder == root or any(entry.name not in _NOISE for entry in folder.iterdir()):
            return
        for entry in folder.rglob("*"):
            if entry.is_file():
                entry.unlink()
        for entry in sorted(folder.rglob("*"), reverse=True):
            entry.rmdir()
        folder.rmdir()


def _path(difference: Difference) -> str:
    return difference.path


def _step(difference: Difference) -> tuple[int, str]:
    """The order of writing, in which every file is listed by a manifest for as long as it is there.

    So a run that was interrupted is completed by the next one: it finds no file that it does not know.
    """
    removed, is_manifest = difference.kind == "unexpected", difference.path.endswith(MANIFEST)
    return (0 if not is_manifest else 1) if removed else (2 if is_manifest else 3), difference.path
