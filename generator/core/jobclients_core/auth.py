"""Chooses, exchanges and renews the credentials of a client, and puts them into requests.

A token is exchanged once for all threads and tasks of a client, kept until shortly before it expires, and discarded
when the vendor refuses it. Each secret goes to its own origin and nowhere else.
"""

from __future__ import annotations

import copy
import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from .errors import (
    ApiError,
    AuthenticationError,
    ConnectFailed,
    CredentialUnavailable,
    DecodeError,
    InvalidArgument,
    Timeout,
    TransportError,
)
from .exchange import CachedToken, ClientContext, exchange_flow
from .failed_credentials import FailedCredentials, Failure
from .flow import AcquireLock, Clock, Flow, GetCredential, HttpRequest, Lock
from .forking import PerProcess
from .given import Given, credentials_in, fitting, provider
from .known_secrets import KnownSecrets
from .operation import Vendor
from .security import CallerSigned, Exchange, SecurityScheme, Token

Security = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A scheme that a request needs, and the credential that fills it.

    Args:
        scheme: The scheme.
        index: Position of the credential.
        exchange: How the credential becomes a token; None for one that is sent as it is.
    """

    scheme: SecurityScheme
    index: int
    exchange: Exchange | None


@dataclass(eq=False, slots=True)
class CredentialCache:
    """Credentials in use, with the tokens that were got for them by position; replaced, never changed.

    Args:
        given: The credentials, each with the schemes that it fills.
        tokens: The tokens.
        chosen: What was found to fill each alternative that was asked for.
    """

    given: tuple[Given, ...] = field(repr=False)
    tokens: dict[int, CachedToken] = field(default_factory=dict[int, CachedToken], repr=False)
    chosen: dict[Security, list[Chosen]] = field(default_factory=dict[Security, list[Chosen]], repr=False)

    @property
    def credentials(self) -> tuple[Any, ...]:
        """The credentials themselves."""
        return tuple(one.credential for one in self.given)


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a request carries for its credentials.

    Args:
        parts: Each scheme, with the credential or the token that it applies.
        cache: Where they came from.
        renewable: Whether asking or exchanging again may give a newer one.
        used: The credentials themselves.
        exchanged: Whether a token that was got for one of them is carried.
    """

    parts: tuple[tuple[SecurityScheme, Any], ...] = field(default=(), repr=False)
    cache: CredentialCache | None = None
    renewable: bool = False
    used: tuple[Any, ...] = field(default=(), repr=False)
    exchanged: bool = False

    def applied(self, request: HttpRequest, operation: str, clock: Clock) -> HttpRequest:
        """A request with its credentials.

        Args:
            request: The request, complete but for them.
            operation: What is called, for errors.
            clock: Tells the time of signing.

        Returns:
            The request as it is sent.

        Raises:
            InvalidArgument: a credential cannot be sent.
            CredentialUnavailable: the caller's function failed.
        """
        try:
            for scheme, credential in self.parts:
                request = scheme.apply(request, credential, clock)
        except (CredentialUnavailable, InvalidArgument) as error:
            error.operation = operation
            raise
        return request


NOTHING: Final = Authorization()


