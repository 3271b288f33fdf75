"""Overlays (OpenAPI Overlay 1.0 and 1.1): what they change in a document, whose file stays as it is.

An action whose target matches nothing is an error here, which the specification leaves to be passed over: what an
overlay was written for is then missing from the client.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from jobclients_core.pointers import join

from vendorsmith.diagnostics import Diagnostics, plural, quote
from vendorsmith.spec.draft import Draft, Location, all_at, copied, moved, value_at
from vendorsmith.spec.node_kinds import SCHEMAS
from vendorsmith.spec.schema_diagnostics import diagnose
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, MAX_DEPTH, Branch, Object, Position, Text, start
from vendorsmith.spec.wording import meant_or_known, shape

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery
    from jsonschema import Draft202012Validator

MAX_WRITTEN: Final = 200_000
"""How many values overlays may write into a document."""


def overlaid(document: Document, overlays: Iterable[Document], diagnostics: Diagnostics) -> Document | None:
    """Apply overlays to a document, one after the other.

    Args:
        document: what they change; it stays as it is.
        overlays: each as it was read.
        diagnostics: takes everything that is wrong with them.

    Returns:
        The changed document; None where something is wrong.
    """
    draft = Draft(document)
    mistakes = Diagnostics()
    for overlay in overlays:
        if has_form(overlay, mistakes):
            _Application(draft, overlay, mistakes).run()
    diagnostics.extend(mistakes)
    return None if mistakes.errors else draft.finished()


def has_form(overlay: Document, diagnostics: Diagnostics) -> bool:
    """Return whether a document has the form of an overlay, after reporting what is against it."""
    mistakes = Diagnostics()
    for found in diagnose(_validator(), overlay.data, "an overlay"):
        pointer = join("", *found.path)
        place = overlay.key_place(pointer) if found.at_key else overlay.place(pointer)
        mistakes.add(found.code, found.message, place, found.hint)
    for index, action in enumerate(_actions(overlay) if not mistakes else ()):
        _check_modifiers(overlay, action, join("/actions", index), mistakes)
    diagnostics.extend(mistakes)
    return not mistakes.errors


def _check_modifiers(overlay: Document, action: Object, pointer: str, diagnostics: Diagnostics) -> None:
    """Report modifiers of an action that have no effect, or that exclude each other."""
    if "copy" in action and _is_1_0(overlay):
        place = overlay.key_place(join(pointer, "copy"))
        diagnostics.add("unknown-key", 'Overlay 1.0 has no "copy"', place, "write: overlay: 1.1.0")
    elif "copy" in action and "update" in action:
        place = overlay.key_place(join(pointer, "copy"))
        message = '"update" and "copy" in one action: each says that the other has no effect'
        diagnostics.add("conflicting-keys", message, place, "write two actions")
    modifiers = [key for key in ("update", "copy") if key in action]
    if action.get("remove") is True and modifiers:
        place = overlay.key_place(join(pointer, modifiers[0]))
        message = f'{quote(modifiers[0])} has no effect beside "remove"'
        diagnostics.warn("no-effect", message, place, "write two actions")
    elif action.get("remove") is not True and not modifiers:
        place = overlay.place(pointer)
        diagnostics.warn("no-effect", "this action changes nothing", place, "give it update, copy or remove: true")


def _actions(overlay: Document) -> list[Object]:
    return cast("list[Object]", overlay.data["actions"])


def _is_1_0(overlay: Document) -> bool:
    return str(overlay.data["overlay"]).startswith("1.0")


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # only documents with an overlay need it this early

    schema: dict[str, Any] = json.loads((SCHEMAS / "overlay.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema)


@dataclass(frozen=True, slots=True)
class _Written:
    """A value that an action writes, and where it says so.

    Attributes:
        value: to be written.
        position: of its parts, as offsets of the draft.
        pointer: where the action says it.
        whole: whether everything in it is said at that one place.
    """

    value: JSON
    position: Position
    pointer: str
    whole: bool

    def child(self, key: str) -> _Written:
        """The value at a key, which is an object's."""
        assert isinstance(self.value, dict)
        assert isinstance(self.position, Branch)
        assert isinstance(self.position.items, dict)
        pointer = self.pointer if self.whole else join(self.pointer, key)
        return _Written(self.value[key], self.position.items[key], pointer, self.whole)

    def key(self, key: str) -> int:
        """Where a key is, which is an object's."""
        assert isinstance(self.position, Branch)
        return self.position.keys[key]

    def entries(self) -> tuple[list[JSON], list[Position]]:
        """What is appended to a list: the items of a list, or the value itself."""
        if not isinstance(self.value, list):
            return [copied(self.value)], [moved(self.position, 0)]
        assert isinstance(self.position, Branch)
        assert isinstance(self.position.items, list)
        return [copied(item) for item in self.value], [moved(position, 0) for position in self.position.items]


