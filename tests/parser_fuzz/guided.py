"""One target in a process of its own: `python -m tests.parser_fuzz.guided TARGET MEBIBYTES OPTIONS-OF-LIBFUZZER`."""

from __future__ import annotations

import resource
import sys

import atheris

_GUIDES = [
    *("cronsim", "steward.lib", "steward.adapters.event_sources", "steward.model.watches", "steward.model.conditions"),
    *(f"steward.core.{name}" for name in ("foreign", "goals", "hook_file", "hooks", "line_probes", "outside_file")),
    *(f"steward.core.{name}" for name in ("pings", "schedule_forms", "schedule_words", "schedules", "signatures")),
    *(f"steward.core.{name}" for name in ("sources", "step_outputs", "telemetry_file", "trigger_text")),
    *(f"steward.core.workflow_{name}" for name in ("check", "fields", "files", "inputs", "lines", "order")),
    *(f"steward.core.workflow_{name}" for name in ("references", "steps", "targets", "values", "words")),
]
"""Whose branches guide; all of Steward would take a minute to begin."""

with atheris.instrument_imports(include=_GUIDES):
    from tests.parser_fuzz.target import text_of
    from tests.parser_fuzz.targets import TARGETS

_ABOVE = 4
"""How much more the system gives than libFuzzer allows: it looks once a second, the system at once."""


def main() -> None:
    """Fuzz until libFuzzer ends the process."""
    name, mebibytes, *options = sys.argv[1:]
    most = int(mebibytes) * _ABOVE * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    check = TARGETS[name].check

    def one(data: bytes) -> None:
        check(text_of(data))

    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
