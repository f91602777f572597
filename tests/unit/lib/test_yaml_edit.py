from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.lib.yaml import YamlError, load
from steward.lib.yaml_edit import Put, Remove, edit

TEXT = """\
# heading

machines:
  # the NAS
  - name: nas   # upstairs
    address: "10.0.0.1"   # static
    note: |
      two
      lines

  # the Pi
  - {name: pi, port: 22}
groups: []
limits:
    daily: 3 # deep indent
"""


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that went and the lines that came."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return old, new


@pytest.mark.parametrize(
    ("change", "went", "came"),
    [
        (
            Put(path=("machines", 0, "address"), value="10.0.0.2"),
            ['    address: "10.0.0.1"   # static'],
            ["    address: 10.0.0.2   # static"],
        ),
        (Put(path=("machines", 0, "port"), value=22), [], ["    port: 22"]),
        (
            Put(path=("machines", 0, "name"), value="a: b"),
            ["  - name: nas   # upstairs"],
            ['  - name: "a: b"   # upstairs'],
        ),
        (Put(path=("machines", 1, "port"), value=2222), ["  - {name: pi, port: 22}"], ["  - {name: pi, port: 2222}"]),
        (
            Put(path=("machines", 1, "groups"), value=["a"]),
            ["  - {name: pi, port: 22}"],
            ["  - {name: pi, port: 22, groups: [a]}"],
        ),
        (Put(path=("machines", 2), value={"name": "x", "note": "no"}), [], ["  - name: x", '    note: "no"']),
        (Put(path=("groups", 0), value="a"), ["groups: []"], ["groups: [a]"]),
        (Put(path=("limits", "weekly"), value=None), [], ["    weekly: null"]),
        (Put(path=("new", "deep"), value=True), [], ["new:", "  deep: true"]),
        (Remove(path=("machines", 1)), ["  # the Pi", "  - {name: pi, port: 22}"], []),
        (Remove(path=("machines", 1, "name")), ["  - {name: pi, port: 22}"], ["  - {port: 22}"]),
        (Remove(path=("machines", 1, "port")), ["  - {name: pi, port: 22}"], ["  - {name: pi}"]),
        (Remove(path=("limits", "daily")), ["limits:", "    daily: 3 # deep indent"], ["limits: {} # deep indent"]),
        (Remove(path=("groups",)), ["groups: []"], []),
    ],
)
def test_a_change_touches_only_its_own_lines(change: Any, went: list[str], came: list[str]):
    assert changed_lines(TEXT, edit(TEXT, [change])) == (went, came)


def test_removing_an_entry_takes_the_comment_above_it_and_leaves_the_next_one():
    after = edit(TEXT, [Remove(path=("machines", 0))])
    assert "the NAS" not in after
    assert "  # the Pi\n  - {name: pi, port: 22}" in after


def test_the_heading_of_a_file_is_never_taken_for_a_comment_of_its_first_entry():
    assert edit("# heading\na: 1\nb: 2\n", [Remove(path=("a",))]) == "# heading\nb: 2\n"


def test_the_key_beside_a_dash_can_be_removed():
    assert edit("- a: 1\n  b: 2\n", [Remove(path=(0, "a"))]) == "- b: 2\n"


def test_a_key_without_a_value_can_get_one():
    text = "a: # why\n# c\nb:\n"
    changes = [Put(path=("a",), value=1), Put(path=("b", 0), value="x")]
    assert edit(text, changes) == "a: 1 # why\n# c\nb: [x]\n"
    assert edit("-\n- b\n", [Put(path=(0,), value=1)]) == "- 1\n- b\n"


def test_windows_line_ends_stay():
    assert edit("a: 1\r\nb: 2\r\n", [Put(path=("c",), value=3)]) == "a: 1\r\nb: 2\r\nc: 3\r\n"


def test_a_file_without_a_last_line_end_can_grow():
    assert load(edit("a: 1", [Put(path=("b",), value=2)])).value == {"a": 1, "b": 2}


@pytest.mark.parametrize("text", ["", "# only a comment", "---\n", "~\n", "{}\n"])
def test_an_empty_file_can_get_its_first_entry(text: str):
    assert load(edit(text, [Put(path=("a", 0, "b"), value="x")])).value == {"a": [{"b": "x"}]}


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("a: &x {k: 1}\nb: *x\n", Put(path=("a", "k"), value=2)),
        ("a: &x {k: 1}\nb: *x\n", Put(path=("b", "k"), value=2)),
        ("a: &x 1\nb: *x\n", Remove(path=("a",))),
        ("a: 1\n", Remove(path=("b",))),
        ("a: 1\n", Put(path=("a", "b"), value=1)),
        ("a: [1]\n", Put(path=("a", 5), value=1)),
        ("a: [1]\n", Put(path=("a", "x"), value=1)),
        ("a: 1\n", Put(path=(), value=1)),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(text: str, change: Any):
    with pytest.raises(YamlError, match="cannot be changed here"):
        edit(text, [change])


_KEYS = st.sampled_from(["a", "b", "no", "x y", "1", "é", ""])
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(codec="utf-8"), max_size=12)
    | st.sampled_from(
        ["yes", "null", "~", "0x1f", "1e3", "-", "- a", "a: b", "#x", "a #b", "{", "2020-01-01", "'", "|"]
    )
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3), max_leaves=8
)
_TREES = st.dictionaries(_KEYS, _VALUES, max_size=3)


def paths_of(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return every path in a value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for part, item in members for path in paths_of(item, (*at, part)))]


@given(st.data(), _TREES, _VALUES)
@settings(max_examples=300)
def test_after_any_change_the_text_means_what_was_wanted(data: st.DataObject, tree: dict[str, Any], value: Any):
    text = edit("# top\n", [Put(path=(key,), value=item) for key, item in tree.items()])
    assert load(text).value == (tree or None)
    path = data.draw(st.sampled_from(paths_of(tree)))
    wanted: Any = copy.deepcopy(tree)
    holder = wanted
    for part in path[:-1]:
        holder = holder[part]
    if path and data.draw(st.booleans()):
        del holder[path[-1]]
        text = edit(text, [Remove(path=path)])
    else:
        path = path or ("a",)
        holder[path[-1]] = value
        text = edit(text, [Put(path=path, value=value)])
    assert load(text).value == wanted
    assert text.startswith("# top\n")
