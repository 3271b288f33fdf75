"""A hash of the arguments of a submission, by which a record recognises its own submission."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, tzinfo
from enum import Enum
from typing import Any

import pydantic_core
from pydantic import BaseModel

from jobclients_core.calls import Session
from jobclients_core.hiding import MASK
from jobclients_core.model import wire_name
from jobclients_core.operation import UNSET, Operation
from jobclients_core.type_guards import is_mapping, is_sequence
from jobclients_core.types import HiddenText


def fingerprint_of(
    session: Session, operation: Operation[Any], given: Mapping[str, Any], secrets: Collection[str]
) -> str:
    """What the arguments of a submission come to.

    It is made of what the caller gives, and not of the request, which another release may write in another way.

    Args:
        session: The client's session, whose own parameters count like arguments.
        operation: The operation that submits.
        given: The caller's arguments by name; they can be sent.
        secrets: Secrets among them, which are left out.

    Returns:
        A hash.
    """
    own = {item.name: session.parameters.get(item.name) for item in operation.parameters if item.client}
    hidden = {item.name for item in operation.parameters if item.secret}
    arguments = {name: value for name, value in {**own, **given}.items() if value is not None and name not in hidden}
    canonical = _canonical(arguments, frozenset(secrets), session.zone)
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any, secrets: frozenset[str], zone: tzinfo | None) -> Any:
    """A value as JSON that is the same whatever Python object says it."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, BaseModel):
        value = {wire_name(value, name): item for name, item in value if name in value.model_fields_set}
    if isinstance(value, str):
        return MASK if isinstance(value, HiddenText) or value in secrets else str(value)
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": hashlib.sha256(value).hexdigest()}
    if isinstance(value, datetime):
        timestamp = value.replace(tzinfo=zone) if value.tzinfo is None else value
        return (timestamp if timestamp.tzinfo is None else timestamp.astimezone(UTC)).isoformat()
    if is_mapping(value):
        return {str(name): _canonical(item, secrets, zone) for name, item in value.items() if item is not UNSET}
    if is_sequence(value):
        return [_canonical(item, secrets, zone) for item in value]
    return value.isoformat() if isinstance(value, date) else pydantic_core.to_jsonable_python(value)
