"""Run real machines on this host, break them on purpose, and put them right again."""

from tests.real.lab.errors import LabError
from tests.real.lab.lab import Lab
from tests.real.lab.machine import Machine

__all__ = ["Lab", "LabError", "Machine"]
