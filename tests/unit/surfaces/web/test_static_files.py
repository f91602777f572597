"""What the pages load: the exact bytes that were reviewed, small, and nothing from anywhere else."""

from __future__ import annotations

import gzip
import hashlib
import json
import re

from steward.surfaces.web.static_files import FOLDER, StaticFiles

VENDOR = FOLDER / "vendor"
LOCK = json.loads((VENDOR / "lock.json").read_text("utf-8"))
OURS = [path for path in FOLDER.iterdir() if path.is_file() and path.suffix != ".png"]
MOST_BYTES = 58_000
"""Everything a page may load but for drawings, of which a page has one kind."""
MOST_BYTES_OF_A_DRAWING = 22_500


def packed(path):
    return len(gzip.compress(path.read_bytes(), mtime=0))


def test_every_vendored_file_is_the_one_that_was_locked():
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.iterdir()}
    del digests["lock.json"]
    assert digests == {name: digest for package in LOCK["packages"] for name, digest in package["files"].items()}


def test_a_licence_lies_beside_what_was_vendored():
    assert [each["package"] for each in LOCK["packages"] if not any("LICENSE" in name for name in each["files"])] == []
    assert "Zero-Clause BSD" in (VENDOR / "htmx.LICENSE.txt").read_text("utf-8")


def test_the_first_load_stays_small():
    files = [path for path in FOLDER.rglob("*") if path.suffix in {".css", ".js", ".svg"}]
    drawing = [path for path in files if path.name.startswith(("charts.", "uplot.", "graph.", "dagre."))]
    assert sum(packed(path) for path in files if path not in drawing) < MOST_BYTES
    assert drawing
    assert {path.name: packed(path) for path in drawing if packed(path) > MOST_BYTES_OF_A_DRAWING} == {}


def test_our_own_files_name_no_other_origin():
    names = {
        path.name: re.findall(r"(?:https?:)?//[a-z][\w.-]*\.[a-z]+[^\s\"')]*", path.read_text("utf-8")) for path in OURS
    }
    assert {name: set(found) - {"http://www.w3.org/2000/svg"} for name, found in names.items()} == {
        path.name: set() for path in OURS
    }


def test_the_address_of_a_file_changes_with_its_content():
    name = "steward.css"
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
    assert StaticFiles().address(name).split("?v=")[1] == digest[:12]


def test_only_what_a_page_loads_is_served():
    served = set(StaticFiles()._files)
    assert "vendor/htmx.min.js" in served
    assert not any(name.endswith((".json", ".map", ".py")) for name in served)
