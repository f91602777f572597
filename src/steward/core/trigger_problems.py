"""What a person must know of triggers: broken files, and whatever did not begin, did not end or stayed away."""

from __future__ import annotations

import asyncio

from steward.core.desk import Desk
from steward.store import trigger_states


async def trigger_problems(desk: Desk) -> tuple[str, ...]:
    """Return one line for each; a trigger that was removed, is off or paused troubles nobody."""
    seen = await asyncio.to_thread(desk.triggers.look)
    known = await desk.storage.read(trigger_states.listing)
    files = [str(problem) for problem in seen.problems]
    troubled = [
        f"trigger {name}: {state.trouble}. Next: `steward trigger show {name}`"
        for name, state in known.items()
        if state.troubled is not None and state.paused is None and name in seen.triggers
    ]
    return (*files, *troubled)
