"""Write the terminal's manifest from the catalogue: `python scripts/manifest.py [--check]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from steward.app.commands import catalogue_of
from steward.app.plugins import load_know_how
from steward.core.catalogue import manifest
from steward.surfaces.cli import manifest as shape

TARGET = Path(shape.__file__).with_name("manifest.json")


def main() -> int:
    """Write the file, or with `--check` say whether it is up to date."""
    commands = manifest(catalogue_of(load_know_how()))
    text = json.dumps({"commands": commands}, indent=1, ensure_ascii=False) + "\n"
    problems = shape.check(shape.parse(text))
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    if "--check" in sys.argv:
        is_current = TARGET.exists() and TARGET.read_text() == text
        print("current" if is_current else "stale: run `make manifest`")
        return 0 if is_current else 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
