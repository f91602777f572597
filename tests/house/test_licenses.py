"""What Steward stands on may be used with it: no dependency is under the GPL or AGPL alone."""

from __future__ import annotations

import re
from importlib.metadata import metadata
from pathlib import Path

import pytest

LOCKED = Path(__file__).parents[2] / "requirements" / "runtime.txt"
LINES = re.findall(r"^([a-z0-9.-]+)==(.*)$", LOCKED.read_text("utf-8"), re.MULTILINE)
NAMES = [name for name, rest in LINES if not re.search(r"sys_platform == '(win32|emscripten)'", rest)]
"""Packages that are installed where Steward runs: on Linux."""
ALLOWED = re.compile(
    r"(MIT(-0)?|(0|[23]-)?BSD(-[23]-Clause)?|Apache(-| License, Version )2\.0|PSF-2\.0|Python-2\.0|ISC|Zlib|MPL-2\.0"
    r"|EPL-2\.0|LGPL-[0-9.]+(-only|-or-later)?)"
)
CLASSIFIERS = {"Apache Software License": "Apache-2.0", "MIT License": "MIT", "BSD License": "BSD-3-Clause"}
READ_BY_HAND = {"pyrage": "MIT", "pysqlite3": "Zlib"}
"""Packages whose metadata name no license; this is what the license file in the package says."""


@pytest.mark.parametrize("name", NAMES)
def test_a_dependency_may_be_used_in_a_program_under_apache_2(name):
    expression = _license(name)
    assert _is_allowed(expression), f"{name}: {expression or 'no license is named'}"


@pytest.mark.parametrize("expression", ["GPL-3.0-only", "AGPL-3.0-or-later", "MIT AND GPL-2.0-only", "", "Proprietary"])
def test_what_may_not_be_used_is_refused(expression):
    assert not _is_allowed(expression)


@pytest.mark.parametrize("expression", ["EPL-2.0 OR GPL-2.0-or-later", "MIT AND PSF-2.0", "LGPL-3.0-only"])
def test_a_choice_and_the_lesser_license_are_allowed(expression):
    assert _is_allowed(expression)


def _license(name: str) -> str:
    told = metadata(name)
    if told["License-Expression"] or told["License"]:
        return str(told["License-Expression"] or told["License"]).strip()
    named = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if line.startswith("License")]
    return " OR ".join(CLASSIFIERS[one] for one in named if one in CLASSIFIERS) or READ_BY_HAND.get(name, "")


def _is_allowed(expression: str) -> bool:
    """Read `A AND B OR C` without parentheses, which is all that our dependencies write."""
    choices = [choice.split(" AND ") for choice in expression.split(" OR ")]
    return any(all(ALLOWED.fullmatch(part.strip()) for part in choice) for choice in choices)
