"""Who may call: what operations require, and the credentials with which clients meet that.

Schemes that write the same place in one request are one credential. A requirement of several schemes is met as a whole
or not at all: where a client cannot make one of them, a function of the caller's authorizes the request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from jobclients_core.methods import METHODS

from vendorsmith import names
from vendorsmith.build.cursor import Cursor
from vendorsmith.build.extensions import exchanged_credentials
from vendorsmith.ir import SIGNATURE, CombinedAuth, CombinedField, Credential, CredentialPart, SecurityScheme
from vendorsmith.spec.schemes import SchemeCall, is_one_place, is_signature, scheme_call
from vendorsmith.spec.source_map import Object

Security = tuple[tuple[str, ...], ...]

SIGNED: Final = SchemeCall("CallerSigned", credentials=(SIGNATURE,), place=())
"""A scheme that no client can make: the caller's function does."""

UNDOCUMENTED: Final = {
    "bearer": SchemeCall("HttpBearer"),
    "basic": SchemeCall("HttpBasic", credentials=("Basic",)),
    "api_key": SchemeCall("UndocumentedApiKey", credentials=("ApiKey",), place=()),
}
"""What a caller may give where nothing says what is required: it says by its class where it goes."""

_FIELDS: Final = {
    "Basic": ("username", "password"),
    "AkSk": ("access_key", "secret_key", "security_token"),
}
"""The fields of the credentials that are more than one text."""

_TEXTS: Final = ("Bearer", "ApiKey")
"""The credentials that are one text."""


@dataclass(frozen=True, slots=True)
class Access:
    """What operations require, as clients meet it.

    Attributes:
        requirements: what each operation requires.
        schemes: the schemes that are in use, by name.
        credentials: what `auth` takes.
        combined: the class that takes several of them.
    """

    requirements: Requirements
    schemes: tuple[SecurityScheme, ...]
    credentials: tuple[Credential, ...]
    combined: CombinedAuth | None


def access(root: Cursor, vendor: str) -> Access:
    """What the operations of a document require.

    Args:
        root: the normalised document.
        vendor: its module name.
    """
    requirements = read_requirements(root)
    exchanged = exchanged_credentials(root, vendor)
    used = [requirements.of(owner) for owner in (root, *_operations(root))]
    alternatives = tuple(dict.fromkeys(entry for security in used for entry in security if entry))
    taken = {name for entry in alternatives for name in entry} | {entry.schemes[0] for entry in exchanged}
    calls = {name: call for name, call in requirements.calls.items() if name in taken}
    documented = {name: call for name, call in calls.items() if name in requirements.declared}
    combined = _combined(requirements, vendor, documented, alternatives)
    plain = _plain(requirements, calls, alternatives, exchanged)
    several = [Credential(combined.class_name, tuple(documented), vendor)] if combined else []
    return Access(
        requirements,
        tuple(SecurityScheme(name, call.type, call.arguments, call.options) for name, call in calls.items()),
        (*plain, *exchanged, *several),
        combined,
    )


@dataclass(frozen=True, slots=True)
class Requirements:
    """What operations require, with one name for each credential.

    Attributes:
        root: the document.
        declared: its schemes.
        same: for each scheme that can be made, the one that stands for the same credential.
        calls: the runtime's scheme by name: those that stand for credentials, and those of no document.
        undocumented: the names of what a caller may give where nothing says what is required.
        signed: the name of what a function of the caller's does.
        nothing: whether no operation requires anything.
    """

    root: Cursor
    declared: dict[str, Cursor]
    same: dict[str, str]
    calls: dict[str, SchemeCall]
    undocumented: tuple[str, ...]
    signed: str
    nothing: bool

    def of(self, cursor: Cursor) -> Security:
        """The alternatives of an operation, or of the root; with an empty one where it may be called without."""
        unknown = (*((name,) for name in self.undocumented), ())
        if self.nothing:
            return unknown
        found: list[tuple[str, ...]] = []
        unmade = undeclared = False
        for alternative in _stated(self.root, cursor):
            if not all(name in self.declared for name in alternative):
                undeclared = True
            elif not self._can_be_made(alternative):
                unmade = True
            else:
                found.append(tuple(dict.fromkeys(self.same[name] for name in alternative)))
                if any(is_signature(name, _object(self.declared[name])) for name in alternative):
                    found.append((self.signed,))
        if not any(found) and unmade:
            found.insert(0, (self.signed,))
        elif not any(found) and undeclared:
            return unknown
        return tuple(dict.fromkeys(found))

    def _can_be_made(self, alternative: tuple[str, ...]) -> bool:
        """Whether a client can make all schemes of a requirement, and put each into a place of its own."""
        if not all(name in self.same for name in alternative):
            return False
        places = [self.calls[name].place[:2] for name in dict.fromkeys(self.same[name] for name in alternative)]
        return len(set(places)) == len(places)


