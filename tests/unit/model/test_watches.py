"""What may be watched: every field that cannot be is told with what to do."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.app.plugins import load_trigger_kinds
from steward.core.trigger_text import TriggerWords, parse_trigger
from steward.model.errors import InvalidFile
from steward.model.watches import FileWatch, JournalWatch, MqttWatch, is_topic, problems_of

KINDS = load_trigger_kinds()
WATCHING = ("condition", "consul", "files", "journal", "mqtt", "unit")
GOOD: dict[str, str] = {
    "files": "folder: /srv/scans\nmoveTo: /srv/done",
    "unit": "machines: [nas]\nunits: ['backup*.service']",
    "journal": "machine: nas\nunit: smartd.service\nmatches: '(?i)pending'",
    "condition": "machine: nas\nline: '[DISK_FREE_PERCENT /] < 10'\nfor: 15m",
    "mqtt": "broker: b.lan\nuser: me\npassword: secret://mqtt\nentity: switch.heater\nfrom: 'off'\nto: 'on'\nfor: 5m",
    "consul": "url: http://consul.lan:8500\nservice: web\ntoken: secret://consul",
}
BAD: list[tuple[str, str, str]] = [
    ("files", "folder: scans", "no absolute path"),
    ("files", "folder: /srv/../etc", "no absolute path"),
    ("files", "folder: /", "no absolute path"),
    ("files", "folder: /srv/a\nmoveTo: /srv/a/done", "lies in the watched folder"),
    ("files", "folder: /srv/a\nmoveTo: /srv/b\ncopyTo: /srv/c", "not both"),
    ("files", "folder: /srv/a\nmoveTo: /srv/b\nevents: [gone]", "only a file that is created or changed"),
    ("files", "folder: /srv/a\npattern: ['*.pdf']", "did you mean `patterns`?"),
    ("unit", "units: []", "does not fit"),
    ("journal", "machine: nas", "every line would count"),
    ("journal", "machine: nas\nmatches: '('", "no regular expression"),
    ("journal", "machine: nas\ncontains: x\neverySeconds: 1", "use 10 to"),
    ("condition", "machine: nas", "either `line` or `command`"),
    ("condition", "machine: nas\nline: '[LOAD] > 3'\nfor: 5", "`for` does not fit"),
    ("condition", "machine: nas\nline: '[LOAD] > 3'\nfor: soon", "no span of time"),
    ("mqtt", "broker: a b\ntopics: [x]", "no name of a host"),
    ("mqtt", "broker: b\ntopics: ['a/#/b']", "is no topic"),
    ("mqtt", "broker: b\ntopics: [x]\nuser: me\npassword: hunter2", "must be the name of a secret"),
    ("mqtt", "broker: b\ntopics: [x]\nto: 'on'\nfor: 5m", "is for states"),
    ("mqtt", "broker: b\nentity: heater", "is no entity"),
    ("consul", "url: ftp://consul\nkey: a", "no address of Consul"),
    ("consul", "url: http://u:p@consul:8500\nkey: a", "no address of Consul"),
    ("consul", "url: http://consul:8500\nkey: a/../b", "no dots"),
    ("consul", "url: http://consul:8500", "either `key` or `service`"),
]


def read(kind: str, fields: str) -> dict[str, Any]:
    words = TriggerWords(kinds=KINDS)
    return parse_trigger(f"kind: {kind}\n{fields}\n", file="triggers/one.yaml", words=words).source


@pytest.mark.parametrize("kind", WATCHING)
def test_what_is_right_is_read(kind: str) -> None:
    assert read(kind, GOOD[kind])


@pytest.mark.parametrize(("kind", "fields", "what"), BAD)
def test_what_cannot_be_watched_is_told_with_its_line(kind: str, fields: str, what: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        read(kind, fields)
    assert any(what in str(problem) for problem in caught.value.problems)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(WATCHING), st.text(max_size=80), st.sampled_from(("machine", "folder", "for", "topics", "url")))
def test_any_text_in_a_file_gives_a_trigger_or_our_own_error(kind: str, text: str, field: str) -> None:
    with contextlib.suppress(InvalidFile):
        read(kind, f"{GOOD[kind]}\n{field}: {text}")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_in_a_field_is_judged(text: str) -> None:
    problems_of(FileWatch(folder=text, patterns=(text,), move_to=text))
    problems_of(MqttWatch(broker=text, topics=(text,), for_=text, password=text, statestream=text))
    KINDS["journal"].check(JournalWatch(machine="nas", matches=text or "x"))


@pytest.mark.parametrize(("topic", "is_one"), [("a/+/b", True), ("#", True), ("a#", False), ("+a", False), ("", False)])
def test_a_topic_is_one_by_the_rules_of_mqtt(topic: str, is_one: bool) -> None:
    assert is_topic(topic) is is_one
