from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from steward.adapters.repositories.git import GitRepository
from steward.core.workspace import WorkspaceFiles, parse_inventory
from steward.model.change import Change, ChangeState
from steward.model.errors import Conflict, InvalidFile, InvalidInput, NotFound
from steward.model.ids import ChangeId, MachineId, PlanId, PrincipalId, RunId
from steward.model.machine import Autonomy, Machine, Transport
from steward.model.principal import Principal, PrincipalKind

OWNER = Principal(id=PrincipalId("owner"), kind=PrincipalKind.PERSON, name="Ada", channel="cli")
KEY = "SHA256:" + "A" * 43
NAS = Machine(id=MachineId("m-nas"), name="nas", address="10.0.0.1", host_key=KEY)
PI = Machine(
    id=MachineId("m-pi"),
    name="pi.lan",
    address="10.0.0.2",
    port=2222,
    user="steward",
    autonomy=Autonomy.ASK,
    groups=("media", "edge"),
    labels={"on": "no", "rack": "1"},
)


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    return GitRepository(path=tmp_path / "workspace")


@pytest.fixture
def files(repository: GitRepository) -> WorkspaceFiles:
    found = WorkspaceFiles(repository=repository)
    found.create("Ada")
    return found


def by_hand(repository: GitRepository, text: str, *, commit: bool = False) -> None:
    """Edit the inventory as a person would."""
    (Path(repository.path) / "inventory.yaml").write_text(text)
    if commit:
        words = ["git", "-C", repository.path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "mine"]
        subprocess.run(words, check=True)


def shown(repository: GitRepository) -> str:
    return repository.read("inventory.yaml") or ""


def test_a_new_workspace_is_committed_and_whole(files: WorkspaceFiles, repository: GitRepository):
    assert files.inventory().machines == ()
    assert files.problems() == ()
    assert repository.changed() == ()
    assert "homelab of Ada" in (repository.read("README.md") or "")
    for name in (
        "policy.yaml",
        "notes/README.md",
        "changes/README.md",
        "schemas/inventory.json",
        "schemas/policy.json",
        "schemas/repositories.json",
    ):
        assert repository.read(name)


def test_creating_again_changes_nothing_that_is_there(files: WorkspaceFiles, repository: GitRepository):
    files.add_machine(NAS, OWNER)
    head = repository.head()
    assert files.create("Somebody") == head
    assert files.require("nas") == NAS


def test_a_machine_that_was_added_is_read_back_as_it_was(files: WorkspaceFiles, repository: GitRepository):
    for machine in (NAS, PI, Machine(id=MachineId("m-box"), name="box", transport=Transport.LOCAL)):
        assert files.add_machine(machine, OWNER) == repository.head()
        assert files.require(machine.name) == machine
        assert files.require(machine.id) == machine
    assert [machine.name for machine in files.inventory().machines] == ["nas", "pi.lan", "box"]
    assert "steward machines add NAME ADDRESS" in shown(repository)
    assert "port" not in shown(repository).split("name: nas")[1].split("name: pi")[0]


def test_changing_and_removing_keeps_comments_and_order(files: WorkspaceFiles, repository: GitRepository):
    files.add_machine(NAS, OWNER)
    files.add_machine(PI, OWNER)
    by_hand(repository, shown(repository).replace("name: nas", "name: nas   # upstairs"), commit=True)
    files.change_machine(NAS.id, OWNER, autonomy=Autonomy.GRANTED, quarantined="its host key changed")
    assert files.require("nas") == replace(NAS, autonomy=Autonomy.GRANTED, quarantined="its host key changed")
    files.change_machine(NAS.id, OWNER, quarantined="", name="storage")
    assert files.require("storage") == replace(NAS, autonomy=Autonomy.GRANTED, name="storage")
    assert "name: storage   # upstairs" in shown(repository)
    assert "quarantined" not in shown(repository)
    files.remove_machine(NAS.id, OWNER)
    assert files.inventory().machines == (PI,)
    files.remove_machine(PI.id, OWNER)
    assert files.inventory().machines == ()


def test_a_change_that_does_not_fit_is_refused_and_nothing_is_written(files: WorkspaceFiles, repository: GitRepository):
    files.add_machine(NAS, OWNER)
    head, text = repository.head(), shown(repository)
    with pytest.raises(InvalidInput, match="already belongs"):
        files.add_machine(replace(PI, name="nas"), OWNER)
    with pytest.raises(InvalidInput, match="cannot be a name"):
        files.change_machine(NAS.id, OWNER, name="N A S")
    for fields in ({"adress": "x"}, {"id": "m-new"}):
        with pytest.raises(InvalidInput, match="no field"):
            files.change_machine(NAS.id, OWNER, **fields)
    with pytest.raises(NotFound):
        files.remove_machine(MachineId("nas"), OWNER)
    assert (repository.head(), shown(repository)) == (head, text)


