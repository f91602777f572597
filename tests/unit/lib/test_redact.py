from __future__ import annotations

import base64
import html
import json
import re
import shlex
import subprocess
import threading
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.lib.redact import Redactor
from tests.unit.lib.detect.cases import SECRETS

SECRET = "pa$$ 'w\"ö<r>d&/\\x"
MASK = "\u2039secret:db\u203a"


def redactor(**values: str) -> Redactor:
    found = Redactor()
    for name, value in values.items():
        found.add(name, value)
    return found


def bash_quoted(value: str) -> str:
    """Let a real shell quote it."""
    environment = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    argv = ["bash", "-c", 'printf %q "$1"', "x", value]
    return subprocess.run(argv, capture_output=True, text=True, check=True, env=environment).stdout


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda v: v, id="raw"),
        pytest.param(lambda v: base64.b64encode(v.encode()).decode(), id="base64"),
        pytest.param(lambda v: base64.urlsafe_b64encode(v.encode()).decode(), id="base64url"),
        pytest.param(lambda v: base64.urlsafe_b64encode(v.encode()).decode().rstrip("="), id="base64url unpadded"),
        pytest.param(lambda v: v.encode().hex(), id="hex"),
        pytest.param(lambda v: v.encode().hex().upper(), id="HEX"),
        pytest.param(quote, id="url"),
        pytest.param(lambda v: quote(v, safe=""), id="url, all"),
        pytest.param(quote_plus, id="form"),
        pytest.param(lambda v: re.sub("%[0-9A-F]{2}", lambda m: m[0].lower(), quote_plus(v)), id="form, lower case"),
        pytest.param(json.dumps, id="json"),
        pytest.param(lambda v: json.dumps(v, ensure_ascii=False), id="json unescaped"),
        pytest.param(lambda v: json.dumps(json.dumps(v)), id="json in json"),
        pytest.param(shlex.quote, id="shell"),
        pytest.param(bash_quoted, id="bash printf %q"),
        pytest.param(html.escape, id="html"),
        pytest.param(lambda v: html.escape(v, quote=False), id="html text"),
        pytest.param(repr, id="python"),
        pytest.param(lambda v: v.encode("utf-16-le").decode("latin-1"), id="utf-16 with NULs"),
        pytest.param(lambda v: v.encode("utf-16-be").decode("latin-1"), id="utf-16 big-endian"),
        pytest.param(
            lambda v: json.dumps(v.encode("utf-16-le").decode("latin-1"), ensure_ascii=False), id="utf-16 json"
        ),
        pytest.param(lambda v: v[::-1], id="reversed"),
    ],
)
@pytest.mark.parametrize("value", ["hunter22", "correct horse battery", SECRET, "it's", "aB3+/=xY"])
def test_a_secret_is_masked_in_every_form(form, value: str):
    shown = form(value)
    masked = redactor(db=value).text(f"before {shown} after")
    assert MASK in masked
    assert value not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    for is_ascii in (True, False):
        document = json.dumps({"message": f"before {shown} after"}, ensure_ascii=is_ascii)
        told = json.loads(redactor(db=value).text(document))["message"]
        assert MASK in told
        assert len(told) <= len(masked) + 8, "no tail is left but quotes and escapes"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:"])
@pytest.mark.parametrize("after", ["", "z", "zz"])
def test_a_secret_inside_a_longer_base64_text_is_masked_at_every_alignment(before: str, after: str):
    shown = base64.b64encode((before + "hunter22" + after).encode()).decode()
    masked = redactor(db="hunter22").text(shown)
    assert MASK in masked
    assert "hunter" not in "".join(chr(b) for b in base64.b64decode(masked.split(MASK)[0] + "===="))


def test_what_is_not_secret_stays_byte_for_byte():
    text = "nothing here\r\n\x00\ufeff" * 100
    assert redactor(db=SECRET).text(text) is text


def test_without_secrets_everything_passes():
    assert Redactor().text("x") == "x"
    assert Redactor().stream().feed("x\n") == "x\n"


def test_overlapping_secrets_leave_no_tail():
    masked = redactor(one="abcdef", two="cdefghij").text("-abcdefghij-")
    assert masked == "-\u2039secret:one\u203a-"


def test_the_longer_of_two_secrets_that_begin_alike_wins():
    masked = redactor(short="hunter22", long="hunter22-and-more").text("hunter22-and-more, hunter22")
    assert masked == "\u2039secret:long\u203a, \u2039secret:short\u203a"


def test_masking_twice_changes_nothing_even_when_the_value_is_part_of_the_mask():
    found = redactor(db="secret", other="\u2039sec")
    once = found.text("the secret is secret; \u2039section")
    assert found.text(once) == once


def test_a_mask_written_by_somebody_else_hides_nothing():
    assert "hunter22" not in redactor(db="hunter22").text("\u2039secret:hunter22\u203a")


def test_every_line_of_a_key_is_masked_alone():
    key = "-----BEGIN KEY-----\nb3BlbnNzaC1rZXktdjEA\nAAAAC3NzaC1lZDI1NTE5\n-----END KEY-----\n"
    masked = redactor(key=key).text("log: AAAAC3NzaC1lZDI1NTE5\n    b3BlbnNzaC1rZXktdjEA\r\n-----BEGIN KEY-----")
    assert masked.count("secret:key") == 2
    assert "-----BEGIN KEY-----" in masked


