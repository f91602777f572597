"""A machine in memory, with the marker table that a real one keeps on disk, and an executor that reaches it.

The machine outlives every executor: what a killed control plane started is still there when the next one asks.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from steward.lib.canonical import content_hash
from steward.model.errors import Fenced, LinkLost, Unreachable
from steward.model.fact import CommandOutput, Reading
from steward.model.fence import Fence
from steward.model.machine import Machine
from steward.ports.executor import Guard, MarkerState, OnOutput, Order, Report


class Behavior(StrEnum):
    """How a machine treats the next order it is given."""

    WORKS = "works"
    """Does it and says so."""
    FAILS = "fails"
    """Exit status 1, nothing done."""
    FAILS_HALFWAY = "fails_halfway"
    """Does it and still exits with 1."""
    LIES = "lies"
    """Exit status 0, nothing done."""
    TIMES_OUT = "times_out"
    """Ended by its deadline, nothing done."""
    LOSES_LINK = "loses_link"
    """Does it; the link breaks once before the answer."""
    CUTS_OFF = "cuts_off"
    """Does it; the link breaks and stays broken until `heal`."""
    KEEPS_RUNNING = "keeps_running"
    """Starts it; the link breaks and stays broken; it runs until `finish`."""
    VANISHES = "vanishes"
    """Starts it; the machine is switched off in the middle and comes back without a result."""
    REFUSES = "refuses"
    """Does not answer; nothing was sent."""


@dataclass
class Marker:
    """What the machine knows of one idempotency key."""

    state: MarkerState
    argv: tuple[str, ...] = ()
    exit_code: int | None = None
    output: str = ""
    is_timed_out: bool = False
    starts: int = 0
    """Times the program was started; never above 1."""
    closed_by: int | None = None
    """The executor whose `ask` closed this key before it was started."""


@dataclass
class FakeHost:
    """A machine that holds named settings; the only program on it is `/bin/setting`."""

    settings: dict[str, str] = field(default_factory=dict[str, str])
    user_id: int = 1000
    is_reachable: bool = True
    has_sudo: bool = True
    """Whether sudo lets Steward's user do anything."""
    markers: dict[str, Marker] = field(default_factory=dict[str, Marker])
    secrets_seen: list[str] = field(default_factory=list[str])
    fence: Fence | None = None
    until_free: Callable[[], Awaitable[None]] | None = None
    """What an order waits for before a connection is free."""
    _plans: dict[str, deque[Behavior]] = field(default_factory=dict[str, deque[Behavior]])

    def behave(self, step: str, *behaviors: Behavior) -> None:
        """Say how the next orders of a step go; `restart-undo0` is the first undo action of `restart`."""
        self._plans[step] = deque(behaviors)

    def heal(self) -> None:
        """Let the machine answer again."""
        self.is_reachable = True

    def finish(self, key: str, *, exit_code: int = 0) -> None:
        """End a program that kept running."""
        marker = self.markers[key]
        self._effect(marker.argv)
        marker.state, marker.exit_code = MarkerState.DONE, exit_code

    def starts(self, step: str) -> int:
        """Return how often any program of a step was started."""
        return sum(marker.starts for key, marker in self.markers.items() if key.endswith(f"-{step}"))

    def behavior_of(self, key: str) -> Behavior:
        """Take the next behavior for a key; without one it works."""
        wanted = next((queue for step, queue in self._plans.items() if key.endswith(f"-{step}")), None)
        return wanted.popleft() if wanted else Behavior.WORKS

    def obey(self, order: Order) -> Marker:
        """Start an order that no marker knows, as the behavior wants it."""
        behavior = self.behavior_of(order.key)
        if behavior is Behavior.REFUSES:
            raise Unreachable("the machine does not answer")
        marker = Marker(state=MarkerState.DONE, argv=order.argv, exit_code=0, starts=1, output="done")
        self.markers[order.key] = marker
        self.secrets_seen += [value for name, value in order.environment.items() if name not in {"PATH", "LC_ALL"}]
        if behavior not in {Behavior.FAILS, Behavior.LIES, Behavior.TIMES_OUT, Behavior.KEEPS_RUNNING}:
            self._effect(order.argv)
        if behavior in {Behavior.FAILS, Behavior.FAILS_HALFWAY}:
            marker.exit_code = 1
        elif behavior is Behavior.TIMES_OUT:
            marker.exit_code, marker.is_timed_out = None, True
        elif behavior is Behavior.KEEPS_RUNNING:
            marker.state, marker.exit_code = MarkerState.RUNNING, None
        elif behavior is Behavior.VANISHES:
            marker.state, marker.exit_code = MarkerState.GONE, None
        if behavior in {Behavior.CUTS_OFF, Behavior.KEEPS_RUNNING}:
            self.is_reachable = False
        if behavior in {Behavior.LOSES_LINK, Behavior.CUTS_OFF, Behavior.KEEPS_RUNNING, Behavior.VANISHES}:
            raise LinkLost("the link broke")
        return marker

    def answer(self, reading: Reading) -> CommandOutput:
        """Answer one reading: `id` gives the user, `sudo -l` the rights, `setting ls` the settings."""
        if reading.argv[0] == "/bin/id":
            return CommandOutput(exit_code=0, stdout=str(self.user_id))
        if reading.argv[0] == "sudo":
            return CommandOutput(exit_code=0 if self.has_sudo else 1, stdout="")
        return CommandOutput(exit_code=0, stdout=json.dumps(self.settings))

    def _effect(self, argv: tuple[str, ...]) -> None:
        words = argv[argv.index("/bin/setting") + 1 :]
        if words[0] == "put":
            self.settings[words[1]] = words[2]
        else:
            self.settings.pop(words[1], None)


