"""Uses of the operations on the system itself, and facts for them."""

from typing import Any

from steward.knowhow.facts.clock import Clock
from steward.knowhow.facts.os import OperatingSystem
from steward.knowhow.facts.package_states import PackageStates
from steward.knowhow.facts.updates import Update, Updates
from tests.unit.knowhow.snapshots import NOW

SYSTEM = OperatingSystem(
    id="debian",
    version="12",
    name="Debian GNU/Linux 12 (bookworm)",
    kernel="Linux 6.1.0-25-amd64",
    architecture="x86_64",
    host_name="m1",
    user_id=1000,
    is_systemd=True,
    boot_id="9a5c2f8e-3f3b-4f63-8a4e-2a9f2c6f1d11",
    uptime_seconds=864_000,
    processors=4,
    sudo_version="1.9.13p3",
)
KEPT = "/var/cache/apt/archives/libssl3_3.0.14-1_amd64.deb"
UPDATE = Update(installed="3.0.14-1", candidate="3.0.15-1~deb12u1", is_security=True, kept_file=KEPT)
UPDATES = Updates(
    manager="apt",
    tells_security=True,
    lists_at=NOW,
    count=1,
    security_count=1,
    updates={"libssl3": UPDATE},
)
STATES = PackageStates(manager="apt", is_working=False, broken_count=0, broken={}, held=(), is_interrupted=True)
CLOCK = Clock(
    shows=NOW,
    daemon="",
    is_enabled=False,
    is_synchronized=False,
    offset_seconds=None,
    stratum=None,
    is_container=False,
)
SEEN: dict[str, Any] = {"os": SYSTEM, "updates": UPDATES, "package_states": STATES, "clock": CLOCK}
USES: list[tuple[str, dict[str, Any]]] = [
    ("machine.reboot", {}),
    ("packages.upgrade", {"packages": "libssl3"}),
    ("packages.configure", {}),
    ("clock.synchronize", {}),
    ("unit.enable", {"unit": "off.timer"}),
    ("unit.disable", {"unit": "nginx.service"}),
    ("unit.reset_failed", {"unit": "broken.service"}),
]
