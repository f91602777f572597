"""Let every second request name something that exists; what schemathesis makes up would never meet any."""

from __future__ import annotations

import os
from typing import Any

import schemathesis

KNOWN = {
    "machine": os.environ["FUZZ_MACHINE"],
    "run": os.environ["FUZZ_RUN"],
    "code": os.environ["FUZZ_CODE"],
    "change": os.environ["FUZZ_CHANGE"],
}
LEFT_ALONE = ("/shell/read",)
"""This would run what the dice made up."""


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Name something that exists in a body."""
    return named(context, body)


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """Name something that exists in a query."""
    return named(context, query)


def named(context: Any, given: Any) -> Any:
    """Replace texts of even length where a name is wanted."""
    if not isinstance(given, dict) or context.operation.path.endswith(LEFT_ALONE):
        return given
    return {
        name: KNOWN[name] if name in KNOWN and isinstance(value, str) and len(value) % 2 == 0 else value
        for name, value in given.items()
    }
