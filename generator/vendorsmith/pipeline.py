"""Runs all stages in order for one spec: load, validate, build, write.

    text -> assemble -> validate, lint | mend -> normalise -> build -> words -> emit -> format -> {path: text}
                                                | -> cases -> emit |

`generate` is pure: it reads one spec and returns text. Writing, checking and comparing are in `output`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jobclients_core.pointers import join

from vendorsmith import names
from vendorsmith.build import build
from vendorsmith.build.normalise import TooLargeError, normalise
from vendorsmith.diagnostics import Diagnostics, Place, SpecError, quote
from vendorsmith.discovery import Target, overlays_of, siblings_of, spec_of
from vendorsmith.emit.format import FormatError, formatted
from vendorsmith.emit.not_generated import not_generated
from vendorsmith.emit.render import vendor_files
from vendorsmith.ir import Api
from vendorsmith.spec.assembly import assemble
from vendorsmith.spec.lint import lint
from vendorsmith.spec.published import LeftOut, mend
from vendorsmith.spec.source import Document, shown
from vendorsmith.spec.source_map import JSON
from vendorsmith.spec.validate import validate

_ROUNDS = 20
"""How often a published document is mended and checked again: what is left out may have been needed elsewhere."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What came of one target: the files by path below the output folder, what deserves a warning and was left out."""

    files: dict[str, str]
    warnings: Diagnostics
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """A document, as it is after mistakes in it were mended, and its facts."""

    document: Document
    api: Api
    diagnostics: Diagnostics
    left_out: list[LeftOut]


def generate(target: Target, package: str, *, verify_models: bool = False) -> Generated:
    """Turn one spec into the files of one vendor.

    Args:
        target: the vendor and its spec.
        package: the import name of the generated package.
        verify_models: whether the models are held against datamodel-code-generator's; those of a reviewed spec always
            are.

    Raises:
        SpecError: the spec cannot be used; it holds every diagnostic.
    """
    found = _facts(target)
    document, api, diagnostics = found.document, found.api, found.diagnostics
    try:
        files = vendor_files(api, package)
        files = formatted(files, package)
        if target.reviewed:
            files |= _contract(document, api, target, package, diagnostics)
        if not target.strict:
            files |= not_generated(document, api.title, api.vendor, package, found.left_out)
        if target.reviewed or verify_models:
            _verify_models(files, api, package, document, diagnostics)
    except RecursionError as error:
        _too_deep(diagnostics, Place(document.file, 1, 1, ""))
        raise SpecError(diagnostics) from error
    except FormatError as error:
        _own_mistake(diagnostics, document, str(error))
        raise SpecError(diagnostics) from error
    if diagnostics.errors:
        raise SpecError(diagnostics)
    return Generated(files, diagnostics, tuple(found.left_out))


def read(target: Target) -> tuple[Api, Diagnostics]:
    """The first half: a spec to its IR.

    Raises:
        SpecError: the spec cannot be used; it holds every diagnostic.
    """
    found = _facts(target)
    return found.api, found.diagnostics


def _facts(target: Target) -> _Read:
    diagnostics = Diagnostics()
    wrong = names.vendor_error(target.vendor)
    if wrong:
        diagnostics.add(
            "vendor-name",
            wrong,
            Place(target.spec.as_posix(), 1, 1, ""),
            "rename the vendor's folder or file",
        )
    document = assemble(target.spec, target.overlays, diagnostics, target.selection)
    if document is None:
        raise SpecError(diagnostics)
    try:
        return (_reviewed if target.strict else _published)(document, target, diagnostics)
    except RecursionError as error:
        _too_deep(diagnostics, document.key_place("/components/schemas"))
        raise SpecError(diagnostics) from error


def _reviewed(document: Document, target: Target, diagnostics: Diagnostics) -> _Read:
    """The facts of a document that was written for this generator: every mistake stops it."""
    _check(document, target, diagnostics)
    if diagnostics.errors:
        raise SpecError(diagnostics)
    lint(document, diagnostics)
    api = _build(document, target, diagnostics)
    if api is None or diagnostics.errors:
        raise SpecError(diagnostics)
    return _Read(document, api, diagnostics, [])


