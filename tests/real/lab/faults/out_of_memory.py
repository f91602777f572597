"""A service that asks for more memory than its control group may have, and is killed for it by the kernel.

Where systemd of the machine may not set the limit (control groups of version 1 in a container without privileges), it
is set from outside, on a group of its own below the machine's.
"""

from pathlib import Path

from tests.real.lab.errors import LabError
from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

HUNGRY = "photo-thumbnails.service"
_LIMIT_MEGABYTES = 48
_GO = "/run/photo-thumbnails.go"
# It waits for the word to begin, so that it is surely in its group by then.
_PROGRAM = (
    "import os, time\n"
    f"while not os.path.exists('{_GO}'): time.sleep(0.05)\n"
    "held = []\n"
    f"while len(held) < 4 * {_LIMIT_MEGABYTES}: held.append(bytearray(os.urandom(4096)) * 256)\n"
    "time.sleep(3600)\n"
)
_GROUP = "steward-lab-out-of-memory"


def _run_out(guest: Guest) -> None:
    """Start it, make sure that the limit holds, and let it eat."""
    if _is_failed(guest):
        return
    guest.run(["rm", "-f", _GO])
    limits = [f"--property=MemoryMax={_LIMIT_MEGABYTES}M", "--property=MemorySwapMax=0"]
    describe = "--description=Thumbnails of the family photos"
    guest.run(["systemd-run", f"--unit={HUNGRY}", describe, *limits, "python3", "-c", _PROGRAM])
    _limit(guest)
    guest.run(["touch", _GO])
    guest.wait("the kill by the kernel", lambda: _is_failed(guest))


def _limit(guest: Guest) -> None:
    """Put its process into a limited group of version 1, if it is in none yet."""
    process = _main_process(guest)
    group = _memory_group(process)
    if group is None:
        return  # version 2: systemd of the machine has set it
    limit = int((group / "memory.limit_in_bytes").read_text(encoding="utf-8"))
    if limit > _LIMIT_MEGABYTES * 1024 * 1024:
        own = group / _GROUP
        own.mkdir(exist_ok=True)
        (own / "memory.limit_in_bytes").write_text(str(_LIMIT_MEGABYTES * 1024 * 1024), encoding="utf-8")
        (own / "cgroup.procs").write_text(str(process), encoding="utf-8")


def _main_process(guest: Guest) -> int:
    """Return the host's number of the process; the machine has another for it."""
    inside = guest.run(["systemctl", "show", "-P", "MainPID", HUNGRY]).stdout.strip()
    machine = guest.podman.process_id(guest.machine.container)
    space = Path(f"/proc/{machine}/ns/pid").readlink()
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            is_here = (status.parent / "ns" / "pid").readlink() == space
            numbers = next((x for x in status.read_text().splitlines() if x.startswith("NSpid:")), "").split()
        except OSError:
            continue  # it ended meanwhile
        if is_here and numbers[-1:] == [inside]:
            return int(status.parent.name)
    message = f"{HUNGRY} is not running on {guest.machine.name}"
    raise LabError(message)


def _memory_group(process: int) -> Path | None:
    for line in Path(f"/proc/{process}/cgroup").read_text(encoding="utf-8").splitlines():
        _, controllers, place = line.split(":", 2)
        if "memory" in controllers.split(","):
            return Path("/sys/fs/cgroup/memory") / place.lstrip("/")
    return None


def _is_failed(guest: Guest) -> bool:
    return guest.run(["systemctl", "is-failed", "--quiet", HUNGRY], check=False).returncode == 0


def _forget(guest: Guest) -> None:
    guest.run(["systemctl", "stop", HUNGRY], check=False)
    guest.run(["systemctl", "reset-failed", HUNGRY], check=False)
    guest.run(["rm", "-f", _GO])
    group = _memory_group(guest.podman.process_id(guest.machine.container))
    if group is not None and (group / _GROUP).is_dir():
        (group / _GROUP).rmdir()


OUT_OF_MEMORY = Fault(
    name="out_of_memory",
    summary=f"{HUNGRY} was killed by the kernel: it wanted more than its {_LIMIT_MEGABYTES} MB",
    cured_by="more memory for it; started again, it is killed again",
    apply=_run_out,
    heal=_forget,
)
