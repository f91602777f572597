"""Plans of runs under way, put together from their rows once: a stored plan is never changed.

A run asks for its plan twice a step, and a plan of a hundred steps takes longer to read than a step to write down.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from steward.model.ids import PlanId
from steward.store import plans
from steward.store.database import Connection
from steward.store.plans import StoredPlan

_MOST = 128
"""Twice as many as one worker carries out at once."""


class KnownPlans:
    """Keeps the plans that were asked for last."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._plans: OrderedDict[PlanId, StoredPlan] = OrderedDict()
        self._lock = Lock()

    def get(self, connection: Connection, plan_id: PlanId) -> StoredPlan | None:
        """Return a stored plan; one that is not there is asked for again the next time."""
        with self._lock:
            known = self._plans.get(plan_id)
            if known is not None:
                self._plans.move_to_end(plan_id)
                return known
        stored = plans.get(connection, plan_id)
        if stored is not None:
            self._keep(stored)
        return stored

    def _keep(self, stored: StoredPlan) -> None:
        with self._lock:
            self._plans[stored.plan.id] = stored
            while len(self._plans) > self._most:
                self._plans.popitem(last=False)
