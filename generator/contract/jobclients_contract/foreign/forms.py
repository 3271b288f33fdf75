"""Form bodies, as werkzeug reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a form.

    Args:
        name: its name.
        content: its content.
        filename: name of the file; None where it is none.
        media_type: what the part says that it is; empty where it does not say.
    """

    name: str
    content: bytes
    filename: str | None = None
    media_type: str = ""


def read_form(content_type: str, body: bytes) -> Sequence[Part]:
    """The fields of a form.

    Args:
        content_type: value of the header field, with its parameters.
        body: the bytes.

    Raises:
        ValueError: it is not a form of this type.
    """
    name, options = parse_options_header(content_type)
    if name == "multipart/form-data":
        return _multipart(options.get("boundary", "").encode(), body)
    _, form, _ = FormDataParser(silent=False).parse(BytesIO(body), name, len(body), options)
    return [Part(key, value.encode()) for key, value in form.items(multi=True)]


def _multipart(boundary: bytes, body: bytes) -> Sequence[Part]:
    decoder = MultipartDecoder(boundary)
    decoder.receive_data(body)
    decoder.receive_data(None)
    parts: list[Part] = []
    while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
        if isinstance(event, Field | File):
            file = event.filename if isinstance(event, File) else None
            parts.append(Part(event.name, b"", file, event.headers.get("content-type", "")))
        elif isinstance(event, Data):
            last = parts[-1]
            parts[-1] = Part(last.name, last.content + event.data, last.filename, last.media_type)
    if not isinstance(event, Epilogue):
        raise ValueError("the form has no end")
    return parts
