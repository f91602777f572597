"""Goals: what is to be true, what may be done for it, and how that is told. Each is a Markdown file, `goals/NAME.md`.

Between two lines `---` at its begin stand the fields; below them, in words, what is wanted and why. Nothing of the
words is read by a program: without a model a goal is run as checks and fixes, within what its fields allow.
"""

from __future__ import annotations

from steward.lib.record import record

GOALS_FOLDER = "goals"
"""Folder of the workspace, and of what comes with Steward."""
MOST_PLANS = 50


@record
class GoalBudget:
    """How much one run of a goal may ask for."""

    plans: int = 5
    """Plans it may put before you."""
    irreversible: bool = False
    """Whether plans may be among them that cannot be put back."""


@record
class Goal:
    """One goal."""

    name: str = ""
    """Short name, `[a-z0-9-]`: its file's name."""
    title: str = ""
    """Its first heading."""
    words: str = ""
    """What is wanted, Markdown."""
    trigger: tuple[str, ...] = ()
    """Triggers that start it, for readers; a trigger's own file says what it starts."""
    machines: tuple[str, ...] = ()
    """Machines it is about, by name; none: all of them."""
    gather: tuple[str, ...] = ()
    """Facts that must be known of a machine before anything is judged; none: whatever its checks need."""
    allow: tuple[str, ...] = ()
    """Commands it may propose: `unit.restart`, `packages.*`; none: it only looks."""
    budget: GoalBudget = GoalBudget()
    """How much it may ask for."""
    success: tuple[str, ...] = ()
    """Readable lines that must hold on each machine in the end: `[FAILED_UNITS] == 0`."""
