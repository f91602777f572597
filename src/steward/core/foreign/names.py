"""Names of foreign texts as names of ours: lower case, short, nothing twice."""

from __future__ import annotations

import re

LONGEST = 41
"""Most characters of the name of a workflow, a trigger or a step."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_STRANGE = re.compile(r"[^a-z0-9]+")


def dashed(name: str, fallback: str) -> str:
    """Return a name with dashes: `pruneImages` becomes `prune-images`; the fallback where nothing is left."""
    found = _STRANGE.sub("-", _CAMEL.sub("-", name[:200]).lower()).strip("-")[:LONGEST].strip("-")
    return found or fallback


def underscored(name: str, fallback: str) -> str:
    """Return a name as expressions write it: `ingress.hostName` becomes `ingress_host_name`."""
    found = _STRANGE.sub("_", _CAMEL.sub("_", name[:200]).lower()).strip("_")[: LONGEST - 2].strip("_")
    found = found or fallback
    return found if found[0].isalpha() else f"{fallback}_{found}"[: LONGEST - 2]


class Names:
    """Names that are taken."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, name: str, join: str = "-") -> str:
        """Return the name, with a number where it is taken, and take it."""
        number, chosen = 1, name
        while chosen in self._taken:
            number += 1
            end = f"{join}{number}"
            chosen = name[: LONGEST - 2 - len(end)] + end
        self._taken.add(chosen)
        return chosen
