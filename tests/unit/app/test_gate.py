"""`steward policy explain --jsonl`: no daemon, no init, one answer for each line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

STEWARD = Path(sys.executable).with_name("steward")


@pytest.fixture
def explain(tmp_path):
    def call(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "HOME": str(tmp_path)}
        return subprocess.run(
            [STEWARD, "policy", "explain", *words],
            input=given,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )

    return call


def test_each_line_has_its_answer_and_a_bad_one_does_not_stop_the_rest(explain):
    lines = ['{"command": "docker ps"}', "{bad", "[]", '{"command": 5}', "", '{"command": "rm -rf /", "label": "x"}']
    done = explain("--jsonl", given="\n".join(lines))
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert told[0] == {
        "command": "docker ps",
        "effect": "read_only",
        "decision": "allow",
        "reason": "all that runs only reads: `docker`",
    }
    assert [(one["line"], "error" in one) for one in told[1:4]] == [(2, True), (3, True), (4, True)]
    assert (told[4]["effect"], told[4]["decision"]) == ("destructive", "deny")
    assert len(told) == 5


def test_good_lines_leave_with_zero(explain):
    assert explain("--jsonl", given='{"command": "\\ud800"}\n').returncode == 0


def test_one_line_is_explained_to_a_person(explain):
    done = explain("--", "ssh nas 'ls  -la'")
    assert done.stdout.splitlines() == [
        "allow: read only",
        "why: all that runs only reads: `ssh`, `ls`",
        "runs as: ssh nas 'ls -la'",
    ]
    assert json.loads(explain("--json", "--", "rm x").stdout)["decision"] == "ask"


def test_the_owners_tables_count_and_a_broken_one_is_told_with_its_line(explain, tmp_path):
    folder = tmp_path / "steward" / "tools"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("my-tool: inert\n")
    assert explain("--", "my-tool --x").stdout.startswith("allow")
    (folder / "mine.yaml").write_text("my-tool: {efect: read}\n")
    done = explain("--", "my-tool")
    assert done.returncode == 2
    assert "tools/mine.yaml:1:11" in done.stderr


def test_its_help_tells_of_both_ways_to_ask(explain):
    told = " ".join(explain("--help").stdout.split())
    assert "policy explain -- 'docker ps | head'" in told
    assert "--jsonl" in told
