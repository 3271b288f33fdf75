"""The manifest: a list of the generated files with their hashes, by vendor.

Empty lines between them let two branches that change neighbouring vendors merge; each line can be read alone, so that
the list is still known where a merge has left its marks in it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MANIFEST = "MANIFEST.json"
SHARED = "*"
"""Stands in a vendor's place for the files that all vendors share; no vendor can be called so."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The files of a vendor.

    Attributes:
        files: the hash that each was written with, by path below the output folder.
        spec: the hash of the vendor's spec; empty for shared files.
    """

    files: Mapping[str, str]
    spec: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says.

    Attributes:
        entries: by vendor.
        hashes: by path, each hash that the manifest gives; more than one where two branches met.
    """

    entries: Mapping[str, Entry]
    hashes: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])


def entry(files: Mapping[str, str], spec: str = "") -> Entry:
    """The entry of files.

    Args:
        files: their texts by path.
        spec: the hash of the spec that they were made from.
    """
    return Entry({path: digest(text) for path, text in sorted(files.items())}, spec)


def manifest_text(version: str, entries: Mapping[str, Entry]) -> str:
    """The text of a manifest.

    Args:
        version: of the generator.
        entries: by vendor.
    """
    lines = [f"{json.dumps(vendor)}: {_line(entries[vendor])}" for vendor in sorted(entries)]
    return f'{{\n"vendorsmith": {json.dumps(version)},\n\n"vendors": {{\n\n' + ",\n\n".join(lines) + "\n\n}}\n"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an output folder; empty where there is none of ours."""
    found: dict[str, Entry] = {}
    hashes: dict[str, frozenset[str]] = {}
    for vendor, listed in _entries(folder / MANIFEST):
        found[vendor] = listed
        for path, hash_ in listed.files.items():
            hashes[path] = hashes.get(path, frozenset()) | {hash_}
    return Manifest(found, hashes)


def is_manifest(file: Path) -> bool:
    """Whether this is a manifest of ours, maybe one that a merge has left its marks in."""
    if file.name != MANIFEST:
        return False
    try:
        text = file.read_bytes()
    except OSError:
        return False
    return b'"vendorsmith":' in text and b'"files":' in text


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _line(listed: Entry) -> str:
    spec = {"spec": listed.spec} if listed.spec else {}
    return json.dumps({**spec, "files": dict(listed.files)}, ensure_ascii=True)


def _entries(file: Path) -> Iterator[tuple[str, Entry]]:
    """Each entry, from the whole file or, where that cannot be read, from each line that can.

    The names become code: an edited file may hold anything.
    """
    try:
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return
    try:
        vendors: Any = json.loads(text)["vendors"].items()
    except (ValueError, TypeError, KeyError, AttributeError):
        vendors = [found.groups() for line in text.splitlines() if (found := _ENTRY.fullmatch(line))]
    for vendor, listed in vendors:
        if not _NAME.fullmatch(vendor):
            continue
        try:
            content: Any = json.loads(listed) if isinstance(listed, str) else listed
            files = {str(path): str(hash_) for path, hash_ in content["files"].items() if _is_below(str(path))}
            yield vendor, Entry(files, str(content.get("spec", "")))
        except (ValueError, TypeError, KeyError, AttributeError):
            continue


_NAME = re.compile(r"\*|[a-z_][a-z0-9_]*")
_ENTRY = re.compile(r'"([^"]+)": (\{.*\}),?')


def _is_below(path: str) -> bool:
    """Whether a listed path stays in the output folder."""
    parts = path.split("/")
    return not ({"", ".", ".."} & set(parts) or "\\" in path or ":" in path)
