"""Credentials to what a request carries: asking for them, exchanging them for tokens, renewing those.

A token is exchanged once for all threads and tasks of a client, kept until shortly before it expires, and discarded
when the vendor refuses it. Each secret goes to its own origin and nowhere else.
"""

from __future__ import annotations

import base64
import copy
import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote

from .encode import check_header
from .errors import (
    ApiError,
    AuthenticationError,
    ConnectFailed,
    CredentialUnavailable,
    DecodeError,
    InvalidArgument,
    JobClientsError,
    RateLimited,
    ServerError,
    Timeout,
    TransportError,
)
from .exchange import CachedToken, Surroundings, client_credentials_plan, exchange_plan
from .flow import Acquire, Ask, Flow, Lock, deliver
from .forking import PerProcess
from .hiding import spellings
from .operation import Vendor
from .security import (
    AkSk,
    ApiKey,
    Basic,
    ClientCredentials,
    ExchangeCredential,
    HttpBasic,
    OAuth2ClientCredentials,
    SecurityScheme,
    Signature,
    Token,
)
from .shapes import is_text, is_tuple

Security = tuple[tuple[str, ...], ...]
Chosen = list[tuple[SecurityScheme, int]]

MAX_RECENT_SECRETS = 64
MAX_REFUSALS = 16
REFUSAL_PAUSE = 60.0
"""Seconds for which a credential that was refused is not tried again."""


@dataclass(eq=False, slots=True)
class Held:
    """Credentials in use, with the tokens that were got for them by position; replaced, never changed.

    Args:
        credentials: The credentials.
        tokens: The tokens.
        chosen: What was found to fill each alternative that was asked for.
    """

    credentials: tuple[Any, ...] = field(repr=False)
    tokens: dict[int, CachedToken] = field(default_factory=dict[int, CachedToken], repr=False)
    chosen: dict[Security, Chosen] = field(default_factory=dict[Security, Chosen], repr=False)


@dataclass(eq=False, slots=True)
class Grant:
    """What a request carries for its credentials.

    Args:
        headers: Header fields to add.
        query: ``name=value`` pieces to add, encoded.
        cookies: ``name=value`` pieces to add.
        signer: The key pair to sign with.
        held: Where it came from.
        renewable: Whether asking or exchanging again may give a newer one.
        used: The credentials themselves.
        exchanged: Whether a token that was got for one of them is carried.
    """

    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]], repr=False)
    query: list[str] = field(default_factory=list[str], repr=False)
    cookies: list[str] = field(default_factory=list[str], repr=False)
    signer: AkSk | None = None
    held: Held | None = None
    renewable: bool = False
    used: tuple[Any, ...] = field(default=(), repr=False)
    exchanged: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """What came of a credential, for all who would try the same again.

    Args:
        error: How it failed, without traceback.
        at: Moment on the monotonic clock.
        credential: The credential; None where asking for one failed.
        operation: The one operation that refused it; None where it is of no use for any.
        login: Whether it failed when it was exchanged, and not in a call.
    """

    error: JobClientsError
    at: float
    credential: Any = field(default=None, repr=False)
    operation: str | None = None
    login: bool = False

    def hits(self, credential: Any, operation: str, now: float) -> bool:
        """Whether a credential was refused so lately that it is not tried again.

        Args:
            credential: The credential.
            operation: What is called.
            now: Moment on the monotonic clock.

        Returns:
            True within `REFUSAL_PAUSE` of the refusal.
        """
        if now - self.at >= REFUSAL_PAUSE or self.operation not in (None, operation):
            return False
        return bool(self.credential == credential)

    def again(self, operation: str, now: float) -> JobClientsError:
        """The same failure for another call, which sends nothing.

        Args:
            operation: What is called.
            now: Moment on the monotonic clock.

        Returns:
            An error of its own, to be raised.
        """
        error = copy.copy(self.error)
        if not self.login:
            error.operation = operation
        if refuses(error):
            left = max(REFUSAL_PAUSE - (now - self.at), 0.0)
            error.message += f" (the credential was refused, and is not tried again for {left:.0f} s)"
        return error