def test_json_is_masked_in_keys_values_and_numbers():
    value = {"a hunter22": ["hunter22", 12345678, 1.5, None, True], "b": {"c": 99123456780}}
    masked = redactor(db="hunter22", pin="12345678").json(value)
    assert "hunter22" not in json.dumps(masked)
    assert "12345678" not in json.dumps(masked)
    assert redactor(db="hunter22").json([1.5, None, True, 7]) == [1.5, None, True, 7]


@pytest.mark.parametrize("value", ["", "a", "abc"])
def test_a_value_too_short_to_be_masked_is_refused_without_showing_it(value: str):
    with pytest.raises(ValueError, match="shorter than 4") as caught:
        Redactor().add("pin", value)
    assert not value or f"`{value}`" not in str(caught.value)


def test_a_name_that_is_not_plain_is_refused():
    with pytest.raises(ValueError, match="name of a secret"):
        Redactor().add("a\u203a b", "hunter22")


def test_a_rotated_secret_stays_masked():
    found = redactor(db="hunter22")
    found.add("db", "hunter23")
    assert found.text("hunter22 hunter23") == f"{MASK} {MASK}"


@given(st.lists(st.text("abcde'/é\n", max_size=40)), st.lists(st.text("abcde'/é", min_size=4, max_size=9), max_size=4))
@settings(max_examples=400)
def test_a_stream_gives_what_the_whole_text_gives(chunks: list[str], values: list[str]):
    found = Redactor()
    for number, value in enumerate(values):
        found.add(f"s{number}", value)
    stream = found.stream()
    given_out = "".join([*(stream.feed(chunk) for chunk in chunks), stream.finish()])
    assert given_out == found.text("".join(chunks))


@given(st.text("ab\n", max_size=300), st.integers(1, 7))
def test_a_stream_of_nothing_but_secrets_holds_back_a_line_and_a_form(text: str, size: int):
    found = redactor(one="abab", two="babb", three="aaaa")
    stream = found.stream()
    out = ""
    longest = max(map(len, text.split("\n"))) + 1
    for at in range(0, len(text), size):
        out += stream.feed(text[at : at + size])
        assert len(stream._held) < found.longest_form() + longest + size
    assert out + stream.finish() == found.text(text)


def test_a_line_without_an_end_is_not_held_for_ever():
    stream = redactor(db="hunter22").stream()
    given_out = sum(len(stream.feed("ab cd " * 50_000)) for _ in range(8))
    assert len(stream._held) < 1_400_000
    assert given_out + len(stream._held) == 8 * 300_000


def test_a_stream_can_be_used_again_after_its_end():
    stream = redactor(db="hunter22").stream()
    assert stream.feed("x hun") + stream.finish() == "x hun"
    assert stream.feed("ter22") + stream.finish() == "ter22"


def test_many_threads_may_add_and_mask_at_once():
    found = redactor(first="hunter22")
    leaks: list[str] = []

    def work(number: int) -> None:
        for turn in range(30):
            value = f"value-{number}-{turn}"
            found.add("many", value)
            masked = found.text(f"hunter22 {value} end")
            if "hunter22" in masked or value in masked:
                leaks.append(masked)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert leaks == []


LINES = (
    "a line",
    "password=hunter2hunter2",
    "-----BEGIN RSA " + "PRIVATE KEY-----",
    "bXkgc2VjcmV0IGtleSBpcyB2ZXJ5IGxvbmc=",
    "end",
)


@given(st.lists(st.sampled_from(LINES), max_size=30), st.lists(st.integers(1, 60), min_size=1, max_size=9))
def test_a_stream_finds_what_the_whole_text_shows(lines: list[str], sizes: list[int]):
    text, stream, at, out = "\n".join(lines), Redactor().stream(), 0, ""
    for number in range(len(text)):
        size = sizes[number % len(sizes)]
        out += stream.feed(text[at : at + size])
        at += size
    whole = Redactor().text(text)  # but for the line break behind a key that goes on: it was given out already
    assert (out + stream.finish()).replace("\n", "") == whole.replace("\n", "")


@pytest.mark.parametrize("line", SECRETS)
def test_masking_twice_changes_nothing_that_detectors_find(line):
    once = redactor(db="hunter22").text(line.replace("\u00ab", "").replace("\u00bb", ""))
    assert "\u2039secret:" in once
    assert redactor(db="hunter22").text(once) == once


def test_a_known_value_keeps_its_name_where_a_detector_finds_it_too():
    assert redactor(db="hunter22").text("password=hunter22!") == f"password={MASK}"


@pytest.mark.parametrize(
    ("value", "gone"),
    [
        ({"db_password": "s3cr3tpw"}, "s3cr3tpw"),
        ({"env": [{"name": "API_TOKEN", "value": "9f3c1ab207de"}]}, "9f3c1ab207de"),
        ({"argv": ["mysql", "-u", "root", "-ps3cr3tpw", "db"]}, "s3cr3tpw"),
        ({"argv": ["x", "--password", "two words"]}, "two words"),
        ({"says": "login with password blue-river-stone-lamp"}, "blue-river"),
    ],
)
def test_secrets_in_plain_json_are_found_by_the_names_around_them(value, gone):
    masked = Redactor().json(value)
    assert gone not in json.dumps(masked)
    assert "secret:" in json.dumps(masked, ensure_ascii=False)
    assert Redactor().json(masked) == masked


def test_plain_json_without_secrets_is_left_as_it_is():
    value = {
        "name": "gitea-token",
        "key": "run-1:step",
        "token": "token",
        "host_key": "SHA256:abc",
        "argv": ["ls", "-p", "8080:80"],
    }
    assert Redactor().json(value) == value
