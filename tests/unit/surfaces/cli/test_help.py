"""Help is part of the promise: it is compared with files a person has read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.surfaces.cli.terminal import start

SNAPSHOTS = Path(__file__).with_name("snapshots")
PAGES = {
    "root": ("--help",),
    "approvals": ("approvals", "--help"),
    "unit-restart": ("unit", "restart", "--help"),
    "machines-add": ("machines", "add", "-h"),
    "secrets-set": ("secrets", "set", "--help"),
    "plan": ("plan", "--help"),
}


@pytest.mark.parametrize("page", PAGES)
def test_help_reads_as_it_was_reviewed(folder, page):
    ended = start(folder, *PAGES[page])
    assert ended.code == 0
    assert ended.out == (SNAPSHOTS / f"{page}.txt").read_text()


@pytest.mark.parametrize("page", PAGES)
def test_help_is_at_most_80_columns(folder, page):
    ended = start(folder, *PAGES[page], env={"COLUMNS": "200"})
    assert max(len(line) for line in ended.out.splitlines()) <= 80


def test_without_words_the_program_shows_its_help(folder):
    assert start(folder).out == start(folder, "--help").out
