"""Removes secrets from what is kept: by their place, and by their value wherever it appears."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import unquote, unquote_plus

from jobclients_contract.live.encodings import (
    MINIMUM,
    MINIMUM_SEEN,
    Needles,
    as_base64,
    decoded,
    encodings,
    fold,
    forms,
    unescaped_html,
)
from jobclients_contract.live.lossless import TooDeepError, json_inside, read_json
from jobclients_contract.live.patterns import (
    KEY,
    MASK,
    SECRET_NAME,
    in_headers,
    unescaped,
    without_assigned,
    without_tokens,
)
from jobclients_contract.schema_model.values import Json

REQUEST_HEADERS: Final = ("accept", "content-type")

MAX_KEPT: Final = 1_000_000
"""Bytes above which of a body only the size is kept: looking for secrets in more takes minutes."""

MAX_SEEN: Final = 200
"""Secrets of one response above which only its size is kept."""

MAX_SEEN_LENGTH: Final = 100_000
"""Characters of them above which the same holds."""

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")
_NUMERIC: Final = re.compile(r"[0-9eE+.-]+")
_SEPARATOR: Final = re.compile(r"[/?&=]")


class TooManyError(ValueError):
    """A response with more secrets than anything is looked through for."""


class Scrubber:
    """Knows secrets, and takes them out.

    Args:
        secret_keys: keys and parameters whose values are secret, as the specification says.
        documented: other documented keys, which therefore are not secrets, whatever they sound like.
        public: texts of which nothing becomes a secret because a response has it where secrets are.
    """

    def __init__(
        self, secret_keys: Iterable[str] = (), documented: Iterable[str] = (), public: Iterable[str] = ()
    ) -> None:
        # Names of header fields come in any case.
        self._secret_keys = frozenset(key.lower() for key in secret_keys)
        self._documented = frozenset(documented)
        self._public = ""
        self.allow(*public)
        self._secrets, self._spelled, self._numbers, self._wide = Needles(), Needles(), Needles(), Needles()
        self._known: set[str] = set()

    def allow(self, *texts: str) -> None:
        """Know further texts of which nothing becomes a secret because a response has it where secrets are.

        Args:
            *texts: what was given for the run, and is not a secret.
        """
        self._public = "\n".join((self._public, *map(fold, texts)))

    def learn(self, *values: str) -> None:
        """Know values that must not be kept anywhere; those that are too short are not looked for.

        Args:
            *values: the secrets.
        """
        for value in values:
            if len(value) < MINIMUM or value in self._known or fold(value) in fold(MASK):
                continue
            self._known.add(value)
            folded = len(value) >= MINIMUM_SEEN
            self._secrets.add([value, value.casefold()] if folded else [value], folded=folded)
            spelled = encodings(value)
            self._spelled.add(spelled, folded=folded)
            self._wide.add(filter(_SEPARATOR.search, spelled), folded=folded)
            if _NUMERIC.fullmatch(value):
                self._numbers.add([value], folded=False)

    def learn_seen(self, *values: str) -> None:
        """Know what a response has where secrets are, unless it is a word that is documented, or one like any other.

        Args:
            *values: what it has there.

        Raises:
            TooManyError: that is too much; nothing of it was learnt.
        """
        new = {value for value in values if len(value) >= MINIMUM_SEEN and value not in self._known}
        if len(new) > MAX_SEEN or sum(map(len, new)) > MAX_SEEN_LENGTH:
            raise TooManyError
        self.learn(*(value for value in sorted(new) if fold(value) not in self._public))

    def learn_environment(self, prefix: str, environment: Mapping[str, str]) -> None:
        """Learn the credentials of a client that is made of environment variables.

        Args:
            prefix: what the names of its variables start with, without the underscore.
            environment: the environment.
        """
        own = {name: value for name, value in environment.items() if name.startswith(f"{prefix}_")}
        secret = {name for name in own if name.endswith("_KEY") or SECRET_NAME.search(name.removeprefix(prefix))}
        self.learn(*(own[name] for name in secret))
        user, password = own.get(f"{prefix}_USERNAME"), own.get(f"{prefix}_PASSWORD")
        if user is not None and password is not None:
            self.learn(as_base64(f"{user}:{password}".encode()))

    def learn_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Learn what header fields of a request carry that sound like a secret.

        Args:
            headers: their names and values.
        """
        self.learn(*in_headers(headers, self._is_secret))

    def learn_response(self, headers: Iterable[tuple[str, str]], content: bytes) -> None:
        """Learn what a response has where secrets are.

        Args:
            headers: names and values of its header fields.
            content: its body.

        Raises:
            TooManyError: it is too much, or is too deep; nothing of the body was learnt.
        """
        self.learn_seen(*in_headers(headers, self._is_secret))
        if len(content) > MAX_KEPT:
            raise TooManyError
        self.learn_seen(*self._of(content))

    def learn_sent(self, content: bytes) -> None:
        """Learn what a request has where secrets are.

        Args:
            content: its body.
        """
        self.learn(*self._of(content))

    def _of(self, content: bytes) -> list[str]:
        try:
            return list(self._texts(read_json(content.decode("utf-8")), all_texts=False))
        except (TooDeepError, RecursionError):
            raise TooManyError from None
        except ValueError:
            return []

    def learn_target(self, target: str) -> None:
        """Learn the values of query parameters that are secret.

        Args:
            target: a raw request target.
        """
        for pair in target.partition("?")[2].split("&"):
            name, _, value = pair.partition("=")
            if self._is_secret(unquote_plus(name)):
                self.learn(value, unquote_plus(value))

    def _texts(self, value: Json, all_texts: bool) -> Iterator[str]:
        """The texts that are secret, at any depth."""
        if isinstance(value, dict):
            for key, item in value.items():
                yield from self._texts(item, all_texts or self._is_secret(key))
        elif isinstance(value, list):
            for item in value:
                yield from self._texts(item, all_texts)
        elif isinstance(value, str):
            if all_texts:
                yield value
            inside = json_inside(value)
            if inside is not None:
                yield from self._texts(inside, all_texts)

    def _is_secret(self, key: str) -> bool:
        return key.lower() in self._secret_keys or (key not in self._documented and bool(SECRET_NAME.search(key)))

    def text(self, text: str) -> str:
        """A text without secrets.

        Returns:
            It, with a mask for each secret; only a mask where one may be hidden in a way that cannot be cut out.
        """
        text = self._spelled.cut(text, MASK)
        text = _BASE64.sub(lambda run: MASK if any(map(self._plainly, decoded(run[0]))) else run[0], text)
        text = without_tokens(text)
        return MASK if self.carries(text) else text

    def key(self, text: str) -> str:
        """A key, or a part of a path, without secrets: one that is documented stays, whatever the secrets are."""
        return text if text in self._documented else self.text(text)

    def step(self, text: str, *, unknown: bool = False) -> str:
        """A key as a client's observer tells it: one that is documented stays, as do steps that are no keys.

        Args:
            text: the key; ``*`` for any key of a map.
            unknown: whether it may be a secret that is not known; of such keys only places in lists are kept.

        Returns:
            It without secrets; only a mask for a key that does not look like the name of a property.
        """
        if text in self._documented or text in ("", "*"):
            return text
        return self.word(text) if KEY.fullmatch(text) and (text.isdecimal() or not unknown) else MASK

    def property(self, text: str) -> bool:
        """Whether a key may be shown: one that is documented, or looks like the name of a property."""
        return MASK not in text and self.step(text) == text

    def word(self, text: str) -> str:
        """A word as a client tells it, which is cut where it is long, and has spaces where nothing could be printed.

        Args:
            text: the word; what was cut ends with an ellipsis.

        Returns:
            It without secrets; only a mask where a secret begins at its end, or is between spaces.
        """
        whole, cut, _ = text.rpartition("…")
        if cut and self._spelled.begins_at_end(whole):
            return MASK
        kept = self.prose(text)
        return MASK if self._known and self._plainly("".join(kept.split())) else kept

    def reason(self, text: str) -> str:
        """The message of an exception without secrets.

        Args:
            text: the message, which begins with the operation.

        Returns:
            It, with a mask for each secret.
        """
        said = self.behind_operation(text)
        return text.removesuffix(said) + self.word(said)

    def behind_operation(self, text: str) -> str:
        """What the message of an exception says behind the operation that it begins with, if it does."""
        operation, _, said = text.partition(": ")
        return said if said and fold(operation) in self._public else text

    def prose(self, text: str) -> str:
        """A text of no known structure without secrets: also what is behind a word like ``password=``.

        Returns:
            It, with a mask for each secret.
        """
        return without_assigned(self.text(text))

    def carries(self, text: str) -> bool:
        """Whether a secret is in a text, in any way in which texts are escaped.

        Returns:
            True for the least suspicion.
        """
        read = {text, unquote(text), unquote_plus(text), unescaped_html(text), unescaped(text)}
        read |= {unquote(form) for form in read} | {unescaped(form) for form in read}
        return any(map(self._plainly, read))

    def leaks(self, value: Json) -> bool:
        """Whether a secret is in a value in any way at all, base64 included; documented keys are not looked at.

        Args:
            value: a text, or any JSON.

        Returns:
            True for the least suspicion.
        """
        if isinstance(value, dict):
            return any(
                (key not in self._documented and self.leaks(key)) or self.leaks(item) for key, item in value.items()
            )
        if isinstance(value, list):
            return any(map(self.leaks, value))
        if not isinstance(value, str):
            return self._is_secret_number(value)
        runs = _BASE64.findall(value)
        return self.carries(value) or any(self._plainly(one) for run in runs for one in decoded(run))

    def leaks_target(self, target: str) -> bool:
        """Whether a secret is in a request target; the documented parts of its path are not looked at.

        Args:
            target: path and query.

        Returns:
            True for the least suspicion.
        """
        return self.leaks([part for part in _SEPARATOR.split(target) if part not in self._documented])

    def _plainly(self, text: str) -> bool:
        return any(map(self._secrets.inside, forms(text)))

    def _is_secret_number(self, value: float | None) -> bool:
        return value is not None and not isinstance(value, bool) and self._numbers.inside(json.dumps(value))

    def json(self, value: Json, *, all_texts: bool = False) -> Json:
        """JSON without secrets, of the same shape and types.

        Args:
            value: the value.
            all_texts: whether every text in it is a secret.

        Returns:
            The value with masks.
        """
        if isinstance(value, dict):
            return {
                self.key(key): self.json(item, all_texts=all_texts or self._is_secret(key))
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.json(item, all_texts=all_texts) for item in value]
        if isinstance(value, str):
            if all_texts:
                return MASK
            inside = json_inside(value)
            return self.prose(value) if inside is None else json.dumps(self.json(inside), ensure_ascii=False)
        if value is None or isinstance(value, bool):
            return value
        return type(value)(0) if all_texts or self._is_secret_number(value) else value

    def target(self, target: str) -> str:
        """A raw request target without secrets.

        Args:
            target: path and query.

        Returns:
            It, with masks.
        """
        (path, mark, query), pairs = target.partition("?"), list[str]()
        for pair in query.split("&"):
            name, equals, value = pair.partition("=")
            hidden = equals and self._is_secret(unquote_plus(name))
            pairs.append(f"{self.key(name)}{equals}{MASK if hidden else self.text(value)}")
        kept = "/".join(map(self.key, path.split("/"))) + mark + "&".join(pairs)
        # A documented part is not a secret though it has one in it; a secret may go over several parts.
        kept = self._wide.cut(without_tokens(kept), MASK)
        return MASK if any(map(self._wide.inside, (unquote(kept), unquote_plus(kept)))) else kept

    def headers(self, headers: Iterable[tuple[str, str]], allowed: tuple[str, ...]) -> dict[str, str]:
        """The header fields that may be kept.

        Args:
            headers: all of them.
            allowed: names in lower case.

        Returns:
            The allowed ones, sorted, without secrets.
        """
        return {name.lower(): self.text(value) for name, value in sorted(headers) if name.lower() in allowed}

    def body(self, content: bytes, *, exchange: bool = False) -> dict[str, Json]:
        """A body as it may be kept.

        Args:
            content: the body.
            exchange: whether it is one of a call that trades credentials for a token.

        Returns:
            ``json`` or ``text`` without secrets, or only how many ``bytes`` there were; nothing for an empty body.
        """
        if not content:
            return {}
        if len(content) > MAX_KEPT or b"\0" in content:  # as UTF-16 has it
            return {"bytes": len(content)}
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return {"bytes": len(content)}
        try:
            return {"json": self.json(read_json(text), all_texts=exchange)}
        except (TooDeepError, RecursionError):
            return {"bytes": len(content)}
        except ValueError:
            return {"text": MASK if exchange else self.prose(text)}
