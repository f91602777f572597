"""What a value of a source says, as words for a person: names of fields kept, `part: a disk, cost: 20 EUR`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from steward.lib.yaml_loose import Node

_MOST_VALUES = 50


def words(node: Node | None) -> str:
    """Return everything a value says, in one line; `...` ends what is too long to be read."""
    parts = list(islice(_parts(node), _MOST_VALUES + 1)) if node is not None else []
    return ", ".join([*parts[:_MOST_VALUES], *(["..."] if len(parts) > _MOST_VALUES else [])])


def _parts(node: Node) -> Iterator[str]:
    """Yield each single value, with the names that lead to it before the first of them."""
    if node.is_scalar and not node.is_null:
        yield node.text
    for each in node.sequence:
        yield from _parts(each)
    for name, each in node.mapping.items():
        first = f"{name}: "
        for part in _parts(each):
            yield f"{first}{part}"
            first = ""