def read_requirements(root: Cursor) -> Requirements:
    """Read what the operations of a document require.

    Args:
        root: the normalised document.
    """
    declared = dict(root.get("components").get("securitySchemes").items())
    made = {name: call for name, entry in declared.items() if (call := scheme_call(_object(entry))) is not None}
    stated = [_stated(root, owner) for owner in (root, *_operations(root))]
    same = _same(made, stated)
    calls = {
        name: _merged([made[other] for other in made if same[other] == name]) for name in made if same[name] == name
    }
    nothing = not any(map(any, stated))
    keyed = any("ApiKey" in call.credentials for call in calls.values()) and not nothing
    undocumented = {
        names.numbered(name, declared): call
        for name, call in UNDOCUMENTED.items()
        if not (name == "api_key" and keyed)  # a key without a place is meant for the documented one
    }
    signed = names.numbered("signed", declared)
    every = {**calls, **undocumented, signed: SIGNED}
    return Requirements(root, declared, same, every, tuple(undocumented), signed, nothing)


def state_merged(root: Cursor, requirements: Requirements) -> None:
    """Name in each requirement of a document the schemes that stand for others in place of those.

    Args:
        root: the normalised document, which is changed.
        requirements: what is required.
    """
    for owner in (root, *_operations(root)):
        node = _object(owner)
        if "security" in node:
            node["security"] = [
                {requirements.same.get(name, name): scopes for name, scopes in _object(entry).items()}
                for entry in owner.get("security")
            ]


def _object(cursor: Cursor) -> Object:
    return cursor.value if isinstance(cursor.value, dict) else {}


def _operations(root: Cursor) -> Iterator[Cursor]:
    for _, item in root.get("paths").items():  # noqa: PERF102 - a cursor has no values()
        yield from (item.get(method) for method in METHODS if item.has(method))


def _stated(root: Cursor, cursor: Cursor) -> Security:
    """The alternatives that hold for an operation, each the schemes that are needed together."""
    owner = cursor if cursor.has("security") else root
    return tuple(tuple(name for name, _ in requirement.items()) for requirement in owner.get("security"))


def _same(made: dict[str, SchemeCall], stated: list[Security]) -> dict[str, str]:
    """For each scheme the first one that stands for the same credential.

    Two are one credential where both are needed together and write one place, and where each operation that takes the
    one takes the other as well.
    """
    same = {name: name for name in made}

    def unite(one: str, other: str) -> None:
        first, second = sorted((same[one], same[other]), key=list(made).index)
        same.update({name: first for name, stands in same.items() if stands == second})

    for alternative in {names_ for used in stated for names_ in used}:
        for one, other in combinations([name for name in alternative if name in made], 2):
            if is_one_place(made[one].place, made[other].place):
                unite(one, other)
    for one, other in combinations(made, 2):
        if made[one].place == made[other].place and same[one] != same[other]:
            both = [(_beside(same[one], used, same), _beside(same[other], used, same)) for used in stated]
            if all(first == second for first, second in both) and any(first for first, _ in both):
                unite(one, other)
    return same


