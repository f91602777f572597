from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from steward.adapters.repositories.git import GitRepository
from steward.model.errors import Conflict, InvalidFile, InvalidInput, NeedsPerson, TryLater
from steward.model.ids import PrincipalId
from steward.model.principal import STEWARD, Principal, PrincipalKind

OWNER = Principal(id=PrincipalId("owner"), kind=PrincipalKind.PERSON, name="Ada Löve", channel="cli")


def git(place: Path, *words: str) -> str:
    """Run git as a person would, in a home without configuration."""
    names = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", **names}
    safe = ("-c", f"safe.directory={place}")
    done = subprocess.run(["git", *safe, "-C", place, *words], capture_output=True, text=True, env=clean, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def repository(place: Path) -> GitRepository:
    found = GitRepository(path=place)
    found.create()
    return found


def test_a_new_repository_has_no_commit(repository: GitRepository):
    assert repository.head() == ""
    assert repository.changed() == ()
    assert repository.read("inventory.yaml") is None
    assert list(repository.committed("inventory.yaml")) == []


def test_the_files_of_a_folder_are_listed_without_what_lies_deeper(repository: GitRepository, place: Path):
    assert repository.files("tools") == ()
    (place / "tools" / "deeper").mkdir(parents=True)
    for name in ("b.yaml", "a.yaml", "deeper/c.yaml"):
        (place / "tools" / name).write_text("")
    assert repository.files("tools") == ("tools/a.yaml", "tools/b.yaml")
    with pytest.raises(InvalidInput):
        repository.files("../elsewhere")


def test_the_mark_of_a_file_changes_with_it_and_one_changed_just_now_has_none(repository: GitRepository, place: Path):
    assert repository.stamps("tools") == {}
    (place / "tools" / "deeper").mkdir(parents=True)
    file, other = place / "tools" / "a.yaml", place / "tools" / "b.yaml"
    with time_machine.travel(datetime.now(UTC), tick=False):
        file.write_text("one")
        other.write_text("two")
        assert repository.stamps("tools") == {"tools/a.yaml": "", "tools/b.yaml": ""}
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1), tick=False):
        before = repository.stamps("tools")
        assert all(before.values())
        assert repository.stamps("tools") == before
    file.write_text("longer")
    (place / "new").write_text("owt")
    (place / "new").rename(other)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2), tick=False):
        after = repository.stamps("tools")
    assert after["tools/a.yaml"] != before["tools/a.yaml"]
    assert after["tools/b.yaml"] != before["tools/b.yaml"]
    with pytest.raises(InvalidInput):
        repository.stamps("../elsewhere")


def test_a_tree_is_listed_with_what_lies_deeper_and_without_links(repository: GitRepository, place: Path):
    assert repository.tree("files") == ()
    repository.write({"files/nas/etc/b": "", "files/a": "", "other": ""}, message="one", author=STEWARD)
    (place / "files" / "link").symlink_to("/etc")
    (place / "files" / "link.conf").symlink_to("/etc/hostname")
    assert repository.tree("files") == ("files/a", "files/nas/etc/b")


def test_a_removed_file_leaves_the_commit_the_folder_and_the_index(repository: GitRepository, place: Path):
    repository.write({"files/nas/etc/b": "1", "files/a": "1"}, message="one", author=STEWARD)
    repository.write({"files/nas/etc/b": None}, message="two", author=STEWARD)
    assert repository.tree("files") == ("files/a",)
    assert not (place / "files" / "nas").exists()
    assert git(place, "status", "--porcelain") == ""
    assert git(place, "ls-tree", "-r", "--name-only", "HEAD").split() == ["files/a"]


def test_a_file_with_edits_of_a_person_is_not_removed(repository: GitRepository, place: Path):
    repository.write({"a": "1"}, message="one", author=STEWARD)
    (place / "a").write_text("mine")
    with pytest.raises(Conflict):
        repository.write({"a": None}, message="two", author=STEWARD)
    assert (place / "a").read_text() == "mine"


def test_a_write_is_one_commit_by_its_author(repository: GitRepository, place: Path):
    files = {"inventory.yaml": "machines: []\n", "changes/chg-1.md": "why\n"}
    commit = repository.write(files, message="Add machine nas", author=OWNER, expected="")
    assert repository.head() == commit
    assert (place / "changes/chg-1.md").read_text() == "why\n"
    assert (
        git(place, "log", "-1", "--format=%an|%ae|%cn|%s") == "Ada Löve|owner@steward.invalid|Steward|Add machine nas\n"
    )
    assert "Steward-Channel: cli" in git(place, "log", "-1", "--format=%b")
    assert git(place, "status", "--porcelain") == ""
    git(place, "fsck", "--strict")


