"""`python -m tests.real.crash`: run the matrix, or a seeded sample of it, and print what the checker says."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.databases import Server
from tests.real.crash.cluster import cluster
from tests.real.crash.lane import Lane
from tests.real.crash.nursery import Nursery
from tests.real.crash.points import DATABASES, HOST_POINTS, STEP_POINTS, Case, Shape, Victim, cases, pairwise
from tests.real.crash.results import Results
from tests.real.lab import Lab

_MACHINES = {"sqlite": ("m4", "m5"), "postgres": ("m6", "m5")}
"""A machine and, for plans of two, a second one, which the lanes share: those plans run one lane after the other."""


def main(words: Sequence[str]) -> int:
    """Run what was asked for and return 0 when nothing was lost, doubled or wrong."""
    options = _parser().parse_args(words)
    databases = DATABASES if options.database == "both" else (options.database,)
    chosen = cases([Shape[name.upper()] for name in options.plans], databases)
    if options.sample:
        chosen = pairwise(chosen, options.sample, options.seed)
    results = Results(options.results, say=lambda line: print(line, flush=True))
    with cluster(is_wanted="postgres" in databases) as server:
        lanes = [
            threading.Thread(
                target=_lane, args=(_chosen(database, chosen), options.machines or _MACHINES[database], results, server)
            )
            for database in databases
        ]
        for lane in lanes:
            lane.start()
            if "machines" in options.plans:
                lane.join()
        for lane in lanes:
            lane.join()
    print("\n" + results.table())
    return 0 if results.is_good(len(chosen)) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.real.crash", description=__doc__)
    how_many = parser.add_mutually_exclusive_group(required=True)
    how_many.add_argument("--all", action="store_true", help="every point x victim x database x plan")
    how_many.add_argument("--sample", type=int, default=0, metavar="N", help="N cases, chosen pairwise")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (1)")
    parser.add_argument("--database", choices=[*DATABASES, "both"], default="both")
    parser.add_argument("--plans", nargs="+", choices=["straight", "machines", "undo"], default=["straight"])
    parser.add_argument("--machines", nargs=2, metavar="M", help="the two machines, with one database (m4 m5 or m6 m5)")
    parser.add_argument(
        "--results",
        type=Path,
        default=Path("/tmp/steward-crash"),
        help="folder of histories; cases that have one there are not repeated",
    )
    return parser


def _chosen(database: str, everything: Sequence[Case]) -> list[Case]:
    return [case for case in everything if case.database == database]


def _lane(chosen: Sequence[Case], machines: Sequence[str], results: Results, server: Server | None) -> None:
    """Run the cases of one database, those of one deployment after another, so that little is restarted."""
    if not chosen:
        return
    nursery = Nursery()
    new_database: Callable[[], str] = server.create if server and chosen[0].database == "postgres" else str
    lanes: dict[bool, Lane] = {}
    lab = Lab.from_environment()
    try:
        for case in sorted(chosen, key=_turn):
            if results.has(case):
                continue
            needs_two = case.shape is Shape.MACHINES
            if needs_two not in lanes:
                for lane in lanes.values():
                    lane.close()
                lanes = {needs_two: Lane(lab, machines[: 1 + needs_two], new_database, nursery)}
            results.add(case, lanes[needs_two].run(case, results.next_name()))
    finally:
        for lane in lanes.values():
            lane.close()
        nursery.close()


def _turn(case: Case) -> tuple[bool, bool, bool]:
    """Every point once, in the middle of the plan, before the same points of its first and last step."""
    is_other_step = case.point.name in {*STEP_POINTS, *HOST_POINTS} and case.point.count not in {2, 4}
    return case.shape is Shape.MACHINES, is_other_step, case.victim in {Victim.CONTROL, Victim.WORKER}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