def _published(document: Document, target: Target, diagnostics: Diagnostics) -> _Read:
    """The facts of a document as it was published: what a mistake is about is left out, or read more widely."""
    overlays = frozenset(map(shown, target.overlays))
    mended = mend(document, diagnostics, overlays, checked=False)
    warnings, left_out = mended.diagnostics, mended.left_out
    found = diagnostics
    for _ in range(_ROUNDS):
        for stage in (_check, _build):
            found = Diagnostics()
            api = stage(document, target, found)
            mended = mend(document, found, overlays)
            warnings.extend(mended.diagnostics)
            left_out += mended.left_out
            if warnings.errors:
                raise SpecError(warnings)
            if mended.document is not document:
                document = mended.document
                break
        else:
            assert api is not None
            return _Read(document, api, warnings, left_out)
    raise SpecError(found)


def _check(document: Document, target: Target, diagnostics: Diagnostics) -> None:
    validate(document, diagnostics, reviewed=target.strict)
    _check_siblings(document, target, diagnostics)


def _build(document: Document, target: Target, diagnostics: Diagnostics) -> Api | None:
    try:
        return build(document, target.vendor, diagnostics)
    except TooLargeError:
        message = "shared parts are used so often that the document with all of them in place would be far too large"
        diagnostics.add(
            "too-large", message, document.key_place("/components"), "remove examples that are used everywhere"
        )
        return None


def _contract(document: Document, api: Api, target: Target, package: str, diagnostics: Diagnostics) -> dict[str, str]:
    from vendorsmith.emit.contract import contract_files
    from vendorsmith.testcases.lines import sections  # imports the schema library, which takes longer than generating

    return contract_files(api.vendor, package, sections(api, _providers(document, target, diagnostics)))


def _verify_models(
    files: Mapping[str, str], api: Api, package: str, document: Document, diagnostics: Diagnostics
) -> None:
    from vendorsmith.emit.models_verified import differences  # its imports take longer than generating

    source = files[f"{package}/{api.vendor}/models.py"]
    for difference in differences(source, api, package):
        _own_mistake(diagnostics, document, difference)


def _own_mistake(diagnostics: Diagnostics, document: Document, message: str) -> None:
    hint = "this is a mistake of vendorsmith: please report it"
    diagnostics.add("cannot-generate", message, Place(document.file, 1, 1, ""), hint)


def _too_deep(diagnostics: Diagnostics, place: Place) -> None:
    message = "schemas that are made of one another with allOf, or refer into one another, do so in too many steps"
    diagnostics.add("too-deep", message, place, "refer to schemas under components: schemas, and from properties")


def _check_siblings(document: Document, target: Target, diagnostics: Diagnostics) -> None:
    for name, other in siblings_of(document).items():
        if other not in target.siblings:
            known = ", ".join(sorted(target.siblings)) or "none"
            diagnostics.add(
                "unknown-vendor",
                f"credential {quote(name)} is said to be declared by the vendor {quote(other)}, whose spec is not here",
                document.place(f"/x-auth/{name}/vendor"),
                f"vendors beside this one: {known}",
            )
        elif name not in _declared_by(spec_of(target.spec.parent.parent / other)):
            diagnostics.add(
                "unknown-credential",
                f"the spec of the vendor {quote(other)} declares no credential {quote(name)}",
                document.place(f"/x-auth/{name}/vendor"),
                "name a credential of its x-auth, or declare this one here",
            )


def _providers(document: Document, target: Target, diagnostics: Diagnostics) -> dict[str, JSON]:
    """The normalised documents of the vendors that declare credentials of this one."""
    found: dict[str, JSON] = {}
    for name, vendor in siblings_of(document).items():
        mistakes = Diagnostics()
        spec = spec_of(target.spec.parent.parent / vendor)
        overlays = overlays_of(spec)
        lender = assemble(spec, overlays, mistakes)
        if lender is not None and overlays:
            with suppress(SpecError):
                provider = Target(vendor, spec, True, target.siblings, overlays=overlays)
                lender, mistakes = _published(lender, provider, mistakes).document, Diagnostics()
        elif lender is not None:
            validate(lender, mistakes)
        if lender is None or mistakes.errors:
            message = f"the spec of the vendor {quote(vendor)}, which declares this credential, has mistakes"
            place = document.place(join("/x-auth", name, "vendor"))
            diagnostics.add("broken-vendor", message, place, f"vendorsmith check {vendor} shows them")
            raise SpecError(diagnostics)
        found[vendor] = normalise(lender).data
    return found


def _declared_by(spec: Path) -> frozenset[str]:
    """The credentials that another vendor's spec declares itself; what is wrong with that spec is its own problem."""
    document = assemble(spec, overlays_of(spec), Diagnostics())
    auth = document.data.get("x-auth") if document is not None else None
    if document is None or not isinstance(auth, dict):
        return frozenset()
    return frozenset(auth) - siblings_of(document).keys()
