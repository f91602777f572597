"""`outside.yaml`: every problem with its line, and never more allowed than was written."""

from __future__ import annotations

import pytest

from steward.core.outside_file import NO_OUTSIDE, parse_outside
from steward.core.workspace import WorkspaceFiles
from steward.model.errors import InvalidFile
from steward.model.outside import NO_RULES, OUTSIDE_FILE, Expectation, WatchedName
from steward.testing.places import MemoryRepository

GOOD = """\
names:
  - name: cloud.example.net
    machine: nas
    inside: 192.168.7.2
    outside: 203.0.113.9
    expect: same
registries: [docker.io, "http://registry.lan:5000"]
quiet: [printer]
"""
INVENTORY = "machines:\n  - id: m-1\n    name: nas\n    address: 192.168.7.5\n"


def test_a_good_file_is_read() -> None:
    rules = parse_outside(GOOD)
    assert rules.names == (
        WatchedName(
            name="cloud.example.net",
            machine="nas",
            inside="192.168.7.2",
            outside="203.0.113.9",
            expect=Expectation.SAME,
        ),
    )
    assert rules.registries == ("docker.io", "http://registry.lan:5000")
    assert rules.quiet == ("printer",)


@pytest.mark.parametrize("text", ["", NO_OUTSIDE, "quiet: []\n"])
def test_nothing_written_allows_nothing(text: str) -> None:
    assert parse_outside(text) == NO_RULES


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (GOOD.replace("registries", "registry"), 7, "unknown field `registry`"),
        (GOOD.replace("expect: same", "expect: equal"), 6, "`names[0].expect` does not fit"),
        (GOOD.replace("    machine: nas\n", ""), 2, "`names[0].machine` is missing"),
        (GOOD.replace("cloud.example.net", "Cloud"), 2, "is no name of a host"),
        (GOOD.replace("192.168.7.2", "dns.lan"), 4, "is no name server"),
        (GOOD.replace("203.0.113.9", "192.168.7.2"), 5, "the same name server as inside"),
        (GOOD.replace("docker.io", "https://docker.io"), 7, "is no registry"),
        (GOOD.replace("docker.io", "docker.io/library"), 7, "is no registry"),
        (GOOD.replace("names:\n", "names:\n" + "".join(GOOD.splitlines(keepends=True)[1:6])), 7, "is there already"),
        ("- a\n", 1, "must be a mapping"),
    ],
)
def test_a_problem_is_told_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(InvalidFile) as raised:
        parse_outside(text)
    assert (raised.value.line, says in str(raised.value)) == (line, True), str(raised.value)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidFile) as raised:
        parse_outside(GOOD.replace("203.0.113.9", "x").replace("docker.io", "docker io"))
    assert [problem.line for problem in raised.value.problems] == [5, 7]


def test_a_machine_that_the_inventory_does_not_have_is_a_problem() -> None:
    with pytest.raises(InvalidFile) as raised:
        parse_outside(GOOD, machines=["nash", "tv"])
    assert [problem.line for problem in raised.value.problems] == [3, 8]
    assert "did you mean `nash`?" in str(raised.value)


def repository(outside: str) -> MemoryRepository:
    found = MemoryRepository()
    found.edit("inventory.yaml", INVENTORY)
    found.edit(OUTSIDE_FILE, outside)
    return found


def test_a_broken_edit_leaves_the_last_good_version_in_force() -> None:
    files = repository("registries: [docker.io]\n")
    workspace = WorkspaceFiles(repository=files)
    assert workspace.outside().registries == ("docker.io",)
    assert workspace.outside_problems() == ()
    files.edit(OUTSIDE_FILE, "registries: [docker.io, evil/]\n")
    assert workspace.outside().registries == ("docker.io",)
    assert [problem.line for problem in workspace.outside_problems()] == [1]


def test_without_a_good_version_nothing_but_machines_is_asked() -> None:
    workspace = WorkspaceFiles(repository=repository("registries: 3\n"))
    assert workspace.outside() == NO_RULES
    assert workspace.outside_problems() != ()


def test_a_machine_that_left_the_inventory_is_told_by_the_check_alone() -> None:
    workspace = WorkspaceFiles(repository=repository("quiet: [nsa]\n"))
    assert workspace.outside().quiet == ("nsa",)
    assert "did you mean `nas`?" in str(workspace.outside_problems()[0])
