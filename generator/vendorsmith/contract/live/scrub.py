"""Taking secrets out of what is kept: by the places they stand at, and by their values wherever they turn up."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from vendorsmith.contract.cases import Json
from vendorsmith.contract.live.lossless import TooDeepError, read_json
from vendorsmith.contract.live.spellings import LEAST, LEAST_SEEN, as_base64, decoded, spellings

MASK: Final = "REDACTED"
"""What stands in place of a secret; it needs no encoding anywhere."""

REQUEST_HEADERS: Final = ("accept", "content-type")
ANSWER_HEADERS: Final = ("content-type", "deprecation", "retry-after", "sunset")

MAX_KEPT: Final = 1_000_000
"""Bytes above which of a body only the size is kept: looking for secrets in more takes minutes."""

_SOUNDING: Final = (
    "(?<!un)auth|bearer|cookie|credential|jwt|passw|private|pwd|api_?-?key|access_?-?key|secret|session|signature|token"
    "|(?<![a-z])sig(?![a-z])"
)
SECRET_NAME: Final = re.compile(_SOUNDING, re.IGNORECASE)
_ASSIGNED: Final = re.compile(
    rf"""((?:{_SOUNDING})[\w-]{{0,40}}["']?\s*[=:]\s*)"""
    r"""("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s&;,"'<>{}\[\]]+)""",
    re.IGNORECASE,
)
_SCHEME: Final = re.compile(r"\b(Basic|Bearer)\s+(?=\S*[0-9=])[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_USER_INFO: Final = re.compile(r"""(:(?:\\?/){2})[^\s/?#"'<>\\]+@""")
_DOTTED: Final = re.compile(r"[\w.%-]{10,}", re.ASCII)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")
_NUMERIC: Final = re.compile(r"[0-9eE+.-]+")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)


class Scrubber:
    """Knows secrets, and takes them out.

    Args:
        secret_keys: keys and parameters whose values are secret, as the specification says.
        documented: other documented keys, which therefore are no secrets, whatever they sound like.
    """

    def __init__(self, secret_keys: Iterable[str] = (), documented: Iterable[str] = ()) -> None:
        # Names of header fields come in any case.
        self._secret_keys = frozenset(key.lower() for key in secret_keys)
        self._documented = frozenset(documented)
        self._secrets: dict[str, None] = {}
        self._spelled: list[str] = []
        self._numbers: list[str] = []

    def learn(self, *values: str, least: int = LEAST) -> None:
        """Know values that must not be kept anywhere; those that are too short are not looked for.

        Args:
            *values: the secrets.
            least: characters that one has at least.
        """
        new: list[str] = []
        for value in values:
            if len(value) >= least and value != MASK and value not in self._secrets:
                self._secrets[value] = None
                new += spellings(value)
                self._numbers += [value] if _NUMERIC.fullmatch(value) else []
        if new:
            self._spelled += new
            self._spelled.sort(key=lambda text: (-len(text), text))  # the longer one may contain the shorter

    def learn_environment(self, prefix: str, environment: Mapping[str, str]) -> None:
        """Learn the credentials of a client that is made of environment variables.

        Args:
            prefix: what the names of its variables start with, without the underscore.
            environment: the environment.
        """
        own = {name: value for name, value in environment.items() if name.startswith(f"{prefix}_")}
        self.learn(*(value for name, value in own.items() if SECRET_NAME.search(name.removeprefix(prefix))))
        self.learn(*(value for name, value in own.items() if name.endswith("_KEY")))
        user, password = own.get(f"{prefix}_USERNAME"), own.get(f"{prefix}_PASSWORD")
        if user is not None and password is not None:
            self.learn(as_base64(f"{user}:{password}".encode()))

    def learn_headers(self, headers: Iterable[tuple[str, str]], *, least: int = LEAST) -> None:
        """Learn what header fields carry that sound like a secret.

        Args:
            headers: names and values of a request or an answer.
            least: characters that a secret has at least.
        """
        for name, value in headers:
            if name.lower() in ("cookie", "set-cookie"):
                pairs = value.split(";") if name.lower() == "cookie" else [value.partition(";")[0]]
                self.learn(*(pair.partition("=")[2].strip() for pair in pairs), least=least)
            elif self._is_secret(name) and name.lower() != "www-authenticate":
                self.learn(value, least=least)
                scheme, _, rest = value.partition(" ")
                if scheme.lower() in ("basic", "bearer"):
                    self.learn(rest, least=least)
                if scheme.lower() == "basic":
                    self.learn(*(decoded(rest)[:1] or [""])[0].split(":", 1)[1:], least=least)

    def learn_target(self, target: str) -> None:
        """Learn the values of query parameters that are secret.

        Args:
            target: a raw request target.
        """
        for pair in target.partition("?")[2].split("&"):
            name, _, value = pair.partition("=")
            if self._is_secret(unquote_plus(name)):
                self.learn(value, unquote_plus(value))

    def learn_json(self, value: Json, *, all_texts: bool = False) -> None:
        """Learn the texts of a body that stand under a secret key.

        Args:
            value: the body.
            all_texts: whether all of its texts are secret.
        """
        self.learn(*self._texts(value, all_texts), least=LEAST_SEEN)

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
            inside = _inside(value)
            if inside is not None:
                yield from self._texts(inside, all_texts)

    def _is_secret(self, key: str) -> bool:
        return key.lower() in self._secret_keys or (key not in self._documented and bool(SECRET_NAME.search(key)))

    def text(self, text: str) -> str:
        """A text without secrets.

        Args:
            text: the text.

        Returns:
            It, with a mask for each secret; only a mask where one may be hidden in a way that cannot be cut out.
        """
        for spelling in self._spelled:
            text = text.replace(spelling, MASK)
        text = _BASE64.sub(lambda run: MASK if any(map(self._plainly, decoded(run[0]))) else run[0], text)
        text = _SCHEME.sub(rf"\1 {MASK}", text)
        text = _DOTTED.sub(_without_jwt, _USER_INFO.sub(rf"\1{MASK}@", text))
        return MASK if self.carries(text) else text

    def word(self, text: str) -> str:
        """A word as a client's observer tells it, which is cut where it is long: so may be the secret in it.

        Args:
            text: the word; what was cut ends with an ellipsis.

        Returns:
            It without secrets; only a mask where a secret begins at its end.
        """
        whole, cut, _ = text.rpartition("…")
        if cut and any(
            whole.endswith(spelled[:size]) for spelled in self._spelled for size in range(LEAST, len(spelled))
        ):
            return MASK
        return self.prose(text)

    def prose(self, text: str) -> str:
        """A text of no known structure without secrets: also what stands behind a word like ``password=``.

        Args:
            text: the text.

        Returns:
            It, with a mask for each secret.
        """
        return _ASSIGNED.sub(lambda found: found[1] + _masked_value(found[2]), self.text(text))

    def carries(self, text: str) -> bool:
        """Whether a secret stands in a text, in any way in which texts are escaped.

        Args:
            text: the text.

        Returns:
            True for the least suspicion.
        """
        forms = {text, unquote(text), unquote_plus(text), html.unescape(text), _unescaped(text)}
        forms |= {unquote(form) for form in forms} | {_unescaped(form) for form in forms}
        return any(map(self._plainly, forms))

    def leaks(self, text: str) -> bool:
        """Whether a secret stands in a text in any way at all, base64 included.

        Args:
            text: the text.

        Returns:
            True for the least suspicion.
        """
        return self.carries(text) or any(self._plainly(one) for run in _BASE64.findall(text) for one in decoded(run))

    def _plainly(self, text: str) -> bool:
        return any(secret in text for secret in self._secrets)

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
                self.text(key): self.json(item, all_texts=all_texts or self._is_secret(key))
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.json(item, all_texts=all_texts) for item in value]
        if isinstance(value, str):
            if all_texts:
                return MASK
            inside = _inside(value)
            return self.prose(value) if inside is None else json.dumps(self.json(inside), ensure_ascii=False)
        if value is None or isinstance(value, bool):
            return value
        number = json.dumps(value)
        hidden = all_texts or any(secret in number for secret in self._numbers)
        return type(value)(0) if hidden else value

    def target(self, target: str) -> str:
        """A raw request target without secrets.

        Args:
            target: path and query.

        Returns:
            It, with masks.
        """
        path, mark, query = target.partition("?")
        pairs: list[str] = []
        for pair in query.split("&"):
            name, equals, value = pair.partition("=")
            hidden = equals and self._is_secret(unquote_plus(name))
            pairs.append(f"{self.text(name)}{equals}{MASK if hidden else self.text(value)}")
        return self.text("/".join(map(self.text, path.split("/"))) + mark + "&".join(pairs))

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
        if len(content) > MAX_KEPT:
            return {"bytes": len(content)}
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return {"bytes": len(content)}
        try:
            return {"json": self.json(read_json(text), all_texts=exchange)}
        except TooDeepError:
            return {"bytes": len(content)}
        except ValueError:
            return {"text": MASK if exchange else self.prose(text)}


def _without_jwt(run: re.Match[str]) -> str:
    """A run of letters and dots without the JSON Web Token at its end: a header in JSON and two more parts."""
    before, mark, token = run[0].partition("eyJ")
    return before + MASK if mark and token.count(".") > 1 else run[0]


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)


def _masked_value(value: str) -> str:
    quoted = value[:1] if value[:1] in ('"', "'") else ""
    return f"{quoted}{MASK}{quoted}" if len(value) > 1 and value.endswith(quoted) else f"{quoted}{MASK}"


def _inside(text: str) -> Any:
    """The object or list that a text holds as JSON; None for any other text."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return read_json(text)
    except ValueError:
        return None
