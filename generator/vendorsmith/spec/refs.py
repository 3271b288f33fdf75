"""References: ``$ref`` inside the document. Those to files have become that before (:mod:`vendorsmith.spec.bundle`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote as percent_encoded
from urllib.parse import unquote

from jobclients_core.pointers import join, split

from vendorsmith.diagnostics import Diagnostics, quote
from vendorsmith.spec.node_kinds import NodeKinds, Visit, title
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON
from vendorsmith.spec.wording import closest, did_you_mean

MAX_CHAIN: Final = 32
_MAX_SUGGESTIONS: Final = 50  # finding the nearest name is slow, and nobody mends more than this at once

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BAD_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BAD_TILDE: Final = re.compile(r"~(?![01])")
SECTIONS: Final = {
    "schema": "schemas",
    "parameter": "parameters",
    "response": "responses",
    "request-body": "requestBodies",
    "header": "headers",
    "example": "examples",
    "security-scheme": "securitySchemes",
    "path-item": "pathItems",
}
_DIALECT: Final = (
    "$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor",
)  # fmt: skip


class RefError(Exception):
    """A reference leads nowhere.

    Attributes:
        code: the kind of diagnostic.
        message: what is wrong, in words.
        hint: what to do about it.
    """

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


def resolve(document: Document, ref: str, *, suggest: bool = True) -> tuple[JSON, str]:
    """Follow one reference.

    Args:
        document: where it is.
        ref: such as ``#/components/schemas/Job``.
        suggest: whether to look for what may be meant where nothing is found.

    Returns:
        The value there, which may be a reference again, and its pointer.

    Raises:
        RefError: it leads out of the document, is not a pointer, or nothing is there.
    """
    if found := document.unresolved.get(ref):
        raise RefError(found.code, found.message, found.hint)
    if not ref.startswith("#"):
        raise outside(ref)
    tokens = split(pointer_of(ref))
    node: JSON = document.data
    for position, token in enumerate(tokens):
        inner = _child(node, token)
        if inner is _NOTHING:
            message = f"there is nothing at {quote(ref, 120)}"
            meant = _nearest(document.data, tokens, position) if suggest else None
            hint = None if meant is None else f'did you mean "#{join("", *meant)}"?'
            raise RefError("ref-not-found", message, hint)
        assert not isinstance(inner, _Nothing)
        node = inner
    return node, join("", *tokens)


def deref(document: Document, node: JSON, pointer: str, diagnostics: Diagnostics | None) -> tuple[JSON, str] | None:
    """Follow a node's ``$ref`` to the real node.

    Args:
        document: where it is.
        node: any value; one that is not a reference is returned as it is.
        pointer: where the node is.
        diagnostics: takes what is wrong with the reference, the same as :func:`check_refs` reports; None where
            that has been called.

    Returns:
        The node that is not a reference any more, and its pointer; None where there is none. What is beside
        ``$ref`` (in schemas) is left to the caller.
    """
    seen = {pointer}
    while isinstance(node, dict) and isinstance(ref := node.get("$ref"), str):
        try:
            target, target_pointer = resolve(document, ref, suggest=diagnostics is not None)
        except RefError as error:
            if diagnostics is not None:
                diagnostics.add(error.code, error.message, document.place(join(pointer, "$ref")), error.hint)
            return None
        if target_pointer in seen or len(seen) > MAX_CHAIN:
            # check_refs reports cycles and long chains once, at the place where they are best mended.
            return None
        seen.add(target_pointer)
        node, pointer = target, target_pointer
    return node, pointer


def check_refs(document: Document, diagnostics: Diagnostics, node_kinds: NodeKinds | None = None) -> bool:
    """Report every reference that does not lead to an object of the kind that is expected there.

    Args:
        document: what to look through.
        diagnostics: takes what is found.
        node_kinds: the document's outline, where the caller has it already.

    Returns:
        Whether every reference can be followed.
    """
    node_kinds = NodeKinds(document) if node_kinds is None else node_kinds
    found, diagnostics = diagnostics, Diagnostics()
    targets: dict[str, str] = {}
    names = [pointer.rpartition("/")[2] for pointer, kind in node_kinds.kinds.items() if _is_component(pointer, kind)]
    for visit in node_kinds.visits:
        if visit.kind == "schema":
            _check_dialect(document, visit, diagnostics)
        elif visit.kind == "discriminator":
            _check_mapping(document, visit, node_kinds, names, diagnostics)
        if visit.reference:
            target = _check_one(document, visit, node_kinds, diagnostics)
            if target is not None:
                targets[visit.pointer] = target
    _check_cycles(document, node_kinds, targets, diagnostics)
    _check_chains(document, targets, diagnostics)
    found.extend(diagnostics)
    return not diagnostics


def _check_one(document: Document, visit: Visit, node_kinds: NodeKinds, diagnostics: Diagnostics) -> str | None:
    """Check one reference; return where it leads."""
    ref = visit.node["$ref"]
    place = document.place(join(visit.pointer, "$ref"))
    if not isinstance(ref, str):
        return None  # the check of the structure reports it
    try:
        _, pointer = resolve(document, ref, suggest=len(diagnostics) < _MAX_SUGGESTIONS)
    except RefError as error:
        hint = error.hint
        if error.code == "ref-not-found" and hint is None and len(diagnostics) < _MAX_SUGGESTIONS:
            hint = _same_name_elsewhere(document, ref, visit.kind)
        diagnostics.add(error.code, error.message, place, hint)
        return None
    kind = node_kinds.kinds.get(pointer)
    if kind != visit.kind:
        found = "none" if kind is None else title(kind)
        message = f"{title(visit.kind)} is expected here, and {quote(ref, 120)} is {found}"
        diagnostics.add("ref-wrong-kind", message, place, f"refer to #/components/{_section(visit)}/NAME")
        return None
    return pointer


def _section(visit: Visit) -> str:
    return SECTIONS.get(visit.kind, "schemas")


def _check_dialect(document: Document, visit: Visit, diagnostics: Diagnostics) -> None:
    for key in _DIALECT:
        if key in visit.node:
            diagnostics.add(
                "unsupported-key",
                f"{quote(key)} changes what references mean, and is not supported",
                document.key_place(join(visit.pointer, key)),
                "remove it, and refer to schemas as #/components/schemas/NAME",
            )


def _check_mapping(
    document: Document, visit: Visit, node_kinds: NodeKinds, names: list[str], diagnostics: Diagnostics
) -> None:
    mapping = visit.node.get("mapping")
    if not isinstance(mapping, dict):
        return
    for word, target in mapping.items():
        if not isinstance(target, str) or target in names:
            continue
        place = document.place(join(visit.pointer, "mapping", word))
        if target.startswith("#") or "/" in target or _SCHEME.match(target):
            try:
                _, pointer = resolve(document, target, suggest=len(diagnostics) < _MAX_SUGGESTIONS)
            except RefError as error:
                diagnostics.add(error.code, error.message, place, error.hint)
            else:
                if node_kinds.kinds.get(pointer) != "schema":
                    diagnostics.add("ref-wrong-kind", f"{quote(target)} is not a schema", place)
        else:
            message = f"there is no schema named {quote(target)}"
            hint = did_you_mean(target, names) if len(diagnostics) < _MAX_SUGGESTIONS else None
            diagnostics.add("ref-not-found", message, place, hint)


def _is_component(pointer: str, kind: str) -> bool:
    return kind == "schema" and pointer.startswith("/components/schemas/") and pointer.count("/") == 3


def _check_cycles(document: Document, node_kinds: NodeKinds, targets: dict[str, str], diagnostics: Diagnostics) -> None:
    """Report references that lead back to themselves without any property, item or level in between."""
    edges: dict[str, list[str]] = {}
    for visit in node_kinds.visits:
        out = [targets[visit.pointer]] if visit.pointer in targets else []
        if visit.kind == "schema":
            for key in ("allOf", "anyOf", "oneOf"):
                members = visit.node.get(key)
                if isinstance(members, list):
                    out += [join(visit.pointer, key, index) for index in range(len(members))]
        if out:
            edges[visit.pointer] = out
    for cycle in _cycles(edges):
        refs = [pointer for pointer in cycle if pointer in targets]
        first = min(range(len(refs)), key=lambda index: refs[index])
        path = [*refs[first:], *refs[:first]]
        way = " -> ".join(f"#{targets[pointer]}" for pointer in path[:6]) + (" -> ..." if path[6:] else "")
        diagnostics.add(
            "ref-cycle",
            f"this reference leads back to itself: {way}",
            document.place(join(path[0], "$ref")),
            "a schema may contain itself in a property or an item, not be itself",
        )


def _cycles(edges: dict[str, list[str]]) -> list[list[str]]:
    """Return the cycles that a depth-first walk closes, without recursion."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        position: dict[str, int] = {}
        work: list[tuple[str, bool]] = [(start, True)]
        while work:
            node, entering = work.pop()
            if not entering:
                path.pop()
                del position[node]
                done.add(node)
            elif node in position:
                found.append(path[position[node] :])
            elif node not in done:
                position[node] = len(path)
                path.append(node)
                work.append((node, False))
                work += [(target, True) for target in reversed(edges.get(node, []))]
    return found