def refuses(error: JobClientsError) -> bool:
    """Whether an answer to a login says no to the credential, rather than failing to come about.

    Args:
        error: How the login failed.

    Returns:
        True for every answer but those of a server that is out of order or overloaded.
    """
    return isinstance(error, ApiError) and not isinstance(error, (ServerError, RateLimited))


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
        around: What exchanges may use of the client; without secrets, which are added here.
        retries: How often an exchange is repeated at most.

    Raises:
        InvalidArgument: `source` is nothing that the vendor's schemes know.
    """

    def __init__(
        self, vendor: Vendor, source: Any, *, lock: Callable[[], Lock], around: Surroundings, retries: int
    ) -> None:
        self._vendor = vendor
        self._lock = lock
        self._guard = PerProcess(threading.Lock)
        self._retries = retries
        self._failure: Failure | None = None
        self._refusals: tuple[Failure, ...] = ()
        self._proven: tuple[Any, ...] | None = None
        self._source: Callable[[], Any] | None = None
        self._held: Held | None = Held(())
        self._lasting: tuple[str, ...] = ()
        self._recent: tuple[str, ...] = ()
        self._around = dataclasses.replace(around, secrets=self.secrets)
        if callable(source) and not isinstance(source, type):
            self._source = cast("Callable[[], Any]", source)
            self._held = None
        elif source is not None:
            self._held = Held(self._credentials(source, operation=None, lasting=True))

    def __repr__(self) -> str:
        return "<Authenticator>"

    def _credentials(self, source: Any, *, operation: str | None, lasting: bool = False) -> tuple[Any, ...]:
        several = source if is_tuple(source) else (source,)
        for credential in several:
            if isinstance(credential, type):
                raise InvalidArgument(
                    f"auth: {credential.__name__} is a class; give an object of it, as {credential.__name__}(...)",
                    operation=operation,
                    argument="auth",
                )
            if not self._vendor.filled_by(credential):
                raise InvalidArgument(
                    f"auth: {type(credential).__name__} is no credential of {self._vendor.name} ({self._accepted()})",
                    operation=operation,
                    argument="auth",
                )
            self._remember(credential, lasting=lasting)
        return several

    def _accepted(self) -> str:
        return ", ".join(kind.__name__ for kind in self._vendor.credentials) or "it takes none"

    def secrets(self) -> tuple[str, ...]:
        """Secrets in use, and those that were in use lately, for taking them out of errors."""
        return (*self._lasting, *self._recent)

    def _remember(self, credential: Any, *, lasting: bool) -> None:
        for item in dataclasses.fields(credential):
            value = getattr(credential, item.name)
            if not item.repr and isinstance(value, str):
                self.hide(value, lasting=lasting)
        if isinstance(credential, Basic):
            self.hide(_basic(credential), lasting=lasting)

    def hide(self, secret: str, *, lasting: bool = False) -> None:
        """Have a secret taken out of errors from now on, also where it is echoed in JSON or in a URL.

        Args:
            secret: The secret.
            lasting: Whether it serves for as long as the client does; others give way to newer ones in the end.
        """
        new = spellings(secret)
        # Replaced and not changed, because other threads may be reading them.
        if lasting:
            self._lasting = tuple(dict.fromkeys((*self._lasting, *new)))
        else:
            older = (spelling for spelling in self._recent if spelling not in new)
            self._recent = (*older, *new)[-MAX_RECENT_SECRETS:]

    def _choose(self, held: Held, security: Security, operation: str) -> Chosen:
        """The first alternative that the credentials fill, with the credential for each scheme."""
        chosen = held.chosen.get(security)
        if chosen is None:
            chosen = held.chosen[security] = self._fitting(held, security, operation)
        return chosen

    def _fitting(self, held: Held, security: Security, operation: str) -> Chosen:
        filled: dict[str, int] = {}
        for index, credential in enumerate(held.credentials):
            for name in self._vendor.filled_by(credential):
                filled.setdefault(name, index)
        for alternative in security:
            if alternative and filled.keys() >= set(alternative):
                return [(self._vendor.schemes[name], filled[name]) for name in alternative]
        if () in security:
            return []
        if not held.credentials:
            reason = f"auth has to be given ({self._accepted()})"
        else:
            kinds = ", ".join(type(credential).__name__ for credential in held.credentials)
            wanted = " or ".join(" with ".join(alternative) for alternative in security)
            reason = f"auth: {kinds} does not fit; wanted is {wanted}"
        raise InvalidArgument(reason, operation=operation, argument="auth")

    def grant(self, security: Security, operation: str, deadline: float, *, about_job: bool = False) -> Flow[Grant]:
        """Flow that finds what a request has to carry.

        Args:
            security: Alternatives of scheme names; empty for a request without credentials.
            operation: What is called, for errors.
            deadline: Moment on the monotonic clock at which everything ends.
            about_job: Whether it is one of the requests that waiting for jobs makes.

        Returns:
            The grant.

        Raises:
            InvalidArgument: no credential fits.
            CredentialUnavailable: the caller's function failed.
            JobClientsError: the exchange failed.
        """
        if not security:
            return Grant()
        while True:
            held = self._held
            if held is not None:
                chosen = self._choose(held, security, operation)
                if not self._stale(held, chosen) and not self._refused(held, chosen, operation, about_job):
                    renewable = self._source is not None or any(index in held.tokens for _, index in chosen)
                    return self._assemble(held, chosen, operation, renewable=renewable)
            before = self._failure
            lock = self._lock()
            yield Acquire(lock, operation, deadline)
            try:
                if self._held is not held:
                    continue  # another thread or task renewed it meanwhile
                self._share(before, held, operation)
                fresh = yield from self._renew(held, security, operation, deadline, about_job)
                # Got this very moment: should it be refused, another one would be refused as well.
                return self._assemble(fresh, self._choose(fresh, security, operation), operation, renewable=False)
            finally:
                lock.release()

    def _share(self, before: Failure | None, held: Held | None, operation: str) -> None:
        """Fail as the renewal failed that was under way while this call waited for its turn."""
        failure = self._failure
        if failure is None or failure is before:
            return
        if failure.credential is None or held is None or failure.credential in held.credentials:
            raise failure.again(operation, self._around.clock.monotonic())

    def _refused(self, held: Held, chosen: Chosen, operation: str, about_job: bool) -> Failure | None:
        now = self._around.clock.monotonic()
        for _, index in chosen:
            credential = held.credentials[index]
            if about_job or not isinstance(credential, (Token, AkSk)):
                for refusal in self._refusals:
                    if refusal.hits(credential, operation, now):
                        return refusal
        return None

    def _note(self, failure: Failure) -> None:
        """Keep a failure for those who wait for it, and a refusal for those who come within the pause."""
        with self._guard():
            self._failure = failure
            if failure.credential is not None and refuses(failure.error):
                live = [old for old in self._refusals if failure.at - old.at < REFUSAL_PAUSE]
                self._refusals = (*live, failure)[-MAX_REFUSALS:]

    def _stale(self, held: Held, chosen: Chosen) -> list[tuple[SecurityScheme, int]]:
        now = self._around.clock.monotonic()
        stale: list[tuple[SecurityScheme, int]] = []
        for scheme, index in chosen:
            if isinstance(held.credentials[index], (ExchangeCredential, ClientCredentials)):
                token = held.tokens.get(index)
                if token is None or not token.fresh(now):
                    stale.append((scheme, index))
        return stale

    def _renew(
        self, held: Held | None, security: Security, operation: str, deadline: float, about_job: bool
    ) -> Flow[Held]:
        if self._source is not None:
            held = Held((yield from self._ask(self._source, operation, deadline)))
        assert held is not None  # only a source that is asked starts without
        chosen = self._choose(held, security, operation)
        refusal = self._refused(held, chosen, operation, about_job)
        if refusal is not None:
            self._failure = dataclasses.replace(refusal)  # another one, for those who wait for this answer
            raise refusal.again(operation, self._around.clock.monotonic())
        tokens = dict(held.tokens)
        renewed: set[int] = set()
        for scheme, index in self._stale(held, chosen):
            if index not in renewed:
                renewed.add(index)
                tokens[index] = yield from self._exchange(held.credentials[index], scheme, operation, deadline)
        fresh = Held(held.credentials, tokens)
        with self._guard():
            self._held = fresh
        return fresh

    def _ask(self, source: Callable[[], Any], operation: str, deadline: float) -> Flow[tuple[Any, ...]]:
        try:
            answer = yield Ask(source, operation, deadline, self._lock())
            return self._asked(answer, operation)
        except CredentialUnavailable as error:
            self._note(Failure(copy.copy(error), self._around.clock.monotonic()))
            raise

    def _exchange(self, credential: Any, scheme: SecurityScheme, operation: str, deadline: float) -> Flow[CachedToken]:
        if isinstance(credential, ExchangeCredential):
            plan = exchange_plan(credential, self._around)
        elif isinstance(scheme, OAuth2ClientCredentials):
            plan = client_credentials_plan(credential, scheme, self._around)
        else:
            raise InvalidArgument(
                f"auth: {type(credential).__name__} does not fit", operation=operation, argument="auth"
            )
        clock = self._around.clock
        try:
            token = yield from deliver(plan, clock=clock, retries=self._retries, deadline=deadline)
        except (ApiError, DecodeError, TransportError) as error:
            # A deadline is each call's own: that one passed says nothing to the others.
            if isinstance(error, ConnectFailed) or not isinstance(error, Timeout):
                self._note(Failure(copy.copy(error), clock.monotonic(), credential, login=True))
            raise
        self.hide(token.value)
        return token

    def _asked(self, answer: Any, operation: str) -> tuple[Any, ...]:
        if answer is None:
            raise CredentialUnavailable("the function given as auth returned None", operation=operation)
        try:
            return self._credentials(answer, operation=operation)
        except InvalidArgument as error:
            raise CredentialUnavailable(error.message, operation=operation) from None

    def in_use(self) -> list[tuple[Any, CachedToken | None]]:
        """The credentials in use, each with the token that was got for it.

        Returns:
            Pairs; nothing before a function given as ``auth`` was asked.
        """
        held = self._held
        if held is None:
            return []
        return [(credential, held.tokens.get(index)) for index, credential in enumerate(held.credentials)]

    def accepted(self, grant: Grant) -> None:
        """Note that a request was answered well, so that a later refusal may be about one operation alone.

        Args:
            grant: What the request carried.
        """
        if grant.held is not None:
            self._proven = grant.held.credentials

    def refused(self, grant: Grant, error: AuthenticationError) -> None:
        """Remember that a request was refused, unless it was for a token that may just have come to its end.

        Args:
            grant: What the request carried.
            error: How it was refused.
        """
        if grant.exchanged and grant.renewable:
            return
        scope = error.operation if grant.held is not None and grant.held.credentials == self._proven else None
        now = self._around.clock.monotonic()
        for credential in grant.used:
            self._note(Failure(copy.copy(error), now, credential, scope))

    def discard(self, grant: Grant) -> bool:
        """Forget what was refused, unless somebody else did already.

        Args:
            grant: What the refused request carried.

        Returns:
            Whether there may be a newer one.
        """
        if not grant.renewable:
            return False
        with self._guard():
            if self._held is grant.held and grant.held is not None:
                self._held = None if self._source is not None else Held(grant.held.credentials)
        return True

    def _assemble(self, held: Held, chosen: Chosen, operation: str, *, renewable: bool) -> Grant:
        grant = Grant(
            held=held,
            renewable=renewable,
            used=tuple(held.credentials[index] for _, index in chosen),
            exchanged=any(index in held.tokens for _, index in chosen),
        )
        for scheme, index in chosen:
            credential = held.credentials[index]
            token = held.tokens.get(index)
            _apply(grant, scheme, credential, token.value if token is not None else None, operation)
        return grant


def _secret_text(value: object, what: str, operation: str) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidArgument(f"{what} should be a non-empty string", operation=operation, argument="auth")
    return check_header(value, what, operation)


def _basic(credential: Basic) -> str:
    pair = f"{credential.username}:{credential.password}"
    return base64.b64encode(pair.encode("utf-8", "surrogatepass")).decode("ascii")


def _apply(grant: Grant, scheme: SecurityScheme, credential: Any, token: str | None, operation: str) -> None:
    """Add one credential in the way of its scheme."""
    if isinstance(scheme, HttpBasic) and isinstance(credential, Basic):
        name = _secret_text(credential.username, "the user name", operation)
        if ":" in name:
            raise InvalidArgument("the user name contains a colon", operation=operation, argument="auth")
        if not is_text(credential.password):
            raise InvalidArgument("the password should be a string", operation=operation, argument="auth")
        grant.headers.append(("Authorization", "Basic " + _basic(credential)))
        return
    if isinstance(scheme, Signature) and isinstance(credential, AkSk):
        _secret_text(credential.access_key, "the access key", operation)
        _secret_text(credential.secret_key, "the secret key", operation)
        if credential.security_token is not None:
            extra = _secret_text(credential.security_token, "the security token", operation)
            grant.headers.append(("X-Security-Token", extra))
        grant.signer = credential
        return
    value: object = token if token is not None else getattr(credential, "value", None)
    if not isinstance(credential, Token) and token is None:
        raise InvalidArgument(f"auth: {type(credential).__name__} does not fit", operation=operation, argument="auth")
    text = _secret_text(value, "the token", operation)
    if not isinstance(scheme, ApiKey):
        grant.headers.append(("Authorization", "Bearer " + text))
    elif scheme.location == "header":
        grant.headers.append((scheme.name, text))
    elif scheme.location == "query":
        grant.query.append(f"{quote(scheme.name, safe='')}={quote(text, safe='')}")
    else:
        grant.cookies.append(f"{scheme.name}={quote(text, safe='')}")
