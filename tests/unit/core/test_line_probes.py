"""Readable lines: what is asked, what is seen, and what is said where a line cannot be understood."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.line_probes import LONGEST, ask, facts_of, probe_of
from steward.model.errors import InvalidInput
from steward.model.fact import CommandOutput, Fact, Snapshot
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.measure import Measure
from steward.model.probe import Probe, ProbeKind

NAS = MachineId("mch-nas")
BOX = Machine(id=MachineId("mch-box"), name="box")
AT = datetime(2026, 3, 1, tzinfo=UTC)


def _numbers(outputs: dict[str, CommandOutput]) -> dict[str, float]:
    return {}


def _explodes(*_: object) -> int:
    msg = "a mistake"
    raise ZeroDivisionError(msg)


NUMBERS = Fact(name="numbers", summary="numbers", parse=_numbers)
UNITS = Fact(name="units", summary="units", parse=_numbers)
MEASURES = {
    measure.name: measure
    for measure in (
        Measure(
            name="CERT_DAYS", summary="days", fact=NUMBERS, take=lambda f, a, _: f.get(a), argument="name", example=""
        ),
        Measure(name="LOAD", summary="load", fact=NUMBERS, take=lambda f, _a, _: f.get("load"), example="[LOAD] < 2"),
        Measure(
            name="UNIT",
            summary="state",
            fact=UNITS,
            take=lambda f, a, _: f.get(a),
            argument="unit",
            is_argument_needed=True,
            missing="absent",
            example='[UNIT ssh] == "active"',
        ),
        Measure(name="BROKEN", summary="broken", fact=NUMBERS, take=_explodes, example=""),
    )
}
SEEN = Snapshot(
    machine=BOX,
    at=AT,
    values={"numbers": {"": 9, "load": 1.5, "a b": 4}, "units": {"ssh.service": "active", "x": 'evil\n" == "'}},
)


@pytest.mark.parametrize(
    ("line", "holds", "seen"),
    [
        ("[CERT_DAYS] > 14", False, "[CERT_DAYS] is 9"),
        ("[CERT_DAYS] > 8.5", True, "[CERT_DAYS] is 9"),
        ("[CERT_DAYS a b] == 4", True, "[CERT_DAYS a b] is 4"),
        ('[UNIT ssh.service] == "active"', True, '[UNIT ssh.service] is "active"'),
        ('[UNIT web.service] == "active"', False, '[UNIT web.service] is "absent"'),
        ('[UNIT web.service] == "absent"', True, '[UNIT web.service] is "absent"'),
        ('[LOAD] < 2 && [UNIT ssh.service] in ["active", "activating"]', True, None),
        ('"[LOAD]" == "[LOAD]" && [LOAD] > 1', True, "[LOAD] is 1.5"),
        ("[CERT_DAYS nowhere] > 14", None, "[CERT_DAYS nowhere]: there is no such thing, or the machine does not tell"),
        ("[LOAD] + 1.0", None, "[LOAD] is 1.5; the line is neither true nor false"),
        ("[BROKEN] > 1", None, "[BROKEN]: a mistake in the measure `BROKEN`; see Steward's log"),
    ],
)
def test_a_line_is_asked_of_what_was_read(line: str, holds: bool | None, seen: str | None):
    answer, words = ask(line, SEEN, MEASURES)
    assert answer is holds
    assert words == seen or seen is None


def test_what_a_machine_says_is_a_value_and_never_a_part_of_the_line():
    holds, seen = ask('[UNIT x] == "active"', SEEN, MEASURES)
    assert holds is False
    assert seen == '[UNIT x] is "evil\\n\\" == \\""'


def test_a_fact_that_was_not_read_leaves_the_line_without_answer_and_says_why():
    blind = replace(SEEN, values={}, unread={"numbers": "openssl is missing"})
    assert ask("[CERT_DAYS] > 1", blind, MEASURES) == (None, "[CERT_DAYS]: openssl is missing")


def test_a_wrong_type_is_told_in_the_words_of_the_line():
    holds, seen = ask("[UNIT ssh.service] > 3", SEEN, MEASURES)
    assert holds is None
    assert seen.startswith('[UNIT ssh.service] is "active"; No matching overloads found')


@pytest.mark.parametrize(
    ("line", "what", "where", "next_step"),
    [
        ("[CERT_DAY] > 14", "`[CERT_DAY]` is no measure", "column 1", "did you mean `[CERT_DAYS]`?"),
        ("[LOAD] < 2 && [UNT a] == 1", "`[UNT]` is no measure", "column 15", "did you mean `[UNIT]`?"),
        ("[LOAD 5] > 1", "`[LOAD]` takes nothing after its name", "column 1", "write `[LOAD]`"),
        ("[UNIT] == 1", "does not say which", "column 1", "for example"),
        ("[UNIT a] == active", "`active` is not known in a line", "column 13", '`"active"`'),
        ("cert_days > 14", "the line measures nothing", "cert_days", "write it as"),
        (
            "[LOAD] > 1 && cert_days > 14",
            "`cert_days` is not known in a line",
            "column 15",
            "did you mean `[CERT_DAYS]`?",
        ),
        ("[CERT_DAYS] > ", "it ends where something must follow", "column 15", ""),
        ("[CERT_DAYS a] >> 1", "`>` does not fit here", "column 16", ""),
        ("on nas: [LOAD] > > 1", "`>` does not fit here", "column 18", ""),
        ("[LOAD]" * 11, "more than 10 measures", "column 61", ""),
        ("[LOAD] > " + "1" * LONGEST, "at most 500 are read", "[LOAD]", ""),
        ("true", "the line measures nothing", "true", ""),
        ("", "the line measures nothing", "", ""),
    ],
)
def test_a_line_that_cannot_be_understood_is_refused_where_it_is_wrong(line, what, where, next_step):
    with pytest.raises(InvalidInput) as refused:
        probe_of(line, BOX.id, MEASURES, find=lambda _: NAS)
    assert what in refused.value.what
    assert where in refused.value.where
    assert next_step in refused.value.next_step


def test_a_probe_carries_the_line_and_the_machine():
    assert probe_of(" [LOAD] < 2 ", BOX.id, MEASURES, within_seconds=30) == Probe(
        machine=BOX.id, says="[LOAD] < 2", kind=ProbeKind.LINE, line="[LOAD] < 2", within_seconds=30
    )


def test_a_line_may_name_another_machine():
    named: list[str] = []

    def find(name: str) -> MachineId:
        named.append(name)
        return NAS

    probe = probe_of("on nas: [LOAD] < 2", BOX.id, MEASURES, find=find)
    assert (probe.machine, probe.line, probe.says, named) == (NAS, "[LOAD] < 2", "on nas: [LOAD] < 2", ["nas"])


def test_another_machine_cannot_be_named_where_nobody_finds_it():
    with pytest.raises(InvalidInput, match="no other machine can be named here"):
        probe_of("on nas: [LOAD] < 2", BOX.id, MEASURES)


def test_the_facts_of_all_lines_are_known_before_any_is_asked():
    assert facts_of(["[LOAD] < 2", '[UNIT a] == "x" && [CERT_DAYS] > 1'], MEASURES) == {"numbers", "units"}
    assert facts_of(["[NOTHING] > 1"], MEASURES) == frozenset()


_PIECE = st.sampled_from(
    [
        "[",
        "]",
        "[LOAD]",
        "[UNIT ",
        "[UNIT a]",
        '"',
        "'",
        "\\",
        " ",
        ">",
        "==",
        "&&",
        "14",
        "on ",
        "nas",
        ":",
        "(",
        ")",
        "\n",
        "é",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(_PIECE, max_size=20).map("".join)))
def test_whatever_is_written_is_a_probe_that_can_be_asked_or_is_refused(line: str):
    try:
        probe = probe_of(line, BOX.id, MEASURES, find=lambda _: NAS)
    except InvalidInput:
        return
    holds, seen = ask(probe.line, SEEN, MEASURES)
    assert holds in {True, False, None}
    assert seen.isprintable()
