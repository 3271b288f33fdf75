"""Masks secrets in texts and bodies that are shown."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote, unquote_plus

MASK: Final = "***"
"""What is in the place of a secret."""

_MINIMUM: Final = 4  # characters of a secret; what is shorter is in many a word
_NESTED: Final = 4  # how deep a value is that is under a secret key
_SECRET_JSON: Final = re.compile(
    rb'("[^"\\]{0,80}(?:token|secret|password|passwd|api_?key|authorization)[^"\\]{0,80}"\s*:\s*")'
    rb'(?:[^"\\]++|\\.)*+',  # possessive: a body of any length is read without going back
    re.IGNORECASE,
)


def _distinctive(secrets: Iterable[str]) -> Iterable[str]:
    """Those that are not in any text by chance, a longer one before those that it holds."""
    return sorted((secret for secret in secrets if len(secret) >= _MINIMUM), key=len, reverse=True)


def encodings(secret: str) -> tuple[str, ...]:
    """A secret as a response may echo it: plain, in JSON, in JSON in a JSON text, in a URL.

    Returns:
        Its spellings, each once.
    """
    in_json = [json.dumps(secret, ensure_ascii=ascii)[1:-1] for ascii in (True, False)]
    nested = [json.dumps(text)[1:-1] for text in in_json]
    in_url = quote(secret.encode("utf-8", "replace"), safe="")
    return tuple(dict.fromkeys((secret, *in_json, *nested, in_url)))


def mask_text(text: str, secrets: Iterable[str]) -> str:
    """A text with the mask in the place of known secrets."""
    for secret in _distinctive(secrets):
        text = text.replace(secret, MASK)
    return text


def mask(content: bytes, secrets: Iterable[str]) -> bytes:
    """A body, or a part of one, with the mask in the place of known secrets."""
    for secret in _distinctive(secrets):
        content = content.replace(secret.encode("utf-8", "surrogatepass"), MASK.encode())
    return content


def redact(content: bytes, secrets: Iterable[str], keys: tuple[str, ...] = ()) -> bytes:
    """Replace known secrets, and what is under a key that sounds like one.

    Args:
        content: A body, or a part of one.
        secrets: Known secrets.
        keys: Keys of JSON whose values are secret, whatever they sound like; numbers and the like are shown.

    Returns:
        The body without them.
    """
    content = mask(content, secrets)
    if keys:
        content = _under(keys).sub(rb'\1"***"', content)
    return _SECRET_JSON.sub(rb"\1***", content)


@lru_cache(maxsize=64)
def _under(keys: tuple[str, ...]) -> re.Pattern[bytes]:
    """The text, list or object that is under one of some keys, each as JSON may spell it, cut off or not."""
    spelled = {json.dumps(key, ensure_ascii=ascii) for key in keys for ascii in (True, False)}
    either = b"|".join(re.escape(key.encode("utf-8", "surrogatepass")) for key in sorted(spelled))
    text = value = rb'"(?:[^"\\]|\\.)*+"?'
    for _ in range(_NESTED):
        inside = rb'(?:[^"\[\]{}]|' + value + rb")*+"
        value = text + rb"|\[" + inside + rb"\]?|\{" + inside + rb"\}?"
    return re.compile(rb"((?:" + either + rb")\s*:\s*)(?:" + value + rb")")


def traces(secrets: Iterable[str]) -> tuple[str, ...]:
    """What gives secrets away: they themselves, in hex, and in base64 also as a part of something longer.

    All of it is case-folded: who knows a secret but for its case knows most of it, and media types have none.
    """
    found: dict[str, None] = {}
    for secret in _distinctive(secrets):
        raw = secret.encode("utf-8", "surrogatepass")
        found |= dict.fromkeys((secret.casefold(), raw.hex()))
        for before in range(3):
            encoded = base64.b64encode(bytes(before) + raw).decode("ascii")
            # The characters at both ends also hold bits of what is beside the secret.
            inner = encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6].casefold()
            found |= dict.fromkeys((inner, inner.replace("+", "-").replace("/", "_")))
    return tuple(found)


def gives_away(text: str, hidden: tuple[str, ...]) -> bool:
    """Whether a text holds a trace, plain or percent-encoded once or twice.

    Args:
        text: A vendor's words.
        hidden: The traces.
    """
    once = unquote(text)
    texts = {spelled.casefold() for spelled in (text, once, unquote_plus(text), unquote(once))}
    return any(trace in spelled for trace in hidden for spelled in texts)
