"""A file of this computer appears, changes, moves or goes."""

from __future__ import annotations

from steward.model.trigger import TriggerKind
from steward.model.trigger_source import SourceKind
from steward.model.watches import FileWatch, problems_of

_EXAMPLE = """kind: files
says: File scans away and tell about each
folder: /srv/scans        # of the computer Steward runs on
patterns: ["*.pdf"]
settleSeconds: 10         # a file counts once nothing of it changed for so long
moveTo: /srv/archive      # moved there by itself, never over another file; needs your yes: `steward trigger add`
"""

PLUGIN = SourceKind[FileWatch](
    kind=TriggerKind.FILES,
    summary="A file of this computer appears, changes, moves or goes.",
    example=_EXAMPLE,
    record=FileWatch,
    check=problems_of,
)
