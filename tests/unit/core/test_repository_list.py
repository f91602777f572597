"""`repositories.yaml`: what is wrong is told with its line, and what is written can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward.adapters.repositories.git import GitRepository
from steward.core.declared import Declared, Folders
from steward.core.repository_list import RegisteredRepositories, parse_repositories
from steward.model.declared import Declaration
from steward.model.errors import InvalidFile, InvalidInput, NotFound
from steward.model.principal import STEWARD
from steward.model.registered import REPOSITORIES_FILE, RegisteredRepository

LAB = RegisteredRepository(name="lab", path="/srv/lab")


@pytest.fixture
def listed(tmp_path: Path) -> RegisteredRepositories:
    repository = GitRepository(path=tmp_path / "workspace")
    repository.create()
    repository.write({"README.md": "x\n"}, message="Begin", author=STEWARD)
    return RegisteredRepositories(repository=repository)


def test_every_problem_is_told_at_once_with_its_line() -> None:
    text = (
        "repositories:\n"
        "  - name: Lab\n"
        "    path: lab\n"
        "  - name: nas\n"
        "    pth: /srv\n"
        "  - name: ok\n"
        "    path: /srv/a\n"
        "  - name: ok\n"
        "    path: /srv/b\n"
        "    machine: NAS\n"
        "more: 1\n"
    )
    with pytest.raises(InvalidFile) as raised:
        parse_repositories(text)
    assert [(problem.line, problem.what) for problem in raised.value.problems] == [
        (2, "`Lab` cannot be a name"),
        (3, "`path` must be the whole path of a folder"),
        (4, "`repositories[1].path` is missing"),
        (5, "unknown field `repositories[1].pth`"),
        (8, "the name `ok` already belongs to another repository"),
        (10, "`NAS` cannot be the name of a machine"),
        (11, "unknown field `more`"),
    ]


def test_no_file_means_no_repository(listed: RegisteredRepositories) -> None:
    assert listed.current().repositories == ()


def test_what_is_added_is_committed_and_can_be_dropped(listed: RegisteredRepositories) -> None:
    listed.add(LAB, STEWARD)
    listed.add(RegisteredRepository(name="stacks", path="/opt/stacks", machine="nas"), STEWARD)
    text = listed._repository.read(REPOSITORIES_FILE) or ""
    assert text.startswith("# yaml-language-server: $schema=schemas/repositories.json\n")
    assert listed.current().find("lab") == LAB
    assert listed._repository.changed() == ()
    listed.drop("lab", STEWARD)
    assert [one.name for one in listed.current().repositories] == ["stacks"]
    with pytest.raises(NotFound) as raised:
        listed.drop("stack", STEWARD)
    assert raised.value.next_step == "did you mean `stacks`?"


@pytest.mark.parametrize("entry", [LAB, RegisteredRepository(name="rel", path="lab")])
def test_what_does_not_fit_is_not_written(listed: RegisteredRepositories, entry: RegisteredRepository) -> None:
    listed.add(LAB, STEWARD)
    with pytest.raises(InvalidInput):
        listed.add(entry, STEWARD)
    assert [one.name for one in listed.current().repositories] == ["lab"]


def test_a_folder_is_read_again_only_when_its_stamp_changed(listed: RegisteredRepositories) -> None:
    reads: list[str] = []
    stamps = {"/srv/lab": "1"}

    def read(path: str) -> Declaration:
        reads.append(path)
        return Declaration()

    def stamp(path: str) -> str:
        if path not in stamps:
            raise InvalidInput("this is no folder")
        return stamps[path]

    listed.add(LAB, STEWARD)
    declared = Declared(repositories=listed, folders=Folders(read=read, stamp=stamp))
    first = declared.current()
    assert declared.current() is first
    stamps["/srv/lab"] = "2"
    assert declared.current() is not first
    assert len(reads) == 2
    del stamps["/srv/lab"]
    gone = declared.current()
    assert gone[0].problem == "this is no folder"
    assert declared.current() is gone
    stamps["/srv/lab"] = "2"
    assert declared.current()[0].problem == ""
