"""Fetch the browser libraries the pages serve: `python scripts/vendor.py [--check]`; for maintainers, needs npm.

The lock names each package with its version and license, and each file with the SHA-256 of its exact bytes. Without an
option the packages are fetched anew and the lock written; with `--check` nothing is fetched, and what lies in the
folder is compared with the lock.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("src/steward/surfaces/web/static/vendor")
LOCK = FOLDER / "lock.json"
SPRITE = "icons.svg"
ICONS = """
activity archive arrow-right ban battery-charging bell book-open box boxes calendar check chevron-down
circle-check circle-help circle-pause clipboard-check clock container copy cpu database download ellipsis
external-link eye file-text filter flame folder git-branch git-commit-horizontal globe hard-drive heart-pulse
history house key key-round languages layers layout-grid link list list-checks lock log-out map memory-stick
monitor moon network octagon-x octagon-pause pause pencil play plug plus power radio refresh-cw rotate-ccw
scroll-text search server settings shield shield-check smartphone sun table thermometer timer trash-2
triangle-alert undo-2 user users wrench x zap
"""
"""Icons of the sprite, by their Lucide names; each is `<use href="...icons.svg#NAME">`."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """One package of the npm registry."""

    name: str
    version: str
    license: str
    files: dict[str, str]
    """Name in our folder -> path in the package."""


PACKAGES = (
    Package(
        name="htmx.org",
        version="4.0.1",
        license="0BSD",
        files={
            "htmx.min.js": "dist/htmx.min.js",
            "hx-sse.min.js": "dist/ext/hx-sse.min.js",
            "hx-csp.min.js": "dist/ext/hx-csp.min.js",
            "htmx.LICENSE.txt": "LICENSE",
        },
    ),
    Package(
        name="uplot",
        version="1.6.32",
        license="MIT",
        files={
            "uplot.min.js": "dist/uPlot.iife.min.js",
            "uplot.min.css": "dist/uPlot.min.css",
            "uplot.LICENSE.txt": "LICENSE",
        },
    ),
    Package(
        name="@dagrejs/dagre",
        version="3.1.3",
        license="MIT",
        files={"dagre.min.js": "dist/dagre.min.js", "dagre.LICENSE.txt": "LICENSE"},
    ),
    Package(
        name="lucide-static",
        version="1.62.0",
        license="ISC AND MIT",
        files={"icons.LICENSE.txt": "LICENSE"},
    ),
)


def main() -> int:
    """Fetch and lock, or only check."""
    if "--check" in sys.argv[1:]:
        return check()
    locked = [_fetch(package) for package in PACKAGES]
    LOCK.write_text(json.dumps({"packages": locked}, indent=2) + "\n", "utf-8")
    return check()


def check() -> int:
    """Compare every file with the lock."""
    packages = json.loads(LOCK.read_text("utf-8"))["packages"]
    locked = {name: digest for package in packages for name, digest in package["files"].items()}
    wrong = [name for name, digest in locked.items() if _digest(name) != digest]
    print(f"not as locked: {', '.join(wrong)}" if wrong else f"{len(locked)} files as locked")
    return 1 if wrong else 0


def _fetch(package: Package) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", f"{package.name}@{package.version}"], cwd=folder, check=True)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            for name, inside in package.files.items():
                source_map = re.compile(rb"\n//# sourceMappingURL=.*\s*$")
                (FOLDER / name).write_bytes(source_map.sub(b"\n", _read(archive, inside)))
            if package.name == "lucide-static":
                (FOLDER / SPRITE).write_text(_sprite(archive), "utf-8")
    names = [*package.files, *([SPRITE] if package.name == "lucide-static" else [])]
    said = {"package": package.name, "version": package.version, "license": package.license}
    return {**said, "files": {name: _digest(name) for name in names}}


def _sprite(archive: tarfile.TarFile) -> str:
    """Return the chosen icons as one file of symbols, as they are drawn; color and width come from the style sheet."""
    symbols: list[str] = []
    for name in sorted(ICONS.split()):
        drawn = _read(archive, f"icons/{name}.svg").decode()
        inside = re.sub(r"\s+", " ", drawn.partition("<svg")[2].partition(">")[2].partition("</svg>")[0]).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inside}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _read(archive: tarfile.TarFile, inside: str) -> bytes:
    member = archive.extractfile(f"package/{inside}")
    assert member is not None, inside
    return member.read()


def _digest(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
