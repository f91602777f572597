"""The page of all figures: one section can be measured anew while the others stay as they are."""

from __future__ import annotations

import re
from itertools import pairwise

_HEAD = re.compile(r"^## (.+)$", re.MULTILINE)
INTRO = """\
# Performance

Steward's figures, each beside an anchor measured in the same run on the same computer: read the ratios, not the
milliseconds. Median (smallest to largest). An aim that is not reached says so. Each section says when, at which commit
and on what it was measured; sections of different days do not compare. This page is written by the program:

    python -m tests.bench --write [NAME ...]

With names only those sections are measured and put in the place of the old ones.
"""


def merged(page: str, sections: list[str]) -> str:
    """Put sections in the place of those with the same title; what is new comes last."""
    found = {_title(text): text.strip() for text in _split(page)}
    found |= {_title(text): text.strip() for text in sections}
    return "\n\n".join([INTRO.strip(), *found.values()]) + "\n"


def _split(page: str) -> list[str]:
    starts = [match.start() for match in _HEAD.finditer(page)]
    return [page[start:end] for start, end in pairwise([*starts, len(page)])]


def _title(section: str) -> str:
    found = _HEAD.match(section)
    if found is None:
        message = f"a section begins with its title, not with `{section[:40]}`"
        raise ValueError(message)
    return found[1]
