"""Write what was taken over as the YAML that Steward's own readers read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from steward.lib.yaml_edit import Put, edit


def written(document: Mapping[str, Any], heading: str) -> str:
    """Write a mapping as a file; `heading` is one line and stands above it as a comment.

    Raises:
        YamlError: a value cannot be written so that it reads back as it is.
    """
    text = edit("", [Put(path=(name,), value=value) for name, value in document.items()])
    return f"# {heading}\n{text}"