class _Application:
    """Applies the actions of one overlay to a draft."""

    def __init__(self, draft: Draft, overlay: Document, diagnostics: Diagnostics) -> None:
        self._draft = draft
        self._overlay = overlay
        self._diagnostics = diagnostics
        self._base = draft.add_text(Text(overlay.file, overlay.text))
        self._left = MAX_WRITTEN

    def run(self) -> None:
        for index, action in enumerate(_actions(self._overlay)):
            pointer = join("/actions", index)
            target = str(action["target"])
            locations = self._select(target, join(pointer, "target"))
            if not locations:
                continue
            if action.get("remove") is True:
                self._remove(locations, join(pointer, "target"))
                continue
            written = self._written(action, index)
            if written is None or not self._is_one_kind(locations, pointer):
                continue
            if not self._has_room(written, locations):
                return  # what follows was meant for the document with this in it
            for location in locations:
                self._write(location, written)

    def _select(self, path: str, pointer: str) -> list[Location]:
        """Return where the values are that a JSONPath matches; nothing after reporting that none is."""
        import jsonpath_rfc9535 as jsonpath  # only documents with an overlay need it

        try:
            query = jsonpath.compile(path)
            locations: dict[Location, None] = dict.fromkeys(
                tuple(node.location) for node in query.find(self._draft.data)
            )
        except jsonpath.JSONPathError as error:
            message = f"{quote(path, 120)} is not a JSONPath of RFC 9535: {error.args[0]}"
            self._error("bad-target", message, pointer, "names that are no plain words are quoted: $.paths['/jobs']")
            return []
        if not locations:
            message, hint = _no_match(query, path, self._draft.data)
            self._error("no-match", message, pointer, hint)
        return list(locations)

    def _written(self, action: Object, index: int) -> _Written | None:
        """Return what an action writes; None where it writes nothing."""
        pointer = join("/actions", index)
        if "update" in action:
            position = self._position(index, "update")
            return _Written(action["update"], moved(position, self._base), join(pointer, "update"), whole=False)
        if "copy" not in action:
            return None
        at = join(pointer, "copy")
        path = str(action["copy"])
        locations = self._select(path, at)
        if len(locations) > 1:
            message = f"{quote(path, 120)} matches {plural(len(locations), 'value')}, and one value is copied"
            self._error("several-matches", message, at, f"name one of them, as in {_path(locations[0])}")
        if len(locations) != 1:
            return None
        value, position = self._draft.at(locations[0])
        said = self._base + start(self._position(index, "copy"))
        return _Written(copied(value), all_at(position, said), at, whole=True)

    def _position(self, index: int, key: str) -> Position:
        """Return where the value at a key of an action is, as offsets of the overlay."""
        return value_at(self._overlay.data, self._overlay.position, ("actions", index, key))[1]

    def _is_one_kind(self, locations: Sequence[Location], pointer: str) -> bool:
        kinds: dict[str, Location] = {}
        for location in locations:
            kinds.setdefault(_kind(self._draft.at(location)[0]), location)
        if len(kinds) > 1:
            examples = [f"{kind} at {_path(location)}" for kind, location in kinds.items()]
            message = f"the target matches {' and '.join(examples)}, and one value cannot be written into both"
            self._error("mixed-targets", message, join(pointer, "target"), "write one action for each kind")
        elif "a primitive value" in kinds and _is_1_0(self._overlay):
            message = "the target is a primitive value, and Overlay 1.0 updates objects and lists"
            self._error("primitive-target", message, join(pointer, "target"), "write: overlay: 1.1.0")
            return False
        return len(kinds) == 1

    def _has_room(self, written: _Written, locations: Sequence[Location]) -> bool:
        """Return whether what is written leaves the document of a size and a depth that can be read."""
        count, depth = _extent(written.value)
        self._left -= count * len(locations)
        if self._left < 0:
            message = f"this overlay writes more than {MAX_WRITTEN:,} values"
            self._error("too-large", message, written.pointer, "choose a target that matches less")
        elif max(map(len, locations)) + depth > MAX_DEPTH:
            message = f"objects and lists would be nested more than {MAX_DEPTH} deep"
            self._error("too-deep", message, written.pointer)
        else:
            return True
        return False

    def _remove(self, locations: Sequence[Location], pointer: str) -> None:
        if () in locations:
            self._error("bad-target", "the whole document cannot be removed", pointer, "name the part to remove")
            return
        for location in sorted(
            cast("Sequence[tuple[Any, ...]]", locations), reverse=True
        ):  # later items first, so that indexes stay
            self._draft.remove(location)

    def _write(self, location: Location, written: _Written) -> None:
        """Write a value into what is at a location."""
        value, _ = self._draft.at(location)
        if isinstance(value, list):
            if isinstance(written.value, list) and _is_1_0(self._overlay):
                message = "Overlay 1.0 appends a list as one item, and Overlay 1.1 appends each of its items"
                self._error("incompatible", message, written.pointer, "write: overlay: 1.1.0")
                return
            self._draft.extend(location, *written.entries())
        elif isinstance(value, dict) and isinstance(written.value, dict):
            self._merge(location, value, written)
        elif _kind(value) == _kind(written.value):
            self._draft.set(location, written.value, written.position)
        else:
            self._incompatible(location, value, written)

    def _merge(self, location: Location, target: Object, written: _Written) -> None:
        """Write the properties of an object into an object of the document."""
        assert isinstance(written.value, dict)
        for key in written.value:
            there, inner = (*location, key), written.child(key)
            if key not in target:
                self._draft.set(there, copied(inner.value), moved(inner.position, 0), written.key(key))
                continue
            value = target[key]
            if _kind(value) != _kind(inner.value):
                self._incompatible(there, value, inner)
            elif isinstance(value, dict):
                self._merge(there, value, inner)
            elif isinstance(value, list):
                self._draft.extend(there, *inner.entries())
            else:
                self._draft.set(there, inner.value, inner.position, written.key(key))

    def _incompatible(self, location: Location, value: JSON, written: _Written) -> None:
        path = _path(location)
        message = f"{shape(written.value)} cannot be merged with {shape(value)}, which is at {path} in the document"
        hint = f"remove it first, by an action with target: {json.dumps(path, ensure_ascii=False)} and remove: true"
        self._error("incompatible", message, written.pointer, hint)

    def _error(self, code: str, message: str, pointer: str, hint: str | None = None) -> None:
        self._diagnostics.add(f"overlay-{code}", message, self._overlay.place(pointer), hint)


