"""The part of the IR on jobs: a job type, its names and its documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobclients_core.jobtype import JobType

from vendorsmith.ir_base import Evidence


@dataclass(frozen=True, slots=True)
class JobTypeIr:
    """A job type with its names in Python and what people read about it.

    Attributes:
        type: what clients work with; its roles are complete, with every parameter that is given.
        constant: the name of its constant.
        class_name: the class of its handles.
        collection_name: the class of its collection.
        summary: what such a job is.
        at: locator of its entry in the document.
        descriptions: of the fields of the identity.
        alternatives: groups of fields of the identity of which a handle holds exactly one.
        rules: how many of the type's states are reported by conditions of their own; the others are reported by words.
        words: the vendor's words and their states, in the document's order.
        inferred: those of the words that no page documents.
        evidence: where all this is documented.
    """

    type: JobType[Any]
    constant: str
    class_name: str
    collection_name: str
    summary: str
    at: str
    descriptions: Mapping[str, str]
    alternatives: tuple[tuple[str, ...], ...]
    rules: int
    words: tuple[tuple[str, str], ...]
    inferred: tuple[str, ...]
    evidence: tuple[Evidence, ...]
