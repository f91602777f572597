"""`steward import` as a person runs it, with no daemon and no workspace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

STEWARD = str(Path(sys.executable).with_name("steward"))
COMPOSE = """\
services:
  web:
    image: nginx
    ports: ["80:80"]
    environment: [DB_PASSWORD=hunter2secret]
  other:
    image: nginx:1.27
    ports: ["80:8080"]
"""


@pytest.fixture
def lab(tmp_path):
    (tmp_path / "nas").mkdir()
    (tmp_path / "nas/compose.yaml").write_text(COMPOSE)
    (tmp_path / "hosts.yml").write_text("all: {hosts: {nas: {ansible_host: 10.0.0.2}}}")
    (tmp_path / "broken.yaml").write_text("a: [\n")
    return tmp_path


def steward(*words: str, at: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(at / "nobody"), "NO_COLOR": "1"}
    argv = [STEWARD, "import", *words]
    return subprocess.run(argv, capture_output=True, check=False, cwd=at, env=environment, text=True)


def test_json_is_one_object_with_everything_and_nothing_secret(lab):
    done = steward(".", "--json", at=lab)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["services"] == [
        {"name": "web", "machine": "nas", "kind": "compose", "image": "nginx", "file": "nas/compose.yaml", "line": 2},
        {
            "name": "other",
            "machine": "nas",
            "kind": "compose",
            "image": "nginx:1.27",
            "file": "nas/compose.yaml",
            "line": 6,
        },
    ]
    assert told["unreadable"] == [{"reason": "did not find expected node content", "file": "broken.yaml", "line": 2}]
    assert {"port-clash", "plaintext-secret", "unpinned-image"} <= {each["kind"] for each in told["problems"]}
    assert "hunter2" not in done.stdout


def test_a_person_sees_an_overview_the_worst_and_what_to_do_next(lab):
    done = steward(".", at=lab)
    assert done.returncode == 0
    assert "Machines      1   nas" in done.stdout
    assert "Services      2   2 compose" in done.stdout
    assert "■ error    nas/compose.yaml:8" in done.stdout
    assert "broken.yaml:2" in done.stdout
    assert "next: steward machines add nas 10.0.0.2" in done.stdout
    assert "\x1b" not in done.stdout
    assert "hunter2" not in done.stdout


def test_a_pipeline_can_ask_for_an_exit_code(lab):
    assert steward(".", "--check", at=lab).returncode == 10
    empty = lab / "empty"
    empty.mkdir()
    assert steward("empty", "--check", at=lab).returncode == 0


def test_what_is_not_there_or_no_folder_is_explained(lab):
    missing = steward("gone", at=lab)
    assert (missing.returncode, missing.stdout) == (3, "")
    assert missing.stderr == "steward: gone: there is no such folder. Next: steward import DIR\n"
    file = steward("hosts.yml", at=lab)
    assert file.returncode == 2
    assert "this is no folder" in file.stderr
    assert steward(at=lab).returncode == 2
