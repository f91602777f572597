"""Mask known secret values in text, in every form in which programs print them.

A secret is found raw, in base64 (all three alignments, also the URL alphabet), hex, URL-, JSON-, shell- and
HTML-escaped, as UTF-16 shown as text, and reversed. Every line of a secret of many lines is a secret of its own.
Overlapping finds are masked together, so that no tail of one shows behind another.

What is not found: other encodings, encodings of encodings, a value split by line breaks or cut in half. Edges of a
base64 text that lie on a character shared with its neighbors show at most four bits of the value.
"""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Lock
from urllib.parse import quote, quote_plus

from steward.lib.codec import Json

SHORTEST = 4
"""A shorter value would be masked all over harmless text; it is refused, and so is not usable as a secret."""
_SHORTEST_LINE = 12
_PREFIX = 4
_OPEN, _CLOSE = "\u2039", "\u203a"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True, kw_only=True)
class _Forms:
    """Everything that is looked for; a regular expression finds where something may begin, `by_prefix` decides."""

    starts: re.Pattern[str] | None
    by_prefix: dict[str, tuple[tuple[str, str], ...]]
    longest: int


class Redactor:
    """Knows secret values and masks each as `secret:name` between single angle quotes. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._masks: dict[str, str] = {}
        self._forms: _Forms | None = None

    def add(self, name: str, value: str) -> None:
        """Mask this value from now on; a value stays masked when its name gets a new one.

        Raises:
            ValueError: the value is shorter than four characters, or the name is not plain. The text never shows it.
        """
        if not _NAME.fullmatch(name):
            msg = "the name of a secret has letters, digits, dot, dash and underscore"
            raise ValueError(msg)
        if len(value) < SHORTEST:
            msg = f"the secret `{name}` is shorter than {SHORTEST} characters and could not be masked"
            raise ValueError(msg)
        with self._lock:
            if value not in self._masks:
                self._masks[value] = f"{_OPEN}secret:{name}{_CLOSE}"
                self._forms = None

    def text(self, text: str) -> str:
        """Return the text with every known secret masked. Masking twice changes nothing."""
        parts: list[str] = []
        at = 0
        for start, end, mask in self.spans(text):
            parts += (text[at:start], mask)
            at = end
        return "".join((*parts, text[at:])) if at else text

    def json(self, value: Json) -> Json:
        """Return plain JSON values with every string masked: keys, values, and numbers that are a secret."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.json(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.json(item) for item in value]
        if value is None or isinstance(value, bool):
            return value
        written = json.dumps(value)
        masked = self.text(written)
        return value if masked == written else masked

    def stream(self) -> Stream:
        """Return a masker for text that comes in chunks."""
        return Stream(self)

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Return `(start, end, mask)` of what is to be masked, in order, apart from each other."""
        forms = self._compiled()
        spans: list[tuple[int, int, str]] = []
        match = forms.starts.search(text) if forms.starts else None
        while forms.starts and match:
            start = match.start()
            for form, mask in forms.by_prefix[match.group()]:
                if text.startswith(form, start):
                    _join(spans, start, start + len(form), mask)
                    break
            match = forms.starts.search(text, start + 1)
        return spans

    def longest_form(self) -> int:
        """Return the length of the longest form of any secret."""
        return self._compiled().longest

    def _compiled(self) -> _Forms:
        forms = self._forms
        if forms is None:
            with self._lock:
                forms = self._forms = _compile(self._masks)
        return forms


class Stream:
    """Masks text that comes in chunks, however a secret is cut: the end is held back until it can be judged."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""
        self._masked = 0

    def feed(self, chunk: str) -> str:
        """Take a chunk, return what is certain by now."""
        self._held += chunk
        return self._release(len(self._held) - max(0, self._redactor.longest_form() - 1))

    def finish(self) -> str:
        """Return the rest; the stream can be used again."""
        return self._release(len(self._held))

    def _release(self, until: int) -> str:
        """Give out everything before `until`; the first `_masked` characters belong to a mask already given."""
        if until <= 0:
            return ""
        parts: list[str] = []
        at = self._masked
        for start, end, mask in self._redactor.spans(self._held):
            if start >= until:
                break
            if start >= self._masked:
                parts += (self._held[at:start], mask)
            at = max(at, end)
        parts.append(self._held[at:until])
        self._held, self._masked = self._held[until:], max(0, at - until)
        return "".join(parts)


def _join(spans: list[tuple[int, int, str]], start: int, end: int, mask: str) -> None:
    """Add a span that begins at or after the last; one that overlaps makes the last longer."""
    if spans and start < spans[-1][1]:
        first, last_end, first_mask = spans[-1]
        spans[-1] = (first, max(last_end, end), first_mask)
    else:
        spans.append((start, end, mask))


def _compile(masks: dict[str, str]) -> _Forms:
    """Collect every form of every value; a mask of our own is a form too, so that it is passed over whole."""
    found: dict[str, str] = {mask: mask for mask in masks.values()}
    for value, mask in masks.items():
        for form in forms_of(value):
            found.setdefault(form, mask)
    by_prefix: dict[str, list[tuple[str, str]]] = {}
    for form in sorted(found, key=len, reverse=True):
        by_prefix.setdefault(form[:_PREFIX], []).append((form, found[form]))
    starts = re.compile(_any_of(by_prefix)) if by_prefix else None
    frozen = {prefix: tuple(forms) for prefix, forms in by_prefix.items()}
    return _Forms(starts=starts, by_prefix=frozen, longest=max(map(len, found), default=0))


def _any_of(prefixes: Iterable[str]) -> str:
    """Write prefixes as a regular expression that shares beginnings, which makes a miss cheap."""
    by_first: dict[str, list[str]] = {}
    for prefix in sorted(prefixes):
        by_first.setdefault(prefix[:1], []).append(prefix[1:])
    branches = [re.escape(first) + (_any_of(rest) if any(rest) else "") for first, rest in by_first.items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def forms_of(value: str) -> set[str]:
    """Return every form in which a value may be printed, each at least four characters long."""
    values = {value, *(line.strip() for line in value.splitlines())}
    kept = {v for v in values if v == value or (len(v) >= _SHORTEST_LINE and not v.startswith("-----"))}
    return {form for v in kept for form in _forms_of_one(v) if len(form) >= SHORTEST}


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
