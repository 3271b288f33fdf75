"""The vendor's door: passwords that are exchanged for tokens, and end some day."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

from jobclients_core.flow import HttpRequest
from jobclients_core.security import Exchange, ExchangeCredential

LOGIN = "login"

_LIVES = (3600.0, 120.0, 15.0)
_ENDS = (math.inf, 0.5, 1.5, 8.0, 30.0)


@dataclass(frozen=True)
class Password(ExchangeCredential):
    """A password that is exchanged for a token."""

    value: str = field(repr=False)
    exchange: ClassVar[Exchange] = Exchange(
        method="POST",
        path="/login",
        body={"password": "$credential.value"},
        token="$response.body#/token",
        expires_in="$response.body#/expires_in",
        name=LOGIN,
    )


class Door:
    """Who may come in.

    Args:
        world: Draws and counts, and tells the time.
    """

    def __init__(self, world: Any) -> None:
        self._world = world
        self.life = _LIVES[world.draw(len(_LIVES))]
        self.ends = _ENDS[world.draw(len(_ENDS), 0.5)]
        self._tokens: dict[str, float] = {}

    def login(self) -> tuple[int, Any]:
        """Answer a login.

        Returns:
            Status and body.
        """
        now = self._world.now
        if now >= self.ends:
            self._world.seen["login refused"] += 1
            return 401, {"code": "X.401", "message": "the password has expired"}
        token = f"token-{len(self._tokens)}"
        self._tokens[token] = now + self.life
        self._world.seen["login"] += 1
        return 200, {"token": token, "expires_in": self.life}

    def lets_in(self, request: HttpRequest) -> bool:
        """Whether a request carries a token that is good now."""
        token = next((value for name, value in request.headers if name == "X-Token"), "")
        good: bool = self._world.now < self._tokens.get(token, 0.0)
        return good
