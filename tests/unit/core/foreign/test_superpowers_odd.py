"""Lists of claude-superpowers in which something is odd: what is good is taken over, every other entry is listed."""

from __future__ import annotations

import pytest

from tests.unit.core.foreign.texts import imported

JOBS = """\
{"version": 2, "jobs": [
  {"id": "clean", "schedule": "30 2 * * 0", "type": "shell", "command": "apt-get clean"},
  "junk",
  {"id": "never", "type": "shell", "command": "reboot"}
]}
"""
WATCHERS = """\
settings: {poll: 3}
rules:
  - {name: films, path: "/srv/in/*.mkv", action: move, destination: /srv/films, debounce: 5}
  - 7
"""
TRIGGERS = """\
- {pattern: "!go", action: workflow, workflow: nightly, admin_only: true}
- {pattern: "!half"}
"""
HOSTS = """\
defaults: {user: root}
hosts:
  - {alias: pve, hostname: 192.0.2.10}
  - {alias: half}
"""
PROFILES = """\
profiles:
  info: [{channel: email, target: me@example.org}]
  odd: 3
"""


@pytest.mark.parametrize(
    ("text", "taken", "listed"),
    [
        (
            JOBS,
            ["triggers/clean.yaml"],
            {(1, "field version of the file"), (2, "weekday of job clean"), (3, "job job-2"), (4, "job never")},
        ),
        (
            WATCHERS,
            ["triggers/films.yaml"],
            {(1, "field settings of the file"), (3, "field debounce of watcher films"), (4, "watcher watcher-2")},
        ),
        (
            TRIGGERS,
            ["triggers/go.yaml"],
            {(1, "field admin_only of trigger !go"), (1, "pattern !go"), (2, "trigger !half")},
        ),
        (HOSTS, [], {(1, "field defaults of the file"), (4, "a host")}),
        (PROFILES, [], {(2, "profile info"), (3, "profile odd")}),
    ],
)
def test_one_odd_entry_neither_hides_the_others_nor_is_dropped(
    text: str, taken: list[str], listed: set[tuple[int, str]]
):
    found = imported("nas", x__yaml=text)
    assert [file.path for file in found.files] == taken
    assert {(each.line, each.what) for each in found.unmapped} == listed
    assert len(found.machines) == (1 if text == HOSTS else 0)
