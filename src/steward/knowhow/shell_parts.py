"""Pieces of shell that several facts begin with, and the form in which they tell what they saw."""

from __future__ import annotations

from steward.knowhow.outputs import lines

IN_CONTAINER = """\
in_container() {
    [ -e /.dockerenv ] || [ -e /run/.containerenv ] || [ -e /run/systemd/container ] ||
        grep -qs ' /proc/uptime ' /proc/self/mountinfo || grep -qs 'container=' /proc/1/environ
}
"""
"""Tells whether this is a container: its kernel, clock and sensors are those of the machine that runs it."""

HAS = """\
has() { command -v "$1" >/dev/null 2>&1; }
"""

AS_ROOT = """\
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi; }
"""
"""Runs exact words as root; without the right to they fail, and say so."""


def told(text: str) -> list[tuple[str, str]]:
    """Read `KEY VALUE` lines, in order; a key may come again."""
    split = (line.partition(" ") for line in lines(text))
    return [(key, value) for key, _, value in split if key]