class Authenticator:
    """The credentials of one client.

    A failed login is shared: whoever waited for it fails as it did. A credential that was refused is not tried again
    within `REFUSAL_PAUSE`, because vendors lock accounts for less; a function given as ``auth`` is still asked whether
    there is another one by now. Tokens and key pairs lock nothing: theirs is a pause for requests about jobs alone, of
    which there may be thousands.

    Args:
        vendor: Whose schemes they fill.
        source: A credential, several, a callable that returns them, or None.
        lock: Gives the lock of the driver's kind, and of the process or event loop; one renewal at a time.
        context: What exchanges may use of the client; without secrets, which are added here.
        retries: How often an exchange is repeated at most.

    Raises:
        InvalidArgument: `source` is nothing that the vendor's operations use.
    """

    def __init__(
        self, vendor: Vendor, source: Any, *, lock: Callable[[], Lock], context: ClientContext, retries: int
    ) -> None:
        self._vendor = vendor
        self._lock = lock
        self._guard = PerProcess(threading.Lock)
        self._retries = retries
        self._failed = FailedCredentials()
        self._proven: tuple[Any, ...] | None = None
        self._source = provider(vendor, source)
        self._cache: CredentialCache | None = CredentialCache(())
        self.secrets = KnownSecrets()
        self._context = dataclasses.replace(context, secrets=self.secrets)
        if self._source is not None:
            self._cache = None
        elif source is not None:
            self._cache = CredentialCache(self._credentials(source, operation=None, lasting=True))

    def __repr__(self) -> str:
        return "<Authenticator>"

    def _credentials(self, source: Any, *, operation: str | None, lasting: bool = False) -> tuple[Given, ...]:
        several = credentials_in(self._vendor, source, operation)
        for one in several:
            self._remember(one, lasting=lasting)
        return several

    def _remember(self, given: Given, *, lasting: bool) -> None:
        for item in dataclasses.fields(given.credential):
            value = getattr(given.credential, item.name)
            if not item.repr and isinstance(value, str):
                self.secrets.hide(value, lasting=lasting)
        for name in given.schemes:
            for text in self._vendor.schemes[name].encoded(given.credential):
                self.secrets.hide(text, lasting=lasting)

    def _choose(self, cache: CredentialCache, security: Security, operation: str) -> list[Chosen]:
        """The first alternative that the credentials fill, with the credential for each scheme."""
        chosen = cache.chosen.get(security)
        if chosen is None:
            chosen = cache.chosen[security] = self._fitting(cache, security, operation)
        return chosen

    def _fitting(self, cache: CredentialCache, security: Security, operation: str) -> list[Chosen]:
        filled: dict[str, int] = {}
        for index, one in enumerate(cache.given):
            for name in one.schemes:
                filled.setdefault(name, index)
        for alternative in security:
            if alternative and filled.keys() >= set(alternative):
                return [self._chosen(cache, name, filled[name]) for name in alternative]
        if () in security or not cache.given:
            return []  # without credentials, whoever is asked decides: a proxy may add them
        kinds = ", ".join(type(credential).__name__ for credential in cache.credentials)
        wanted = " or ".join(" with ".join(map(self._spoken, alternative)) for alternative in security)
        raise InvalidArgument(f"auth: {kinds} does not fit; wanted is {wanted}", operation=operation, argument="auth")

    def _spoken(self, name: str) -> str:
        scheme = self._vendor.schemes.get(name)
        return "a function of the request" if isinstance(scheme, CallerSigned) else name

    def _chosen(self, cache: CredentialCache, name: str, index: int) -> Chosen:
        scheme = self._vendor.schemes[name]
        return Chosen(scheme, index, scheme.exchange(cache.credentials[index]))

    def authorize(
        self, security: Security, operation: str, deadline: float, *, about_job: bool = False
    ) -> Flow[Authorization]:
        """Flow that finds what a request has to carry.

        Args:
            security: Alternatives of scheme names; empty for a request without credentials.
            operation: What is called, for errors.
            deadline: Time on the monotonic clock at which everything ends.
            about_job: Whether it is one of the requests that waiting for jobs makes.

        Returns:
            What it carries.

        Raises:
            InvalidArgument: no credential fits.
            CredentialUnavailable: the caller's function failed.
            JobClientsError: the exchange failed.
        """
        if not security:
            return NOTHING
        while True:
            cache = self._cache
            if cache is not None:
                chosen = self._choose(cache, security, operation)
                if not self._stale(cache, chosen) and not self._refused(cache, chosen, operation, about_job):
                    renewable = self._source is not None or any(one.index in cache.tokens for one in chosen)
                    return self._authorization(cache, chosen, renewable=renewable)
            before = self._failed.last
            lock = self._lock()
            yield AcquireLock(lock, operation, deadline)
            try:
                if self._cache is not cache:
                    continue  # another thread or task renewed it meanwhile
                self._share(before, cache, operation)
                fresh = yield from self._renew(cache, security, operation, deadline, about_job)
                # Got this very moment: should it be refused, another one would be refused as well.
                return self._authorization(fresh, self._choose(fresh, security, operation), renewable=False)
            finally:
                lock.release()

    def _share(self, before: Failure | None, cache: CredentialCache | None, operation: str) -> None:
        """Fail as the renewal failed that was under way while this call waited for its turn."""
        failure = self._failed.last
        if failure is None or failure is before:
            return
        if failure.credential is None or cache is None or failure.credential in cache.credentials:
            raise failure.again(operation, self._context.clock.monotonic())

    def _refused(self, cache: CredentialCache, chosen: list[Chosen], operation: str, about_job: bool) -> Failure | None:
        now = self._context.clock.monotonic()
        for one in chosen:
            # Tokens and key pairs lock nothing.
            if about_job or one.scheme.locks or one.exchange is not None:
                refusal = self._failed.of(cache.credentials[one.index], operation, now)
                if refusal is not None:
                    return refusal
        return None

    def _stale(self, cache: CredentialCache, chosen: list[Chosen]) -> list[tuple[Exchange, int]]:
        """The exchanges that have to be made, each with the position of its credential."""
        now = self._context.clock.monotonic()
        stale: dict[int, Exchange] = {}
        for one in chosen:
            token = cache.tokens.get(one.index)
            if one.exchange is not None and (token is None or not token.fresh(now)):
                stale.setdefault(one.index, one.exchange)
        return [(exchange, index) for index, exchange in stale.items()]

    def _renew(
        self, cache: CredentialCache | None, security: Security, operation: str, deadline: float, about_job: bool
    ) -> Flow[CredentialCache]:
        if self._source is not None:
            cache = CredentialCache((yield from self._get_credential(self._source, operation, deadline)))
        assert cache is not None  # only a source that is asked starts without
        chosen = self._choose(cache, security, operation)
        refusal = self._refused(cache, chosen, operation, about_job)
        if refusal is not None:
            self._failed.last = dataclasses.replace(refusal)  # another one, for those who wait for this response
            raise refusal.again(operation, self._context.clock.monotonic())
        tokens, given = dict(cache.tokens), list(cache.given)
        for exchange, index in self._stale(cache, chosen):
            tokens[index] = yield from self._exchange(exchange, given[index].credential, deadline)
            given[index] = self._renewed(given[index], tokens[index])
        fresh = CredentialCache(tuple(given), tokens)
        with self._guard():
            self._cache = fresh
        return fresh

    def _renewed(self, given: Given, token: CachedToken) -> Given:
        """A credential of which the vendor handed parts out anew, as it does with refresh tokens."""
        if not token.renewed:
            return given
        renewed = Given(dataclasses.replace(given.credential, **token.renewed), given.schemes)
        self._remember(renewed, lasting=False)
        return renewed

    def _get_credential(self, source: Callable[[], Any], operation: str, deadline: float) -> Flow[tuple[Given, ...]]:
        try:
            credential = yield GetCredential(source, operation, deadline, self._lock())
            return self._asked(credential, operation)
        except CredentialUnavailable as error:
            self._failed.note(Failure(copy.copy(error), self._context.clock.monotonic()))
            raise

    def _exchange(self, exchange: Exchange, credential: Any, deadline: float) -> Flow[CachedToken]:
        clock = self._context.clock
        try:
            token = yield from exchange_flow(exchange, credential, self._context, self._retries, deadline)
        except (ApiError, DecodeError, TransportError) as error:
            # A deadline is each call's own: that one passed says nothing to the others.
            if isinstance(error, ConnectFailed) or not isinstance(error, Timeout):
                self._failed.note(Failure(copy.copy(error), clock.monotonic(), credential, login=True))
            raise
        self.secrets.hide(token.value)
        return token

    def _asked(self, credential: Any, operation: str) -> tuple[Given, ...]:
        if credential is None:
            raise CredentialUnavailable("the function given as auth returned None", operation=operation)
        try:
            return self._credentials(credential, operation=operation)
        except InvalidArgument as error:
            raise CredentialUnavailable(error.message, operation=operation) from None

    def in_use(self) -> list[tuple[Any, CachedToken | None]]:
        """The credentials in use, each with the token that was got for it.

        Returns:
            Pairs; nothing before a function given as ``auth`` was asked.
        """
        cache = self._cache
        if cache is None:
            return []
        return [(credential, cache.tokens.get(index)) for index, credential in enumerate(cache.credentials)]

    def accepted(self, authorization: Authorization) -> None:
        """Note that a request was answered well, so that a later refusal may be about one operation alone.

        Args:
            authorization: What the request carried.
        """
        if authorization.cache is not None:
            self._proven = authorization.cache.credentials

    def refused(self, authorization: Authorization, error: AuthenticationError) -> None:
        """Remember that a request was refused, unless it was for a token that may just have come to its end.

        Args:
            authorization: What the request carried.
            error: How it was refused.
        """
        if authorization.exchanged and authorization.renewable:
            return
        cache = authorization.cache
        scope = error.operation if cache is not None and cache.credentials == self._proven else None
        now = self._context.clock.monotonic()
        for credential in authorization.used:
            self._failed.note(Failure(copy.copy(error), now, credential, scope))

    def explain(self, error: AuthenticationError, security: Security) -> None:
        """Say what could be given as ``auth``, where a request was refused that carried nothing.

        Args:
            error: How it was refused.
            security: The alternatives that it needed.
        """
        nothing_given = self._source is None and self._cache is not None and not self._cache.given
        if nothing_given and security and () not in security:
            kinds = fitting(self._vendor, security)
            error.message += f"; auth was not given{f': {kinds} would fit' if kinds else ''}"
            error.args = (error.message,)

    def discard(self, authorization: Authorization) -> bool:
        """Forget what was refused, unless somebody else did already.

        Args:
            authorization: What the refused request carried.

        Returns:
            Whether there may be a newer one.
        """
        if not authorization.renewable:
            return False
        with self._guard():
            if self._cache is authorization.cache and authorization.cache is not None:
                self._cache = None if self._source is not None else CredentialCache(authorization.cache.given)
        return True

    def _authorization(self, cache: CredentialCache, chosen: list[Chosen], *, renewable: bool) -> Authorization:
        parts: list[tuple[SecurityScheme, Any]] = []
        for one in sorted(chosen, key=lambda one: one.scheme.signs):
            token = cache.tokens.get(one.index)
            parts.append((one.scheme, cache.credentials[one.index] if token is None else Token(token.value)))
        return Authorization(
            tuple(parts),
            cache,
            renewable,
            tuple(cache.credentials[one.index] for one in chosen),
            any(one.index in cache.tokens for one in chosen),
        )
