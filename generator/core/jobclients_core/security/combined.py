"""Several credentials in one object, each under the name of the security scheme that it fills."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from jobclients_core.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class AuthPart:
    """How the credential of one scheme is made of fields.

    Args:
        kind: The credential's class.
        fields: The fields, in the order of the class's arguments.
    """

    kind: type[Any]
    fields: tuple[str, ...]


class CombinedAuth:
    """Base of the generated classes for vendors that need several credentials; subclasses are frozen dataclasses.

    Attributes:
        parts: How the credential of each scheme is made.
        alternatives: The schemes that operations need together.

    Raises:
        InvalidArgument: the fields that are given are not enough for any operation.
    """

    __slots__ = ()

    parts: ClassVar[Mapping[str, AuthPart]]
    alternatives: ClassVar[tuple[tuple[str, ...], ...]]

    def __post_init__(self) -> None:
        used: set[str] = set()
        credentials = self.credentials()
        for alternative in self.alternatives:
            if credentials.keys() >= set(alternative):
                used |= set(alternative)
        if not used:
            wanted = " or ".join(" with ".join(self._names(names)) for names in self.alternatives)
            raise InvalidArgument(f"auth: {type(self).__name__} should have {wanted}", argument="auth")
        unused = [name for scheme in credentials if scheme not in used for name in self.parts[scheme].fields]
        if unused:
            raise InvalidArgument(
                f"auth: no operation takes {' and '.join(unused)} without another field", argument="auth"
            )

    def _names(self, schemes: tuple[str, ...]) -> list[str]:
        return [name for scheme in schemes for name in self.parts[scheme].fields]

    @classmethod
    def needed(cls, scheme: str) -> list[str]:
        """The fields without which a scheme has no credential.

        Args:
            scheme: The scheme.

        Returns:
            Their names.
        """
        part = cls.parts[scheme]
        kinds = zip(part.fields, dataclasses.fields(part.kind), strict=False)
        return [name for name, item in kinds if item.default is dataclasses.MISSING]

    def credentials(self) -> dict[str, Any]:
        """The credentials that are given.

        Returns:
            Each by the name of its scheme.

        Raises:
            InvalidArgument: a part of one is missing.
        """
        found: dict[str, Any] = {}
        for scheme, part in self.parts.items():
            values = [getattr(self, name) for name in part.fields]
            if all(value is None for value in values):
                continue
            missing = [name for name in self.needed(scheme) if getattr(self, name) is None]
            if missing:
                raise InvalidArgument(f"auth: {' and '.join(missing)} has to be given", argument="auth")
            ready = len(values) == 1 and not isinstance(values[0], str) and not callable(values[0])
            found[scheme] = values[0] if ready else part.kind(*values)
        return found
