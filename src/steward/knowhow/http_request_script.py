"""The one shell script that sends a request with curl, and the rules for the words it is given.

A secret comes in the environment and reaches curl through a pipe: no list of processes shows it. No setting of the
machine's user is read, no proxy is used, nothing is followed, and no more than a megabyte is taken in.
"""

from __future__ import annotations

_LINES = (
    'no() { printf "%s\\n" "$2" >&2; exit "$1"; }',
    'quoted() { printf "%s" "$1" | sed "s/[\\\\\\\\\\"]/\\\\\\\\&/g"; }',
    "command -v curl >/dev/null || no 127 'curl is not installed'",
    "method=$1 url=$2 status=$3 resolve=$4 body=$5; shift 5",
    "exec 3<&0",
    "ulimit -f 2048",
    "umask 077; got=$(mktemp) || no 1 'there is no room for the answer'",
    "trap 'rm -f \"$got\"' EXIT",
    "config() {",
    '[ "$method" = HEAD ] && echo head || printf "request = \\"%s\\"\\n" "$method"',
    '[ -z "$resolve" ] || printf "resolve = \\"%s\\"\\n" "$resolve"',
    '[ "$body" = no ] || echo "data-binary = \\"@/dev/fd/3\\""',
    "while [ $# -gt 1 ]; do",
    'secret=; [ -z "$2" ] || secret=$STEWARD_HEADER',
    'printf "header = \\"%s%s\\"\\n" "$(quoted "$1")" "$(quoted "$secret")"; shift 2',
    "done; }",
    'case "${STEWARD_HEADER:-}" in *"',
    "\"*) no 1 'the secret has more than one line' ;; esac",
    'told=$(config "$@" | curl -q --config - --silent --show-error --globoff --proto "=http,https" --noproxy "*"'
    " --max-redirs 0 --connect-timeout 10 --max-time 45 --max-filesize 1000000"
    ' --output "$got" --write-out "%{http_code}" --url "$url")',
    "ended=$?",
    '[ "$ended" = 0 ] || no "$ended" "curl ended with $ended; if the request was sent, its effect is not known"',
    'head -c 60000 "$got"',
    'case $status:$told in 0:2??) ;; "$told:$told") ;; *) no 22 "HTTP $told is not what was expected" ;; esac',
)
SCRIPT = "\n".join(_LINES)
"""Called with METHOD URL STATUS RESOLVE BODY and two words for each header: its text, and the variable of a secret that
goes behind it, or an empty one. STATUS 0 takes any success; BODY is `yes` when standard input is sent."""
VARIABLE = "STEWARD_HEADER"
"""The variable that holds the secret."""


def argv(method: str, url: str, status: int, resolve: str, *words: str) -> tuple[str, ...]:
    """Return the exact words; `words` are whether there is a body, then two for each header."""
    return ("/bin/sh", "-c", SCRIPT, "steward", method, url, str(status), resolve, *words)
