"""Runs in the benchmarks' own environment: what detect-secrets finds in each text of a JSON array, and how fast.

Texts are scanned as files with its default plug-ins and filters, as its users do: its mode for single lines switches
the filters off and reports nearly every word.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings


def found_in(path: Path, text: str) -> list[str]:
    """Scan a text as a file."""
    path.write_text(text, encoding="utf-8")
    return [one.secret_value for one in scan_file(str(path)) if one.secret_value]


texts, log = json.load(sys.stdin)
with default_settings(), tempfile.TemporaryDirectory() as folder:
    found = [found_in(Path(folder) / "text.conf", text) for text in texts]
    started = time.perf_counter()
    found_in(Path(folder) / "log.log", log)
    seconds = time.perf_counter() - started
json.dump({"found": found, "seconds": seconds}, sys.stdout)
