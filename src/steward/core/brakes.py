"""Pause, freeze, stop: state of the executor, never words in a prompt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from steward.core.storage import Storage
from steward.model.brake import Brake, BrakeState, stronger
from steward.model.errors import Braked
from steward.model.principal import Principal, PrincipalKind
from steward.ports.clock import Clock
from steward.ports.flag import StopFlag
from steward.store import brakes as table
from steward.store.database import Connection


class Brakes:
    """Reads the brake before every effect. A brake that cannot be read counts as stop."""

    def __init__(self, *, storage: Storage, flag: StopFlag, clock: Clock) -> None:
        self._storage = storage
        self._flag = flag
        self._clock = clock

    def is_stopped_now(self) -> bool:
        """Tell, without the database, whether the stop flag is there."""
        return self._flag.is_set()

    async def state(self) -> BrakeState:
        """Return the brake in force: the stronger of flag file and database; a pause past its time is over."""
        return await self._storage.read(self.in_force)

    def in_force(self, connection: Connection) -> BrakeState:
        """Return the same within a transaction."""
        state = self.present(connection)
        if self._flag.is_set():
            return BrakeState(
                brake=stronger(state.brake, Brake.STOP),
                epoch=state.epoch,
                since=state.since,
                by=state.by or "the stop flag",
                reason=state.reason or "the stop flag is set",
            )
        return state

    async def put(self, brake: Brake, *, by: str, reason: str, until: datetime | None = None) -> BrakeState:
        """Put a brake on; stop also sets the flag, first. A milder or shorter one leaves what is on as it is.

        Anybody may brake and only a person may lift: a pause that replaced a freeze would lift it.
        """
        if brake is Brake.STOP:
            self._flag.set(by=by, reason=reason)
        wanted = BrakeState(brake=brake, epoch=0, since=self._clock.now(), by=by, reason=reason, until=until)
        return await self._storage.write(self._put, wanted)

    def _put(self, connection: Connection, wanted: BrakeState) -> BrakeState:
        now = self._clock.now()
        present = _in_force(table.get(connection), now)
        if present.brake is not wanted.brake and stronger(present.brake, wanted.brake) is present.brake:
            return present
        if present.brake is wanted.brake and _outlasts(present, wanted):
            return present
        return table.set(connection, brake=wanted.brake, at=now, by=wanted.by, reason=wanted.reason, until=wanted.until)

    def mask(self, redact: Callable[[str], str]) -> None:
        """Mask what stands in the flag: a terminal that put it there knew no value of a vault."""
        self._flag.reword(redact)

    async def lift(self, *, by: str) -> BrakeState:
        """Take every brake off; the flag goes last, so that a crash in between leaves Steward stopped."""
        state = await self._storage.write(
            table.set, brake=Brake.NONE, at=self._clock.now(), by=by, reason="", until=None
        )
        self._flag.clear()
        return state

    async def demand_clear(self) -> None:
        """Refuse to start an effect while freeze or stop is on.

        Raises:
            Braked: with who put it on and how it is lifted.
        """
        if self._flag.is_set():
            raise Braked("stop is on", why="the stop flag is set", next_step="`steward resume`")
        await self._storage.read(self.demand_clear_in)

    def demand_clear_in(self, connection: Connection) -> None:
        """Refuse the same within a transaction.

        Raises:
            Braked: as for `demand_clear`.
        """
        state = self.in_force(connection)
        if state.brake in {Brake.FREEZE, Brake.STOP}:
            why = f"put on by {state.by}" + (f": {state.reason}" if state.reason else "")
            raise Braked(f"{state.brake.value} is on", why=why, next_step="`steward resume`")

    def present(self, connection: Connection) -> BrakeState:
        """Return the brake that the store knows of, within a transaction."""
        return _in_force(table.get(connection), self._clock.now())

    def demand_unbraked(self, connection: Connection, actor: Principal) -> None:
        """Refuse, in the transaction that would start it, what no person allowed while any brake is on.

        Pause lets a person who has proven to be one go on.

        Raises:
            Braked: with who put it on.
        """
        state = self.present(connection)
        is_person = actor.kind is PrincipalKind.PERSON and not actor.may_be_an_agent
        if self._flag.is_set() or state.brake not in {Brake.NONE, Brake.PAUSE if is_person else Brake.NONE}:
            brake = Brake.STOP if self._flag.is_set() else state.brake
            raise Braked(f"{brake.value} is on", why=f"put on by {state.by}", next_step="`steward resume`")


def _in_force(state: BrakeState, now: datetime) -> BrakeState:
    """Return what is still on: a pause past its time is over."""
    is_over = state.brake is Brake.PAUSE and state.until is not None and state.until <= now
    return BrakeState(brake=Brake.NONE, epoch=state.epoch) if is_over else state


def _outlasts(present: BrakeState, wanted: BrakeState) -> bool:
    if wanted.until is None:
        return False
    return present.until is None or present.until > wanted.until
