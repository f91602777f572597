"""What is asked of container engines: nothing secret, in words that every shell and sudo understand."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from steward.knowhow.container_engines import answers
from steward.model.fact import CommandOutput, FactUnavailable
from tests.unit.knowhow.plugins import FACTS

NAMES = [name for name in FACTS if name.startswith("container_") or name in {"images", "quadlets"}]
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
LONGEST_REGEX = 1024
"""Longer ones sudo refuses."""


def said(text: str) -> CommandOutput:
    return CommandOutput(exit_code=0, stdout=text)


@pytest.mark.parametrize("name", NAMES)
def test_sudo_can_read_every_line(name: str) -> None:
    for line in FACTS[name].sudoers:
        program, _, arguments = line.partition(" ")
        assert program.startswith("/usr/bin/")
        if arguments.startswith("^"):
            assert len(arguments) <= LONGEST_REGEX
            assert re.compile(arguments)
        else:
            assert not set(",:\\") & set(arguments)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_that_may_hold_a_password(name: str) -> None:
    for reading in FACTS[name].readings:
        words = " ".join(reading.argv)
        for secret in (
            ".Config.Env",
            ".Config.Cmd",
            ".Args",
            ".Entrypoint",
            "json .Labels}",
            "json .Config}",
            ".Options}}",
        ):
            assert secret not in words, secret
        assert "{{json .}}" not in words


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_can_read_the_words(name: str, shell: str, tmp_path: Path) -> None:
    for reading in (each for each in FACTS[name].readings if each.argv[0] == "sh"):
        script = tmp_path / f"{reading.name}.sh"
        script.write_text(reading.argv[2], encoding="utf-8")
        words = [shell, *(["sh"] if shell == "busybox" else []), "-n", str(script)]
        checked = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_the_question_is_the_one_that_sudo_lets_through() -> None:
    for name in ("container_settings", "images", "container_volumes", "container_networks"):
        fact = FACTS[name]
        for reading in fact.readings:
            script = reading.argv[2]
            template = re.search(r"^format='(.*)'$", script, re.MULTILINE)
            asking = re.search(r'answer=\$\(\$run (.*?) "\$format"', script)
            assert template is not None
            assert asking is not None
            given = f"{asking[1]} {template[1]} 0a"
            lines = [line.partition(" ")[2] for line in fact.sudoers if f"/{reading.name} ^" in line]
            assert any(re.fullmatch(line, given) for line in lines)
            assert not any(re.fullmatch(line, f"{asking[1]} {{{{json .Config.Env}}}} 0a") for line in lines)


def test_one_engine_that_refuses_does_not_hide_the_other() -> None:
    outputs = {"docker": said("refused steward /usr/bin/docker\n"), "podman": said("engine sudo /usr/bin/podman\nx\n")}
    found, unread = answers(outputs)
    assert [(one.engine, one.needs_root, one.lines) for one in found] == [("podman", True, ("x", ""))]
    assert "steward may not ask it" in unread
    with pytest.raises(FactUnavailable, match="does not answer"):
        answers({"docker": said("refused root /usr/bin/docker\n"), "podman": said("none\n")})
