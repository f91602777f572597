"""The program as a test starts it: `python program.py FOLDER WORD...` with every path in FOLDER and a fixed clock."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from steward.surfaces.cli import complete
from steward.surfaces.cli.run import run
from steward.surfaces.cli.session import CliPaths


def init(words: list[str]) -> int:
    """Set Steward up on this box."""
    print("init", *words)
    return 7


def main() -> int:
    complete._PATIENCE_SECONDS = 30.0  # a daemon of a test is no slower than its machine, which may be very slow
    folder = Path(sys.argv[1])
    paths = CliPaths(
        socket=folder / "socket",
        snapshot=folder / "snapshot.json",
        stop_flag=folder / "stop",
        manifest=Path(os.environ.get("TEST_MANIFEST", Path(__file__).with_name("manifest.json"))),
    )
    code = run(
        sys.argv[2:],
        paths=paths,
        local_commands={"init": init},
        environment=os.environ,
        now=lambda: datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        mask=lambda text: text.replace("hunter2", "*"),
    )
    if modules := os.environ.get("TEST_MODULES"):
        Path(modules).write_text("\n".join(sys.modules))
    return code


if __name__ == "__main__":
    sys.exit(main())
