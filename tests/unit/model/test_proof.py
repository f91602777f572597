"""Where browsers know passkeys."""

from __future__ import annotations

import pytest

from steward.model.proof import relying_party


@pytest.mark.parametrize(
    ("origin", "party"),
    [
        ("https://steward.example", ("steward.example", "https://steward.example")),
        ("https://steward.example:8443", ("steward.example", "https://steward.example:8443")),
        ("https://steward.example/below/it", ("steward.example", "https://steward.example")),
        ("http://localhost:8787", ("localhost", "http://localhost:8787")),
        ("http://127.0.0.1:8787", None),
        ("https://192.168.1.2", None),
        ("https://[fd00::2]:8787", None),
        ("http://steward.example", None),
        ("", None),
    ],
)
def test_a_passkey_needs_a_name_and_a_safe_way(origin: str, party: tuple[str, str] | None):
    found = relying_party(origin)
    assert (found and (found.id, found.origin)) == party
