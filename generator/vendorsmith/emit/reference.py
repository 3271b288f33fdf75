"""The template context of a vendor's reference page."""

from __future__ import annotations

from dataclasses import dataclass

from vendorsmith.emit.code import Code, markdown
from vendorsmith.emit.page import Blocks, Chapter, chapter, listing, paragraphs
from vendorsmith.emit.reference_access import Access, access, credential_sections
from vendorsmith.emit.reference_contradictions import OWN, contradictions
from vendorsmith.emit.reference_errors import error_blocks
from vendorsmith.emit.reference_jobs import job_sections, limits
from vendorsmith.emit.reference_models import GROWTH, model_sections
from vendorsmith.emit.reference_operations import operation_sections
from vendorsmith.ir import Api


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the page's template places."""

    title: Code
    blocks: Blocks
    package: Code
    vendor: Code
    access: Access
    chapters: tuple[Chapter, ...]


def reference_page(api: Api, package: str) -> Page:
    """The words of a vendor's reference page."""
    found = contradictions(api)
    by_name = (Code(f"{markdown(entry.name)}: {markdown(entry.note)}") for entry in api.known_by_name)
    return Page(
        title=Code(f"{markdown(api.title)}, version {markdown(api.version)}"),
        blocks=paragraphs(api.description),
        package=Code(package),
        vendor=Code(api.vendor),
        access=access(api),
        chapters=(
            *chapter("Credentials", sections=credential_sections(api)),
            *chapter("Operations", sections=operation_sections(api, found)),
            *chapter("Jobs", limits(api), job_sections(api, found)),
            *chapter("Errors", error_blocks(api)),
            *chapter("Models", (GROWTH,) if api.schemas else (), model_sections(api, found)),
            *chapter("Documented by name only", listing("Nothing is generated for these:", by_name)),
            *chapter("Contradictions", found.get(OWN, ())),
        ),
    )
