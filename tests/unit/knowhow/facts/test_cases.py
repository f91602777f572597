"""Every parser against outputs of real systems, kept as files: to add a case, add a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from steward.lib.codec import decode, encode
from steward.model import question
from steward.model.fact import CommandOutput, FactUnavailable
from steward.model.outside import OutsideRules
from steward.model.question import Answer
from tests.unit.knowhow.plugins import FACTS

ALL = sorted(Path(__file__).parent.glob("*/*.json"))
CASES = [path for path in ALL if not FACTS[path.parent.name].view]
VIEWS = [path for path in ALL if FACTS[path.parent.name].view]


def read(path: Path) -> tuple[dict[str, Any], dict[str, CommandOutput]]:
    case = json.loads(path.read_text(encoding="utf-8"))
    return case, {name: decode(CommandOutput, output) for name, output in case["readings"].items()}


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_outputs_of_a_known_system_give_the_known_fact(path: Path) -> None:
    case, readings = read(path)
    fact = FACTS[path.parent.name]
    assert set(readings) == {reading.name for reading in fact.readings}
    if "unavailable" in case:
        with pytest.raises(FactUnavailable) as raised:
            fact.parse(readings)
        assert str(raised.value) == case["unavailable"]
    else:
        assert encode(fact.parse(readings)) == case["expected"]


def answers(case: dict[str, Any]) -> list[Answer]:
    return [decode(getattr(question, kind), given) for each in case["answers"] for kind, given in each.items()]


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_answers_from_outside_give_the_known_fact(path: Path) -> None:
    case, view = json.loads(path.read_text(encoding="utf-8")), FACTS[path.parent.name].view
    assert view is not None
    rules = decode(OutsideRules, case.get("rules", {}))
    assert encode(view.conclude([], rules)) == case["expected_of_nothing"]
    if "unavailable" in case:
        with pytest.raises(FactUnavailable) as raised:
            view.conclude(answers(case), rules)
        assert str(raised.value) == case["unavailable"]
    else:
        assert encode(view.conclude(answers(case), rules)) == case["expected"]


def test_every_fact_has_cases() -> None:
    assert {path.parent.name for path in ALL} == set(FACTS)
