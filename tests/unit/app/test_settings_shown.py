"""Every setting is shown with its origin, and no password with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward.app.settings import _NAMES, read_settings
from steward.app.settings_shown import settings_shown, without_password

HOME = Path("/home/somebody")


def test_every_variable_that_is_understood_is_shown_with_a_sentence():
    shown = settings_shown(read_settings({}, HOME))
    assert [each.variable for each in shown] == [f"STEWARD_{name}" for name in _NAMES]
    assert all(each.says.endswith(".") for each in shown)
    assert {each.origin for each in shown} == {"default"}


def test_what_the_environment_gives_is_told_apart_from_what_is_the_default():
    shown = {each.name: each for each in settings_shown(read_settings({"STEWARD_SCAN_SECONDS": "30"}, HOME))}
    assert (shown["scan_seconds"].value, shown["scan_seconds"].origin) == ("30", "environment")
    assert (shown["metrics_open"].value, shown["metrics_open"].origin) == ("false", "default")
    assert shown["tls_key"].value == ""


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("sqlite:////data/steward.db", "sqlite:////data/steward.db"),
        ("postgresql://steward:hunter2@db:5432/steward", "postgresql://steward:••••@db:5432/steward"),
        ("postgresql://steward@db/steward?password=hunter2", "postgresql://steward@db/steward"),
        ("postgresql:///steward?host=/run&password=hunter2", "postgresql:///steward"),
        ("postgresql://a:b@c:hunter2@db/x", "postgresql://a:••••@db/x"),
    ],
)
def test_the_password_of_a_database_is_never_shown(address, shown):
    assert without_password(address) == shown
