from __future__ import annotations

import json
import shlex
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from steward.surfaces.cli.commands import Words
from steward.surfaces.cli.manifest import Entry, Example, Field, Manifest, ManifestError, check, parse, read
from steward.surfaces.cli.session import CliPaths, Session

SAMPLE = Path(__file__).with_name("manifest.json")
SHIPPED = CliPaths(socket=Path("s"), snapshot=Path("s"), stop_flag=Path("s")).manifest
GOOD = Entry(name="unit.restart", summary="Restart.", effect="operation", examples=(Example(line="a", does="b"),) * 2)
TEXT = Field(name="unit", kind="text")


def problems(**changes):
    return check(Manifest(commands=(replace(GOOD, **changes),)))


def test_the_sample_has_no_problems():
    assert check(read(SAMPLE)) == ()


def test_the_bare_list_is_read_too():
    content = json.loads(SAMPLE.read_text())
    assert parse(json.dumps(content["commands"])) == parse(json.dumps(content))


def test_fields_nobody_knows_are_ignored():
    assert parse('[{"name": "a", "summary": "b", "effect": "query", "undo": "c"}]').commands[0].name == "a"


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"name": "a"}]', '{"commands": 3}'])
def test_what_is_no_manifest_is_refused(text):
    with pytest.raises(ManifestError):
        parse(text)


def test_underscores_become_dashes():
    assert replace(GOOD, name="unit_file.show_all").words == ("unit-file", "show-all")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "Unit.Restart"}, "the name is not"),
        ({"effect": "magic"}, "unknown effect"),
        ({"examples": ()}, "two examples"),
        ({"fields": (TEXT, TEXT)}, "two fields have one name"),
        ({"fields": (replace(TEXT, name="json"),)}, "every command has an option of this name"),
        ({"fields": (replace(TEXT, name="Unit"),)}, "not a lower-case word"),
        ({"fields": (replace(TEXT, kind="choice"),)}, "a choice needs choices"),
        ({"fields": (replace(TEXT, kind="date"),)}, "unknown kind"),
        ({"fields": (replace(TEXT, live="moon"),)}, "unknown completion source"),
        ({"fields": (replace(TEXT, kind="boolean", positional=True),)}, "a boolean cannot be given by position"),
        ({"fields": (replace(TEXT, kind="integer", file=True),)}, "only text or JSON can come from a file"),
        (
            {"fields": (replace(TEXT, kind="list", positional=True), replace(TEXT, name="b", positional=True))},
            "only the last positional field can be a list",
        ),
        (
            {"fields": (replace(TEXT, positional=True), replace(TEXT, name="b", positional=True, required=True))},
            "a required positional field follows an optional one",
        ),
    ],
)
def test_what_the_terminal_could_not_present_is_named(changes, says):
    assert any(says in problem for problem in problems(**changes))


def test_one_name_twice_and_a_command_that_is_also_a_noun_are_named():
    found = check(Manifest(commands=(GOOD, GOOD, replace(GOOD, name="unit"))))
    assert "unit.restart: declared twice" in found
    assert "unit: is a command and the noun of others" in found


def test_without_required_fields_a_first_text_with_live_names_is_given_by_position():
    fields = [{"name": "target", "kind": "text", "live": "finding"}, {"name": "limit", "kind": "integer"}]
    entry = parse(json.dumps([{"name": "why", "summary": "s", "effect": "query", "fields": fields}])).commands[0]
    assert [item.name for item in entry.positional] == ["target"]
    assert [item.name for item in entry.named] == ["limit"]


@pytest.fixture
def session(tmp_path):
    """A session over the manifest that is shipped."""
    if not SHIPPED.exists():
        pytest.skip("the manifest is not generated yet: scripts/manifest.py")
    paths = CliPaths(socket=tmp_path / "s", snapshot=tmp_path / "n", stop_flag=tmp_path / "f")
    return Session(paths=paths, environment={}, now=lambda: datetime(2026, 3, 1, tzinfo=UTC), local_commands={})


def test_the_shipped_manifest_has_no_problems(session):
    assert check(session.manifest) == ()


def test_every_example_of_the_shipped_manifest_can_be_typed(session):
    for entry in session.manifest.commands:
        for example in entry.examples:
            words = shlex.split(example.line)
            command = Words(session)
            while isinstance(command, click.Group):
                _, command, words = command.resolve_command(click.Context(command, info_name="steward"), words)
            with command.make_context("steward", words):
                assert command.name == entry.words[-1], example.line
