"""Secrets nobody told Steward are found by form and surroundings; what only looks like one is left alone."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import pairwise
from re import _parser as sre
from typing import Any

import pytest

from steward.lib.detect import directives, documents, find, hashes, headers, keys, options, pairs, prose, tokens, urls
from tests.unit.lib.detect.cases import CLEAN, LONG, SECRETS

DETECTORS = (directives, documents, hashes, headers, keys, options, pairs, prose, tokens, urls)
FRAMES = ("{}", "$ cat file\n{}", "{}\n# end of file", "Aug 26 04:00:01 nas app[99]: {}", "```\n{}\n```")
BY_LINE_START = (
    "kind: Secret",
    "apiVersion",
    "password: |",
    "- name: DB_PASSWORD",
    "requirepass",
    "rocommunity",
    "MONITOR",
)


def marked(line: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text without its marks, and where the secrets stand."""
    text, spans, start = "", [], 0
    for char in line:
        if char == "«":
            start = len(text)
        elif char == "»":
            spans.append((start, len(text)))
        else:
            text += char
    return text, spans


@pytest.mark.parametrize("line", SECRETS)
def test_a_secret_is_wholly_found(line):
    text, spans = marked(line)
    assert spans
    found = find(text)
    missed = [text[start:end] for start, end in spans if not any(f.start <= start and end <= f.end for f in found)]
    assert missed == []


@pytest.mark.parametrize("line", CLEAN)
def test_what_is_no_secret_is_left_alone(line):
    assert [line[found.start : found.end] for found in find(line)] == []


@pytest.mark.parametrize("frame", FRAMES)
def test_most_secrets_are_found_whatever_stands_around_them(frame):
    """Behind the prefix of a log some directives are no longer at the start of a line: those are missed."""
    before = frame.index("{}")
    missed = []
    for line in SECRETS:
        text, spans = marked(line)
        found = find(frame.format(text) if "{" not in text else frame.replace("{}", text))
        missed += [
            line for start, end in spans if not any(f.start <= start + before and end + before <= f.end for f in found)
        ]
    assert len(missed) <= len(SECRETS) * 0.08, missed


@pytest.mark.parametrize("line", CLEAN)
@pytest.mark.parametrize("frame", FRAMES)
def test_what_is_no_secret_is_left_alone_in_any_frame(frame, line):
    text = frame.replace("{}", line)
    assert [text[found.start : found.end] for found in find(text)] == []


def test_finds_are_in_order_and_apart():
    text = "\n".join(marked(line)[0] for line in SECRETS)
    found = find(text)
    assert all(0 <= a.start < a.end <= b.start for a, b in pairwise(found))
    assert all(f.kind == f.kind.lower() and " " not in f.kind for f in found)


def test_indices_hold_behind_letters_that_grow_when_folded():
    text = "\u0130\u0130\u0130 password=hunter2hunter2 end"
    assert [text[f.start : f.end] for f in find(text)] == ["hunter2hunter2"]


def test_a_mask_is_never_part_of_a_find():
    assert find("password=\u2039secret:db\u203a and token: \u2039secret:token\u203a") == []


@pytest.mark.parametrize("module", DETECTORS, ids=lambda one: one.__name__)
def test_every_pattern_reaches_a_bounded_piece_only(module):
    """Which is why a long line costs no more than its length: no repetition is without an upper limit."""
    patterns = list(_patterns(vars(module)))
    assert patterns or module is prose or module is keys
    assert [p.pattern[:120] for p in patterns if _is_unbounded(sre.parse(p.pattern, p.flags & ~re.UNICODE))] == []


def test_noise_of_triggers_and_signs_breaks_nothing():
    dice = random.Random(7)
    pieces = [
        *(marked(line)[0] for line in SECRETS),
        *CLEAN,
        *"\"'\\{}[]()<>|;&=:,\n\t $@/-%",
        LONG,
        "\u2039",
        "\u203a",
        "\u0130",
    ]
    for _ in range(300):
        text = "".join(piece[: dice.randrange(1, 40)] for piece in dice.choices(pieces, k=30))
        found = find(text)
        assert all(0 <= f.start < f.end <= len(text) for f in found)


def _patterns(value: object, depth: int = 0) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif isinstance(value, dict | tuple | list) and depth < 5:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _patterns(item, depth + 1)


def _is_unbounded(parsed: Any) -> bool:
    return any(
        (str(operation).endswith("_REPEAT") and str(given[1]) == "MAXREPEAT") or any(map(_is_unbounded, _inner(given)))
        for operation, given in parsed
    )


def _inner(given: Any) -> list[Any]:
    if isinstance(given, sre.SubPattern):
        return [given]
    return [part for item in given for part in _inner(item)] if isinstance(given, tuple | list) else []
