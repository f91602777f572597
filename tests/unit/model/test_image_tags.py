"""Which tag is newer, and which only looks so."""

from __future__ import annotations

import pytest

from steward.model.image_tags import ImageName, has_scheme, image_name, newest_tags


@pytest.mark.parametrize(
    ("tag", "tags", "newest", "of_line"),
    [
        ("1.27.3", ["1.27.4", "1.28.0", "1.27.10", "1.9.0"], "1.28.0", "1.28.0"),
        ("1.27.3", ["1.27.4", "2.0.0", "1.30.1"], "2.0.0", "1.30.1"),
        ("1.27", ["1.28.1", "1.28", "1.28-alpine"], "1.28", "1.28"),
        ("v2.1.0", ["2.9.0", "v2.2.0", "v3.0.0-rc.1"], "v2.2.0", "v2.2.0"),
        ("1.25-alpine3.18", ["1.27-alpine3.20", "1.28", "1.28-bookworm"], "1.27-alpine3.20", "1.27-alpine3.20"),
        ("1.27-alpine3.18", ["1.27-alpine3.20"], "1.27-alpine3.20", "1.27-alpine3.20"),
        ("4.0.1-ls200", ["4.0.1-ls210", "4.0.2-ls211"], "4.0.2-ls211", "4.0.2-ls211"),
        ("16", ["17", "18", "20240101", "18beta1", "18.1"], "18", ""),
        ("4.0.1", ["2021.12.14", "4.0.2"], "4.0.2", "4.0.2"),
        ("2024.12.3", ["2025.1.0", "2024.12.4"], "2025.1.0", "2024.12.4"),
        ("2.0-rc.1", ["2.0-rc.2", "2.0"], "2.0-rc.2", "2.0-rc.2"),
        ("3.4.5", ["3.4.5", "3.4.4", "3.4"], "", ""),
        ("latest", ["1.0", "2.0"], "", ""),
        ("sha-0a1b2c3", ["sha-9f9f9f9"], "", ""),
        ("1.0", ["9" * 200, "1." + "9" * 100, "\u0661.\u0662", "2.0\n"], "", ""),
    ],
)
def test_only_a_later_tag_of_the_same_scheme_is_newer(tag: str, tags: list[str], newest: str, of_line: str) -> None:
    assert newest_tags(tag, tags) == (newest, of_line)
    assert newest_tags(tag, reversed(tags)) == (newest, of_line)


@pytest.mark.parametrize(("tag", "is_one"), [("1.2.3", True), ("v1", True), ("latest", False), ("stable", False)])
def test_a_tag_without_a_number_names_no_version(tag: str, *, is_one: bool) -> None:
    assert has_scheme(tag) is is_one


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("nginx", ("docker.io", "library/nginx", "latest", False)),
        ("nginx:1.27", ("docker.io", "library/nginx", "1.27", False)),
        ("grafana/grafana:11.0.0", ("docker.io", "grafana/grafana", "11.0.0", False)),
        ("docker.io/library/redis:7", ("docker.io", "library/redis", "7", False)),
        ("ghcr.io/home/app:v1@sha256:" + "a" * 64, ("ghcr.io", "home/app", "v1", True)),
        ("registry.lan:5000/app", ("registry.lan:5000", "app", "latest", False)),
        ("localhost/app:1", ("localhost", "app", "1", False)),
        ("sha256:" + "a" * 64, ("docker.io", "library/sha256", "a" * 64, False)),
        ("Some/Thing", None),
        ("a b", None),
        ("docker.io/../x", None),
        ("", None),
    ],
)
def test_a_name_is_taken_apart_as_engines_do(text: str, parts: tuple[str, str, str, bool] | None) -> None:
    found = image_name(text)
    if parts is None:
        assert found is None
    else:
        assert found == ImageName(registry=parts[0], repository=parts[1], tag=parts[2], is_pinned=parts[3])
