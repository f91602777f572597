"""Fuzz the shell gate against bash: `python -m tests.gate_fuzz [COUNT [SEED]]`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from steward.core.gate import shipped
from tests.gate_fuzz.check import fuzz


def main() -> int:
    """Print the figures; leave with 1 when anything was unsound or unfaithful."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    begun = time.monotonic()
    with TemporaryDirectory() as folder:
        figures = fuzz(Path(folder), shipped(), count=count, seed=seed)
    print(f"{figures.lines} lines of seed {seed} in {time.monotonic() - begun:.0f} s")
    print(f"decisions: {dict(figures.decisions)}; programs run by bash: {figures.ran}")
    print(f"unsound: {len(figures.unsound)}; unfaithful: {len(figures.unfaithful)}")
    for found in (*figures.unsound[:20], *figures.unfaithful[:20]):
        print(found)
    return 1 if figures.unsound or figures.unfaithful else 0


if __name__ == "__main__":
    sys.exit(main())
