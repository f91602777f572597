"""Expressions: what they come to, what is refused, and that nothing but our own error comes out."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.lib import expression_cost
from steward.lib.expression import (
    LONGEST,
    ExpressionError,
    compiled,
    evaluate,
    names_in,
    reference,
    tree_in,
    unescaped,
)

MACHINE = {"name": "nas", "roles": ["storage", "backup"], "cores": 4, "load": 1.5, "labels": {"rack": None}}
UNITS = [{"name": f"unit-{number}.service", "state": "failed" if number % 7 else "active"} for number in range(500)]


def value(text: str, **values):
    return evaluate(compiled(text, values), values)


def refusal(text: str, **values) -> ExpressionError:
    with pytest.raises(ExpressionError) as refused:
        value(text, **values)
    return refused.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("machine.name", "nas"),
        ("machine.cores + 1", 5),
        ("machine.load > 1", True),
        ("'backup' in machine.roles", True),
        ("has(machine.gone) ? machine.gone : 'none'", "none"),
        ("machine.?gone.orValue('none')", "none"),
        ("machine[?'gone'].hasValue()", False),
        ("machine.roles.map(role, role.upperAscii())", ["STORAGE", "BACKUP"]),
        ("machine.roles.filter(role, role.startsWith('b')).size()", 1),
        ("machine.roles.exists(role, role == 'storage')", True),
        ("machine.roles.join(' ')", "storage backup"),
        ("'%s has %d'.format([machine.name, machine.cores])", "nas has 4"),
        ("{'a': [1, 2.5, null, true]}", {"a": [1, 2.5, None, True]}),
        ("math.greatest(machine.cores, 8)", 8),
        ("timestamp('2026-03-01T00:00:00Z') + duration('1h')", "2026-03-01T01:00:00+00:00"),
        ("duration('90s')", 90.0),
        ("machine.labels.rack == null", True),
        ("type(machine.cores) == int", True),
        ("7 // a comment", 7),
    ],
)
def test_an_expression_comes_to_a_typed_value(text: str, expected):
    found = value(text, machine=MACHINE)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "column", "what", "hint"),
    [
        ("mashine.name", 1, "`mashine` is not known here", "did you mean `machine`?"),
        ("machine.roles.map(role, roll)", 25, "`roll` is not known here", "it can see `machine`"),
        ("machine.cores +", 16, "it ends where something must follow", ""),
        ("1 +\n 2 +", 9, "it ends where something must follow", ""),
        ("machine.cores ) 1", 15, "`)` does not fit here", ""),
        ("machine.name.trimm()", 14, "`trimm` is no function an expression may call", ""),
        ("__import__('os')", 1, "`__import__` is no function an expression may call", ""),
        ("machine.name + 1", 0, "No matching overloads found", "`string(...)`"),
        ("'a' + 1", 5, "found no matching overload", "`string(...)`"),
        ("machine.gone", 0, "there is no `gone`", "`has(...)`"),
        ("machine.__class__", 0, "there is no `__class__`", ""),
        ("machine.name.length", 0, "a field is asked of something that has none", ""),
        ("machine.?gone", 0, "the value is optional", ".orValue"),
        ("machine.name ? 1 : 2", 0, "what stands before `?` is neither true nor false", ""),
        ("b'abc'", 0, "cannot be kept", ""),
        ("1.0 / 0.0", 0, "cannot be kept", ""),
        ("1 / 0", 0, "divide by zero", ""),
        ("{1: 2}", 0, "keys of a map must be texts", ""),
        ("google.protobuf.Int32Value{value: 1}", 0, "`google.protobuf.Int32Value`", ""),
        ("(" * 40 + "1" + ")" * 40, 0, "nested too deeply", ""),
        ("x" * (LONGEST + 1), 0, "at most 2000 are read", ""),
        ("machine" + ".?a.optMap(x, x)" * 5, 0, "more than 4 of `optMap`", ""),
        ("", 1, "it ends where something must follow", ""),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(text: str, column: int, what: str, hint: str):
    error = refusal(text, machine=MACHINE)
    assert (error.column, what in error.what, hint in error.hint) == (column, True, True), str(error)


def test_a_name_that_may_be_used_but_has_no_value_yet_is_an_error():
    expression = compiled("steps.ask.answer == 'yes'", {"steps", "inputs"})
    with pytest.raises(ExpressionError, match="`steps` has no value yet"):
        evaluate(expression, {"inputs": {}})


def test_values_of_names_it_may_not_use_are_not_seen():
    assert evaluate(compiled("has(inputs.a)", {"inputs"}), {"inputs": {}, "secrets": {"a": object()}}) is False  # type: ignore[dict-item]


def test_a_text_from_outside_is_a_value_and_never_a_part_of_the_expression():
    assert value("x == 'a'", x="a' || true || 'a") is False


def test_a_text_is_not_cut_where_it_holds_a_zero_and_half_characters_are_replaced():
    assert value("x == 'a'", x="a\0b") is False
    assert value("x", x="a\0b\ud800") == "a\ufffdb?"


def test_a_number_too_large_for_the_language_is_an_error():
    assert "out of range" in refusal("x", x=2**70).what


@pytest.mark.parametrize(
    "bomb",
    [
        "['a']" + ".map(x, x + x)" * 24,
        "s.replace('a', s).replace('a', s)",
        "many.map(x, many.map(y, many.map(z, 1)))",
        "many.map(x, many.map(y, 1))",
        "many.map(x, x)",
        "many.all(x, s.matches('(a?){1000}b'))",
        "(s + s + s + s).matches('(a?){1000}(a?){1000}b')",
        "(s + s).matches('(a{1,30}){1,30}b')",
        "many.map(x, many)" + ".map(x, x + x)" * 3,
        "[s, s, s, s].join(s)" + ".replace('a', 'aaaaaaaaaa')" * 5,
        "many.map(x, s).join(s)",
        "[" + ", ".join(["many.map(x, s + s + s)"] * 50) + "]",
        "'%s'.format([many.map(x, s)]).split('')",
    ],
)
def test_what_could_fill_the_memory_or_take_long_is_refused_before_it_begins(bomb: str, monkeypatch):
    expression = compiled(bomb, {"many", "s"})
    monkeypatch.setattr("steward.lib.expression._program", _never)
    with pytest.raises(ExpressionError, match="too much time or memory"):
        evaluate(expression, {"many": list(range(5000)), "s": "a" * 1000})


def _never(_):
    return _Never()


class _Never:
    def eval(self, **_):
        pytest.fail("it was evaluated")


def test_going_through_too_many_elements_ends_with_our_error():
    assert "more than 10000 elements" in refusal("x.all(one, true)", x=list(range(20_000))).what


@pytest.mark.parametrize(
    "text",
    [
        "units.filter(unit, unit.state == 'failed').map(unit, unit.name).size() > 3",
        "units.exists(unit, unit.name == 'unit-9.service' && unit.state == 'failed')",
        "units.map(unit, unit.name).join(', ').size() > 10",
        "facts.units.all(unit, unit.name.matches('^unit-[0-9]+')) || true",
        "log.contains('error')",
    ],
)
def test_what_a_homelab_asks_is_within_the_bounds(text: str):
    values = {"units": UNITS, "facts": {"units": UNITS[:15], "else": ["a" * 1000] * 1000}, "log": "a" * 100_000}
    assert isinstance(evaluate(compiled(text, values), values), bool)


@given(st.integers(0, 40), st.integers(0, 60))
def test_the_bound_of_a_text_or_list_is_never_below_what_it_comes_to(count: int, length: int):
    values = {"l": ["a" * length] * count, "s": "a" * length}
    for text in (
        "l.map(x, x + x + '!')",
        "l.filter(x, x.size() > 3) + l",
        "l.join(s)",
        "s.replace('a', s)",
        "s.replace('', 'xy')",
        "[s.split('')]",
        "'%s %s'.format([l, s])",
        "{'k': l, 'm': [s, s]}",
        "l.map(x, l.map(y, y + x))",
        "[l, [s]].map(x, x + x).map(x, x.join(s))",
        "strings.quote(s + s)",
        "string(1.5e300) + s",
        "l.size() > 3 ? l : [s]",
        "[?optional.of(s), s]",
        "[s].map(x, x)[0] + {'a': s}['a']",
    ):
        bound = expression_cost.bound(tree_in(text), values)
        came = evaluate(compiled(text, values), values)
        assert bound.weight >= expression_cost.Meter().weight(came), text


def test_the_names_from_outside_are_told_without_those_of_macros():
    text = "a.b.map(x, x.c + d[e]) == [type(int)] && has(f.g) ? math.greatest(h, 1) : i.?j.optMap(k, k + l).orValue(.m)"
    assert names_in(text) == set("adefhilm")


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("${ machine.name }", "machine.name"),
        ("${a}", "a"),
        ("$${a}", None),
        ("x ${a}", None),
        ("${a} x", None),
        ("", None),
        (7, None),
        (None, None),
        ("${ {'a': 1}.a }", "{'a': 1}.a"),
    ],
)
def test_only_a_text_that_is_wholly_a_reference_is_one(text: object, inner: str | None):
    assert reference(text) == inner


def test_two_dollars_stand_for_one():
    assert unescaped("echo $${HOME}") == "echo ${HOME}"


_NAMES = st.sampled_from(
    ["inputs", "item", "x", "inputs.a", "inputs.l", "item.?b", "1", "2.5", "'t'", "null", "[1, 'a']"]
)
_TEXTS = st.recursive(
    _NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "%", "==", "<", "&&", "||", "in"]), inner).map(" ".join),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]}) ? ({three[1]}) : ({three[2]})"),
        st.tuples(inner, st.sampled_from(["map", "filter", "all", "exists", "exists_one"]), inner).map(
            lambda three: f"({three[0]}).{three[1]}(x, {three[2]})"
        ),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}).replace({two[1]}, string({two[0]}))"),
        st.tuples(inner, inner).map(lambda two: f"[{two[0]}, {two[1]}].join('a')"),
        inner.map(lambda one: f"dyn({one})"),
        inner.map(lambda one: f"({one}).orValue([{one}])"),
    ),
    max_leaves=12,
)


@given(st.one_of(st.text(max_size=80), _TEXTS))
def test_whatever_is_written_comes_to_a_value_or_to_our_own_error(text: str):
    values = {"inputs": {"a": "text", "l": [1, 2, 3]}, "item": {"b": 3}}
    with suppress(ExpressionError):
        evaluate(compiled(text, values), values)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(_JSON)
def test_a_value_passes_through_as_it_is(given_value):
    text = repr(given_value)
    if "\\x00" in text or "\\ud" in text:
        return
    assert value("x", x=given_value) == given_value
