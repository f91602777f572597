"""Steward's own commits carry no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward.adapters.repositories.git import GitRepository
from steward.core.leaks import ALLOWED, CheckedRepository, leaks_in
from steward.lib.redact import Redactor
from steward.model.errors import InvalidInput
from steward.model.principal import STEWARD


@pytest.fixture
def repository(tmp_path: Path) -> CheckedRepository:
    redactor = Redactor()
    redactor.add("wifi", "hunter22")
    found = CheckedRepository(GitRepository(path=tmp_path), redactor.known)
    found.create()
    return found


@pytest.mark.parametrize("line", ["password: Wint3r-is-here!", "the wifi is hunter22 here", "aHVudGVyMjI="])
def test_a_commit_with_a_secret_is_refused_with_its_place(repository: CheckedRepository, line: str):
    with pytest.raises(InvalidInput, match="would contain a secret") as refused:
        repository.write({"notes/a.md": f"one\n{line}\n"}, message="x", author=STEWARD)
    assert refused.value.where.startswith("notes/a.md:2 (")
    assert "hunter22" not in str(refused.value)
    assert "Wint3r" not in str(refused.value)
    assert repository.read("notes/a.md") is None


def test_a_message_with_a_secret_is_refused(repository: CheckedRepository):
    with pytest.raises(InvalidInput, match="would contain a secret"):
        repository.write({"a.md": "fine\n"}, message="set hunter22", author=STEWARD)


def test_masked_text_and_lines_a_person_allowed_pass(repository: CheckedRepository):
    text = f"password: \u2039secret:wifi\u203a\npassword: Wint3r-is-here!  # {ALLOWED}\n"
    assert repository.write({"a.md": text}, message="x", author=STEWARD) == repository.head()


def test_a_line_that_stood_there_before_stops_no_other_change(repository: CheckedRepository, tmp_path: Path):
    line = "password: Wint3r-is-here!\n"
    GitRepository(path=tmp_path).write({"a.md": line}, message="by a person", author=STEWARD)
    assert repository.write({"a.md": line + "more\n"}, message="x", author=STEWARD) == repository.head()


def test_places_are_counted_by_line():
    assert [leak.where for leak in leaks_in("x", "a\n\npassword=hunter2x\n")] == ["x:3"]
