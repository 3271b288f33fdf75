"""Reads `[tool.vendorsmith]` of a pyproject.toml: name, version and metadata of the generated package.

The table belongs to the repository of the specs, so that it survives every run:

    [tool.vendorsmith]
    package = "acme_clients"               # the import name, and the default of --package
    name = "acme-clients"                  # of the distribution
    version = "1.2.0"
    description = "Typed clients of Acme's platforms"
    license = "MIT"                        # an SPDX expression; a file LICENSE beside the pyproject.toml comes along
    authors = [{name = "Ann", email = "ann@acme.example"}]
    urls = {Source = "https://git.acme.example/clients"}
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from vendorsmith import __version__
from vendorsmith.diagnostics import Diagnostics, Place, SpecError, quote
from vendorsmith.names import package_error

PACKAGE = "jobclients"
"""The import name of a package for which nothing else is said."""
_FILE = "pyproject.toml"
_KEYS = ("package", "name", "version", "description", "license", "authors", "urls")


@dataclass(frozen=True, slots=True)
class Author:
    """Who answers for a package; one of both may be empty."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Release:
    """What is said of a generated package where it is built, installed and listed.

    Attributes:
        package: the import name.
        name: of the distribution.
        version: of the distribution.
        description: one line.
        license: an SPDX expression.
        license_text: of the file LICENSE that comes along; empty where none does.
        authors: who answers for it.
        urls: its pages by their labels.
        released: whether it has a version of its own, so that it is installed by its name.
    """

    package: str
    name: str
    version: str = __version__
    description: str = "Typed clients of data platforms with job APIs"
    license: str = "Apache-2.0"
    license_text: str = ""
    authors: tuple[Author, ...] = ()
    urls: tuple[tuple[str, str], ...] = ()
    released: bool = False


def default_release(package: str = PACKAGE) -> Release:
    """The release of a package for which no table says more."""
    return Release(package, package.replace("_", "-"))


def find_release(specs: Path, package: str | None) -> Release:
    """The release that a run writes.

    Args:
        specs: where to look for the table from: in this folder, and in each above it.
        package: the import name that the user asked for. A table that names another package is not about this one.

    Raises:
        SpecError: the table has a value that cannot be used.
    """
    for folder in (specs, *specs.absolute().parents):
        file = folder / _FILE
        text = _text(file)
        if re.search(r"tool\s*\.\s*vendorsmith", text):
            diagnostics = Diagnostics()
            table = _table(file, text, diagnostics)
            release = _release(_Reader(table, _shown(file), text, diagnostics), file.with_name("LICENSE"), package)
            if diagnostics.errors:
                raise SpecError(diagnostics)
            return release if package in (None, release.package) else default_release(package or PACKAGE)
    return default_release(package or PACKAGE)


def _release(read: _Reader, license_file: Path, package: str | None) -> Release:
    read.refuse_unknown(_KEYS, "")
    release = default_release(read.text("package", _package) or package or PACKAGE)
    said = {
        "name": read.text("name", _name),
        "version": read.text("version", _version),
        "description": read.text("description", _description),
        "license": read.text("license", _license),
    }
    return replace(
        release,
        **{key: value for key, value in said.items() if value},
        license_text=_text(license_file) if said["license"] else "",
        authors=tuple(read.authors()),
        urls=tuple(read.urls()),
        released=bool(said["version"]),
    )