class FakeExecutor:
    """Implements `ports.executor.Executor` over machines in memory, by machine id."""

    def __init__(self, hosts: Mapping[str, FakeHost]) -> None:
        self._hosts = hosts

    async def read(self, machine: Machine, readings: Sequence[Reading]) -> Mapping[str, CommandOutput]:
        """Answer every reading."""
        host = self._host(machine)
        return {reading.name: host.answer(reading) for reading in readings}

    async def run(
        self, machine: Machine, order: Order, on_output: OnOutput | None = None, guard: Guard | None = None
    ) -> Report:
        """Start the order, or attach to what was started under its key."""
        host = self._host(machine)
        if host.until_free is not None:
            await host.until_free()
        if guard is not None:
            await guard()
        _obey_fence(host, order.fence)
        marker = host.markers.get(order.key)
        if marker is not None and marker.starts:
            if marker.state is MarkerState.RUNNING:
                raise LinkLost("the link broke while it ran on")
            return replace(_report(order.key, marker), was_attached=True)
        if marker is not None and marker.closed_by != id(self):
            return _report(order.key, marker)
        marker = host.obey(order)
        if on_output is not None:
            await on_output(marker.output)
        return _report(order.key, marker)

    async def ask(self, machine: Machine, key: str) -> Report:
        """Ask what the machine knows; a key it does not know is closed for everybody but this executor."""
        host = self._host(machine)
        marker = host.markers.setdefault(key, Marker(state=MarkerState.ABSENT))
        if not marker.starts:
            marker.closed_by = id(self)
        return _report(key, marker)

    async def end(self, machine: Machine, key: str) -> None:
        """End what runs under a key."""
        marker = self._host(machine).markers.get(key)
        if marker is not None and marker.state is MarkerState.RUNNING:
            marker.state, marker.exit_code = MarkerState.DONE, None

    async def take_over(self, machine: Machine, fence: Fence) -> None:
        """Obey this control plane from now on."""
        self._host(machine).fence = fence

    async def host_key(self, machine: Machine) -> str:
        """Return the key the machine is pinned to."""
        self._host(machine)
        return machine.host_key

    async def close(self) -> None:
        """Do nothing: there are no connections."""

    def _host(self, machine: Machine) -> FakeHost:
        host = self._hosts[machine.id]
        if not host.is_reachable:
            raise Unreachable("the machine does not answer", where=machine.name)
        return host


def _obey_fence(host: FakeHost, fence: Fence) -> None:
    known = host.fence
    if known and (known.control_plane != fence.control_plane or known.epoch > fence.epoch):
        raise Fenced("another control plane looks after this machine")
    host.fence = fence


def _report(key: str, marker: Marker) -> Report:
    return Report(
        key=key,
        state=marker.state,
        exit_code=marker.exit_code,
        output=marker.output,
        output_hash=content_hash(marker.output.encode()),
        is_timed_out=marker.is_timed_out,
    )
