"""Every kind of problem `steward import` can report: how much it matters, what it means, what to do."""

# ruff: noqa: E501 - a table reads best a row a line

from __future__ import annotations

from steward.lib.record import record
from steward.model.declared import Severity


@record
class ProblemKind:
    """A kind of problem."""

    severity: Severity
    """How much it matters, unless what is found says otherwise."""
    means: str
    """What it means."""
    remedy: str
    """What to do."""


def _kind(severity: Severity, means: str, remedy: str) -> ProblemKind:
    return ProblemKind(severity=severity, means=means, remedy=remedy)


_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

PROBLEMS: dict[str, ProblemKind] = {
    "port-clash": _kind(
        _ERROR,
        "Two services that can run on one machine at once want the same port; a warning where the machine is not known.",
        "Give one of them another port or address.",
    ),
    "unpinned-image": _kind(
        _WARNING,
        "An image has no tag or one that moves, so that what runs changes without a commit.",
        "Write a version, better a digest.",
    ),
    "unpinned-chart": _kind(
        _WARNING, "A chart has no version, so that what runs changes without a commit.", "Write a version."
    ),
    "missing-variable": _kind(
        _WARNING,
        "A variable has no value and no default in this repository; an error where the file demands one, a note where an example file names it.",
        "Give it a default or a value, or say in an example file that a person has to.",
    ),
    "invalid-variable": _kind(_ERROR, "A `$` that begins no variable.", "Write `$$` for a dollar sign."),
    "plaintext-secret": _kind(
        _ERROR,
        "What looks like a password, key or token stands in clear; a note in examples.",
        "Change it where it is used, then encrypt it (SOPS, age, ansible-vault) or keep it out of the repository.",
    ),
    "docker-socket": _kind(
        _WARNING,
        "A container can use the Docker socket, which makes it root on the machine, read-only or not.",
        "Put a socket proxy between them that allows what is needed.",
    ),
    "privileged": _kind(
        _WARNING, "A container may do anything to the machine.", "Give it the devices and capabilities it needs."
    ),
    "host-network": _kind(
        _NOTE,
        "A container shares the network of its machine: every port it opens is open there.",
        "Publish the ports it needs, unless it has to see broadcasts.",
    ),
    "no-healthcheck": _kind(
        _NOTE, "Nothing in the file tells whether the service works; its image may.", "Add a health check or a probe."
    ),
    "no-restart-policy": _kind(
        _WARNING,
        "The service stays down after a crash or a reboot.",
        'Add `restart: unless-stopped`, or `restart: "no"` where that is meant.',
    ),
    "volume-without-backup": _kind(
        _NOTE,
        "Nothing in this repository backs this volume up.",
        "Add it to a backup, or say elsewhere that it can be lost.",
    ),
    "dead-reference": _kind(
        _ERROR,
        "A file, folder, role or service that is named is not there.",
        "Correct the name, or add what is missing.",
    ),
    "undeclared": _kind(
        _ERROR,
        "A network, volume, secret or config is used but not declared.",
        "Declare it at the top level of the file.",
    ),
    "duplicate-key": _kind(
        _WARNING, "A key is given twice; most tools take the last, some refuse the file.", "Remove one of the two."
    ),
    "duplicate-name": _kind(_ERROR, "Two containers of one machine have the same name.", "Rename one."),
    "dependency-cycle": _kind(_ERROR, "Services wait for each other in a circle.", "Remove one of the dependencies."),
    "invalid-value": _kind(
        _ERROR,
        "A value cannot mean anything where it stands: a port above 65535, a service that is no mapping.",
        "Correct it.",
    ),
    "unencrypted-secret-object": _kind(
        _WARNING,
        "A Kubernetes Secret holds values that are only encoded, not encrypted.",
        "Use SOPS, a sealed secret or an external secret.",
    ),
}
"""Kinds by name."""
