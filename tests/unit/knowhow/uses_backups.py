"""A use of each operation of backups, and the facts for it; its unit is one that every such test knows."""

from dataclasses import replace
from typing import Any

from steward.knowhow.facts.backups import Backups
from tests.unit.knowhow.snapshots import recorded

_RECORDED: Backups = recorded(backups="debian_12_borgmatic_restic").values["backups"]
JOB = _RECORDED.jobs["borgmatic.service"]
SEEN: dict[str, Any] = {"backups": replace(_RECORDED, jobs={"nginx.service": JOB})}
USES: list[tuple[str, dict[str, Any]]] = [("backup.run", {"job": "nginx.service"})]
