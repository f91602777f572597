"""`python -m tests.real.crash`: run the matrix, or a seeded sample of it, and print what the checker says."""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from tests.databases import Server
from tests.real.crash.cluster import cluster
from tests.real.crash.lane import Lane
from tests.real.crash.nursery import Nursery
from tests.real.crash.points import (
    DATABASES,
    HOST_POINTS,
    ON_TWO_MACHINES,
    STEP_POINTS,
    Case,
    Shape,
    Victim,
    cases,
    pairwise,
)
from tests.real.crash.results import Results
from tests.real.lab import Lab

_MACHINES = {"sqlite": ("m4", "m5"), "postgres": ("m6", "m5")}
"""A machine and, for plans of two, a second one, which the databases share."""
_SECOND_MACHINE = threading.Lock()


def main(words: Sequence[str]) -> int:
    """Run what was asked for and return 0 when nothing was lost, doubled or wrong."""
    options = _parser().parse_args(words)
    databases = DATABASES if options.database == "both" else (options.database,)
    chosen = cases([Shape[name.upper()] for name in options.plans], databases)
    if options.sample:
        chosen = pairwise(chosen, options.sample, options.seed)
    part, parts = options.part
    chosen = chosen[part - 1 :: parts]
    folder = options.results or Path(tempfile.mkdtemp(prefix="crash-"))
    print(f"histories: {folder}", flush=True)
    results = Results(folder, say=lambda line: print(line, flush=True))
    with cluster(is_wanted="postgres" in databases) as server:
        lanes = [
            threading.Thread(
                target=_lane, args=(_chosen(database, chosen), options.machines or _MACHINES[database], results, server)
            )
            for database in databases
        ]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
    print("\n" + results.table())
    return 0 if results.is_good(len(chosen)) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.real.crash", description=__doc__)
    how_many = parser.add_mutually_exclusive_group()
    how_many.add_argument("--all", action="store_true", help="every point x victim x database x plan (default)")
    how_many.add_argument("--sample", type=int, default=0, metavar="N", help="N cases, chosen pairwise")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (1)")
    parser.add_argument(
        "--part", type=_part, default=(1, 1), metavar="K/N", help="part K of N, for runs side by side on other machines"
    )
    parser.add_argument("--database", choices=[*DATABASES, "both"], default="both")
    plans = [shape.name.lower() for shape in Shape]
    parser.add_argument("--plans", nargs="+", choices=plans, default=plans, help="plans to run (all three)")
    parser.add_argument("--machines", nargs=2, metavar="M", help="the two machines, with one database (m4 m5 or m6 m5)")
    parser.add_argument(
        "--results",
        type=Path,
        help="folder of histories (a new one); cases that have one there are not repeated",
    )
    return parser


def _part(text: str) -> tuple[int, int]:
    part, parts = (int(number) for number in text.split("/"))
    if not 1 <= part <= parts:
        raise ValueError(text)
    return part, parts


def _chosen(database: str, everything: Sequence[Case]) -> list[Case]:
    return [case for case in everything if case.database == database]


def _lane(chosen: Sequence[Case], machines: Sequence[str], results: Results, server: Server | None) -> None:
    """Run the cases of one database: first those of one machine, then those of two."""
    nursery = Nursery()
    try:
        for needs_two in (False, True):
            with _SECOND_MACHINE if needs_two else nullcontext():
                part = [
                    case for case in chosen if (case.shape in ON_TWO_MACHINES) is needs_two and not results.has(case)
                ]
                _run(part, machines[: 1 + needs_two], results, server, nursery)
    finally:
        nursery.close()


def _run(
    chosen: Sequence[Case], machines: Sequence[str], results: Results, server: Server | None, nursery: Nursery
) -> None:
    """Run cases on one Steward, those of one deployment after another, so that little is restarted."""
    if not chosen:
        return
    new_database: Callable[[], str] = server.create if server and chosen[0].database == "postgres" else str
    lane = Lane(Lab.from_environment(), machines, new_database, nursery)
    try:
        for case in sorted(chosen, key=_turn):
            results.add(case, lane.run(case, results.next_name()))
    finally:
        lane.close()


def _turn(case: Case) -> tuple[bool, bool]:
    """Every point once, in the middle of the plan, before the same points of its first and last step."""
    is_other_step = case.point.name in {*STEP_POINTS, *HOST_POINTS} and case.point.count not in {2, 4}
    return is_other_step, case.victim in {Victim.CONTROL, Victim.WORKER}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
