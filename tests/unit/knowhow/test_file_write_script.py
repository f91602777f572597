"""The script that writes a kept file, run for real; and what sudo's joined words let nobody do with it."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from steward.knowhow.file_write_script import SCRIPT, argv, order, rights
from steward.lib.canonical import content_hash

SHELLS = {"dash": ("dash",), "busybox": ("busybox", "sh"), "bash": ("bash", "--posix")}
OLD, NEW = "old\n", "new\n$(touch x) ä\n"


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    program = shutil.which(SHELLS[request.param][0])
    if program is None:
        pytest.skip(f"{request.param} is not installed")
    return (program, *SHELLS[request.param][1:])


def sha(text: str) -> str:
    return content_hash(text.encode())


def do(shell: tuple[str, ...], verb: str, path: Path | str, given: str) -> tuple[int, str]:
    words = (*shell, *argv(verb, str(path))[1:])
    ended = subprocess.run(words, input=given.encode(), capture_output=True, check=False)
    return ended.returncode, ended.stdout.decode()


def test_a_file_is_replaced_and_keeps_mode_and_owner(tmp_path: Path, shell: tuple[str, ...]) -> None:
    path = tmp_path / "a b'c.conf"
    path.write_text(OLD)
    path.chmod(0o604)
    if os.geteuid() == 0:
        os.chown(path, 4242, 4343)
    before = path.stat()
    assert do(shell, "put", path, order(sha(OLD), sha(NEW), NEW)) == (0, "")
    after = path.stat()
    assert path.read_text() == NEW
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_made_and_removed(tmp_path: Path, shell: tuple[str, ...]) -> None:
    path = tmp_path / "x"
    assert do(shell, "put", path, order("", sha(NEW), NEW)) == (0, "")
    assert (path.read_text(), path.stat().st_mode & 0o777) == (NEW, 0o644)
    assert do(shell, "drop", path, order(sha(NEW), "")) == (0, "")
    assert not path.exists()


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("put", order("", sha(NEW), NEW)),
        ("put", order(sha("other"), sha(NEW), NEW)),
        ("put", order(sha(OLD), sha(NEW), NEW[:-1])),
        ("put", ""),
        ("put", "\n"),
        ("drop", order(sha("other"), "")),
        ("remove", order(sha(OLD), sha(NEW), NEW)),
    ],
)
def test_what_is_not_as_approved_changes_nothing(tmp_path: Path, shell: tuple[str, ...], verb: str, given: str) -> None:
    path = tmp_path / "x"
    path.write_text(OLD)
    assert do(shell, verb, path, given)[0] == 1
    assert path.read_text() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_links_and_folders_are_refused(tmp_path: Path, shell: tuple[str, ...]) -> None:
    target = tmp_path / "target"
    target.write_text(OLD)
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "folder").mkdir()
    for name in ("link", "folder"):
        assert do(shell, "put", tmp_path / name, order(sha(OLD), sha(NEW), NEW))[0] == 1
    assert target.read_text() == OLD


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is led elsewhere")
def test_root_writes_only_below_folders_of_root(tmp_path: Path, shell: tuple[str, ...]) -> None:
    folder = tmp_path / "of-somebody"
    folder.mkdir()
    path = folder / "x"
    path.write_text(OLD)
    (tmp_path / "way").symlink_to(folder)
    assert "is a link" in do(shell, "put", tmp_path / "way" / "x", order(sha(OLD), sha(NEW), NEW))[1]
    os.chown(folder, 4242, 4242)
    assert "others than root" in do(shell, "put", path, order(sha(OLD), sha(NEW), NEW))[1]
    assert path.read_text() == OLD


def test_a_part_of_the_script_runs_nothing_however_the_words_are_cut(tmp_path: Path, shell: tuple[str, ...]) -> None:
    """sudo sees one text with spaces; whoever calls it chooses where the words end."""
    path = tmp_path / "x"
    path.write_text(OLD)
    line = " ".join(argv("put", str(path))[2:])
    given = order(sha(OLD), sha(NEW), NEW).encode()
    cuts = [at for at, sign in enumerate(line) if sign == " "]
    whole = len(SCRIPT)
    assert whole in cuts
    for at in cuts:
        rest = line[at + 1 :]
        for words in ((rest,), tuple(rest.split(" "))):
            if at == whole and len(words) == 3:
                continue  # the one way of cutting that is meant
            ended = subprocess.run(
                (*shell, "-c", line[:at], *words), input=given, capture_output=True, check=False, cwd=tmp_path
            )
            assert ended.returncode in ({1} if at == whole else {2}), (at, words)
    assert subprocess.run((*shell, "-c", line), input=given, capture_output=True, check=False).returncode == 2
    assert path.read_text() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_a_line_of_sudoers_allows_exactly_one_path_and_verb() -> None:
    def allows(line: str, words: tuple[str, ...]) -> bool:
        """Read a line as sudo does: a backslash before `,:=#` is taken away, before a glob sign it quotes that."""
        program, _, pattern = line.partition(" ")
        plain = re.sub(r"\\([,:=#])", r"\1", pattern)
        quoted = re.sub(r"\\([*?\[\]!^])", lambda found: f"[{found[1]}]" if found[1] in "*?[" else found[1], plain)
        return program == words[0] and fnmatch.fnmatchcase(" ".join(words[1:]), quoted)

    put, drop = rights("/etc/app.conf")
    assert allows(put, argv("put", "/etc/app.conf"))
    assert allows(drop, argv("drop", "/etc/app.conf"))
    assert not allows(put, argv("drop", "/etc/app.conf"))
    assert not allows(put, argv("put", "/etc/shadow"))
    assert not allows(put, (*argv("put", "/etc/app.conf"), "x"))
    assert not allows(put, ("/bin/sh", "-c", "reboot", "steward", "put", "/etc/app.conf"))
    assert not re.search(r"(?<!\\)[*?\[\]!^,:=#]|\n", put.partition(" ")[2])


def test_sudo_reads_the_lines(tmp_path: Path) -> None:
    visudo = shutil.which("visudo", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if visudo is None:
        pytest.skip("visudo is not installed")
    file = tmp_path / "sudoers"
    file.write_text("".join(f"steward ALL=(root) NOPASSWD: {line}\n" for line in rights("/srv/a_b-c@1+2.yaml")))
    ended = subprocess.run((visudo, "-c", "-f", file), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
