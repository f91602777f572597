"""The lab's command line: `python -m tests.real.lab VERB`."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence

from tests.real.lab.errors import LabError
from tests.real.lab.faults import FAULTS
from tests.real.lab.lab import Lab
from tests.real.lab.machine import Machine

NEXT_COMMAND = "steward machines add {name} {address} --user {user} --identity-file {key}"
"""What a person types to let Steward look after one machine."""


def main(arguments: Sequence[str]) -> int:
    """Run one verb and return the exit code: 0 done, 1 failed, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    lab = Lab.from_environment(say=_say)
    try:
        _VERBS[options.verb](lab, options)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.real.lab", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="start what is missing")
    up.add_argument("--machines", type=int, default=6, metavar="N", help="plain machines m1...mN (6)")
    up.add_argument("--docker", type=int, default=1, metavar="M", help="machines d1...dM with Docker inside (1)")
    up.add_argument("--sshd", type=int, default=0, metavar="K", help="cheap SSH endpoints for the benchmark (0)")
    ls = verbs.add_parser("ls", help="list the machines, their states and faults")
    for verb in (up, ls):
        verb.add_argument("--json", action="store_true", help="print one JSON object")
    verbs.add_parser("down", help="end the machines and the network; keep the images")
    verbs.add_parser("destroy", help="down, and delete the cached images and keys as well")
    verbs.add_parser("faults", help="list the faults")
    for name, text in (("fault", "break a machine"), ("heal", "undo a fault")):
        verb = verbs.add_parser(name, help=text)
        verb.add_argument("name", choices=list(FAULTS), metavar="NAME", help="see `faults`")
        verb.add_argument("machine", metavar="MACHINE", help="for example m1")
    return parser


def _up(lab: Lab, options: argparse.Namespace) -> None:
    started = time.monotonic()
    machines = lab.up(machines=options.machines, docker=options.docker, sshd=options.sshd)
    if options.json:
        _print_json(lab)
        return
    _print_table(lab)
    print(f"\nup in {time.monotonic() - started:.1f} s; ssh -F {lab.places.ssh_config} m1")
    if machines:
        print("\nLet Steward look after them:")
    for machine in machines:
        print("  " + NEXT_COMMAND.format(**machine.to_json()))


def _ls(lab: Lab, options: argparse.Namespace) -> None:
    if options.json:
        _print_json(lab)
    else:
        _print_table(lab)


def _print_json(lab: Lab) -> None:
    shown = {
        "directory": str(lab.places.root),
        "key": str(lab.places.key),
        "ssh_config": str(lab.places.ssh_config),
        "machines": [_describe(lab, one) for one in lab.machines()],
        "sshd": [one.to_json() for one in lab.endpoints.all()],
    }
    print(json.dumps(shown, indent=2))


def _describe(lab: Lab, machine: Machine) -> dict[str, object]:
    return {**machine.to_json(), "state": lab.state(machine.name), "faults": lab.faults_of(machine.name)}


def _print_table(lab: Lab) -> None:
    rows = [("NAME", "ADDRESS", "USER", "KEY", "STATE", "FAULTS")]
    for one in lab.machines():
        faults = ", ".join(lab.faults_of(one.name)) or "-"
        place = f"{one.address}:{one.port}"
        rows.append((one.name, place, one.user, str(one.key), lab.state(one.name), faults))
    endpoints = lab.endpoints.all()
    if endpoints:
        first, last = endpoints[0], endpoints[-1]
        place = f"{first.address}-{last.address.rpartition('.')[2]}:{first.port}"
        rows.append((f"{first.name}-{last.name}", place, first.user, str(first.key), "sshd only", "-"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _list_faults() -> None:
    for fault in FAULTS.values():
        where = " [Docker machine]" if fault.needs_docker else ""
        print(f"{fault.name:21}{fault.summary}{where}; cured by: {fault.cured_by}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


_VERBS: dict[str, Callable[[Lab, argparse.Namespace], None]] = {
    "up": _up,
    "ls": _ls,
    "down": lambda lab, _options: lab.down(),
    "destroy": lambda lab, _options: lab.destroy(),
    "faults": lambda _lab, _options: _list_faults(),
    "fault": lambda lab, options: lab.fault(options.name, options.machine),
    "heal": lambda lab, options: lab.heal(options.name, options.machine),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
