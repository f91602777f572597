"""`steward redact` and the check before a commit, as a person runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from steward.app.start import make_hook
from steward.core.leaks import ALLOWED

STEWARD = str(Path(sys.executable).with_name("steward"))
TOKEN = "gh" + "p_" + "Zk3vQ9wLr7TyB2nXe5MpHs8DfG1aJc4Uo6Ki"


def redact(*words: str, given: bytes = b"", at: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([STEWARD, "redact", *words], input=given, capture_output=True, check=False, cwd=at)


def test_standard_input_comes_out_masked_and_bytes_as_they_were():
    done = redact(given=b"a\xff\r\npassword=hunter2x\nlast")
    assert done.stdout.decode(errors="surrogateescape").encode(errors="surrogateescape").startswith(b"a\xff\r\n")
    assert b"hunter2x" not in done.stdout
    assert done.stdout.endswith(b"\nlast")
    assert done.returncode == 0


def test_a_line_that_cannot_be_read_has_an_empty_answer_and_is_named():
    done = redact("--jsonl", "--spans", given=b'{"text": "password=hunter2x"}\nno\n{"text": 1}\n{"text": "ok"}\n')
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers == [[{"start": 9, "end": 17, "kind": "password"}], [], [], []]
    assert done.returncode == 2
    assert b"line 2" in done.stderr
    assert b"line 3" in done.stderr


def test_options_that_do_not_fit_are_explained():
    done = redact("--spans")
    assert done.returncode == 2
    assert b"go together" in done.stderr


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "--template=")
    make_hook(tmp_path)
    return tmp_path


def git(at: Path, *words: str) -> subprocess.CompletedProcess[str]:
    names = ("-c", "user.name=me", "-c", "user.email=me@lan.invalid")
    return subprocess.run(["git", *names, *words], cwd=at, capture_output=True, text=True, check=False)


def test_a_commit_with_a_secret_is_blocked_by_file_and_line_without_the_value(workspace: Path):
    (workspace / "notes.md").write_text(f"# notes\n\ntoken: {TOKEN}\n")
    git(workspace, "add", "notes.md")
    done = git(workspace, "commit", "-qm", "x")
    assert done.returncode != 0
    assert "notes.md:3  github-token" in done.stderr
    assert "secret://NAME" in done.stderr
    assert TOKEN not in done.stderr + done.stdout


def test_only_what_is_staged_counts(workspace: Path):
    (workspace / "a.md").write_text("fine\n")
    git(workspace, "add", "a.md")
    (workspace / "a.md").write_text(TOKEN)
    assert git(workspace, "commit", "-qm", "x").returncode == 0


def test_a_person_lets_a_line_pass(workspace: Path):
    (workspace / "a.yaml").write_text(f"token: {TOKEN}  # {ALLOWED}\n")
    git(workspace, "add", "a.yaml")
    assert git(workspace, "commit", "-qm", "x").returncode == 0


def test_a_hook_of_the_owner_stays(tmp_path: Path):
    hook = tmp_path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(parents=True)
    hook.write_text("#!/bin/sh\n")
    make_hook(tmp_path)
    assert hook.read_text() == "#!/bin/sh\n"
