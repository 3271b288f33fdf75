"""References to other files: what they lead to becomes part of the document.

Only YAML and JSON files in the folder of the spec are read, and no address is called. A component that refers to a file
becomes what is there; anything else gets a component of its own, called after its place. Each part keeps its position
in its file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import unquote

from jobclients_core.pointers import join, split

from vendorsmith.diagnostics import Diagnostics, quote
from vendorsmith.names import numbered
from vendorsmith.spec.draft import Copy, Draft, value_at
from vendorsmith.spec.node_kinds import NodeKinds, definitions
from vendorsmith.spec.refs import SECTIONS, RefError, escaped, outside, pointer_of
from vendorsmith.spec.source import MAX_BYTES, Document, Unresolved, load
from vendorsmith.spec.source_map import JSON, Branch, Object, Position, Text, start
from vendorsmith.spec.wording import did_you_mean

SUFFIXES: Final = (".yaml", ".yml", ".json")
_FILE: Final = re.compile(r"\.(?:yaml|yml|json)(?:#|$)", re.IGNORECASE)
_MAYBE: Final = re.compile(r"""\$ref["']?\s*:\s*["']?[^#"'\s]""")
_SECTIONS_2_0: Final = {"schema": "definitions", "parameter": "parameters", "response": "responses"}
_ELSEWHERE_IN_2_0: Final[dict[str, dict[str, Any]]] = {
    "document": {
        "definitions": {"$ref": "#/$defs/named-schemas"},
        "parameters": {"type": "object", "additionalProperties": {"$ref": "#/$defs/parameter-or-reference"}},
        "responses": {"type": "object", "additionalProperties": {"$ref": "#/$defs/response-or-reference"}},
    },
    "response": {"schema": {"$ref": "#/$defs/schema"}},
}
"""Where Swagger 2.0 has objects that OpenAPI 3.1 has elsewhere."""

PART: Final = "such a file holds an object: components, or one of them"


@dataclass(frozen=True, slots=True)
class _Target:
    """What a reference leads to: a place in a file, and what kind of object is expected there."""

    file: Path
    pointer: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Reference:
    """A reference to a file, or in one.

    Attributes:
        at: where its text is, in the value that was looked through.
        text: the reference.
        kind: what it leads to.
        alone: whether nothing is beside it.
    """

    at: tuple[str, ...]
    text: str
    kind: str
    alone: bool


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it was read, and what is added to its offsets in the document."""

    document: Document
    base: int


def refers_to_files(text: str) -> bool:
    """Return whether a text may hold references to files; False is certain."""
    return _MAYBE.search(text) is not None


class Bundle:
    """The files that one spec refers to.

    Args:
        spec: the file of the document.
        diagnostics: takes what is wrong with the files.
    """

    def __init__(self, spec: Path, diagnostics: Diagnostics) -> None:
        self._spec = spec.resolve()
        self._diagnostics = diagnostics
        self._homes: dict[_Target, str] = {}

    def bundled(self, document: Document, files: Mapping[str, Path]) -> Document:
        """Return a document in which references lead to no other file.

        Args:
            document: what refers to files; it stays as it is. It may be one that was made of an earlier result.
            files: the path of each file that the document was put together from, by the name in its positions.

        Returns:
            The document. What a reference does not lead to is in its `unresolved`.
        """
        if not any(map(refers_to_files, (document.text, *(other.text for other in document.others)))):
            return document
        return _Bundling(self._spec, document, files, self._homes, self._diagnostics).run()


