"""What never gets into the repository: places of one machine, hosts of registries, leftovers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOSTS = ("pypi" + ".org", "python" + "hosted", "registry.npm" + "js", "deb.debian" + ".org", "proxy.golang" + ".org")
FORBIDDEN = {
    "a path of one machine": re.compile(r"/" + r"work/(main|shared|\.)|/" + r"opt/pypi"),
    "a package registry": re.compile("|".join(map(re.escape, HOSTS))),
    "how it was made": re.compile("sub" + "agent|work" + "place|co-authored" + "-by", re.IGNORECASE),
    "a merge that was not finished": re.compile(r"^(<{7}|>{7}) ", re.MULTILINE),
}
LEFTOVERS = re.compile(r"\.(bak|orig|rej|swp|tmp)$|(^|/)(todo|to-do)\.(md|txt)$|uv\.lock$", re.IGNORECASE)


@pytest.fixture(scope="module")
def committed() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_committed_file_names(committed, what):
    found = [name for name in committed if FORBIDDEN[what].search((ROOT / name).read_text("utf-8", errors="replace"))]
    assert found == []


def test_no_leftovers_are_committed(committed):
    assert [name for name in committed if LEFTOVERS.search(name)] == []


def test_requirements_are_locked_by_hash_and_name_no_index(committed):
    locked = [name for name in committed if re.fullmatch(r"requirements/[a-z]+\.txt", name)]
    assert locked
    for name in locked:
        text = (ROOT / name).read_text("utf-8")
        assert "--index" not in text, name
        packages = re.findall(r"^[a-z0-9.-]+(?:\[[a-z]+\])?==.*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
        assert packages, name
        assert [one.splitlines()[0] for one in packages if "--hash=sha256:" not in one] == [], name
