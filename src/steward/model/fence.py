"""Which control plane speaks."""

from __future__ import annotations

from steward.lib.record import record


@record
class Fence:
    """Which control plane speaks; a machine obeys one control plane and refuses an older or a foreign one."""

    control_plane: str
    """Immutable id of the control plane's store."""
    epoch: int
    """Rises at every start of the control plane."""
