"""A use of each operation on kept files, and the facts for it."""

from typing import Any

from steward.knowhow.facts.kept_files import KeptFile, KeptFiles, Place, Writer
from steward.lib.canonical import content_hash
from steward.model.wanted import Wanted, wanted_file

THERE = KeptFile(
    place=Place.FILE,
    sha256=content_hash(b"a = 2\n"),
    size_bytes=6,
    mode="644",
    owner="root:root",
    writer=Writer.STEWARD,
    text="a = 2\n",
)
SEEN: dict[str, Any] = {"kept_files": KeptFiles(files={"/etc/app.conf": THERE}, unread={})}
WANTED = Wanted(files={"/etc/app.conf": wanted_file("a = 1\n")})
"""What the workspace wants of the machine of these tests."""
USES: list[tuple[str, dict[str, Any]]] = [("file.write", {"path": "/etc/app.conf"})]
