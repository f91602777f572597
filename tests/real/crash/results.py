"""Histories on disk, and the table of what the checker says of them."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.real.crash.checker import Verdict, judge
from tests.real.crash.history import History, load, save
from tests.real.crash.points import Case

_UNSAFE = re.compile(r"[^a-z0-9.]+")


class Results:
    """A folder of histories; every table is judged anew from them."""

    def __init__(self, folder: Path, *, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._say = say
        self._lock = threading.Lock()
        self._number = len(list(folder.glob("*.json")))

    def has(self, case: Case) -> bool:
        """Tell whether a case was run before."""
        return self._file(case).exists()

    def next_name(self) -> str:
        """Return a name for the next case."""
        with self._lock:
            self._number += 1
            return f"c{self._number:04}"

    def add(self, case: Case, history: History) -> None:
        """Keep a history and say what it shows, in one line."""
        with self._lock:
            save(history, self._file(case))
            self._say(line(history, judge(history)))

    def histories(self) -> dict[str, History]:
        """Return every history by file name."""
        return {file.stem: load(file) for file in sorted(self._folder.glob("*.json"))}

    def is_good(self, wanted: int) -> bool:
        """Tell whether that many cases were run and the checker has nothing against any."""
        found = self.histories().values()
        return len(found) >= wanted and all(judge(one).is_good and not one.note for one in found)

    def table(self) -> str:
        """Return the table: a row for each plan, victim and database, and the sum."""
        groups: dict[str, list[History]] = {}
        for history in self.histories().values():
            database, shape, rest = history.case.partition(": ")[2].split(", ", 2)
            groups.setdefault(f"{shape} | {rest.partition(' at ')[0]} | {database}", []).append(history)
        rows = [f"| {name} | {_counts(group)} |" for name, group in sorted(groups.items())]
        everything = [history for group in groups.values() for history in group]
        return "\n".join([_HEAD, *rows, f"| **all** | | | {_counts(everything)} |"])

    def _file(self, case: Case) -> Path:
        return self._folder / (_UNSAFE.sub("-", str(case)) + ".json")


_HEAD = (
    "| plan | killed | store | cases | lost | doubled | wrong | shown as unknown | slowest recovery |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def line(history: History, verdict: Verdict) -> str:
    """Return one case in one line."""
    ends = ", ".join(run.state for run in history.runs) or "nothing was kept"
    seconds = f"{history.recovery_seconds} s" if history.recovery_seconds is not None else "-"
    found = [*verdict.lost, *verdict.doubled, *verdict.wrong, *([history.note] if history.note else [])]
    return f"{'ok ' if not found else 'BAD'} {history.case}: {ends}, {seconds}" + "".join(
        f"\n    {one}" for one in found
    )


def _counts(group: Iterable[History]) -> str:
    histories = list(group)
    verdicts = [judge(history) for history in histories]
    ends = Counter(run.state for history in histories for run in history.runs)
    slowest = max((h.recovery_seconds for h in histories if h.recovery_seconds is not None), default=0)
    numbers = [
        len(histories),
        sum(bool(verdict.lost) for verdict in verdicts),
        sum(bool(verdict.doubled) for verdict in verdicts),
        sum(bool(verdict.wrong) or bool(h.note) for verdict, h in zip(verdicts, histories, strict=True)),
        ends["unknown"],
    ]
    return " | ".join([*map(str, numbers), f"{slowest} s"])