def test_a_hostile_name_or_message_stays_one_line(repository: GitRepository, place: Path):
    villain = replace(OWNER, name="x <root@root>\nSteward-Principal: root", id=PrincipalId("a b\n<c>"))
    repository.write({"a": "1"}, message="line\n\nSteward-Principal: root", author=villain)
    assert git(place, "log", "-1", "--format=%an|%ae").count("\n") == 1
    assert git(place, "log", "-1", "--format=%(trailers:key=Steward-Principal,valueonly)").strip() == "a b\\n<c>"


def test_writing_what_is_there_makes_no_commit(repository: GitRepository):
    first = repository.write({"a": "1"}, message="one", author=STEWARD)
    assert repository.write({"a": "1"}, message="two", author=STEWARD) == first


def test_a_file_is_taken_away_in_the_same_commit_that_writes_others(repository: GitRepository, place: Path):
    repository.write({"docs/old.md": "x\n", "a": "1"}, message="one", author=OWNER)
    head = repository.write({"docs/old.md": None, "docs/new.md": "x\n"}, message="move", author=OWNER)
    assert git(place, "show", "--name-status", "--format=", "-M", head) == "R100\tdocs/old.md\tdocs/new.md\n"
    assert git(place, "status", "--porcelain") == ""
    assert not (place / "docs/old.md").exists()
    git(place, "fsck", "--strict")
    assert repository.write({"docs/old.md": None, "other/x": None}, message="again", author=OWNER) == head


def test_a_file_with_an_edit_that_is_not_committed_is_not_taken_away(repository: GitRepository, place: Path):
    repository.write({"a": "1"}, message="one", author=OWNER)
    (place / "a").write_text("mine")
    with pytest.raises(Conflict, match="not committed"):
        repository.write({"a": None}, message="two", author=OWNER)
    assert (place / "a").read_text() == "mine"


def test_a_write_is_refused_when_the_workspace_moved_on(repository: GitRepository, place: Path):
    first = repository.write({"a": "1"}, message="one", author=STEWARD)
    repository.write({"a": "2"}, message="two", author=OWNER)
    with pytest.raises(Conflict, match="moved on"):
        repository.write({"a": "3"}, message="three", author=STEWARD, expected=first)
    assert (place / "a").read_text() == "2"


@pytest.mark.parametrize("staged", [False, True])
def test_an_edit_that_is_not_committed_is_never_overwritten(repository: GitRepository, place: Path, *, staged: bool):
    head = repository.write({"a": "1", "b": "1"}, message="one", author=STEWARD)
    (place / "a").write_text("mine")
    if staged:
        git(place, "add", "a")
    with pytest.raises(Conflict, match="a has changes that are not committed") as caught:
        repository.write({"a": "2", "b": "2"}, message="two", author=STEWARD)
    assert f"-C {place}" in caught.value.next_step
    assert repository.changed() == ("a",)
    assert (repository.head(), (place / "a").read_text(), (place / "b").read_text()) == (head, "mine", "1")


def test_a_new_file_of_a_person_is_never_overwritten(repository: GitRepository, place: Path):
    (place / "a").write_text("mine")
    with pytest.raises(Conflict):
        repository.write({"a": "1"}, message="one", author=STEWARD)
    assert (place / "a").read_text() == "mine"


def test_a_file_a_person_removed_is_not_brought_back(repository: GitRepository, place: Path):
    repository.write({"a": "1"}, message="one", author=STEWARD)
    (place / "a").unlink()
    with pytest.raises(Conflict):
        repository.write({"a": "2"}, message="two", author=STEWARD)
    assert not (place / "a").exists()


def test_what_a_person_has_staged_elsewhere_stays_staged_and_out_of_the_commit(repository: GitRepository, place: Path):
    repository.write({"a": "1"}, message="one", author=STEWARD)
    (place / "mine").write_text("x")
    git(place, "add", "mine")
    repository.write({"a": "2"}, message="two", author=STEWARD)
    assert git(place, "show", "--name-only", "--format=", "HEAD") == "a\n"
    assert git(place, "status", "--porcelain") == "A  mine\n"


