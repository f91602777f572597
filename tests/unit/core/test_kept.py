"""Kept files in the workspace: what is wanted, what cannot be used, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward.adapters.repositories.git import GitRepository
from steward.core.kept import KeptFolder
from steward.core.leaks import CheckedRepository
from steward.model.errors import Conflict, InvalidInput, NotFound
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.principal import STEWARD
from steward.model.wanted import MOST_BYTES, MOST_FILES

NAS = Machine(id=MachineId("m-nas"), name="nas", address="10.0.0.1")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def kept(place: Path) -> KeptFolder:
    repository = GitRepository(path=place)
    repository.create()
    return KeptFolder(repository=CheckedRepository(repository, lambda _text: ()))


def put(place: Path, path: str, data: bytes = b"x\n") -> None:
    file = place / "files" / "nas" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def test_a_machine_of_which_nothing_is_kept_wants_nothing(kept: KeptFolder) -> None:
    assert kept.of(NAS).files == {}
    assert kept.machines() == ()


def test_what_lies_in_the_folder_of_a_machine_is_wanted_committed_or_not(kept: KeptFolder, place: Path) -> None:
    kept.keep(NAS, "/etc/motd", "hello\n", STEWARD)
    put(place, "srv/a b.conf", "ä\n".encode())
    wanted = kept.of(NAS)
    assert {path: file.text for path, file in wanted.files.items()} == {"/etc/motd": "hello\n", "/srv/a b.conf": "ä\n"}
    assert wanted.files["/srv/a b.conf"].size_bytes == 3
    assert kept.machines() == ("nas",)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("etc/binary", b"\xff\xfe"),
        ("etc/nul", b"a\0b"),
        ("etc/large", b"a" * (MOST_BYTES + 1)),
        ("proc/version", b"x"),
        ("etc/mo\u202etd", b"x"),
    ],
)
def test_what_cannot_be_compared_is_told_and_hides_nothing_else(
    kept: KeptFolder, place: Path, path: str, data: bytes
) -> None:
    put(place, path, data)
    put(place, "etc/good")
    wanted = kept.of(NAS)
    assert set(wanted.files) == {"/etc/good"}
    assert wanted.unusable[f"/{path}"]


def test_a_folder_that_is_a_link_is_told_and_not_followed(kept: KeptFolder, place: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "nas").mkdir(parents=True)
    (place / "files").symlink_to(tmp_path / "elsewhere")
    assert "symbolic link" in kept.of(NAS).unusable["/"]


def test_no_more_files_are_read_than_one_look_can_ask_for(kept: KeptFolder, place: Path) -> None:
    for number in range(MOST_FILES + 1):
        put(place, f"etc/{number:04}")
    wanted = kept.of(NAS)
    assert (len(wanted.files), list(wanted.unusable)) == (MOST_FILES, [f"/etc/{MOST_FILES:04}"])
    with pytest.raises(Conflict):
        kept.keep(NAS, "/srv/one-more", "x", STEWARD)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/etc/../motd", "x"),
        ("/etc/motd", "a\0"),
        ("/etc/motd", "ä" * MOST_BYTES),
        ("/etc/motd", "password=Zx81-kkQ\n"),
    ],
)
def test_what_cannot_be_kept_is_not_written(kept: KeptFolder, path: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        kept.keep(NAS, path, text, STEWARD)
    assert kept.machines() == ()


def test_an_edit_that_is_not_committed_is_never_overwritten(kept: KeptFolder, place: Path) -> None:
    kept.keep(NAS, "/etc/motd", "hello\n", STEWARD)
    put(place, "etc/motd", b"mine\n")
    with pytest.raises(Conflict):
        kept.keep(NAS, "/etc/motd", "theirs\n", STEWARD)
    with pytest.raises(Conflict):
        kept.drop("nas", "/etc/motd", STEWARD)
    assert kept.of(NAS).files["/etc/motd"].text == "mine\n"


def test_what_cannot_be_used_can_still_be_dropped_and_what_is_not_kept_cannot(kept: KeptFolder, place: Path) -> None:
    kept.keep(NAS, "/etc/motd", "hello\n", STEWARD)
    with pytest.raises(NotFound):
        kept.drop("nas", "/etc/other", STEWARD)
    with pytest.raises(NotFound):
        kept.drop("../nas", "/etc/motd", STEWARD)
    kept.drop("nas", "/etc/motd", STEWARD)
    assert not (place / "files").exists()