def test_an_unknown_name_gives_the_nearest(files: WorkspaceFiles):
    files.add_machine(NAS, OWNER)
    with pytest.raises(NotFound, match="did you mean `nas`"):
        files.require("nass")
    with pytest.raises(NotFound, match="steward machines ls"):
        files.require("zzzz")


def test_a_good_edit_by_hand_is_in_force_at_once(files: WorkspaceFiles, repository: GitRepository):
    files.add_machine(NAS, OWNER)
    by_hand(repository, shown(repository).replace("10.0.0.1", "10.0.0.9"))
    assert files.require("nas").address == "10.0.0.9"
    assert files.problems() == ()


def test_an_edit_that_is_not_committed_is_never_overwritten(files: WorkspaceFiles, repository: GitRepository):
    files.add_machine(NAS, OWNER)
    by_hand(repository, shown(repository).replace("10.0.0.1", "10.0.0.9"))
    with pytest.raises(Conflict):
        files.add_machine(PI, OWNER)
    assert "10.0.0.9" in shown(repository)


def test_a_broken_edit_keeps_the_last_good_version_and_is_reported_until_it_is_mended(
    files: WorkspaceFiles, repository: GitRepository
):
    files.add_machine(NAS, OWNER)
    good = shown(repository).replace("10.0.0.1", "10.0.0.9")
    by_hand(repository, good)
    assert files.require("nas").address == "10.0.0.9"
    for broken in ("machines: [", "", "machines:\n", "- 1\n", "machines: []\nmachines: []\n"):
        by_hand(repository, broken)
        assert files.problems()
        assert files.require("nas").address == "10.0.0.9"
        with pytest.raises(InvalidFile):
            files.add_machine(PI, OWNER)
    (Path(repository.path) / "inventory.yaml").write_bytes(b"\xff")
    assert [problem.what for problem in files.problems()] == ["this is not UTF-8 text"]
    by_hand(repository, good)
    assert files.problems() == ()


def test_after_a_restart_the_newest_good_commit_is_in_force(files: WorkspaceFiles, repository: GitRepository):
    files.add_machine(NAS, OWNER)
    files.add_machine(PI, OWNER)
    by_hand(repository, "machines: nonsense\n", commit=True)
    by_hand(repository, "machines: [worse\n")
    restarted = WorkspaceFiles(repository=repository)
    assert restarted.inventory().machines == (NAS, PI)
    assert restarted.problems()[0].line == 1  # where the list begins that is not closed


def test_a_deleted_inventory_is_not_an_empty_one(files: WorkspaceFiles, repository: GitRepository):
    files.add_machine(NAS, OWNER)
    (Path(repository.path) / "inventory.yaml").unlink()
    assert WorkspaceFiles(repository=repository).inventory().machines == (NAS,)
    assert "missing" in files.problems()[0].what


def test_without_any_good_version_the_problem_is_raised(tmp_path: Path):
    repository = GitRepository(path=tmp_path / "w")
    repository.create()
    with pytest.raises(InvalidFile, match="missing"):
        WorkspaceFiles(repository=repository).inventory()
    by_hand(repository, "machines: 7\n")
    with pytest.raises(InvalidFile, match="must be a list"):
        WorkspaceFiles(repository=repository).inventory()


def test_documents_are_read_with_what_is_not_committed_and_what_is_no_text(
    files: WorkspaceFiles, repository: GitRepository
):
    folder = Path(repository.path) / "docs"
    head = files.write_documents({"docs/a.md": "a\n"}, "Documents", OWNER, expected=repository.head())
    (folder / "mine.md").write_text("mine\n")
    (folder / "odd.md").write_bytes(b"\xff\xfe")
    (folder / "picture.svg").write_text("<svg/>")
    found = files.documents(("docs", "docs/machines"))
    assert (found.commit, dict(found.texts)) == (head, {"docs/a.md": "a\n", "docs/mine.md": "mine\n"})
    assert found.unreadable == {"docs/odd.md"}
    assert {"docs/mine.md", "docs/odd.md"} <= found.edited
    with pytest.raises(Conflict):
        files.write_documents({"docs/a.md": None}, "Documents", OWNER, expected="0" * 40)
    files.write_documents({"docs/a.md": None}, "Documents", OWNER, expected=head)
    assert not (folder / "a.md").exists()


