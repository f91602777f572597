"""Fetch the browser libraries the pages serve: `python scripts/vendor.py [--check]`; for maintainers, needs npm.

The lock names each file with the SHA-256 of its exact bytes. Without an option the package is fetched anew and the
lock written; with `--check` nothing is fetched, and what lies in the folder is compared with the lock.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

FOLDER = Path("src/steward/surfaces/web/static/vendor")
LOCK = FOLDER / "lock.json"
PACKAGE, VERSION = "htmx.org", "4.0.1"
FILES = {
    "htmx.min.js": "dist/htmx.min.js",
    "hx-sse.min.js": "dist/ext/hx-sse.min.js",
    "hx-csp.min.js": "dist/ext/hx-csp.min.js",
    "htmx.LICENSE.txt": "LICENSE",
}


def main() -> int:
    """Fetch and lock, or only check."""
    if "--check" in sys.argv[1:]:
        return check()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            for name, inside in FILES.items():
                member = archive.extractfile(f"package/{inside}")
                assert member is not None, inside
                (FOLDER / name).write_bytes(member.read())
    lock = {"package": PACKAGE, "version": VERSION, "license": "0BSD", "files": {name: _digest(name) for name in FILES}}
    LOCK.write_text(json.dumps(lock, indent=2) + "\n", "utf-8")
    return check()


def check() -> int:
    """Compare every file with the lock."""
    locked = json.loads(LOCK.read_text("utf-8"))["files"]
    wrong = [name for name, digest in locked.items() if _digest(name) != digest]
    print(f"not as locked: {', '.join(wrong)}" if wrong else f"{len(locked)} files as locked")
    return 1 if wrong else 0


def _digest(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
