"""Completion: what the shell is told, and a real bash that uses it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.unit.surfaces.cli.daemon import ok
from tests.unit.surfaces.cli.results import LINE, STATUS
from tests.unit.surfaces.cli.terminal import PROGRAM, environment, start


@pytest.fixture
def offered(folder):
    """Return what is offered for words, the last of which is being typed."""

    def ask(*words):
        ended = start(folder, "__complete", *words)
        assert (ended.code, ended.err) == (0, "")
        return [line.split("\t")[0] for line in ended.out.splitlines() if line]

    return ask


def test_words_are_offered_level_by_level(offered):
    assert offered("app") == ["apply", "approvals"]
    assert offered("approvals", "") == ["ls", "show", "approve"]
    assert "init" in offered("")
    assert offered("completion", "") == ["bash", "zsh", "fish"]


def test_options_and_choices_are_offered(offered):
    assert {"--state", "--limit", "--json"} <= set(offered("approvals", "ls", "--"))
    assert offered("approvals", "ls", "--state", "p") == ["pending"]


def test_live_names_come_from_the_daemon(offered, daemon):
    daemon.answers["machines.ls"] = ok({"machines": STATUS["machines"]})
    daemon.answers["approvals.ls"] = ok({"approvals": [LINE]})
    daemon.answers["status"] = ok(STATUS)
    assert offered("unit", "restart", "") == ["nas", "nuc-2"]
    assert offered("unit", "restart", "--wait-seconds", "5", "nu") == ["nuc-2"]
    assert offered("unit", "restart", "nuc-2", "") == []
    assert offered("approvals", "approve", "") == ["K7QM"]
    assert offered("plan", "") == ["find-0123456789"]


def test_machine_cards_are_names_too(offered, daemon):
    daemon.answers["machines.ls"] = ok({"machines": [{"machine": {"name": "nas"}, "presented_key": ""}]})
    assert offered("unit", "restart", "") == ["nas"]


def test_live_names_come_from_the_snapshot_when_the_daemon_is_away(offered, folder):
    content = {"as_of": "2026-03-01T11:56:00Z", "results": {"machines.ls": {"machines": STATUS["machines"]}}}
    (folder / "snapshot.json").write_text(json.dumps(content))
    assert offered("unit", "restart", "") == ["nas", "nuc-2"]


def test_a_name_that_could_become_a_command_is_never_offered(offered, daemon):
    evil = ["$(reboot)", "a;b", "a b", "`id`", "a\nb", "--password-file=x", "é\u202e", "good-1"]
    daemon.answers["machines.ls"] = ok({"machines": [{"name": name} for name in evil]})
    assert offered("unit", "restart", "") == ["good-1"]


def test_paths_are_left_to_the_shell(offered):
    assert offered("apply", "") == [":files"]
    assert offered("plan", "./ti") == [":files"]
    assert offered("secrets", "set", "smtp", "--value-file", "") == [":files"]
    assert offered("approvals", "approve", "K7QM", "--password-file", "") == [":files"]
    assert offered("plan", "find-1", "-o", "") == [":files"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_has_its_syntax(folder, shell):
    ended = start(folder, "completion", shell)
    assert ended.code == 0
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = folder / f"steward.{shell}"
    script.write_text(ended.out)
    subprocess.run([shell, "-n", str(script)], check=True)


def bash(folder, line):
    """Return what a real bash offers at the end of a line."""
    (folder / "steward").write_text(f'#!/bin/sh\nexec {sys.executable} {PROGRAM} {folder} "$@"\n')
    (folder / "steward").chmod(0o755)
    words = line.split(" ")
    steps = f"""
        eval "$(steward completion bash)"
        COMP_WORDS=({" ".join(f"'{word}'" for word in words)})
        COMP_CWORD={len(words) - 1}
        COMP_LINE='{line}'
        _steward 2>/dev/null
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = f"{folder}:{environment()['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", steps], capture_output=True, env=environment({"PATH": path}), timeout=60, check=True
    )
    return done.stdout.decode().split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_a_real_bash_completes_words_and_live_names(folder, daemon):
    daemon.answers["machines.ls"] = ok({"machines": STATUS["machines"]})
    assert bash(folder, "steward approvals ap") == ["approve"]
    assert bash(folder, "steward unit restart ") == ["nas", "nuc-2"]
    assert bash(folder, "steward sta") == ["status"]
