"""A machine whose packets vanish: open connections hang half-open, new ones time out."""

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

_RULES = (("INPUT", "!", "-i", "lo", "-j", "DROP"), ("OUTPUT", "!", "-o", "lo", "-j", "DROP"))


def _is_there(guest: Guest, rule: tuple[str, ...]) -> bool:
    return guest.in_network(["iptables", "-w", "-C", *rule], check=False).returncode == 0


def _cut(guest: Guest) -> None:
    for rule in _RULES:
        if not _is_there(guest, rule):
            guest.in_network(["iptables", "-w", "-I", *rule])


def _join(guest: Guest) -> None:
    for rule in _RULES:
        if _is_there(guest, rule):
            guest.in_network(["iptables", "-w", "-D", *rule])


NETWORK_CUT = Fault(
    name="network_cut",
    summary="all packets from and to the machine vanish (iptables DROP in its network namespace)",
    cured_by="nothing on the machine; it is cut off",
    apply=_cut,
    heal=_join,
)
