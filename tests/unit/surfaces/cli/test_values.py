"""What a person types, as the daemon gets it."""

from __future__ import annotations

import pytest

from steward.surfaces.cli.values import is_path
from tests.unit.surfaces.cli.daemon import ok
from tests.unit.surfaces.cli.terminal import start


@pytest.fixture
def asked(folder, daemon):
    """Start the program and return what the daemon was asked."""

    def ask(*words, given="", env=None):
        daemon.answers = {entry: ok(None) for entry in ("machines.add", "unit.restart", "apply", "runs.logs", "plan")}
        daemon.answers |= {"approvals.ls": ok(None), "secrets.set": ok(None), "why": ok(None)}
        ended = start(folder, *words, given=given, env=env)
        assert ended.err == ""
        return daemon.last

    return ask


def test_only_what_was_given_is_sent_so_that_defaults_stay_the_daemons(asked):
    assert asked("approvals", "ls").input == {}
    assert asked("unit", "restart", "nuc-2", "nginx.service").input == {"machine": "nuc-2", "unit": "nginx.service"}


def test_every_kind_of_field_arrives_as_its_json(asked):
    labels = '{"rack": "a"}'
    words = ("--group", "storage", "--group", "slow", "--labels", labels, "--no-check", "--address=10.0.0.5")
    assert asked("machines", "add", "nas", *words).input == {
        "name": "nas",
        "group": ["storage", "slow"],
        "labels": {"rack": "a"},
        "check": False,
        "address": "10.0.0.5",
    }
    assert asked("unit", "restart", "a", "b", "--wait-seconds", "5").input["wait_seconds"] == 5
    assert asked("runs", "logs", "run-1", "-f").input == {"run": "run-1", "follow": True}


def test_a_value_that_looks_like_an_option_goes_after_two_dashes(asked):
    assert asked("unit", "restart", "--", "nuc-2", "-weird.service").input["unit"] == "-weird.service"


def test_dry_run_is_said_beside_the_input(asked):
    request = asked("unit", "restart", "nuc-2", "nginx.service", "--dry-run")
    assert request.dry_run
    assert "dry_run" not in request.input


def test_a_file_field_sends_the_content_of_the_file(asked, folder):
    path = folder / "tidy.yaml"
    path.write_text("name: tidy\n")
    assert asked("apply", str(path)).input == {"workflow_file": "name: tidy\n"}
    assert asked("apply", "-", given="name: piped\n").input == {"workflow_file": "name: piped\n"}


def test_text_beside_what_is_the_content_of_the_file_that_was_named(asked, folder):
    path = folder / "plan.json"
    path.write_text('{"id": "plan-1"}')
    assert asked("plan", str(path)).input == {"what": str(path), "text": '{"id": "plan-1"}'}
    assert asked("plan", "find-0123456789").input == {"what": "find-0123456789"}


@pytest.mark.parametrize("word", ["-", "./K7QM", "plan.json", "a/b"])
def test_a_path_is_told_by_its_form(word):
    assert is_path(word)


@pytest.mark.parametrize("word", ["K7QM", "find-0123456789", "run-1"])
def test_a_file_in_the_folder_cannot_take_the_place_of_a_code(word, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / word).write_text("{}")
    assert not is_path(word)


def test_a_secret_comes_from_a_file_or_standard_input_without_its_last_newline(asked, folder):
    path = folder / "secret"
    path.write_text("  hunter2 \n\n")
    assert asked("secrets", "set", "smtp", "--value-file", str(path)).input["value"] == "  hunter2 \n"
    assert asked("secrets", "set", "smtp", "--value-file", "-", given="hunter2\n").input["value"] == "hunter2"


def test_a_secret_is_never_taken_from_the_command_line(folder, daemon):
    assert start(folder, "secrets", "set", "smtp", "hunter2").code == 2
    assert start(folder, "secrets", "set", "smtp", "--value", "hunter2").code == 2
    assert daemon.requests == []


def test_without_a_terminal_a_missing_secret_names_the_flag(folder, daemon):
    ended = start(folder, "secrets", "set", "smtp")
    assert ended.code == 2
    assert "--value-file FILE" in ended.err
    assert daemon.requests == []


def test_an_empty_secret_is_refused(folder, daemon):
    ended = start(folder, "secrets", "set", "smtp", "--value-file", "-", given="\n")
    assert ended.code == 2
    assert "the secret is empty" in ended.err
    assert daemon.requests == []


def test_a_file_that_is_not_text_is_refused(folder, daemon):
    path = folder / "plan.yaml"
    path.write_bytes(b"\xff\xfe")
    ended = start(folder, "apply", str(path))
    assert ended.code == 2
    assert "is not text" in ended.err