def test_a_change_is_one_file_and_one_commit(files: WorkspaceFiles, repository: GitRepository):
    change = Change(
        id=ChangeId("chg-1"),
        title="Restart nginx",
        why="it failed",
        finding=None,
        plan=PlanId("p"),
        run=RunId("r"),
        state=ChangeState.OPEN,
        opened=datetime(2026, 1, 1, tzinfo=UTC),
    )
    first = files.write_change(change, "# open\n", OWNER)
    second = files.write_change(replace(change, state=ChangeState.CLOSED), "# closed\n", OWNER)
    assert first != second == repository.head()
    assert [text for _, text in repository.committed("changes/chg-1.md")] == ["# closed\n", "# open\n"]


GOOD = "machines:\n  - {id: m-1, name: nas, address: 10.0.0.1"


@pytest.mark.parametrize(
    ("text", "line", "column", "what", "step"),
    [
        (
            "machines:\n  - {id: m-1, name: nas, adress: 10.0.0.1}\n",
            2,
            26,
            "unknown field `machines[0].adress`",
            "`address`",
        ),
        ("machine: []\n", 1, 1, "unknown field `machine`", "`machines`"),
        (GOOD + ", autonomy: asks}\n", 2, 55, "`machines[0].autonomy` does not fit", "`ask`"),
        (GOOD + ", transport: sssh}\n", 2, 56, "`machines[0].transport` does not fit", "`ssh`"),
        (GOOD + ", port: 0}\n", 2, 51, "`port` must be", ""),
        (GOOD + ", port: true}\n", 2, 51, "`port` must be", ""),
        (GOOD + ", port: ssh}\n", 2, 51, "`machines[0].port` does not fit", ""),
        (GOOD + ", host_key: SHA256:short}\n", 2, 55, "`host_key` is not a fingerprint", "ssh-keygen"),
        (GOOD + ", user: -oProxyCommand=x}\n", 2, 51, "`user` may not begin with a dash", ""),
        (GOOD + ", groups: [Media]}\n", 2, 54, "`Media` cannot be a group", ""),
        (GOOD + ", labels: {a: 1}}\n", 2, 57, "`machines[0].labels.a` does not fit", "quotes"),
        ("machines:\n  - {id: m-1, name: Nas, address: a}\n", 2, 21, "`Nas` cannot be a name", "lower-case"),
        ("machines:\n  - {id: m-1, name: '-a', address: a}\n", 2, 21, "`-a` cannot be a name", ""),
        ("machines:\n  - {id: M 1, name: nas, address: a}\n", 2, 10, "`M 1` cannot be an id", ""),
        ("machines:\n  - name: nas\n    address: a\n", 2, 5, "`machines[0].id` is missing", "id: ..."),
        ("machines:\n  - id: m-1\n    name: nas\n", 2, 5, "`nas` has no address", "address: ..."),
        ("machines:\n  - nas\n", 2, 5, "`machines[0]` must be a mapping", ""),
        ("machines:\n", 1, 10, "`machines` must be a list", "machines: []"),
        ("", 1, 1, "`machines` must be a list", "machines: []"),
        (GOOD + "}\n  - {id: m-1, name: b, address: b}\n", 3, 10, "the id `m-1` already belongs", ""),
        (GOOD + "}\n  - {id: m-2, name: nas, address: b}\n", 3, 21, "the name `nas` already belongs", ""),
        (GOOD + "}\n  - {id: m-2, name: m-1, address: b}\n", 3, 21, "the name `m-1` already belongs", ""),
    ],
)
def test_each_mistake_is_named_at_its_place_with_a_remedy(text: str, line: int, column: int, what: str, step: str):
    with pytest.raises(InvalidFile) as caught:
        parse_inventory(text)
    error = caught.value
    assert (error.file, error.line, error.column) == ("inventory.yaml", line, column)
    assert what in error.what
    assert step in error.next_step


def test_all_mistakes_are_given_at_once_in_the_order_of_the_file():
    text = "machines:\n  - {id: m-1, nam: x, address: 5, port: 0}\n  - {id: m-1, name: A}\nextra: 1\n"
    with pytest.raises(InvalidFile) as caught:
        parse_inventory(text)
    found: Any = [(problem.line, problem.what) for problem in caught.value.problems]
    assert [line for line, _ in found] == [2, 2, 2, 3, 3, 4]
    assert caught.value.problems[0] is caught.value
