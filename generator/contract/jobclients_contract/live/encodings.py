"""The encodings in which a secret may appear, and searching for all of them in a text."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

MINIMUM: Final = 4
"""Characters below which a secret is too short to be looked for everywhere."""

MINIMUM_SEEN: Final = 8
"""The same for what only is where secrets do, and may be any word, and for what is found in upper or lower case."""

_FEW: Final = 100
"""Needles up to which trying each is faster than looking up what can begin in a text."""

_UNSEEN: Final = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001\U000e0020-\U000e007f]"
)
"""Characters that nobody sees (the categories Cc, but for white space, and Cf): between letters they hide a word."""

_LONG_ENTITY: Final = re.compile(r"&#[0-9]{1000,}")


class Needles:
    """Texts that are looked for in others, of which there may be many; some in upper and lower case."""

    def __init__(self) -> None:
        self._exact: dict[str, None] = {}
        self._folded: dict[str, None] = {}
        self._heads: dict[str, list[str]] = {}

    def add(self, texts: Iterable[str], *, folded: bool) -> None:
        """Look for more.

        Args:
            texts: of at least `MINIMUM` characters.
            folded: whether in any case.
        """
        known = self._folded if folded else self._exact
        for text in map(fold, texts) if folded else texts:
            if text not in known:
                known[text] = None
                self._heads.setdefault(text[:MINIMUM], []).append(text)

    def inside(self, text: str) -> bool:
        """Whether one of them is in a text."""
        low = fold(text) if self._folded else text
        return any(
            (one in self._exact and one in text) or (one in self._folded and one in low)
            for one in self._likely(text, low)
        )

    def cut(self, text: str, mask: str) -> str:
        """A text with a mask in place of each of them, the longer ones first, which may contain shorter ones."""
        low = fold(text) if self._folded else text
        for one in sorted(self._likely(text, low), key=lambda needle: (-len(needle), needle)):
            for known in (self._exact, self._folded):
                where = low if known is self._folded else text
                if one not in known or one not in where:
                    continue
                pieces, start = list[str](), 0
                while (found := where.find(one, start)) >= 0:
                    pieces.append(text[start:found])
                    start = found + len(one)
                text = mask.join((*pieces, text[start:]))
                low = fold(text) if self._folded else text
        return text

    def begins_at_end(self, text: str) -> bool:
        """Whether a text ends with the beginning of one of them, of `MINIMUM` characters or more."""
        low = fold(text) if self._folded else text
        return any(
            where.endswith(one[:size])
            for known, where in ((self._exact, text), (self._folded, low))
            for one in self._likely(text, low)
            if one in known and one[:MINIMUM] in where
            for size in range(MINIMUM, min(len(one), len(where) + 1))
        )

    def _likely(self, text: str, low: str) -> list[str]:
        """Those whose first characters are in a text; all of them where they are few."""
        if len(self._exact) + len(self._folded) < _FEW:
            return [*self._exact, *self._folded]
        heads = {each[i : i + MINIMUM] for each in {text, low} for i in range(len(each) - MINIMUM + 1)}
        return [one for head in heads & self._heads.keys() for one in self._heads[head]]


def fold(text: str) -> str:
    """A text without regard to case, of the same length."""
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    return "".join(one if len(one := c.casefold()) == 1 else c for c in text)


def encodings(secret: str) -> list[str]:
    """A secret in the ways in which it is usually written.

    Returns:
        Each way once.
    """
    raw = secret.encode("utf-8", "surrogatepass")
    in_json = [json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)]
    nested = [json.dumps(text)[1:-1] for text in in_json]
    percent = [quote(raw, safe=""), quote(raw, safe="/"), quote_plus(raw)]
    lower = [re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), text) for text in percent]
    encoded = [as_base64(raw), base64.urlsafe_b64encode(raw).decode()]
    bare = [text.rstrip("=") for text in encoded]
    found = (secret, *in_json, *nested, *percent, *lower, html.escape(secret), *encoded, *bare)
    found += (raw.hex(), raw.hex().upper())
    found += (
        (secret.casefold(),) if len(secret) >= MINIMUM_SEEN else ()
    )  # which may be longer, as "ss" is of one letter
    return list(dict.fromkeys(found))


def forms(text: str) -> Iterator[str]:
    """A text as it is and without what nobody sees."""
    yield text
    if not text.isprintable():
        yield _UNSEEN.sub("", text)


def unescaped_html(text: str) -> str:
    """A text with its entities read; Python reads no number of thousands of digits."""
    return html.unescape(_LONG_ENTITY.sub("", text))


def as_base64(raw: bytes) -> str:
    """Bytes in the base64 of Basic authentication."""
    return base64.b64encode(raw).decode("ascii")


def decoded(run: str) -> list[str]:
    """What a run of characters says if it is base64, at each of the offsets at which a part of it can begin."""
    found: list[str] = []
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    for offset in range(min(4, len(body))):
        part = body[offset:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            raw = base64.b64decode(part + "=" * (-len(part) % 4))
        except (binascii.Error, ValueError):
            continue
        found.append(raw.decode("utf-8", "replace"))
    return found
