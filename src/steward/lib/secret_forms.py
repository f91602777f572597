"""Every form in which programs print a value.

Raw, reversed, base64 (all three alignments, also the URL alphabet), hex, URL-, JSON-, shell- and HTML-escaped, and
UTF-16 shown as text; each of them also as it stands in a JSON document, for journals, container engines and webhooks
wrap what programs print. Every line of a value of many lines is a value of its own.
"""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 4
"""A shorter value would be masked all over harmless text; it is refused, and so is not usable as a secret."""
_SHORTEST_LINE = 12


def forms_of(value: str) -> set[str]:
    """Return every form in which a value may be printed, each at least four characters long."""
    values = {value, *(line.strip() for line in value.splitlines())}
    kept = {v for v in values if v == value or (len(v) >= _SHORTEST_LINE and not v.startswith("-----"))}
    plain = {form for v in kept for form in _forms_of_one(v) if len(form) >= SHORTEST}
    return plain | {inner for form in plain for inner in _in_json(form)}


def _in_json(form: str) -> tuple[str, str]:
    return json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1]


def _forms_of_one(value: str) -> Iterator[str]:
    yield from (value, value[::-1])
    yield from _base64(value.encode())
    plain_hex = value.encode().hex()
    yield from (plain_hex, plain_hex.upper())
    yield from _percent(value)
    yield from _escaped(value)
    yield from _utf16(value)


def _base64(data: bytes) -> Iterator[str]:
    """Give the padded text, and for each alignment the characters that depend on nothing but the value."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(data).decode()
        for shift in range(3):
            text = encode(b"\0" * shift + data).decode()
            yield text[-(-8 * shift // 6) : 8 * (shift + len(data)) // 6]


def _percent(value: str) -> Iterator[str]:
    for text in (quote(value, safe=""), quote(value), quote_plus(value)):
        yield from (text, re.sub(r"%[0-9A-F]{2}", lambda match: match.group().lower(), text))
    yield "".join(f"%{byte:02X}" for byte in value.encode())


def _escaped(value: str) -> Iterator[str]:
    for inner in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield from (inner, inner.replace("/", "\\/"), json.dumps(inner)[1:-1])
    yield repr(value)[1:-1]
    yield from (value.replace("'", "\\'"), value.replace("'", "'\\''"), shlex.quote(value).strip("'"))
    yield re.sub(r"([$`\"\\!])", r"\\\1", value)
    yield re.sub(r"([^\w@%+=:,./-])", r"\\\1", value)
    yield re.sub(r"([^\w@%+=:./-])", r"\\\1", value)
    named = html.escape(value)
    numbered = "".join(f"&#{ord(char)};" if char in "&<>\"'" else char for char in value)
    yield from (html.escape(value, quote=False), named, numbered)
    yield from (named.replace("&#x27;", "&#39;"), named.replace("&#x27;", "&apos;"))


def _utf16(value: str) -> Iterator[str]:
    """Give the bytes of UTF-16 as a program shows them: with NULs, or with NULs escaped or drawn."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = value.encode(encoding, "surrogatepass").decode("latin-1").strip("\0")
        yield from (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
        for nul in ("\\u0000", "\\x00", "\\u{0}", "\\0", "\\000", "^@", "\ufffd"):
            yield text.replace("\0", nul)