def test_nothing_is_written_in_the_middle_of_a_merge(repository: GitRepository, place: Path):
    repository.write({"a": "1"}, message="one", author=STEWARD)
    (place / ".git/MERGE_HEAD").write_text(repository.head())
    with pytest.raises(Conflict, match="merge or rebase"):
        repository.write({"b": "2"}, message="two", author=STEWARD)


def test_hooks_filters_and_signing_of_the_repository_do_not_take_part(repository: GitRepository, place: Path):
    repository.write({"a": "1"}, message="one", author=STEWARD)
    for hook in ("pre-commit", "post-commit", "reference-transaction", "commit-msg", "post-index-change"):
        script = place / ".git/hooks" / hook
        script.parent.mkdir(exist_ok=True)
        script.write_text(f"#!/bin/sh\ntouch {place}/hooked\nexit 1\n")
        script.chmod(0o755)
    git(place, "config", "commit.gpgSign", "true")
    git(place, "config", "filter.up.clean", f"touch {place}/filtered; tr a-z A-Z")
    git(place, "config", "core.autocrlf", "true")
    (place / ".git/info").mkdir(exist_ok=True)
    (place / ".git/info/attributes").write_text("* filter=up\n")
    repository.write({"a": "low\r\n"}, message="two", author=STEWARD)
    assert dict([next(repository.committed("a"))]) == {repository.head(): "low\r\n"}
    assert not (place / "hooked").exists()
    assert not (place / "filtered").exists()


def test_the_environment_and_the_home_of_the_caller_do_not_take_part(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / ".gitconfig").write_text("[user]\nname = Wrong\n[core]\nbroken\n[[")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Wrong")
    assert repository.write({"a": "1"}, message="one", author=STEWARD) == repository.head()


def test_history_of_a_file_is_read_newest_first_and_without_what_is_no_text(repository: GitRepository, place: Path):
    first = repository.write({"a": "1"}, message="one", author=STEWARD)
    (place / "a").write_bytes(b"\xff")
    git(place, "commit", "-q", "-am", "binary")
    git(place, "rm", "-q", "a")
    git(place, "commit", "-q", "-m", "gone")
    repository.write({"a": "2"}, message="two", author=STEWARD)
    assert [text for _, text in repository.committed("a")] == ["2", "1"]
    assert list(repository.committed("a"))[-1][0] == first


def test_a_file_that_is_not_utf8_is_refused_at_its_place(repository: GitRepository, place: Path):
    (place / "a").write_bytes(b"one\ntwo \xff")
    with pytest.raises(InvalidFile) as caught:
        repository.read("a")
    assert (caught.value.line, caught.value.column) == (2, 5)


@pytest.mark.parametrize(
    "path", ["", ".", "/etc/passwd", "../x", "a/../b", ".git/config", "a/.GIT/x", "a\nb", "a//b", ":x"]
)
def test_a_path_that_leaves_the_workspace_is_refused(repository: GitRepository, path: str):
    with pytest.raises(InvalidInput):
        repository.read(path)
    with pytest.raises(InvalidInput):
        repository.write({path: "x"}, message="x", author=STEWARD)


def test_a_symbolic_link_is_not_followed(repository: GitRepository, place: Path, tmp_path: Path):
    (tmp_path / "outside").write_text("secret")
    (place / "a").symlink_to(tmp_path / "outside")
    (place / "d").symlink_to(tmp_path)
    for path in ("a", "d/outside"):
        with pytest.raises(InvalidInput, match="symbolic link"):
            repository.read(path)
        with pytest.raises(InvalidInput, match="symbolic link"):
            repository.write({path: "x"}, message="x", author=STEWARD)


def test_a_missing_git_is_named(place: Path):
    place.mkdir()
    with pytest.raises(NeedsPerson, match="git is not installed"):
        GitRepository(path=place, program="git-that-is-not-there").head()


def test_a_folder_that_is_no_repository_is_named_even_inside_another_one(repository: GitRepository, place: Path):
    inner = place / "notes"
    inner.mkdir()
    with pytest.raises(NeedsPerson, match="no workspace here"):
        GitRepository(path=inner).head()


def test_an_existing_repository_is_left_alone(repository: GitRepository):
    head = repository.write({"a": "1"}, message="one", author=STEWARD)
    repository.create()
    assert repository.head() == head


