"""Mask secrets in text: known values in every form in which programs print them, and what the detectors find.

Known values are the first net: `lib.secret_forms` says in which forms they are found. The detectors of `lib.detect` are
the second, for secrets nobody told Steward. Overlapping finds are masked together, so that no tail of one shows behind
another.

What is not found of known values: other encodings, encodings of encodings, a value split by line breaks or cut in half.
Edges of a base64 text that lie on a character shared with its neighbors show at most four bits of the value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from steward.lib.codec import Json
from steward.lib.detect import KINDS, find
from steward.lib.detect.names import Weight, judge
from steward.lib.detect.values import is_secret
from steward.lib.known_texts import KnownTexts
from steward.lib.secret_forms import SHORTEST, forms_of

_PREFIX = 4
_OPEN, _CLOSE = "\u2039", "\u203a"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_MOST_NAMES = 4_096
"""Names whose judgment is remembered: the same fields are written again and again."""
_CONTEXT = 32_000
_LONGEST_LINE = 1_000_000
_CUT = 64_000


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
        self._clean = KnownTexts()
        """Texts in which the detectors found nothing; known values are looked for in them all the same."""
        self._judge = lru_cache(_MOST_NAMES)(judge)

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
        """Return the text with every secret masked. Masking twice changes nothing."""
        parts: list[str] = []
        at = 0
        for start, end, mask in self.spans(text):
            parts += (text[at:start], mask)
            at = end
        return "".join((*parts, text[at:])) if at else text

    def json(self, value: Json) -> Json:
        """Return plain JSON values with every string masked: keys, values, and numbers that are a secret.

        A value under a name that is plainly secret is masked whole, and so are secrets among words of a command.
        """
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self._under(_name_of(key, value), item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.json(item) for item in _without_words(value)]
        if value is None or isinstance(value, bool) or (isinstance(value, int) and -100 < value < 1000):
            return value  # shorter than any secret; numbers over time come by the thousand
        written = json.dumps(value)
        if len(written) < SHORTEST:
            return value
        masked = self.text(written)
        return value if masked == written else masked

    def _under(self, name: str, value: Json) -> Json:
        """Mask what stands under a name."""
        named = self._judge(name) if isinstance(value, str) else None
        if isinstance(value, str) and named and named.weight >= Weight.LIKELY and is_secret(value, named.weight):
            known = self.known(value)
            return known[0][2] if known else _mask(named.kind)
        return self.json(value)

    def stream(self) -> Stream:
        """Return a masker for text that comes in chunks."""
        return Stream(self)

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Return `(start, end, mask)` of what is to be masked, in order, apart from each other."""
        known = self.known(text)
        found = self._found(text)
        return _together(known, found) if known and found else known or found

    def _found(self, text: str) -> list[tuple[int, int, str]]:
        """Return what the detectors find, which depends on the text alone."""
        if text in self._clean:
            return []
        found = [(span.start, span.end, _mask(span.kind)) for span in find(text)]
        if not found:
            self._clean.add(text)
        return found

    def known(self, text: str) -> list[tuple[int, int, str]]:
        """Return the same for known values only."""
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
    """Masks text that comes in chunks, however a secret is cut: the end is held back until it can be judged.

    Whole lines are judged, together with what came before them: a line of a key is one only behind its first line.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._before = ""
        self._held = ""
        self._masked = 0

    def feed(self, chunk: str) -> str:
        """Take a chunk, return what is certain by now."""
        self._held += chunk
        certain = len(self._held) - max(0, self._redactor.longest_form() - 1)
        lines = self._held.rfind("\n", 0, max(0, certain)) + 1
        return self._release(
            lines if lines or len(self._held) < _LONGEST_LINE else min(certain, len(self._held) - _CUT)
        )

    def finish(self) -> str:
        """Return the rest; the stream can be used again."""
        text = self._release(len(self._held))
        self._before, self._masked = "", 0
        return text

    def _release(self, until: int) -> str:
        """Give out everything before `until`; the first `_masked` characters belong to a mask already given."""
        if until <= 0:
            return ""
        parts: list[str] = []
        at, shift, kept_from = self._masked, len(self._before), until
        for start, end, mask in self._redactor.spans(self._before + self._held):
            start, end = start - shift, end - shift  # noqa: PLW2901 - the same span, counted from what is held
            if start >= until:
                break
            if end >= until:
                kept_from = start
            if start >= self._masked and end > 0:
                parts += (self._held[at : max(at, start)], mask if start >= 0 else "")
            at = max(at, end)
        parts.append(self._held[at:until])
        self._keep(until, kept_from)
        self._masked = max(0, at - until)
        return "".join(parts)

    def _keep(self, until: int, kept_from: int) -> None:
        """Keep the lines before what is held, at least back to the beginning of a find that has not ended yet."""
        given = self._before + self._held[:until]
        start = min(len(given) - _CONTEXT, len(self._before) + kept_from)
        start = max(start, len(given) - 2 * _CUT, 0)
        self._before = given[given.rfind("\n", 0, start) + 1 if start else 0 :]
        self._held = self._held[until:]


def _mask(kind: str) -> str:
    return f"{_OPEN}secret:{kind}{_CLOSE}"


def _name_of(key: str, siblings: dict[str, Json]) -> str:
    """Return the name of a value: its key, or for `{"name": "X", "value": "..."}` what stands beside it."""
    name = siblings.get("name", siblings.get("key")) if key.lower() == "value" else None
    return name if isinstance(name, str) else key


def _without_words(values: list[Json]) -> list[Json]:
    """Mask secrets that only the words around them give away, if these are the words of a command."""
    words = [value for value in values if isinstance(value, str)]
    if len(words) != len(values) or not any(word.startswith("-") for word in words):
        return values
    line = " ".join(f'"{word}"' if " " in word else word for word in words)
    for span in find(line):
        secret = line[span.start : span.end]
        words = [word.replace(secret, _mask(span.kind)) for word in words]
    return list(words)


def _together(one: list[tuple[int, int, str]], other: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Join two lists of spans; where they overlap, the name of the known value stays."""
    joined: list[tuple[int, int, str]] = []
    names = {span[2] for span in one}
    for start, end, mask in sorted([*one, *other]):
        if joined and start < joined[-1][1]:
            first, last_end, first_mask = joined[-1]
            joined[-1] = (first, max(last_end, end), first_mask if first_mask in names else mask)
        else:
            joined.append((start, end, mask))
    return joined


def _join(spans: list[tuple[int, int, str]], start: int, end: int, mask: str) -> None:
    """Add a span that begins at or after the last; one that overlaps makes the last longer."""
    if spans and start < spans[-1][1]:
        first, last_end, first_mask = spans[-1]
        spans[-1] = (first, max(last_end, end), first_mask)
    else:
        spans.append((start, end, mask))


def _compile(masks: dict[str, str]) -> _Forms:
    """Collect every form of every value; a mask of our own is a form too, so that it is passed over whole."""
    found: dict[str, str] = {mask: mask for mask in (*masks.values(), *map(_mask, KINDS))} if masks else {}
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