class _Bundling:
    """One document's references to other files."""

    def __init__(
        self,
        spec: Path,
        document: Document,
        files: Mapping[str, Path],
        homes: dict[_Target, str],
        diagnostics: Diagnostics,
    ) -> None:
        self._spec, self._folder = spec, spec.parent
        self._document = document
        self._paths = {name: path.resolve() for name, path in files.items()}
        self._homes = homes
        self._diagnostics = diagnostics
        self._draft = Draft(document)
        self._files: dict[Path, _File | RefError] = {}
        self._size = 0
        self._unresolved: dict[str, Unresolved] = {}
        is_2_0 = "swagger" in document.data
        self._grammar = _grammar_2_0() if is_2_0 else definitions()
        self._sections = _SECTIONS_2_0 if is_2_0 else {**SECTIONS, "path-item": ""}
        self._root = "" if is_2_0 else "/components"

    def run(self) -> Document:
        found = [
            (reference, self._paths[self._document.place(join("", *reference.at)).file])
            for reference in self._references("document", self._document.data)
            if not reference.text.startswith("#") and reference.text not in self._document.unresolved
        ]
        leads = [self._target(reference, file) for reference, file in found]
        components = self._become(zip((reference for reference, _ in found), leads, strict=True))
        new = [target for target in self._closure(leads) if target not in self._homes]
        names = self._names(new)
        for target in new:
            self._homes[target] = join(self._root, self._sections[target.kind], names[target])
        for target in (*components, *new):
            self._put(self._homes[target], self._content(target, ()))
        for reference, file in found:
            if self._homes.get(cast("_Target", self._target(reference, file))) != join("", *reference.at[:-1]):
                self._rewrite(self._draft, reference, file, ())
        return self._draft.finished({**self._document.unresolved, **self._unresolved})

    def _references(self, kind: str, value: JSON) -> list[_Reference]:
        """Return the references in a value."""
        found: list[_Reference] = []
        for visit in NodeKinds.below(kind, value, self._grammar).visits:
            at, node = split(visit.pointer), visit.node
            if isinstance(text := node.get("$ref"), str):
                found.append(_Reference((*at, "$ref"), text, visit.kind, len(node) == 1))
            elif visit.kind == "discriminator" and isinstance(mapping := node.get("mapping"), dict):
                found += (
                    _Reference((*at, "mapping", word), text, "schema", alone=True)
                    for word, text in mapping.items()
                    if isinstance(text, str) and _FILE.search(text)
                )
        return found

    def _become(self, found: Iterable[tuple[_Reference, _Target | None]]) -> list[_Target]:
        """Return the targets that existing components become, which are nothing but references to them."""
        components: list[_Target] = []
        for reference, target in found:
            *owner, name = reference.at[:-1] or ("",)
            section = self._sections.get(reference.kind)
            is_component = reference.alone and section and join("", *owner) == f"{self._root}/{section}"
            if target is not None and is_component and target.file != self._spec and target not in self._homes:
                self._homes[target] = join("", *owner, name)
                components.append(target)
        return components

    def _closure(self, first: Iterable[_Target | None]) -> list[_Target]:
        """Return all targets that components are needed for, in the order in which they are referred to."""
        found: dict[_Target, None] = {}
        waiting = list(first)
        for target in waiting:  # which grows
            if target is not None and target.file != self._spec and target not in found:
                found[target] = None
                inner = self._references(target.kind, self._value(target)[0])
                waiting += [self._target(reference, target.file) for reference in inner]
        return [target for target in found if self._sections.get(target.kind)]

    def _names(self, new: list[_Target]) -> dict[_Target, str]:
        """Return the name of each new component: the short one where nothing else has it."""
        named: dict[_Target, str] = {}
        for section in dict.fromkeys(self._sections[target.kind] for target in new):
            taken = set(self._components(section))
            waiting = [target for target in new if self._sections[target.kind] == section]
            for level in range(3):
                wanted = Counter(self._name(target, level) for target in waiting)
                for target in list(waiting):
                    name = self._name(target, level)
                    if wanted[name] == 1 and name not in taken:
                        named[target] = name
                        waiting.remove(target)
                taken |= set(wanted)
            for target in waiting:  # paths that differ only in characters that no name has
                named[target] = numbered(self._name(target, 2), taken)
                taken.add(named[target])
        return named

    def _name(self, target: _Target, level: int) -> str:
        """Return the name of a component: after its key, its file and key, or its whole path."""
        tokens = split(target.pointer)
        path = target.file.relative_to(self._folder).with_suffix("")
        stem = path.parent.name if path.name.lower() in ("index", "_index") and path.parent.name else path.name
        last = tokens[-1] if tokens and re.match("[A-Za-z]", tokens[-1]) else ""
        parts = ([last or stem], [stem, last], [*path.parts, *tokens])[level]
        return re.sub(r"[^A-Za-z0-9._-]+", "_", "_".join(filter(None, parts))).strip("_") or "part"

    def _components(self, section: str) -> Object:
        try:
            found = self._document.at(f"{self._root}/{section}")
        except KeyError:
            return {}
        return found if isinstance(found, dict) else {}

    def _put(self, pointer: str, content: Copy) -> None:
        """Put a component where it belongs."""
        location = split(pointer)
        for length in range(1, len(location)):
            owner, _ = self._draft.at(location[: length - 1])
            if isinstance(owner, dict) and location[length - 1] not in owner:
                self._draft.set(location[:length], {}, Branch(0, {}, {}), 0)
        owner, _ = self._draft.at(location[:-1])
        is_new = isinstance(owner, dict) and location[-1] not in owner
        self._draft.set(location, content.data, content.position, start(content.position) if is_new else None)

    def _content(self, target: _Target, path: tuple[_Target, ...]) -> Copy:
        """Return a copy of what is at a target, in which references lead to the document."""
        value, position = self._value(target)
        file = self._files[target.file]
        assert isinstance(file, _File)
        copy = Copy(value, position, file.base)
        for reference in self._references(target.kind, value):
            self._rewrite(copy, reference, target.file, (*path, target))
        return copy

    def _value(self, target: _Target) -> tuple[JSON, Position]:
        file = self._files[target.file]
        assert isinstance(file, _File)
        return value_at(file.document.data, file.document.position, split(target.pointer))

    def _rewrite(self, part: Copy, reference: _Reference, file: Path, path: tuple[_Target, ...]) -> None:
        """Let a reference lead to where its target is now, or be replaced by it."""
        target = self._target(reference, file)
        if target in path and target not in self._homes:
            names = " -> ".join(self._relative(each.file) for each in (*path[path.index(target) :], target) if each)
            message = f"this reference leads back to itself: {names}"
            self._fail(reference.text, file, RefError("ref-cycle", message, "write out what it should be"))
            target = None
        if target is None:
            text = self._canonical(reference.text, file)
        elif target.file == self._spec:
            text = "#" + escaped(target.pointer)
        elif target in self._homes:
            text = "#" + escaped(self._homes[target])
        else:
            self._replace(part, reference.at[:-1], self._content(target, path))
            return
        part.set(reference.at, text, part.at(reference.at)[1])

    @staticmethod
    def _replace(part: Copy, location: tuple[str, ...], content: Copy) -> None:
        """Put what a reference leads to in its place; what is beside the reference is kept."""
        node, position = part.at(location)
        if isinstance(content.data, dict) and isinstance(node, dict) and isinstance(position, Branch):
            for key in node.keys() - content.data.keys() - {"$ref"}:
                content.set((key,), *value_at(node, position, (key,)), position.keys[key])
        if location:
            part.set(location, content.data, content.position)
        else:
            part.data, part.position = content.data, content.position

    def _target(self, reference: _Reference, file: Path) -> _Target | None:
        """Return what a reference in a file leads to; None after noting why it leads nowhere."""
        try:
            return _Target(*self._place(reference.text, file), reference.kind)
        except RefError as error:
            self._fail(reference.text, file, error)
            return None

    def _fail(self, text: str, file: Path, error: RefError) -> None:
        found = Unresolved(error.code, error.message, error.hint)
        self._unresolved.setdefault(self._canonical(text, file), found)

    def _canonical(self, text: str, file: Path) -> str:
        """Return a reference that leads nowhere as one of the document."""
        return f"{self._relative(file)}{text}" if text.startswith("#") else text

    def _relative(self, file: Path) -> str:
        return file.relative_to(self._folder).as_posix()

    def _place(self, text: str, file: Path) -> tuple[Path, str]:
        """Return the file and the pointer that a reference in a file leads to."""
        name, _, fragment = text.partition("#")
        there = self._path(text, name, file) if name else file
        pointer = pointer_of(f"#{fragment}") if fragment else ""
        if there != self._spec:
            if there not in self._files:
                self._files[there] = self._load(there, text)
            found = self._files[there]
            if isinstance(found, RefError):
                raise found
            try:
                found.document.at(pointer)
            except KeyError:
                message = f"there is nothing at {quote(text, 120)}"
                raise RefError("ref-not-found", message, _meant(found.document, pointer)) from None
        return there, pointer

    def _path(self, text: str, name: str, file: Path) -> Path:
        """Return the file that a reference names."""
        decoded = unquote(name)
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|/|\\", decoded) or not decoded.isprintable():
            raise outside(text)
        path = (file.parent / decoded).resolve()
        if not path.is_relative_to(self._folder):
            raise outside(text)
        if path.suffix.lower() not in SUFFIXES:
            message = f"{quote(text, 120)} is not the name of a YAML or JSON file"
            raise RefError("ref-file", message, f"such a file ends with {', '.join(SUFFIXES)}")
        if not path.is_file():
            beside = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
            message = f"there is no file {quote(self._relative(path), 120)}"
            raise RefError("ref-file", message, did_you_mean(path.name, beside))
        return path

    def _load(self, path: Path, text: str) -> _File | RefError:
        name = Path(self._document.file).parent / self._relative(path)
        document = load(path, self._diagnostics, name=name.as_posix(), begins=PART)
        if document is None:
            return RefError(
                "ref-file", f"{quote(text, 120)} leads to a file that cannot be read", "see what is said of it"
            )
        self._size += len(document.text)
        if self._size > MAX_BYTES:
            return RefError("too-large", f"the files of this spec are larger than {MAX_BYTES // 1024 // 1024} MiB")
        return _File(document, self._draft.add_text(Text(document.file, document.text)))


def _grammar_2_0() -> dict[str, Any]:
    """Return the kinds of OpenAPI 3.1 with the places where Swagger 2.0 has them."""
    found = dict(definitions())
    for kind, properties in _ELSEWHERE_IN_2_0.items():
        found[kind] = {**found[kind], "properties": {**found[kind]["properties"], **properties}}
    return found


def _meant(document: Document, pointer: str) -> str | None:
    """Return a hint where the last key of a pointer resembles another one."""
    owner, _, last = pointer.rpartition("/")
    try:
        found = document.at(owner)
    except KeyError:
        return None
    return did_you_mean(last, found) if isinstance(found, dict) else None
