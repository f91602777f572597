"""Words of others reach the terminal only as visible text."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.lib.wire import Event, Problem
from steward.surfaces.cli.render import clean, line_of, text_of
from steward.surfaces.cli.style import Style
from tests.unit.surfaces.cli import results
from tests.unit.surfaces.cli.daemon import ok
from tests.unit.surfaces.cli.terminal import Screen, start

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\u202egnp\u200b\x00"
PLAIN = Style(color=False, is_terminal=False, width=80, now=datetime(2026, 3, 1, 12, tzinfo=UTC))
COLORED = Style(color=True, is_terminal=True, width=80, now=PLAIN.now)
OWN_COLOR = re.compile(r"\x1b\[(?:0|1|2|31|32|33|34|35|36)m")
WHY = {
    "sentence": "One thing is wrong.",
    "explained": [
        {
            "finding": results.FINDING,
            "machine": "nuc-2",
            "lasting": "3 h",
            "plan": results.SHOWN,
            "blocked": "",
            "next": "x",
        }
    ],
    "unread": [{"machine": "nas", "fact": "smart", "why": "needs sudo"}],
}
MACHINE = {
    "machine": {"id": "m", "name": "nas", "transport": "ssh", "address": "10.0.0.5", "port": 22, "autonomy": "watch"},
    "presented_key": "SHA256:abc",
    "compare_with": "ssh-keygen -lf key",
    "access": {"user": "steward", "to_look": ["a", "b"], "to_act": ["c"], "how": "as root"},
    "unread": {"smart": "needs sudo"},
    "next": "steward machines confirm nas SHA256:abc",
}
BRAKE = {
    "brake": "freeze",
    "epoch": 2,
    "since": "2026-03-01T11:00:00Z",
    "by": "anna",
    "reason": "guests",
    "until": None,
}
EVERYTHING: list[tuple[str, dict[str, Any]]] = [
    ("status", results.STATUS),
    ("why", WHY),
    ("plan", results.CARD),
    ("approvals.ls", {"approvals": [results.LINE]}),
    ("approvals.approve", results.STARTED),
    ("runs.ls", {"runs": [{**results.run_in("failed"), "title": "t"}]}),
    ("runs.show", results.receipt_in("rolled_back", "why")),
    ("runs.logs", {"run": results.run_in("failed", "why")}),
    ("machines.ls", {"machines": [MACHINE]}),
    ("machines.check", MACHINE),
    ("policy.explain", {"command": "unit.restart", "decision": results.CARD["decision"]}),
    ("audit.verify", {"rows": 3, "problems": ["row 2 was edited"], "checkpoints": 1}),
    ("changes.ls", {"changes": [{"id": "c", "title": "t", "state": "closed", "result": "verified", "run": "run-1"}]}),
    ("freeze", BRAKE),
    ("unit.restart", {"preview": "would restart"}),
    ("new.command", {"sentence": "s", "many": [{"a": 1, "b": "x"}], "one": {"c": True}, "words": ["p", "q"]}),
]


def poisoned(value: Any) -> Any:
    """Return the same JSON with every text followed by what a terminal must never see."""
    if isinstance(value, str):
        return value + EVIL
    if isinstance(value, dict):
        return {name: poisoned(item) for name, item in value.items()}
    return [poisoned(item) for item in value] if isinstance(value, list) else value


def harmless(text: str) -> bool:
    """Tell whether only our own colors and printable characters are there."""
    return all(char.isprintable() or char == "\n" or category(char) == "Zs" for char in OWN_COLOR.sub("", text))


@pytest.mark.parametrize(("name", "result"), EVERYTHING, ids=[name for name, _ in EVERYTHING])
@pytest.mark.parametrize("style", [PLAIN, COLORED], ids=["plain", "colored"])
def test_no_view_lets_a_control_character_of_a_result_through(name, result, style):
    text = text_of(name, poisoned(deepcopy(result)), style)
    assert harmless(text)
    assert r"\u{1b}" in text


@pytest.mark.parametrize(("name", "result"), EVERYTHING, ids=[name for name, _ in EVERYTHING])
def test_without_color_there_is_no_escape_sequence_at_all(name, result):
    assert "\x1b" not in text_of(name, result, PLAIN)


@given(
    st.recursive(
        st.text() | st.none() | st.integers() | st.booleans(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_any_result_at_all_can_be_shown(result):
    assert harmless(text_of("new.command", result, COLORED).replace("\t", " "))


@pytest.mark.parametrize("name", [name for name, _ in EVERYTHING])
@given(
    broken=st.recursive(
        st.text(max_size=3) | st.none() | st.integers(), lambda inner: st.lists(inner, max_size=3), max_leaves=4
    ),
    seed=st.randoms(),
)
def test_a_view_survives_a_result_of_another_shape(name, broken, seed):
    result = deepcopy(dict(EVERYTHING)[name])
    for field in list(result):
        if seed.random() < 0.5:
            result[field] = broken
        elif seed.random() < 0.3:
            del result[field]
    assert harmless(text_of(name, result, COLORED).replace("\t", " "))


@given(st.text(), st.text())
def test_one_event_can_never_pass_for_another(kind, text):
    line = line_of("runs.logs", {"at": "2026-03-01T11:59:01Z", "kind": kind, "step": "", "text": text}, PLAIN)
    first, *more = line.split("\n")
    assert first.startswith("11:59:01")
    assert all(each.startswith("          | ") for each in more)


def test_names_of_fields_are_words_of_others_too():
    assert clean({"a\x1b[2J": ["\x1b"]}) == {"a\\u{1b}[2J": ["\\u{1b}"]}


def test_the_whole_program_shows_poisoned_answers_safely(folder, daemon):
    daemon.answers["status"] = ok(poisoned(results.STATUS))
    daemon.answers["runs.logs"] = [Event(data={"at": EVIL, "kind": EVIL, "text": EVIL}), ok({"run": {}})]
    daemon.answers["why"] = Problem(kind="Bug", what=EVIL, where=EVIL, why=EVIL, next_step=EVIL, diagnostic_id=EVIL)
    for words in (("status",), ("runs", "logs", "run-1"), ("why",)):
        screen = Screen(folder, *words)
        screen.end()
        assert harmless(screen.raw.replace("\r\n", "\n")), words


def test_json_carries_the_very_text_and_still_writes_no_control_character(folder, daemon):
    daemon.answers["status"] = ok({"sentence": EVIL})
    ended = start(folder, "status", "--json")
    assert json.loads(ended.out) == {"sentence": EVIL}
    assert harmless(ended.out)
