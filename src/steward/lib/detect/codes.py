"""Find lists of recovery codes, each good for one login, and the words from which a wallet can be made again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, triggers
from steward.lib.detect.values import is_mixed

_CODES = re.compile(
    r"(?:recovery|backup|scratch|rescue|2fa|one-time|one time|emergency)[ _-](?:codes?|keys?)\b[^\n:]{0,60}:?(?P<codes>"
    r"(?:(?:[\s,|*-]|\d{1,2}[.)] ){1,12}[A-Za-z0-9]{4,12}(?:-[A-Za-z0-9]{3,12}){0,7}(?![\w-])){1,20})",
    re.IGNORECASE,
)
_CODE = re.compile(r"[A-Za-z0-9]{4,12}(?:-[A-Za-z0-9]{3,12}){0,7}(?![\w-])(?![.)] )")
_SEED = re.compile(
    r"(?:seed|mnemonic|phrase|words)[\"'`]?[^\n\"'`:=]{0,30}[\"'`]?[ \t]{0,8}(?:[:=]|\bis\b)\s{0,8}[\"'`]?"
    r"(?P<words>(?:\d{1,2}[.)] ?)?[a-z]{3,8}(?:[\s,]{1,3}(?:\d{1,2}[.)] ?)?[a-z]{3,8}){11,23})(?![a-z])",
    re.IGNORECASE,
)
_CODE_ROOTS = triggers("code", "recovery key", "backup key")
_SEED_ROOTS = triggers("seed", "mnemonic", "phrase", "words")
_LETTERS = re.compile(r"[^\W\d_]{1,64}")


def spans(text: Text) -> Iterator[Span]:
    """Yield lists of codes, each good for one login, and the words from which a wallet can be made again."""
    for start, _ in text.lines(text.places(_CODE_ROOTS), 400):
        match = _CODES.search(text.text, start, start + 1200)
        codes = (
            [code for code in _CODE.finditer(text.text, *match.span("codes")) if _has_digit(code.group())]
            if match
            else []
        )
        if codes and (len(codes) > 1 or is_mixed(codes[0].group()) or "-" in codes[0].group()):
            yield Span(codes[0].start(), codes[-1].end(), "code")
    for place in text.places(_SEED_ROOTS):
        match = _SEED.match(text.text, place)
        if match and len(_LETTERS.findall(match["words"])) in {12, 15, 18, 21, 24}:
            yield Span(*match.span("words"), "seed")


def _has_digit(value: str) -> bool:
    return any(map(str.isdigit, value))