def _check_chains(document: Document, targets: dict[str, str], diagnostics: Diagnostics) -> None:
    """Report chains of references that are longer than any reader would follow; each chain once."""
    length: dict[str, int] = {}
    for start in targets:
        chain: list[str] = []
        node = start
        while node in targets and node not in length:
            length[node] = 0  # stands for "on this chain": a cycle, reported elsewhere, ends here
            chain.append(node)
            node = targets[node]
        for pointer in reversed(chain):
            length[pointer] = length.get(targets[pointer], 0) + 1
            if length[pointer] == MAX_CHAIN + 1:
                message = f"more than {MAX_CHAIN} references follow one another from here"
                place = document.place(join(pointer, "$ref"))
                diagnostics.add("ref-chain", message, place, "refer to the last one directly")


def outside(ref: str) -> RefError:
    """Return what is wrong with a reference to something that is not read."""
    found = _SCHEME.match(ref)
    scheme = found.group(1).lower() if found else ""
    what = {"http": "an address", "https": "an address", "file": "a file", "data": "embedded data"}.get(
        scheme, "something outside" if scheme else "an address" if ref.startswith("//") else "a file elsewhere"
    )
    message = f"{quote(ref, 120)} refers to {what}; a spec refers to itself and to files in its folder"
    if not ref:
        message = "the reference is empty"
    return RefError("ref-outside", message, "copy what is meant under components, and refer to it as #/components/...")


