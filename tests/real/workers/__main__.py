"""`python -m tests.real.workers`: strike at whoever carries runs out, so often, and print what the checker says."""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence

from tests.real.crash.cluster import cluster
from tests.real.crash.nursery import Nursery
from tests.real.lab import Lab
from tests.real.workers.crew import Crew
from tests.real.workers.storm import Means, Outcome, Trial, strikes

MACHINES = ("m3", "m4", "m5")


def main(words: Sequence[str]) -> int:
    """Strike so often and return 0 when nothing was lost, doubled or wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.workers", description=__doc__)
    parser.add_argument("--count", type=int, default=30, help="how many strikes (30)")
    parser.add_argument("--seed", type=int, default=1, help="of the strikes (1)")
    names = [means.name.lower() for means in Means]
    parser.add_argument("--means", nargs="+", choices=names, default=names, help="what is done (all of it, in turn)")
    parser.add_argument("--keep", action="store_true", help="leave the folder with the log")
    given = parser.parse_args(words)
    means = [Means[name.upper()] for name in given.means]
    nursery, outcomes = Nursery(), list[Outcome]()
    try:
        with cluster(is_wanted=True) as server:
            assert server is not None
            crew = Crew(Lab.from_environment(), server, MACHINES, nursery=nursery)
            try:
                crew.start()
                for number, strike in enumerate(strikes(given.count, given.seed, means)):
                    outcome = Trial(crew, strike, f"w{given.seed}x{number:03}").run()
                    outcomes.append(outcome)
                    print(outcome, flush=True)
            finally:
                if given.keep:
                    (crew.steward.folder.parent / "workers.log").write_text(crew.steward.said())
                crew.close()
    finally:
        nursery.close()
    print("\n" + table(outcomes))
    return 1 if any(outcome.problems for outcome in outcomes) or len(outcomes) < given.count else 0


def table(outcomes: Sequence[Outcome]) -> str:
    """Return a row for each means, and the sum."""
    head = (
        "| what was done | strikes | runs | lost | doubled | wrong | ended otherwise | adopted, median | slowest |\n"
        "|---|---|---|---|---|---|---|---|---|"
    )
    rows = [
        f"| {means.value} | {_counts([o for o in outcomes if o.strike.means is means])} |"
        for means in Means
        if any(o.strike.means is means for o in outcomes)
    ]
    return "\n".join([head, *rows, f"| **all** | {_counts(outcomes)} |"])


def _counts(some: Sequence[Outcome]) -> str:
    verdicts = [verdict for outcome in some for verdict in outcome.verdicts]
    adopted = [outcome.adopted_seconds for outcome in some if outcome.adopted_seconds is not None]
    strays = [state for outcome in some for state in outcome.strays]
    numbers = [
        len(some),
        len(verdicts),
        sum(bool(verdict.lost) for verdict in verdicts),
        sum(bool(verdict.doubled) for verdict in verdicts),
        sum(bool(verdict.wrong) for verdict in verdicts),
        len(strays),
    ]
    times = [f"{statistics.median(adopted):.1f} s", f"{max(adopted):.1f} s"] if adopted else ["-", "-"]
    return " | ".join([*map(str, numbers), *times])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
