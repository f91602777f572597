"""Every command of the catalogue can be typed as its help shows, and has its place in the reference."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from steward.app.commands import catalogue_of
from steward.app.plugins import load_know_how
from steward.core.catalogue import Catalogue, manifest
from steward.surfaces.cli.commands import EntryCommand, Words
from steward.surfaces.cli.manifest import parse
from steward.surfaces.cli.session import CliPaths, Session
from steward.surfaces.cli.values import collect

CATALOGUE = catalogue_of(load_know_how())
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A terminal of the catalogue as it is now, in a folder with the files that examples name."""
    written = tmp_path / "manifest.json"
    written.write_text(json.dumps({"commands": manifest(CATALOGUE)}))
    monkeypatch.chdir(tmp_path)
    for name in ("plan.json", "restart-web.yaml"):
        (tmp_path / name).write_text("{}")
    for name in ("graph.yaml", "workflows/nightly.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("steps: []\n")
    paths = CliPaths(socket=tmp_path / "s", snapshot=tmp_path / "n", stop_flag=tmp_path / "f", manifest=written)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return Session(paths=paths, environment={}, now=lambda: now, local_commands={})


@pytest.mark.parametrize("name", CATALOGUE.names())
def test_both_examples_give_the_command_an_input_it_accepts(session, name, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    entry = parse(session.paths.manifest.read_text()).find(name)
    assert entry is not None
    assert len({example.line for example in entry.examples}) >= 2
    for example in entry.examples:
        typed = CATALOGUE.parse(name, _typed(session, name, example.line))
        assert isinstance(typed, CATALOGUE.find(name).input)


@pytest.mark.parametrize("name", CATALOGUE.names())
def test_every_command_has_its_place_in_the_reference(name):
    words = " ".join(part.replace("_", "-") for part in name.split("."))
    assert f"\n## `steward {words}`\n" in REFERENCE.read_text("utf-8")


def test_an_example_that_does_not_fit_is_noticed(session):
    with pytest.raises(click.UsageError):
        _typed(session, "unit.restart", "unit restart m1")


def test_the_catalogue_holds_commands_and_operations():
    assert isinstance(CATALOGUE, Catalogue)
    assert {"status", "unit.restart"} <= set(CATALOGUE.names())


def _typed(session: Session, name: str, line: str) -> dict[str, object]:
    """Return the input a person who types this line gives; secrets are filled in, nobody is asked."""
    command: click.Command = Words(session)
    words = shlex.split(line)
    while isinstance(command, click.Group):
        _, found, words = command.resolve_command(click.Context(command, info_name="steward"), words)
        assert found is not None
        command = found
    assert isinstance(command, EntryCommand)
    entry = command._entry
    assert entry.name == name, line
    given = dict(command.make_context("steward", words).params)
    secrets = {item.name for item in entry.fields if item.secret}
    shown = entry.__class__(**{**vars(entry), "fields": tuple(f for f in entry.fields if f.name not in secrets)})
    return collect(shown, given, can_ask=False) | dict.fromkeys(secrets, "a secret")
