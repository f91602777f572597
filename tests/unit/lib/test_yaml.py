from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from steward.lib.yaml import MOST_CHARACTERS, YamlError, load
from steward.lib.yaml_nodes import YamlProblem

TEXT = """\
# my machines
machines:
  - name: nas       # upstairs
    port: 22
    labels: {rack: a, "on": yes}
  - name: &pi pi
    note: |
      two
      lines
alias: *pi
"""


def test_a_text_is_read_as_plain_json_values():
    assert load(TEXT).value == {
        "machines": [
            {"name": "nas", "port": 22, "labels": {"rack": "a", "on": "yes"}},
            {"name": "pi", "note": "two\nlines\n"},
        ],
        "alias": "pi",
    }


def test_every_value_and_key_knows_its_line_and_column():
    document = load(TEXT)
    assert document.position(("machines", 0, "port")) == (4, 11)
    assert document.key_position(("machines", 0, "port")) == (4, 5)
    assert document.position(("machines", 1)) == (6, 5)
    assert document.position(("machines", 0, "labels", "rack")) == (5, 20)


def test_the_position_of_what_is_not_there_is_that_of_what_would_hold_it():
    assert load(TEXT).position(("machines", 1, "port", "x")) == (6, 5)
    assert load("").position(("machines",)) == (1, 1)


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "already given in line 1"),
        ("a:\n\tb: 1\n", 2, 1, "a tab"),
        ("a: b: c\n", 1, 5, "mapping values"),
        ("a: [1\n", 1, 4, "is not closed with `]`"),
        ("a: *nobody\n", 1, 4, "no anchor &nobody"),
        ("a: !!python/object/apply:os.system [id]\n", 1, 4, "the tag"),
        ("1: x\n", 1, 1, "a key must be text"),
        ("a: &b {c: 1}\nd:\n  <<: *b\n", 3, 3, "merge keys"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document"),
        ("a: .nan\n", 1, 4, "out of range"),
        ("a: 123456789012345678901\n", 1, 4, "out of range"),
        ("a: 1e999\n", 1, 4, "out of range"),
        ("ab\ncd\x07e\n", 2, 3, "a character"),
        ("a: 'open\n", 1, 4, "is not closed"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, line: int, column: int, what: str):
    with pytest.raises(YamlError) as caught:
        load(text, file="x.yaml")
    problem = caught.value.problems[0]
    assert (problem.line, problem.column) == (line, column)
    assert what in problem.what


def test_every_duplicate_is_named_at_once():
    with pytest.raises(YamlError) as caught:
        load("a: 1\na: 2\nb: {c: 1, c: 2}\n1: 3\n")
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4]


def test_a_bomb_of_aliases_is_refused():
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{n}: &{n} [{', '.join(['*' + p] * 9)}]" for p, n in zip("abcdefgh", "bcdefghi", strict=True)]
    with pytest.raises(YamlError, match="aliases stand for more"):
        load("\n".join(lines))


def test_an_anchor_that_holds_itself_is_refused():
    with pytest.raises(YamlError, match="no anchor"):
        load("a: &a [*a]\n")


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 5000, "? " * 5000, "a:\n  " + "[" * 60])
def test_deep_nesting_is_refused(text: str):
    with pytest.raises(YamlError, match="nested more than 50 deep"):
        load(text)


def test_too_many_values_are_refused():
    with pytest.raises(YamlError, match="more than 50000 keys and values"):
        load("[" + "a," * 60_000 + "]")


def test_a_text_that_is_too_long_is_refused_before_it_is_read():
    with pytest.raises(YamlError, match="more than 1048576"):
        load("#" * (MOST_CHARACTERS + 1))


def test_an_empty_text_means_nothing():
    assert load("").value is None
    assert load("# only a comment\n").value is None


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(_JSON)
def test_json_is_read_as_what_it_is(value: object):
    text = json.dumps(value).replace("\x7f", "\\u007f")  # raw DEL may not stand in YAML
    if "\\ud" not in text:  # pairs of escapes for one character are the one thing of JSON that YAML does not know
        assert load(text).value == value


_YAML_LIKE = st.text(alphabet="ab1-:[]{}&*!|>'\"#%@`,? \n\t\r~<.\\\x00\u2028é\ufeff", max_size=60)


@given(_YAML_LIKE)
@settings(max_examples=600)
@example("%YAML 1.1\n---\na")
@example("%TAG ! tag:x,2000:\n--- !a b")
@example("? a\n: b\n? c")
@example("a: |9999\n x")
@example("!<tag:yaml.org,2002:str> a")
@example('"\\ud800"')
@example('"\\xZZ"')
@example('"\\UFFFFFFFF"')
def test_whatever_comes_is_read_or_refused_with_a_place(text: str):
    problems: tuple[YamlProblem, ...] = ()
    try:
        json.dumps(load(text).value)
    except YamlError as error:
        problems = error.problems
        assert problems
    assert all(problem.line >= 1 and problem.column >= 1 and problem.what for problem in problems)
