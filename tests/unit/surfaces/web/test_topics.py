"""Which topics a stream may ask for."""

from __future__ import annotations

from steward.surfaces.web.topics import TOPICS, asked


def test_topics_that_are_known_are_taken_with_their_values():
    assert asked([("now", ""), ("card", "K7QM")]) == {("now", ""), ("card", "K7QM")}


def test_what_nobody_knows_is_left_out_and_now_is_the_least():
    assert asked([("secrets", "all"), ("card", ""), ("now", "x"), ("run", "r" * 300)]) == {("now", "")}


def test_one_tab_cannot_ask_for_endlessly_many():
    assert len(asked([("card", f"K{number}") for number in range(100)])) < 10


def test_every_topic_that_takes_a_value_says_for_which_field():
    assert {name for name, topic in TOPICS.items() if topic.field} == {"card", "run", "machine", "service"}
