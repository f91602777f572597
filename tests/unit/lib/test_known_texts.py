from __future__ import annotations

from steward.lib.known_texts import KnownTexts


def test_what_was_added_is_known_and_nothing_else() -> None:
    known = KnownTexts()
    known.add("one")
    assert "one" in known
    assert "One" not in known
    assert "" not in known


def test_text_that_no_encoding_holds_can_be_remembered() -> None:
    known = KnownTexts()
    known.add("half \ud800 of a pair")
    assert "half \ud800 of a pair" in known
    assert "half \ud801 of a pair" not in known


def test_what_was_not_met_for_long_is_forgotten_and_what_is_met_stays() -> None:
    known = KnownTexts(most=10)
    known.add("met often")
    known.add("met once")
    for number in range(100):
        known.add(str(number))
        assert "met often" in known
    assert "met once" not in known


def test_no_more_than_twice_as_many_are_kept() -> None:
    known = KnownTexts(most=10)
    for number in range(1_000):
        known.add(str(number))
    assert sum(str(number) in known for number in range(1_000)) <= 20