class _Reader:
    """Reads the values of a table, and notes what is wrong with each, with its line."""

    def __init__(self, table: Mapping[str, object], file: str, text: str, diagnostics: Diagnostics) -> None:
        self._table, self._file, self._source, self._diagnostics = table, file, text, diagnostics

    def text(self, key: str, check: Callable[[str], str]) -> str:
        """The text at a key; empty where there is none, or none that can be used.

        Args:
            key: of the table.
            check: returns what a text has to be, in words; empty where it is so.
        """
        return self._checked(self._table.get(key), key, check) if key in self._table else ""

    def authors(self) -> Iterator[Author]:
        """The authors, each with a name, an address or both."""
        entries = self._table.get("authors", [])
        for entry in cast("list[object]", entries) if isinstance(entries, list) else [entries]:
            if not isinstance(entry, dict) or not entry:
                self._refuse("authors", 'is a list of tables, as in authors = [{name = "Ann", email = "a@b.example"}]')
                continue
            author = cast("dict[str, object]", entry)
            self.refuse_unknown(("name", "email"), "authors", author)
            yield Author(
                *(
                    self._checked(author[key], "authors", check) if key in author else ""
                    for key, check in (("name", _line), ("email", _email))
                )
            )

    def urls(self) -> Iterator[tuple[str, str]]:
        """The pages, sorted by their labels."""
        entries = self._table.get("urls", {})
        if not isinstance(entries, dict):
            self._refuse("urls", 'is a table of labels and addresses, as in urls = {Source = "https://..."}')
            return
        for label, address in sorted(cast("dict[str, object]", entries).items()):
            yield self._checked(label, "urls", _label), self._checked(address, label, _address)

    def refuse_unknown(self, known: tuple[str, ...], where: str, table: Mapping[str, object] | None = None) -> None:
        """Note keys that nobody reads: a typing error would go unnoticed."""
        for key in self._table if table is None else table:
            if key not in known:
                self._diagnostics.add(
                    "release-table",
                    f"{quote(key)} is not a key of {where or '[tool.vendorsmith]'}",
                    self._place(key),
                    f"keys: {', '.join(known)}",
                )

    def _checked(self, value: object, key: str, check: Callable[[str], str]) -> str:
        wanted = check(value) if isinstance(value, str) else "is a text in quotes"
        if wanted:
            self._refuse(key, wanted, value)
            return ""
        return cast("str", value)

    def _refuse(self, key: str, wanted: str, value: object = None) -> None:
        shown = "" if value is None else f" {quote(str(value))}"
        self._diagnostics.add("release-table", f"{key}{shown} cannot be used", self._place(key), f"{key} {wanted}")

    def _place(self, key: str) -> Place:
        """Where a key is, else where the table begins; a reader of TOML does not tell."""
        inside, begin = False, 1
        spelt = re.compile(rf"""(?:.*[{{,.\[])?\s*["']?(?P<key>{re.escape(key)})["']?\s*[=\]]""")
        for number, line in enumerate(self._source.splitlines(), 1):
            if line.lstrip().startswith("["):
                inside = re.match(r"\s*\[+\s*tool\s*\.\s*vendorsmith\b", line) is not None
                begin = number if inside and begin == 1 else begin
            found = spelt.match(line) if inside else None
            if found:
                return Place(self._file, number, found.start("key") + 1, f"/tool/vendorsmith/{key}")
        return Place(self._file, begin, 1, "/tool/vendorsmith")


def _table(file: Path, text: str, diagnostics: Diagnostics) -> Mapping[str, object]:
    try:
        tool: object = tomllib.loads(text).get("tool")
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (1, 1)
        diagnostics.add("release-table", f"this is not TOML: {error}", Place(_shown(file), line, column, ""))
        raise SpecError(diagnostics) from error
    found: object = cast("dict[str, object]", tool).get("vendorsmith", {}) if isinstance(tool, dict) else {}
    if not isinstance(found, dict):
        diagnostics.add("release-table", "tool.vendorsmith is not a table", Place(_shown(file), 1, 1, ""))
        raise SpecError(diagnostics)
    return cast("dict[str, object]", found)


def _text(file: Path) -> str:
    """The text of a file; empty where there is none that can be read."""
    try:
        return file.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return ""


def _shown(file: Path) -> str:
    """A file as the user would type it."""
    try:
        return Path(os.path.relpath(file)).as_posix()
    except ValueError:  # on another drive
        return file.as_posix()


def _package(text: str) -> str:
    wrong = package_error(text)
    return f"is an import name: {wrong}" if wrong else ""


def _name(text: str) -> str:
    from packaging.utils import InvalidName, canonicalize_name

    try:
        canonicalize_name(text, validate=True)
    except InvalidName:
        return "is letters and digits, with single -, _ or . between them (PEP 508)"
    return ""


def _version(text: str) -> str:
    from packaging.version import InvalidVersion, Version

    try:
        Version(text)
    except InvalidVersion:
        return "is a version such as 1.2.0, 1.2.0rc1 or 1.2.0.post1 (PEP 440)"
    return ""


def _license(text: str) -> str:
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return 'is an SPDX expression such as "MIT" or "Apache-2.0 OR LicenseRef-Acme"'
    return ""


def _line(text: str) -> str:
    return "" if text.strip() and text.isprintable() else "is one line of text that can be seen"


def _description(text: str) -> str:
    return _line(text) or ("" if len(text) <= 512 else "has at most 512 characters; indexes take no more")


def _label(text: str) -> str:
    return _line(text) or ("" if len(text) <= 32 else "have labels of at most 32 characters; indexes take no more")


def _email(text: str) -> str:
    return "" if re.fullmatch(r"[!-+\--9=?A-~]+@[A-Za-z0-9.-]+", text) else "have addresses such as ann@acme.example"


def _address(text: str) -> str:
    return "" if re.fullmatch(r"https?://[!-;=?-~]+", text) else "is an address that begins with https://"
