"""The program from outside: exit codes, streams, words that do not fit."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from steward.lib.wire import Problem
from tests.unit.surfaces.cli.daemon import Daemon, ok
from tests.unit.surfaces.cli.results import STATUS
from tests.unit.surfaces.cli.terminal import command, environment, start

_HEAVY = ("dbos", "sqlalchemy", "pydantic", "fastapi", "asyncssh", "asyncio", "rich", "steward.model", "steward.core")


@pytest.mark.parametrize("words", [("--help",), ("status",), ("unit", "restart", "--help"), ("__complete", "st")])
def test_the_terminal_loads_nothing_heavy(folder, daemon, words):
    daemon.answers["status"] = ok(STATUS)
    seen = folder / "modules"
    start(folder, *words, env={"TEST_MODULES": str(seen)})
    loaded = seen.read_text().splitlines()
    assert "steward.surfaces.cli.run" in loaded
    assert [name for name in loaded if name.startswith(_HEAVY)] == []


@pytest.mark.parametrize("code", [0, 10, 11])
def test_status_ends_with_the_code_the_daemon_gives(folder, daemon, code):
    daemon.answers["status"] = ok(STATUS, code)
    ended = start(folder, "status")
    assert ended.code == code
    assert "nginx.service has failed on nuc-2" in ended.out
    assert ended.err == ""


@pytest.mark.parametrize(
    ("kind", "code"), [("NotFound", 3), ("NotAllowed", 4), ("Conflict", 5), ("Denied", 13), ("TryLater", 75)]
)
def test_an_error_of_the_daemon_is_one_line_with_a_remedy_and_its_exit_code(folder, daemon, code, kind):
    daemon.answers["status"] = Problem(
        kind=kind, what="it did not work", where="nuc-2", why="because", next_step="steward why", exit_code=code
    )
    ended = start(folder, "status")
    assert ended.code == code
    assert ended.out == ""
    assert ended.err == "steward: nuc-2: it did not work: because\n  next: steward why\n"


def test_a_bug_shows_its_diagnostic_id(folder, daemon):
    daemon.answers["status"] = Problem(kind="Bug", what="our mistake", diagnostic_id="d-42")
    ended = start(folder, "status")
    assert ended.code == 1
    assert "diagnostic id: d-42" in ended.err


def test_json_prints_the_result_as_one_document_and_nothing_else(folder, daemon):
    daemon.answers["status"] = ok(STATUS, 11)
    ended = start(folder, "status", "--json")
    assert json.loads(ended.out) == STATUS
    assert ended.err == ""
    assert ended.code == 11


def test_json_errors_are_one_document_on_stdout_too(folder, daemon):
    daemon.answers["status"] = Problem(kind="NotFound", what="nothing there", exit_code=3)
    ended = start(folder, "status", "--json")
    assert json.loads(ended.out)["error"]["what"] == "nothing there"
    assert json.loads(ended.out)["error"]["exit_code"] == ended.code == 3
    assert ended.err == ""


def test_json_errors_cover_words_that_do_not_fit(folder):
    ended = start(folder, "statsu", "--json")
    assert json.loads(ended.out)["error"]["kind"] == "InvalidInput"
    assert ended.code == 2


def test_quiet_prints_nothing_and_keeps_the_exit_code(folder, daemon):
    daemon.answers["status"] = ok(STATUS, 11)
    ended = start(folder, "status", "--quiet")
    assert (ended.code, ended.out, ended.err) == (11, "", "")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("stauts",), "did you mean `steward status`?"),
        (("aprove", "K7QM"), "did you mean `steward approvals approve`?"),
        (("approvals", "aprove", "K7QM"), "did you mean `steward approvals approve`?"),
        (("inti",), "did you mean `steward init`?"),
        (("qqqqqq",), "steward --help"),
    ],
)
def test_an_unknown_command_names_the_nearest_and_ends_with_2(folder, words, hint):
    ended = start(folder, *words)
    assert ended.code == 2
    assert hint in ended.err
    assert len(ended.err.splitlines()) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("unit", "restart", "nuc-2"), "Missing argument '<unit>'"),
        (("unit", "restart", "nuc-2", "nginx", "--wait-seconds", "soon"), "'soon' is not a valid integer"),
        (("unit", "restart", "nuc-2", "nginx", "--wait-second", "3"), "Did you mean '--wait-seconds'?"),
        (("approvals", "ls", "--state", "lost"), "'lost' is not one of"),
        (("machines", "add", "nas", "--labels", "{"), "labels is not JSON"),
        (("approvals",), "needs a verb: one of ls, show, approve"),
        (("apply", "/nowhere/plan.yaml"), "/nowhere/plan.yaml cannot be read: No such file or directory"),
        (("completion", "tcsh"), "there is no completion for `tcsh`"),
    ],
)
def test_words_that_do_not_fit_end_with_2_and_ask_the_daemon_nothing(folder, daemon, words, says):
    ended = start(folder, *words)
    assert ended.code == 2
    assert says in ended.err
    assert "next: " in ended.err or "cannot be read" in ended.err or "not JSON" in ended.err
    assert ended.out == ""
    assert daemon.requests == []


def test_a_local_command_gets_its_words_and_gives_the_exit_code(folder):
    ended = start(folder, "init", "--owner", "Anna", "--help")
    assert ended.out == "init --owner Anna --help\n"
    assert ended.code == 7


def test_a_reader_that_leaves_early_is_not_an_error_message(folder, daemon):
    daemon.answers["status"] = ok({"sentence": "x" * 200_000})
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        command(folder, "status"), stdout=writing, stderr=subprocess.PIPE, env=environment(), timeout=60, check=False
    )
    os.close(writing)
    assert ended.stderr == b""
    assert ended.returncode == 141


def test_characters_the_terminal_cannot_write_are_escaped(folder, daemon):
    daemon.answers["status"] = ok({"sentence": "Grüße, 世界"})
    ended = start(folder, "status", env={"PYTHONIOENCODING": "ascii"})
    assert ended.out.strip() == r"Gr\xfc\xdfe, \u4e16\u754c"


def test_a_missing_manifest_leaves_local_commands_working(folder: Path):
    lost = {"TEST_MANIFEST": str(folder / "lost.json")}
    assert start(folder, "init", env=lost).code == 7
    ended = start(folder, "status", env=lost)
    assert ended.code == 1
    assert "reinstall Steward" in ended.err


def test_the_daemon_dying_before_its_answer_says_that_nobody_knows(folder: Path, daemon: Daemon):
    daemon.answers["unit.restart"] = []
    ended = start(folder, "unit", "restart", "nuc-2", "nginx.service")
    assert ended.code == 75
    assert "may have happened or not" in ended.err


def test_an_answer_of_another_protocol_is_our_mistake_not_a_traceback(folder: Path, daemon: Daemon):
    daemon.answers["status"] = b"HTTP/1.1 400 Bad Request\r\n"
    ended = start(folder, "status")
    assert ended.code == 1
    assert "Steward's answer cannot be read" in ended.err
    assert "Traceback" not in ended.err


def test_a_socket_of_somebody_else_is_not_allowed(folder, daemon):
    folder.chmod(0o755)
    (folder / "socket").chmod(0o600 if os.getuid() == 0 else 0)
    stranger = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
    ended = subprocess.run(
        [*stranger, *command(folder, "status")], capture_output=True, env=environment(), timeout=60, check=False
    )
    assert ended.returncode == 4
    assert b"you may not talk to Steward" in ended.stderr
    assert b"sudo -u " in ended.stderr
    assert daemon.requests == []