def escaped(pointer: str) -> str:
    """Return a pointer as it is written in a reference, after ``#``."""
    return percent_encoded(pointer, safe="/~!$&'()*+,;=:@")


def pointer_of(ref: str) -> str:
    """Return the pointer of a fragment.

    Raises:
        RefError: it is not one.
    """
    fragment = ref[1:]
    if fragment and not fragment.startswith("/"):
        message = f"{quote(ref, 120)} is an anchor; references are JSON pointers"
        raise RefError("ref-bad-pointer", message, "write #/components/schemas/NAME")
    if not fragment:
        raise RefError("ref-bad-pointer", "this refers to the whole document", "write #/components/schemas/NAME")
    if _BAD_PERCENT.search(fragment) or _BAD_TILDE.search(fragment):
        message = f"{quote(ref, 120)} has a % or ~ that escapes nothing"
        raise RefError("ref-bad-pointer", message, "in a reference ~ is written ~0, / in a key ~1, % %25")
    try:
        return unquote(fragment, errors="strict")
    except UnicodeDecodeError:
        message = f"the percent-encoded bytes in {quote(ref, 120)} are not UTF-8"
        raise RefError("ref-bad-pointer", message) from None


class _Nothing:
    """Stands for a child that does not exist; null is a value."""


_NOTHING: Final = _Nothing()


def _child(node: JSON, token: str) -> JSON | _Nothing:
    if isinstance(node, dict):
        return node.get(token, _NOTHING)
    if isinstance(node, list) and token.isascii() and token.isdigit() and len(token) < 10:
        return node[int(token)] if int(token) < len(node) and str(int(token)) == token else _NOTHING
    return _NOTHING


def _nearest(root: JSON, tokens: Sequence[str], position: int) -> list[str] | None:
    """Return tokens that lead somewhere and differ from the given ones as little as possible."""
    fixed = list(tokens)
    node = root
    for index, token in enumerate(tokens):
        inner = _child(node, token)
        if isinstance(inner, _Nothing):
            meant = closest(token, node) if index >= position and isinstance(node, dict) else None
            if meant is None or not isinstance(node, dict):
                return None
            fixed[index], inner = meant, node[meant]
        node = inner
    return fixed


def _same_name_elsewhere(document: Document, ref: str, kind: str) -> str | None:
    """Return a hint where the last key of a reference is a component of the expected kind."""
    section = SECTIONS.get(kind)
    components = document.data.get("components")
    names = components.get(section) if isinstance(components, dict) and section is not None else None
    if not isinstance(names, dict):
        return None
    meant = closest(ref.rpartition("/")[2], names)
    return None if meant is None else f'did you mean "#{join("", "components", str(section), meant)}"?'