def _beside(name: str, used: Security, same: dict[str, str]) -> set[frozenset[str]]:
    """With which others an operation takes a scheme."""
    alternatives = [{same.get(entry, entry) for entry in names_} for names_ in used]
    return {frozenset(entries - {name}) for entries in alternatives if name in entries}


def _merged(calls: list[SchemeCall]) -> SchemeCall:
    """One scheme for several that are the same credential: the form that says most, with all ways to a token."""
    specific = [call for call in calls if len(call.place) > 2] or calls
    oauth = [call for call in specific if call.type == "OAuth2"]
    if not oauth:
        return specific[0]
    options = {name: value for call in reversed(oauth) for name, value in call.options}
    classes = dict.fromkeys(name for call in specific for name in call.credentials)
    return replace(oauth[0], options=tuple(options.items()), credentials=tuple(classes))


def _plain(
    requirements: Requirements,
    calls: dict[str, SchemeCall],
    alternatives: Security,
    exchanged: tuple[Credential, ...],
) -> Iterator[Credential]:
    """The runtime's credentials that are enough alone, each with the first scheme of its kind."""
    alone = [name for name in calls if (name,) in alternatives or any(name in entry.schemes for entry in exchanged)]
    ranked = sorted(
        (rank, position, class_name)
        for position, name in enumerate(alone)
        for rank, class_name in enumerate(calls[name].credentials)
    )
    found: dict[str, list[str]] = {}
    for _, position, class_name in ranked:
        schemes = found.setdefault(class_name, [])
        if not schemes or alone[position] in requirements.undocumented:
            schemes.append(alone[position])
    yield from (Credential(class_name, tuple(schemes), "") for class_name, schemes in found.items())


def _combined(
    requirements: Requirements, vendor: str, calls: dict[str, SchemeCall], alternatives: Security
) -> CombinedAuth | None:
    """The class for several credentials, where some are needed together or two are of one class."""
    met = tuple(entry for entry in alternatives if calls.keys() >= set(entry))
    classes = [class_name for call in calls.values() for class_name in call.credentials]
    if all(len(entry) == 1 for entry in met) and len(set(classes)) == len(classes):
        return None
    fields: list[CombinedField] = []
    parts: list[CredentialPart] = []
    for name, own in _field_names(calls).items():
        credentials = calls[name].credentials
        several = credentials[0] in _FIELDS
        required = all(name in entry for entry in alternatives)
        fields += (
            CombinedField(
                name=field,
                function=not several,
                classes=() if several else tuple(entry for entry in credentials if entry not in _TEXTS),
                required=required and not field.endswith("security_token"),
                secret=not field.endswith(("username", "access_key")),
                description=requirements.declared[name].text("description"),
            )
            for field in own
        )
        kind = credentials[0] if several else next(entry for entry in credentials if entry in _TEXTS)
        parts.append(CredentialPart(name, kind, own))
    return CombinedAuth(f"{names.pascal(vendor, frozenset())}Auth", tuple(fields), tuple(parts), met)


def _field_names(calls: dict[str, SchemeCall]) -> dict[str, tuple[str, ...]]:
    """The names of the fields of each scheme: its own name, or what a credential of several texts calls them.

    Where two spell the same, all of them have the longer name, so that none depends on the order of the document.
    """
    short = {name: _FIELDS.get(call.credentials[0]) or (_spelt(name),) for name, call in calls.items()}
    every = [field for own in short.values() for field in own]
    taken: set[str] = set()
    found: dict[str, tuple[str, ...]] = {}
    for name, own in short.items():
        chosen = own
        if any(every.count(field) > 1 for field in own):
            place = "_".join(calls[name].place[:2])
            chosen = (names.snake(place),) if len(own) == 1 else tuple(f"{_spelt(name)}_{field}" for field in own)
        found[name] = tuple(names.numbered(field, taken) for field in chosen)
        taken |= set(found[name])
    return found


def _spelt(name: str) -> str:
    return names.snake(name, names.COMBINED_FIELD_NAMES) or "credential"
