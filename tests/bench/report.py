"""The report: rows of figures beside their anchors, as Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure."""

    what: str
    figure: str
    anchor: str = ""
    ratio: str = ""
    aim: str = ""
    is_met: bool | None = None
    """None where there is no aim."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """One benchmark."""

    title: str
    intro: str
    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    """More tables, ready Markdown."""

    def markdown(self) -> str:
        """Write it."""
        head = ["| what | Steward | anchor | ratio | aim | reached |", "|---|---|---|---|---|---|"]
        reached = {True: "yes", False: "**no**", None: ""}
        lines = [
            f"| {row.what} | {row.figure} | {row.anchor} | {row.ratio} | {row.aim} | {reached[row.is_met]} |"
            for row in self.rows
        ]
        parts = [f"## {self.title}", self.intro, "\n".join(head + lines), *self.tables]
        parts += ["\n".join(f"- {note}" for note in self.notes)] if self.notes else []
        return "\n\n".join(parts) + "\n"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Write a plain table."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)
