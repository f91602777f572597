"""What is in the place of a kept file, read for real in each shell there is; no answer is taken for more."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.knowhow.facts.kept_files import PLUGIN, KeptFile, KeptFiles, Place, Writer, ask, traits
from steward.lib.canonical import content_hash
from steward.lib.codec import encode
from steward.model.fact import CommandOutput
from steward.model.wanted import MOST_BYTES, MOST_FILES, Wanted, wanted_file

TOOLS = {"tools": CommandOutput(exit_code=0, stdout="there\n")}
SHELLS = {"sh": ("sh",), "dash": ("dash",), "busybox": ("busybox", "sh"), "bash": ("bash", "--posix")}
WANTED = "a = 1\n"
IS_ROOT = os.geteuid() == 0
MINE = Writer.ROOT if IS_ROOT else Writer.STEWARD
"""Who may write where only the user of these tests may."""


@pytest.fixture(params=SHELLS)
def read(request: pytest.FixtureRequest) -> Callable[[Path], KeptFile]:
    program = shutil.which(SHELLS[request.param][0])
    if program is None:
        pytest.skip(f"{request.param} is not installed")

    def look(path: Path) -> KeptFile:
        (reading,) = ask(Wanted(files={str(path): wanted_file(WANTED)}))
        words = (program, *SHELLS[request.param][1:], *reading.argv[1:])
        ended = subprocess.run(words, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        output = CommandOutput(
            exit_code=ended.returncode, stdout=ended.stdout.decode("utf-8", "replace"), stderr=ended.stderr.decode()
        )
        seen = PLUGIN.parse({**TOOLS, reading.name: output})
        assert seen.unread == {}
        return seen.files[str(path)]

    return look


def test_a_file_as_wanted_tells_its_hash_and_no_content(tmp_path: Path, read: Callable[[Path], KeptFile]) -> None:
    path = tmp_path / "a b'c$.conf"
    path.write_text(WANTED)
    path.chmod(0o640)
    seen = read(path)
    assert (seen.place, seen.sha256, seen.size_bytes) == (Place.FILE, content_hash(WANTED.encode()), 6)
    assert (seen.mode, seen.writer, seen.text, seen.hidden) == ("640", MINE, None, "")
    assert seen.modified_at is not None


def test_another_content_is_told_byte_for_byte(tmp_path: Path, read: Callable[[Path], KeptFile]) -> None:
    path = tmp_path / "x"
    path.write_bytes("\ufeffä\r\n\n  end".encode())
    assert read(path).text == "\ufeffä\r\n\n  end"


def test_an_empty_file_is_a_text(tmp_path: Path, read: Callable[[Path], KeptFile]) -> None:
    (tmp_path / "x").touch()
    assert read(tmp_path / "x").text == ""


def test_what_is_no_text_or_too_large_is_hidden(tmp_path: Path, read: Callable[[Path], KeptFile]) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\xff\x00")
    assert "no text" in read(path).hidden
    path.write_bytes(b"a" * (MOST_BYTES + 1))
    assert (read(path).text, read(path).hidden) == (None, f"it is larger than {MOST_BYTES} bytes")


def test_what_is_not_there_says_who_could_put_it_there(tmp_path: Path, read: Callable[[Path], KeptFile]) -> None:
    assert read(tmp_path / "none") == KeptFile(place=Place.ABSENT, writer=MINE)
    assert read(tmp_path / "no" / "folder" / "none").writer is Writer.NOBODY


def test_links_and_folders_are_not_followed(tmp_path: Path, read: Callable[[Path], KeptFile]) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    assert read(tmp_path / "link").place is Place.LINK
    assert read(tmp_path).place is Place.OTHER


@pytest.mark.skipif(not IS_ROOT, reason="only root can give a folder away")
def test_root_is_not_led_by_whom_a_folder_belongs_to(tmp_path: Path, read: Callable[[Path], KeptFile]) -> None:
    folder = tmp_path / "of-somebody"
    folder.mkdir()
    (folder / "x").write_text("x")
    os.chown(folder, 4242, 4242)
    assert read(folder / "x").writer is Writer.NOBODY
    os.chown(folder, 0, 0)
    folder.chmod(0o775)
    assert read(folder / "x").writer is Writer.NOBODY
    folder.chmod(0o755)
    assert read(folder / "x").writer is Writer.ROOT
    (tmp_path / "way").symlink_to(folder)
    assert read(tmp_path / "way" / "x").writer is Writer.NOBODY


def test_a_masked_content_is_not_the_content() -> None:
    text = "user = a\npass = \u2039secret:password\u203a\n"
    output = CommandOutput(
        exit_code=0, stdout=text, stderr=f"file {'a' * 64} root 20 644 1700000000 root:domain users\n"
    )
    seen = PLUGIN.parse({**TOOLS, "file /etc/x": output}).files["/etc/x"]
    assert (seen.text, seen.hidden) == (None, "it holds what looks like a secret in line 2")
    assert (seen.mode, seen.owner, seen.writer) == ("644", "root:domain users", Writer.ROOT)


def test_one_file_that_cannot_be_told_hides_no_other() -> None:
    good = CommandOutput(exit_code=0, stdout="", stderr=f"file {'a' * 64} root 20 644 1700000000 root:domain users\n")
    late = CommandOutput(exit_code=None, stdout="", is_timed_out=True)
    seen = PLUGIN.parse({**TOOLS, "file /a": good, "file /b": late})
    assert (set(seen.files), set(seen.unread)) == ({"/a"}, {"/b"})


@given(stdout=st.text(max_size=80), stderr=st.text(max_size=80))
def test_any_answer_gives_a_fact(stdout: str, stderr: str) -> None:
    output = CommandOutput(exit_code=0, stdout=stdout, stderr=stderr)
    encode(PLUGIN.parse({**TOOLS, "file /a": output}))


def test_path_and_hash_are_words_of_their_own_and_files_are_bounded() -> None:
    odd = "/etc/$(reboot); `x`"
    (reading,) = ask(Wanted(files={odd: wanted_file("")}))
    assert reading.argv[4:6] == (odd, wanted_file("").sha256)
    assert odd not in reading.argv[2]
    many = {f"/etc/{number}": wanted_file("") for number in range(MOST_FILES + 5)}
    assert len(ask(Wanted(files=many))) == MOST_FILES


def test_a_change_is_remembered_by_hash_or_by_what_is_there() -> None:
    files = {"/a": KeptFile(place=Place.FILE, sha256="ab" * 32), "/b": KeptFile(place=Place.ABSENT)}
    assert traits(KeptFiles(files=files, unread={})) == {"kept file /a": "ab" * 8, "kept file /b": "absent"}
