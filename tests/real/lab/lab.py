"""The lab: start machines, break them, heal them, look at them, end them."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.real.lab import disks
from tests.real.lab.command import run
from tests.real.lab.endpoints import Endpoints
from tests.real.lab.errors import LabError
from tests.real.lab.faults import FAULTS, Fault
from tests.real.lab.guest import Guest
from tests.real.lab.images import docker_image, machine_image
from tests.real.lab.keys import make_key, public_key, write_ssh_config
from tests.real.lab.machine import (
    SUBNET,
    USER,
    Machine,
    address,
    has_docker,
    inner_address,
    inner_hardware_address,
    is_machine_name,
    octet,
)
from tests.real.lab.packages import install_missing
from tests.real.lab.places import Places
from tests.real.lab.podman import LOST, Podman

_NETWORK = "lab"


def _silent(_: str) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True)
class Lab:
    """Hold the lab of one directory. Nothing is started until `up`."""

    places: Places
    say: Callable[[str], None] = field(default=_silent)

    @classmethod
    def from_environment(cls, say: Callable[[str], None] = _silent) -> "Lab":
        """Use the directory in STEWARD_LAB_DIR, or ~/.cache/steward-lab."""
        return cls(Places.from_environment(os.environ), say)

    @property
    def podman(self) -> Podman:
        """Podman with this lab's storage, for what has no method here: `lab.podman("pause", "m1")`."""
        return Podman(self.places)

    @property
    def endpoints(self) -> Endpoints:
        """The cheap SSH endpoints of the benchmark."""
        return Endpoints(self.podman, self.places)

    def up(self, *, machines: int = 6, docker: int = 1, sshd: int = 0) -> tuple[Machine, ...]:
        """Start what is missing of m1..., d1... and the endpoints; return all machines there are.

        Machines that run are not touched; machines that are off are switched on; machines that died with their host
        are made anew.
        """
        with self.places.locked():
            for package in install_missing():
                self.say(f"installed {package}")
            self.podman.set_up()
            make_key(self.places.key, "steward-lab")
            self._remove_lost()
            plain = [f"m{number}" for number in range(1, machines + 1)]
            self._start(plain, machine_image)
            self._start([f"d{number}" for number in range(1, docker + 1)], docker_image)
            if sshd:
                self.endpoints.start(sshd, machine_image(self.podman, self.say))
            write_ssh_config(self.places, self.machines())
        return self.machines()

    def down(self) -> None:
        """Stop and remove the machines, their disks and the network; keep images, keys and host keys."""
        with self.places.locked():
            names = [name for name in self.podman.states() if is_machine_name(name)]
            if names:
                self.podman("rm", "-f", "-i", "-t", "0", *names)
            if self.podman.is_set_up:
                self.endpoints.stop()
                self.podman("network", "rm", "-f", _NETWORK, check=False)
            for image in (self.places.root / "disks").glob("*.img"):
                disks.detach(self.places, image.stem)
            for leftover in ("docker", "faults", "disks"):
                shutil.rmtree(self.places.root / leftover, ignore_errors=True)

    def renew(self, *names: str) -> None:
        """Make some machines anew, with empty disks and without faults; the others are not touched."""
        with self.places.locked():
            self.podman("rm", "-f", "-i", "-t", "0", *names)
            for name in names:
                disks.detach(self.places, name)
                for leftover in (self.places.docker_data(name), self.places.notes(name)):
                    shutil.rmtree(leftover, ignore_errors=True)
            for name in names:
                self._start([name], docker_image if has_docker(name) else machine_image)

    def destroy(self) -> None:
        """Do `down`, then delete the cache and the keys as well."""
        self.down()
        if self.podman.is_set_up:
            self.podman("rmi", "-a", "-f", check=False)
        for place in (self.places.root, self.places.run):
            shutil.rmtree(place, ignore_errors=True)

    def machines(self) -> tuple[Machine, ...]:
        """List the machines that exist, on or off."""
        names = [name for name in self.podman.states() if is_machine_name(name)]
        return tuple(self._machine(name) for name in sorted(names, key=octet))

    def machine(self, name: str) -> Machine:
        """Return one machine.

        Raises:
            LabError: there is no such machine.
        """
        found = {one.name: one for one in self.machines()}
        if name not in found:
            message = f"there is no machine {name!r} (have: {', '.join(found) or 'none; run up'})"
            raise LabError(message)
        return found[name]

    def guest(self, name: str) -> Guest:
        """Return the handle that acts on a machine from outside."""
        return Guest(self.machine(name), self.podman, self.places)

    def state(self, name: str) -> str:
        """Return podman's word for a machine: running, exited, paused."""
        return self.podman.states().get(name, "absent")

    def run(
        self,
        name: str,
        argv: Sequence[str],
        *,
        check: bool = False,
        stdin: str = "",
        timeout_seconds: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside as root through podman, not SSH: the view from outside."""
        return self.guest(name).run(argv, check=check, stdin=stdin, timeout_seconds=timeout_seconds)

    def ssh(
        self,
        name: str,
        command: str,
        *,
        user: str = USER,
        timeout_seconds: float = 30,
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell command over SSH as a person would, pinning the machine's first host key."""
        arguments = ["-F", str(self.places.ssh_config), "-o", "StrictHostKeyChecking=accept-new"]
        arguments += ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-l", user, self.machine(name).name]
        return run(["ssh", *arguments, command], check=False, timeout_seconds=timeout_seconds)

    def fault(self, fault: str, name: str) -> None:
        """Break a machine. Doing it twice is the same as once."""
        chosen, guest = self._fault(fault, name)
        with self.places.locked():
            chosen.apply(guest)
            self.places.notes(name).mkdir(parents=True, exist_ok=True)
            (self.places.notes(name) / fault).touch()

    def heal(self, fault: str, name: str) -> None:
        """Put a machine back as it was before a fault. Without the fault it changes nothing."""
        chosen, guest = self._fault(fault, name)
        with self.places.locked():
            chosen.heal(guest)
            (self.places.notes(name) / fault).unlink(missing_ok=True)

    def faults_of(self, name: str) -> tuple[str, ...]:
        """List the faults that were injected and not healed by the lab.

        Somebody else's repair does not remove a fault from this list: only `heal` does.
        """
        notes = self.places.notes(name)
        return tuple(sorted(one for one in FAULTS if (notes / one).exists()))

    def _fault(self, fault: str, name: str) -> tuple[Fault, Guest]:
        if fault not in FAULTS:
            message = f"there is no fault {fault!r}; have: {', '.join(FAULTS)}"
            raise LabError(message)
        guest = self.guest(name)
        if FAULTS[fault].needs_docker and not guest.machine.docker:
            message = f"{fault} needs a machine with Docker inside (d1), not {name}"
            raise LabError(message)
        return FAULTS[fault], guest

    def _machine(self, name: str) -> Machine:
        return Machine(
            name=name,
            address=address(name),
            port=22,
            user=USER,
            key=self.places.key,
            container=name,
            docker=has_docker(name),
            host_key=public_key(self.places.host_key(name)),
        )

    def _remove_lost(self) -> None:
        lost = [name for name, state in self.podman.states().items() if state == LOST]
        if lost:
            self.say(f"removing {', '.join(lost)}: this host was switched off under them")
            self.podman("rm", "-f", "-t", "0", *lost)

    def _start(self, names: Sequence[str], image_of: Callable[[Podman, Callable[[str], None]], str]) -> None:
        states = self.podman.states()
        for name in [one for one in names if one not in states]:
            self.say(f"starting {name}")
            self._create(name, image_of(self.podman, self.say))
        stopped = [name for name in names if states.get(name) not in ("running", "paused")]
        for name in stopped:
            disks.attach(self.places, name)
            self.podman("start", name)
        for name in stopped:
            guest = Guest(self._machine(name), self.podman, self.places)
            guest.wait_until_booted()
            if has_docker(name):
                guest.run(["first-containers"])

    def _create(self, name: str, image: str) -> None:
        """Create a machine that is off, with its keys in place."""
        self._create_network()
        disks.attach(self.places, name)
        make_key(self.places.host_key(name), name)
        arguments = ["--name", name, "--hostname", name, "--systemd=always", "--stop-signal", "SIGRTMIN+3"]
        arguments += ["--restart", "always"]  # so that a reboot from inside comes back
        arguments += ["--network", _NETWORK, "--ip", inner_address(name)]
        arguments += ["--mac-address", inner_hardware_address(name), "-p", f"{address(name)}:22:22"]
        arguments += disks.volumes(self.places, name)
        if has_docker(name):
            self.places.docker_data(name).mkdir(parents=True, exist_ok=True)
            arguments += ["--privileged", "-v", f"{self.places.docker_data(name)}:/var/lib/docker"]
        self.podman("create", *arguments, image, "/lib/systemd/systemd")
        try:
            self._install_keys(name)
        except LabError:
            self.podman("rm", "-f", name, check=False)  # else the next `up` would start it without keys
            raise

    def _install_keys(self, name: str) -> None:
        authorized = (public_key(self.places.key) + "\n").encode()
        guest = Guest(self._machine(name), self.podman, self.places)
        guest.put_host_key(self.places.host_key(name))
        guest.put({f"{home}/.ssh/authorized_keys": (0o600, authorized) for home in ("/root", f"/home/{USER}")})

    def _create_network(self) -> None:
        if self.podman("network", "exists", _NETWORK, check=False).returncode != 0:
            self.podman("network", "create", "--subnet", SUBNET, _NETWORK)
