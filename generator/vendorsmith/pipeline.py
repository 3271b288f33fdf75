"""The one function that names every stage in order; no other module knows the order.

    text -> load -> validate, lint -> normalise -> build -> words -> emit -> format -> {path: text}
                                                | -> cases -> emit |

`generate` is pure: it reads one spec and returns text. Writing, checking and comparing are in `output`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jobclients_core.pointers import join

from vendorsmith import names
from vendorsmith.build import build
from vendorsmith.build.normalise import TooLargeError, normalise
from vendorsmith.diagnostics import Place, Problems, SpecError, quote
from vendorsmith.discovery import SPEC_FILE, Target, siblings_of
from vendorsmith.emit.format import FormatError, formatted
from vendorsmith.emit.render import vendor_files
from vendorsmith.ir import Api
from vendorsmith.spec.lint import lint
from vendorsmith.spec.source import Document, load
from vendorsmith.spec.source_map import JSON
from vendorsmith.spec.validate import validate


@dataclass(frozen=True, slots=True)
class Generated:
    """What came of one target: the files by path below the output folder, and what deserves a warning."""

    files: dict[str, str]
    warnings: Problems


def generate(target: Target, package: str, *, verify_models: bool = False) -> Generated:
    """Turn one spec into the files of one vendor.

    Args:
        target: the vendor and its spec.
        package: the import name of the generated package.
        verify_models: whether the models are held against datamodel-code-generator's; those of a reviewed spec always
            are.

    Raises:
        SpecError: the spec cannot be used; it holds every problem that was found.
    """
    document, api, problems = _facts(target)
    try:
        files = vendor_files(api, package)
        files = formatted(files, package)
        if target.reviewed:
            files |= _contract(document, api, target, package, problems)
        if target.reviewed or verify_models:
            _verify_models(files, api, package, document, problems)
    except RecursionError as error:
        _too_deep(problems, Place(document.file, 1, 1, ""))
        raise SpecError(problems) from error
    except FormatError as error:
        _own_mistake(problems, document, str(error))
        raise SpecError(problems) from error
    if problems.errors:
        raise SpecError(problems)
    return Generated(files, problems)


def read(target: Target) -> tuple[Api, Problems]:
    """The first half: a spec to its IR.

    Raises:
        SpecError: the spec cannot be used; it holds every problem that was found.
    """
    _, api, problems = _facts(target)
    return api, problems


def _facts(target: Target) -> tuple[Document, Api, Problems]:
    problems = Problems()
    wrong = names.vendor_problem(target.vendor)
    if wrong:
        problems.add(
            "vendor-name",
            wrong,
            Place(target.spec.as_posix(), 1, 1, ""),
            "rename the vendor's folder or file",
        )
    document = load(target.spec, problems)
    if document is None:
        raise SpecError(problems)
    try:
        return document, _read(document, target, problems), problems
    except RecursionError as error:
        _too_deep(problems, document.key_place("/components/schemas"))
        raise SpecError(problems) from error


def _read(document: Document, target: Target, problems: Problems) -> Api:
    validate(document, problems, reviewed=target.reviewed)
    _check_siblings(document, target, problems)
    if problems.errors:
        raise SpecError(problems)
    if target.reviewed:
        lint(document, problems)
    try:
        api = build(document, target.vendor, problems)
    except TooLargeError as error:
        message = "shared parts are used so often that the document with all of them in place would be far too large"
        problems.add(
            "too-large", message, document.key_place("/components"), "remove examples that are used everywhere"
        )
        raise SpecError(problems) from error
    if problems.errors:
        raise SpecError(problems)
    return api


def _contract(document: Document, api: Api, target: Target, package: str, problems: Problems) -> dict[str, str]:
    from vendorsmith.emit.contract import contract_files
    from vendorsmith.testcases.lines import sections  # imports the schema library, which takes longer than generating

    return contract_files(api.vendor, package, sections(api, _lenders(document, target, problems)))


def _verify_models(files: Mapping[str, str], api: Api, package: str, document: Document, problems: Problems) -> None:
    from vendorsmith.emit.models_verified import differences  # its imports take longer than generating

    source = files[f"{package}/{api.vendor}/models.py"]
    for difference in differences(source, api, package):
        _own_mistake(problems, document, difference)


def _own_mistake(problems: Problems, document: Document, message: str) -> None:
    hint = "this is a mistake of vendorsmith: please report it"
    problems.add("cannot-generate", message, Place(document.file, 1, 1, ""), hint)


def _too_deep(problems: Problems, place: Place) -> None:
    message = "schemas that are made of one another with allOf, or refer into one another, do so in too many steps"
    problems.add("too-deep", message, place, "refer to schemas under components: schemas, and from properties")


def _check_siblings(document: Document, target: Target, problems: Problems) -> None:
    for name, other in siblings_of(document).items():
        if other not in target.siblings:
            known = ", ".join(sorted(target.siblings)) or "none"
            problems.add(
                "unknown-vendor",
                f"credential {quote(name)} is said to be declared by the vendor {quote(other)}, whose spec is not here",
                document.place(f"/x-auth/{name}/vendor"),
                f"vendors beside this one: {known}",
            )
        elif name not in _declared_by(target.spec.parent.parent / other / SPEC_FILE):
            problems.add(
                "unknown-credential",
                f"the spec of the vendor {quote(other)} declares no credential {quote(name)}",
                document.place(f"/x-auth/{name}/vendor"),
                "name a credential of its x-auth, or declare this one here",
            )


def _lenders(document: Document, target: Target, problems: Problems) -> dict[str, JSON]:
    """The normalised documents of the vendors that declare credentials of this one."""
    found: dict[str, JSON] = {}
    for name, vendor in siblings_of(document).items():
        mistakes = Problems()
        lender = load(target.spec.parent.parent / vendor / SPEC_FILE, mistakes)
        if lender is not None:
            validate(lender, mistakes)
        if lender is None or mistakes.errors:
            message = f"the spec of the vendor {quote(vendor)}, which declares this credential, has mistakes"
            place = document.place(join("/x-auth", name, "vendor"))
            problems.add("broken-vendor", message, place, f"vendorsmith check {vendor} shows them")
            raise SpecError(problems)
        found[vendor] = normalise(lender).data
    return found


def _declared_by(spec: Path) -> frozenset[str]:
    """The credentials that another vendor's spec declares itself; what is wrong with that spec is its own problem."""
    document = load(spec, Problems())
    auth = document.data.get("x-auth") if document is not None else None
    if document is None or not isinstance(auth, dict):
        return frozenset()
    return frozenset(auth) - siblings_of(document).keys()
