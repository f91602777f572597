"""The one error of the lab."""


class LabError(Exception):
    """Say in one line what failed, on what, and what to do next."""
