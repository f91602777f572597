"""Whatever a machine prints, a parser gives a fact that JSON can hold, or says why there is none."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.lib.codec import encode
from steward.model.fact import CommandOutput, Fact, FactUnavailable
from tests.unit.knowhow.facts.test_cases import CASES, read
from tests.unit.knowhow.plugins import FACTS as ALL

FACTS = {name: fact for name, fact in ALL.items() if not fact.view}
"""What commands tell; what is learned from outside has its own tests."""
KNOWN = {name: [read(path)[1] for path in CASES if path.parent.name == name] for name in FACTS}
EXIT_CODES = st.sampled_from([0, 0, 0, 1, 127, None])
PIECES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["\n", "\u2028", "\0", " ", "0", "-1", "9" * 20, "nan", "1e999", "[" * 4000, '{"id":1}', "%", "=", "/"]
    ),
)


def parse_any(fact: Fact[Any], outputs: dict[str, CommandOutput]) -> None:
    try:
        value = fact.parse(outputs)
    except FactUnavailable:
        return
    encode(value)


@pytest.mark.parametrize("name", FACTS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_arbitrary_text_is_a_fact_or_unavailable(name: str, data: st.DataObject) -> None:
    fact = FACTS[name]
    outputs = {
        reading.name: CommandOutput(
            exit_code=data.draw(EXIT_CODES),
            stdout=data.draw(st.lists(PIECES, max_size=12).map("".join)),
            stderr=data.draw(st.text(max_size=20)),
        )
        for reading in fact.readings
    }
    parse_any(fact, outputs)


@pytest.mark.parametrize("name", FACTS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(data=st.data())
def test_damaged_real_output_is_a_fact_or_unavailable(name: str, data: st.DataObject) -> None:
    fact = FACTS[name]
    outputs = dict(data.draw(st.sampled_from(KNOWN[name])))
    for _ in range(data.draw(st.integers(1, 4))):
        reading = data.draw(st.sampled_from(sorted(outputs)))
        said = outputs[reading].stdout
        at = data.draw(st.integers(0, len(said)))
        cut = data.draw(st.integers(0, 30))
        damaged = said[:at] + data.draw(PIECES) + said[at + cut :]
        outputs[reading] = CommandOutput(exit_code=0, stdout=damaged)
    parse_any(fact, outputs)


@pytest.mark.parametrize("name", FACTS)
def test_readings_that_did_not_come_back_make_the_fact_unavailable(name: str) -> None:
    with pytest.raises(FactUnavailable):
        FACTS[name].parse({})


@pytest.mark.parametrize("name", FACTS)
def test_cut_output_is_never_taken_for_the_whole(name: str) -> None:
    for outputs in KNOWN[name]:
        for reading in outputs:
            cut = CommandOutput(exit_code=0, stdout=outputs[reading].stdout[:-1], is_truncated=True)
            parse_any(FACTS[name], {**outputs, reading: cut})
    first = FACTS[name].readings[0].name
    with pytest.raises(FactUnavailable):
        FACTS[name].parse({first: CommandOutput(exit_code=0, stdout="x", is_truncated=True)})