def _kind(value: JSON) -> str:
    """Name the kind of a value that decides what can be merged with it."""
    return shape(value) if isinstance(value, dict | list) else "a primitive value"


def _extent(value: JSON) -> tuple[int, int]:
    """Return how many values are in a value, and how deep they are nested."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    extents = [_extent(inner) for inner in inside]
    return 1 + sum(count for count, _ in extents), 1 + max((depth for _, depth in extents), default=0)


def _path(location: Location) -> str:
    """Return the JSONPath of a value."""
    steps = (f"[{step}]" if isinstance(step, int) else f"[{_quoted(step)}]" for step in location)
    return "$" + "".join(steps)


def _quoted(name: str) -> str:
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


_NAME: Final = re.compile(r"\$\['((?:[^'\\]|\\.)*)'\]")


def _no_match(query: JSONPathQuery, path: str, data: JSON) -> tuple[str, str]:
    """Say how far a query leads that matches nothing, and what may be meant.

    Args:
        query: what was looked for.
        path: the same as it is written.
        data: where nothing was found.
    """
    segments = query.segments
    length = next(n for n in reversed(range(len(segments))) if _part(query, segments[:n]).find(data))
    so_far, missing = _part(query, segments[:length]), _part(query, segments[length : length + 1])
    message = f"nothing in the document matches {quote(path, 120)}; {quote(str(so_far), 120)} does"
    values = [cast("JSON", node.value) for node in so_far.find(data)]
    keys = dict.fromkeys(key for value in values for key in (value if isinstance(value, dict) else ()))
    name = _NAME.fullmatch(str(missing))
    hint = meant_or_known(re.sub(r"\\(.)", r"\1", name[1]), list(keys), "its keys") if name is not None else None
    return message, hint or "correct the path, or remove the action if the document needs it no more"


def _part(query: JSONPathQuery, segments: Any) -> JSONPathQuery:
    """Return a query with some segments of another."""
    return type(query)(env=query.env, segments=segments)
