"""What comes before anything runs."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from steward.app.settings import read_settings
from steward.app.start import keep_worker_name


def settings(folder: Path, **more: str):
    return keep_worker_name(read_settings({"STEWARD_DATA": str(folder / "data"), **more}, folder))


def test_a_renamed_host_still_resumes_what_its_worker_had_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "Shed")
    assert settings(tmp_path).worker == "shed-1"
    monkeypatch.setattr(socket, "gethostname", lambda: "attic")
    assert settings(tmp_path).worker == "shed-1"


def test_a_name_that_was_given_is_taken_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "shed")
    assert settings(tmp_path, STEWARD_WORKER="spare").worker == "spare"
    assert settings(tmp_path).worker == "shed-1"


def test_two_data_folders_have_names_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "shed")
    assert settings(tmp_path / "one").worker == "shed-1"
    monkeypatch.setattr(socket, "gethostname", lambda: "attic")
    assert settings(tmp_path / "two").worker == "attic-1"
