"""Texts of a file or a folder, as they are sent along with a command."""

from __future__ import annotations

from importlib import resources

import pytest

from steward.surfaces.cli import manifest
from steward.surfaces.cli.failure import CliFailure
from steward.surfaces.cli.folder import MOST_FILES, texts
from steward.surfaces.cli.values import collect


def entry():
    text = resources.files("steward.surfaces.cli").joinpath("manifest.json").read_text("utf-8")
    found = manifest.parse(text).find("workflow.import")
    assert found is not None
    return found


def test_a_file_is_sent_by_its_name(tmp_path):
    (tmp_path / "a.yaml").write_text("name: a\n")
    assert texts(str(tmp_path / "a.yaml")) == {"a.yaml": "name: a\n"}


def test_a_folder_is_sent_with_everything_below_but_links_hidden_folders_and_other_files(tmp_path):
    for name in ("a.yaml", "cron/jobs.json", ".git/config.yaml", "readme.txt", "notes.MD"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "link.yaml").symlink_to(tmp_path / "readme.txt")
    assert texts(str(tmp_path)) == {name: name for name in ("a.yaml", "cron/jobs.json", "notes.MD")}


def test_what_cannot_be_sent_is_said(tmp_path):
    with pytest.raises(CliFailure, match="cannot be read"):
        texts(str(tmp_path / "gone.yaml"))
    with pytest.raises(CliFailure, match="holds no texts"):
        texts(str(tmp_path))
    (tmp_path / "a.yaml").write_bytes(b"\xff")
    with pytest.raises(CliFailure, match="is not text"):
        texts(str(tmp_path))
    (tmp_path / "a.yaml").write_text("x" * 2_000_000)
    with pytest.raises(CliFailure, match="too long"):
        texts(str(tmp_path))


def test_more_files_than_are_read_are_refused(tmp_path):
    for number in range(MOST_FILES + 1):
        (tmp_path / f"{number}.yaml").touch()
    with pytest.raises(CliFailure, match="holds 501 texts"):
        texts(str(tmp_path))


def test_the_import_sends_a_folder_whatever_its_name_looks_like(tmp_path, monkeypatch):
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "a.yaml").write_text("name: a\n")
    monkeypatch.chdir(tmp_path)
    sent = collect(entry(), {"what": "flows"}, can_ask=False)
    assert sent == {"what": "flows", "files": {"a.yaml": "name: a\n"}}
