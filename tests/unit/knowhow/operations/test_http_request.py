"""Requests: where they may go, what is refused, and the script that sends them, against a server of this test."""

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from steward.knowhow import http_request_script as script
from steward.knowhow.http_targets import HttpTarget, target_of
from steward.model.errors import InvalidInput
from steward.model.risk import Risk
from steward.model.wanted import Wanted
from tests.unit.knowhow.snapshots import snapshot
from tests.unit.knowhow.test_plugins import blueprint
from tests.unit.knowhow.uses_workflows import TARGETS

SEEN = replace(snapshot(), wanted=Wanted(http_targets=TARGETS))
URL = "http://nas:8080/x"


@pytest.mark.parametrize(
    ("url", "resolve"),
    [
        ("http://nas/x", "nas:80:10.0.0.9"),
        ("https://NAS:8443/", "nas:8443:10.0.0.9"),
        ("http://10.0.0.9:8080/", ""),
        ("https://api.example.net:8443/a?b=c", ""),
    ],
)
def test_a_machine_is_reached_at_its_address_whatever_a_name_server_says(url: str, resolve: str) -> None:
    target = target_of(url, TARGETS)
    assert isinstance(target, HttpTarget)
    assert target.resolve == resolve


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.net/",
        "http://evil.example.net/",
        "http://nas@evil.example.net/",
        "http://evil.example.net#nas",
        "http://user:word@nas/",
        "http://127.0.0.1:8080/",
        "http://169.254.169.254/latest",
        "http://0x0a000009/",
        "http://[::1]/",
        "ftp://nas/",
        "file:///etc/passwd",
        "http://nas:99999/",
        "http://nas/{a,b}",
        "http://nas/ x",
        'http://nas/"x',
        "http://nas\\@evil.example.net/",
        "http://nas/\nx",
    ],
)
def test_a_request_goes_nowhere_else(url: str) -> None:
    with pytest.raises(InvalidInput):
        blueprint("http.request", {"method": "GET", "url": url}, SEEN)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_cannot_be_taken_back_is_destructive(method: str) -> None:
    made = blueprint("http.request", {"method": method, "url": URL}, SEEN)
    assert made.risk is Risk.DESTRUCTIVE
    assert not made.undo.is_possible


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_only_asks_leaves_nothing_to_put_back(method: str) -> None:
    made = blueprint("http.request", {"method": method, "url": URL}, SEEN)
    assert made.risk is Risk.REVERSIBLE
    assert made.undo.is_possible


@pytest.mark.parametrize(
    "given",
    [
        {"method": "GET", "body": "x"},
        {"method": "POST", "body": "\0"},
        {"method": "POST", "body": "x" * 20_000},
        {"method": "GET", "status": 42},
        {"method": "GET", "headers": "Host: other"},
        {"method": "GET", "headers": "no header"},
        {"method": "GET", "headers": "A: secret://one\nB: secret://two"},
        {"method": "GET", "headers": "A: secret://one behind"},
        {"method": "GET", "headers": "\n".join(f"A{number}: b" for number in range(21))},
    ],
)
def test_a_request_that_is_not_what_it_seems_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        blueprint("http.request", {"url": URL, **given}, SEEN)


def test_a_secret_stands_in_the_environment_by_its_name_only() -> None:
    given = {"method": "GET", "url": URL, "headers": "Accept: a/b\nAuthorization: Bearer secret://scan-token"}
    action = blueprint("http.request", given, SEEN).action
    assert [(one.name, one.secret and one.secret.name) for one in action.environment] == [
        (script.VARIABLE, "scan-token")
    ]
    assert action.argv[-4:] == ("Accept: a/b", "", "Authorization: Bearer ", script.VARIABLE)


class Answers(BaseHTTPRequestHandler):
    """Tells back what it was sent."""

    def _tell(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            return
        if self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(64):
                    self.wfile.write(b"x" * 65_536)
            except OSError:
                return
            return
        told = f"{self.command} {self.path} {self.headers.get('X-Key', '')}|{body}"
        self.send_response(201 if self.path == "/made" else 200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(told.encode())

    do_GET = do_POST = do_HEAD = do_DELETE = _tell  # noqa: N815 - names of the standard library

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    listening = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield f"{listening.server_port}"
    listening.shutdown()
    listening.server_close()
    thread.join()


def sent(*words: object, stdin: str = "", secret: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "http_proxy": "http://127.0.0.1:9",
        **({script.VARIABLE: secret} if secret else {}),
    }
    method, path, status, resolve, *rest = words
    argv = script.argv(str(method), str(path), int(str(status)), str(resolve), *(str(word) for word in rest))
    return subprocess.run(argv, env=environment, input=stdin, capture_output=True, text=True, timeout=30, check=False)


def test_an_answer_is_printed_and_a_name_leads_where_the_plan_says(server: str) -> None:
    done = sent("GET", f"http://nas:{server}/x", 0, f"nas:{server}:127.0.0.1", "no")
    assert (done.returncode, done.stdout, done.stderr) == (0, "GET /x |", "")


def test_a_body_and_a_secret_with_quotes_arrive_as_they_are(server: str) -> None:
    url, body, secret = f"http://127.0.0.1:{server}/x", 'a "b" \\ $c\nd', 'p"w\\d $x'
    done = sent("POST", url, 200, "", "yes", "X-Key: key ", script.VARIABLE, stdin=body, secret=secret)
    assert (done.returncode, done.stdout) == (0, f"POST /x key {secret}|{body}")


def test_a_secret_of_two_lines_is_not_sent(server: str) -> None:
    done = sent("GET", f"http://127.0.0.1:{server}/x", 0, "", "no", "X-Key: ", script.VARIABLE, secret="a\nb: c")
    assert done.returncode == 1
    assert "more than one line" in done.stderr


@pytest.mark.parametrize(
    ("path", "status", "code"), [("/made", 201, 0), ("/made", 200, 22), ("/away", 0, 22), ("/away", 302, 0)]
)
def test_the_status_decides_and_nothing_is_followed(server: str, path: str, status: int, code: int) -> None:
    done = sent("GET", f"http://127.0.0.1:{server}{path}", status, "", "no")
    assert done.returncode == code
    assert "elsewhere" not in done.stdout


def test_a_head_request_has_an_end(server: str) -> None:
    assert sent("HEAD", f"http://127.0.0.1:{server}/x", 200, "", "no").returncode == 0


def test_an_answer_without_end_is_cut(server: str) -> None:
    done = sent("GET", f"http://127.0.0.1:{server}/endless", 0, "", "no")
    assert done.returncode != 0
    assert len(done.stdout) <= 60_000


def test_nobody_there_is_a_failure_that_says_what_is_not_known() -> None:
    done = sent("POST", "http://127.0.0.1:9/", 0, "", "no")
    assert done.returncode == 7
    assert "not known" in done.stderr
