"""Write the hash-locked requirements: `python scripts/lock.py [--upgrade]`; needs uv.

Each file holds one version for every Python from 3.11 and for x86_64 and aarch64, with the hashes of all its files,
and names no package registry, so that pip installs from whichever registry it is set up for and from no changed file.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path("requirements")
OPTIONS = (
    "--quiet",
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-config",
)
RUNTIME = FOLDER / "runtime.txt"
FILES: tuple[tuple[Path, tuple[str, ...]], ...] = (
    (RUNTIME, ("pyproject.toml",)),
    (FOLDER / "dev.txt", ("pyproject.toml", "--group=dev", f"--constraints={RUNTIME}")),
    (FOLDER / "build.txt", (f"{FOLDER / 'build.in'}", f"--constraints={FOLDER / 'dev.txt'}")),
    (FOLDER / "bench.txt", (f"{FOLDER / 'bench.in'}",)),
    (FOLDER / "fuzz.txt", (f"{FOLDER / 'fuzz.in'}", f"--constraints={RUNTIME}")),
)


def main() -> int:
    """Lock every file; what is locked stays unless a requirement or `--upgrade` asks for another version."""
    upgrade = tuple(option for option in sys.argv[1:] if option == "--upgrade")
    for target, sources in FILES:
        words = ("uv", "pip", "compile", *sources, *OPTIONS, *upgrade, f"--output-file={target}")
        if subprocess.run(words, check=False).returncode != 0:
            return 1
        print(f"{target}: {target.read_text().count('==')} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
