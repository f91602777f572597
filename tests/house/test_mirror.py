"""A test lies where its source lies."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "steward"
UNIT = ROOT / "tests" / "unit"
MIRRORED = ("adapters", "core", "knowhow", "lib", "model", "store")
"""Rooms whose folders each have tests of their own."""


def test_every_folder_of_unit_tests_mirrors_a_folder_of_the_source():
    folders = {path.parent.relative_to(UNIT) for path in UNIT.rglob("test_*.py")}
    assert folders
    assert sorted(str(folder) for folder in folders if not (SOURCE / folder).is_dir()) == []


def test_every_room_has_tests():
    assert [room for room in MIRRORED if not any((UNIT / room).rglob("test_*.py"))] == []


def test_the_name_of_every_test_is_a_sentence():
    names = [
        (path, name)
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert names
    assert [f"{path.name}: {name}" for path, name in names if name.count("_") < 3] == []
