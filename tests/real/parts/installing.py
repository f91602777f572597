"""Install Debian packages on a machine of the lab: fetched once, like the lab's images, and kept beside them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.real.lab import Lab, LabError

_FETCH = """
apt-get -q -o Dir::Cache=/var/tmp/apt update
mkdir -p /var/tmp/apt/archives/partial
apt-get -q -o Dir::Cache=/var/tmp/apt install -y --download-only --no-install-recommends "$@"
rm -rf /var/lib/apt/lists/* /var/tmp/apt/archives/partial /var/tmp/apt/archives/lock
"""
"""Debian's lists are removed again, or the machine would seem to have the updates they tell of."""
_INSTALL = """
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o Dir::Cache=/var/tmp/apt install -y --no-install-recommends /var/tmp/parts/*.deb
rm -rf /var/tmp/apt /var/tmp/parts
"""


def install(lab: Lab, machine: str, packages: Sequence[str]) -> None:
    """Install packages; where they cannot be had the test is skipped by their names."""
    try:
        folder = _fetched(lab, machine, packages)
        lab.podman("cp", str(folder), f"{machine}:/var/tmp/parts")
        lab.run(machine, ["sh", "-ec", _INSTALL], check=True, timeout_seconds=400)
    except LabError as error:
        pytest.skip(f"{', '.join(packages)} cannot be installed on {machine}: {error}")


def _fetched(lab: Lab, machine: str, packages: Sequence[str]) -> Path:
    """Return the folder of what these packages need on the image of this machine."""
    image = lab.podman("inspect", "--format", "{{.Image}}", machine).stdout.strip()[:12]
    kept = lab.places.root / "packages" / f"{'+'.join(packages)}@{image}"
    if not kept.is_dir():
        lab.run(machine, ["sh", "-ec", _FETCH, "sh", *packages], check=True, timeout_seconds=400)
        began = kept.with_name(f"{kept.name}.part")
        shutil.rmtree(began, ignore_errors=True)
        began.mkdir(parents=True)
        lab.podman("cp", f"{machine}:/var/tmp/apt/archives/.", str(began))
        began.rename(kept)
    return kept
