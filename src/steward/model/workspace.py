"""The git repository of plain text that is the truth; the database is its index and can be rebuilt from it."""

from __future__ import annotations

from steward.lib.record import record
from steward.model.machine import Machine

INVENTORY_FILE = "inventory.yaml"
POLICY_FILE = "policy.yaml"
CHANGES_FOLDER = "changes"
NOTES_FOLDER = "notes"


@record
class Inventory:
    """Every machine in Steward's care. Only ids listed here can ever be acted on."""

    machines: tuple[Machine, ...] = ()
    """In the order of the file."""

    def find(self, name_or_id: str) -> Machine | None:
        """Return the machine of this name or id, or None."""
        return next((m for m in self.machines if name_or_id in {m.name, m.id}), None)


@record
class Workspace:
    """Where the truth lies, and which version of it is in force."""

    path: str
    """Folder of the repository."""
    commit: str
    """Commit in force, or empty before the first."""
    inventory: Inventory
    """Machines."""
    policy_version: str
    """Digest of the rules in force."""
