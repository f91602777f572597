"""Shown = hashed = run: what a person reads is the plan, all of it, and nothing in it hides."""

from __future__ import annotations

import shlex
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from steward.core.compile import seal
from steward.lib.canonical import content_hash
from steward.lib.codec import decode, encode
from steward.lib.text import visible_line
from steward.model.approval import fingerprint
from steward.model.plan import EnvironmentValue, Plan, PlannedFile
from steward.model.risk import Risk
from steward.model.secret import SecretRef
from steward.model.shown import render
from tests.unit.model.plans import TEXTS, plans
from tests.unit.store.cases import plan as a_plan

QUICK = settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
HIDDEN = {
    "bell": "\x07",
    "escape": "\x1b[2K",
    "carriage return": "\r",
    "newline": "\n",
    "tab": "\t",
    "delete": "\x7f",
    "c1": "\x9b",
    "right-to-left override": "\u202e",
    "right-to-left isolate": "\u2067",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "line separator": "\u2028",
    "tag letter": "\U000e0041",
    "no-break space": "\u00a0",
    "hair space": "\u200a",
    "hangul filler": "\u3164",
    "grapheme joiner": "\u034f",
    "variation selector": "\ufe0f",
    "variation selector 17": "\U000e0100",
    "braille blank": "\u2800",
    "combining acute": "\u0301",
    "private use": "\ue000",
    "lone surrogate": "\ud800",
}


@QUICK
@given(plans)
def test_the_same_plan_reads_the_same_byte_for_byte(plan: Plan):
    again = decode(Plan, encode(plan))
    assert render(again) == render(plan)


@QUICK
@given(plans)
def test_the_text_does_not_depend_on_its_own_hash_and_the_plan_binds_the_text(plan: Plan):
    sealed, shown = seal(plan, plan.risk)
    assert sealed.shown_hash == content_hash(shown.encode())
    assert render(sealed) == shown
    assert fingerprint(replace(sealed, shown_hash=content_hash(b"another text"))) != fingerprint(sealed)


@QUICK
@given(plans)
def test_no_character_that_a_reader_cannot_see_reaches_the_text(plan: Plan):
    for char in render(plan):
        is_seen = char in {"\n", " "} or unicodedata.category(char)[0] in "LNPS" or unicodedata.category(char) == "Mn"
        assert is_seen, hex(ord(char))
        assert unicodedata.combining(char) == 0, hex(ord(char))


@QUICK
@given(plans)
def test_every_word_in_the_text_reads_back_as_the_word_that_runs(plan: Plan):
    planned = [a.argv for s in plan.steps for a in (s.action,)] + [a.argv for s in plan.steps for a in s.undo.actions]
    lines = [line for line in render(plan).split("\n") if line.startswith("     $ ")]
    read = [tuple(shlex.split(line[7:])) for line in lines]
    assert read == [tuple(visible_line(word) for word in argv) for argv in planned]


def test_words_a_shell_would_read_in_its_own_way_stay_words():
    argv = ("/bin/echo", "a b", "$(id)", "`id`", "*", "'", '"', "\\", "a;b", "é", "", "~", "#x", "!", "a=b")
    plan = _with(argv=argv)
    line = next(line for line in render(plan).split("\n") if line.startswith("     $ "))
    assert tuple(shlex.split(line[7:])) == argv


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("place", ["title", "goal", "says", "effect", "argv", "destination", "probe", "undo", "target"])
def test_hidden_characters_are_written_out_wherever_they_stand(name: str, place: str):
    text = f"nginx{HIDDEN[name]}.service"
    shown = render(_with(**{place: text}))
    assert text not in shown
    assert visible_line(text) in shown
    assert visible_line(text).isascii()


@QUICK
@given(TEXTS)
def test_a_text_never_begins_a_line_of_its_own(text: str):
    assert render(_with(title="T", says=text)).count("\n") == render(_with(title="T", says="x")).count("\n")


def test_everything_that_reaches_the_machine_is_in_the_text():
    plan = _with(argv=("/bin/a",), destination="/etc/x")
    shown = render(plan)
    for part in ("/bin/a", "/etc/x", "0644 root:root", "ab12", "secret://token", "TOKEN", "PLAIN=word", "cd34"):
        assert part in shown


def test_what_cannot_be_put_back_is_said_loudly():
    plan = a_plan()
    step = replace(plan.steps[0], undo=replace(plan.steps[0].undo, is_possible=False, says="the logs are lost"))
    assert "IRREVERSIBLE: the logs are lost" in render(replace(plan, steps=(step,), risk=Risk.DESTRUCTIVE))


def _with(**parts: object) -> Plan:

    plan = a_plan()
    step = plan.steps[0]
    action = step.action
    argv = parts.get("argv", action.argv)
    action = replace(
        action,
        argv=argv if isinstance(argv, tuple) else ("/bin/x", argv),
        files=(
            PlannedFile(
                destination=str(parts.get("destination", "/x")), mode="0644", owner="root:root", content_hash="ab12"
            ),
        ),
        environment=(
            EnvironmentValue(name="TOKEN", secret=SecretRef(name="token")),
            EnvironmentValue(name="PLAIN", value="word"),
        ),
        stdin_hash="cd34",
    )
    step = replace(
        step,
        says=parts.get("says", step.says),
        effects=(parts.get("effect", "it restarts"),),
        action=action,
        verify=(replace(step.verify[0], says=parts.get("probe", "it is active")),),
        undo=replace(step.undo, says=parts.get("undo", "nothing")),
    )
    target = replace(plan.targets[0], name=parts.get("target", "nuc"))
    return replace(
        plan,
        title=parts.get("title", "Restart"),
        goal=parts.get("goal", "it answers"),
        steps=(step,),
        targets=(target,),
    )


def test_a_plan_that_stops_no_service_does_not_count_services():
    plan = a_plan()
    for count, is_told in ((0, False), (2, True)):
        text = render(replace(plan, blast=replace(plan.blast, services=count)))
        (reach,) = [line for line in text.splitlines() if line.startswith("Reaches")]
        assert ("service" in reach) is is_told
