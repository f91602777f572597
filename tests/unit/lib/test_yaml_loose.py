"""YAML of others: everything that can be read is, with its line; everything is bounded."""

from __future__ import annotations

import pytest

from steward.lib.yaml_loose import MOST_ALIASED, MOST_CHARACTERS, load_all


def test_every_document_is_read_and_keeps_its_lines():
    found = load_all("a: 1\n---\nb:\n  c: x\n---\n---\n- d\n")
    assert [node.line for node in found.documents] == [1, 3, 7]
    assert found.documents[1].string("b", "c") == "x"
    assert found.documents[1].at("b").line_of("c") == 4
    assert found.mistakes == ()


def test_scalars_stay_as_they_are_written():
    node = load_all("a: 08\nb: yes\nc: '1'\nd: 22:22\ne: ~\nf:\ng: ''").documents[0]
    assert [node.string(key) for key in "abcdefg"] == ["08", "yes", "1", "22:22", None, None, ""]
    assert node.at("b").is_true
    assert not node.at("a").is_true


def test_merge_keys_give_what_is_not_given_and_lists_of_them_in_their_order():
    text = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  a: 3\n"
    node = load_all(text).documents[0].at("z")
    assert {key: value.text for key, value in node.mapping.items()} == {"a": "3", "b": "1", "c": "2"}
    assert node.line_of("c") == 2


def test_a_key_given_twice_is_told_and_the_last_holds():
    found = load_all("a: 1\nb: 2\na: 3\n")
    assert found.documents[0].string("a") == "3"
    assert [(each.line, each.what) for each in found.doubled] == [(3, "`a` is already given in line 1")]


def test_a_mistake_is_told_with_its_line_and_the_next_document_is_read():
    found = load_all("a: 1\n---\nb: [1, 2\n---\nc: 3\n")
    assert [node.string("a") or node.string("c") for node in found.documents] == ["1", "3"]
    assert found.documents[1].line == 5
    assert [each.line for each in found.mistakes] == [4]


def test_what_stands_before_a_mistake_is_kept_on_request():
    text = "services:\n  web:\n    image: a\n  x: [\n"
    assert load_all(text).documents == ()
    kept = load_all(text, keeps_unfinished=True).documents[0]
    assert kept.string("services", "web", "image") == "a"


def test_tags_are_kept():
    node = load_all("a: !vault |\n  x\nb: !reset null\n").documents[0]
    assert (node.at("a").tag, node.at("b").tag) == ("!vault", "!reset")


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (BOMB, f"aliases stand for more than {MOST_ALIASED} values"),
        ("[" * 100_000, "this is nested more than 100 deep"),
        ("{a: " * 100_000, "this is nested more than 100 deep"),
        ("a: *b", "there is no anchor &b above"),
        ("a: &a {b: *a}", "there is no anchor &a above"),
        ("a:\n\tb: 1\n", "a tab is used to indent"),
        ("a: \x01", "a character that may not stand in a text file"),
        ("x" * (MOST_CHARACTERS + 1), f"the text has {MOST_CHARACTERS + 1} characters, more than {MOST_CHARACTERS}"),
        ("- x\n" * 200_000, "there are more than 150000 keys and values"),
    ],
    ids=["bomb", "brackets", "braces", "alias", "itself", "tab", "control", "long", "many"],
)
def test_what_would_grow_or_cannot_be_read_is_refused_with_a_reason(text, what):
    assert [each.what for each in load_all(text).mistakes] == [what]


def test_many_merge_keys_of_one_anchor_are_bounded_too():
    many = ", ".join(["*x"] * 200)
    text = "x: &x {a: 1, b: 2}\n" + "".join(f"s{n}: {{<<: [{many}]}}\n" for n in range(600))
    assert [each.what for each in load_all(text).mistakes] == [f"aliases stand for more than {MOST_ALIASED} values"]


def test_a_key_that_is_a_mapping_is_noticed():
    assert load_all("a: {{ b }}\n").has_odd_keys