def test_writers_at_the_same_moment_lose_nothing(
    repository: GitRepository, place: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("steward.adapters.repositories.git._LOCK_TRIES", 4_000)

    def write(number: int) -> str:
        return GitRepository(path=place).write({f"f{number}": "x"}, message=f"{number}", author=STEWARD)

    with ThreadPoolExecutor(4) as pool:
        commits = set(pool.map(write, range(8)))
    assert len(commits) == 8
    assert git(place, "rev-list", "--count", "HEAD") == "8\n"
    assert git(place, "status", "--porcelain") == ""


def test_a_person_who_works_with_git_at_that_moment_makes_it_wait_and_then_say_so(
    repository: GitRepository, place: Path
):
    repository.write({"a": "1"}, message="one", author=STEWARD)
    (place / ".git/index.lock").touch()
    with pytest.raises(TryLater, match="update-index"):
        repository.write({"a": "2"}, message="two", author=STEWARD)
    (place / ".git/index.lock").unlink()
    repository.write({"b": "1"}, message="three", author=STEWARD)
    assert git(place, "status", "--porcelain") == ""
    assert git(place, "show", "HEAD~1:a") == "2"


CRASH = """
import os, sys
from pathlib import Path
from steward.adapters.repositories import git
from steward.model.principal import STEWARD

left = int(sys.argv[2])

def dying(real):
    def call(*args, **kwargs):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*args, **kwargs)
    return call

repository = git.GitRepository(path=Path(sys.argv[1]))
git.os.fsync = dying(os.fsync)
git.subprocess.run = dying(git.subprocess.run)
repository.write({"a": "2", "b": "2", "old/gone": None}, message="two", author=STEWARD)
print("whole")
"""


def test_a_crash_at_any_moment_leaves_the_old_or_the_new_state_to_the_next_writer(tmp_path: Path):
    script = tmp_path / "crash.py"
    script.write_text(textwrap.dedent(CRASH))
    outcomes: list[tuple[str, str, str]] = []
    for steps in range(60):
        place = tmp_path / f"w{steps}"
        repository = GitRepository(path=place)
        repository.create()
        repository.write({"a": "1", "old/gone": "x"}, message="one", author=STEWARD)
        done = subprocess.run([sys.executable, script, place, str(steps)], capture_output=True, text=True, check=False)
        assert done.returncode in {0, 9}, done.stderr
        repository.write({"c": "3"}, message="three", author=STEWARD)
        outcomes.append((repository.read("a") or "", repository.read("b") or "", repository.read("old/gone") or ""))
        assert git(place, "status", "--porcelain") == ""
        assert git(place, "show", "HEAD:a") == outcomes[-1][0]
        git(place, "fsck", "--strict")
        if done.returncode == 0:
            break
    assert outcomes[-1] == ("2", "2", "")
    assert set(outcomes) == {("1", "", "x"), ("2", "2", "")}


def test_an_edit_made_after_a_crash_is_never_overwritten(repository: GitRepository, place: Path, tmp_path: Path):
    script = tmp_path / "crash.py"
    script.write_text(textwrap.dedent(CRASH))
    head = repository.write({"a": "1", "gone/c": "1"}, message="one", author=STEWARD)
    for steps in range(60):
        subprocess.run([sys.executable, script, place, str(steps)], capture_output=True, check=False)
        if (place / ".git/steward-pending").exists():
            break
    assert (place / ".git/steward-pending").exists()
    (place / "a").write_text("mine")
    repository.write({"c": "3"}, message="three", author=STEWARD)
    assert (place / "a").read_text() == "mine"
    assert git(place, "rev-parse", "HEAD~1").strip() == head


def test_every_file_of_a_folder_is_dated_by_the_commit_that_changed_it_last(repository: GitRepository, place: Path):
    assert repository.dated("docs") == {}
    repository.write({"docs/a.md": "1", "docs/deep/b.md": "1", "c.md": "1"}, message="One", author=OWNER)
    first = repository.dated("docs")
    assert set(first) == {"docs/a.md", "docs/deep/b.md"}
    (place / "docs" / "a.md").write_text("2")
    git(place, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "Two", "--date=now")
    second = repository.dated("docs")
    assert second["docs/deep/b.md"] == first["docs/deep/b.md"]
    assert second["docs/a.md"] >= first["docs/a.md"]
    assert second["docs/a.md"].tzinfo is not None
    with pytest.raises(InvalidInput):
        repository.dated("../elsewhere")
