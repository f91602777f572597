# What Steward runs on a machine, the part every program has. POSIX sh: dash, bash and busybox ash alike.
#
# lib/runner.py wraps this text, one or two of the other parts and one call in braces, and sends all of it on standard
# input to `/bin/sh -s`. A shell runs a brace group only when it has read its end: a stream that was cut runs nothing.
#
# Answers are frames: `NONCE kind words`, base64 lines, `NONCE .`. What is not a frame is noise of the login.

LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/wrappers/bin:/run/current-system/sw/bin
export LC_ALL PATH
unset ENV BASH_ENV CDPATH
umask 077
set -f

# frame KIND WORDS...: begin a frame. A closed link ends this program here, and never what it started.
frame() { echo "$nonce $*" || exit 1; }

# close: end a frame.
close() { echo "$nonce ." || exit 1; }

# refuse WORDS...: say why nothing was done, and stop.
refuse() { frame failed "$*"; close; frame end; close; exit 0; }

# need PROGRAMS...: refuse when the machine lacks one.
need() {
  for tool in "$@"; do
    command -v "$tool" >/dev/null || refuse "$tool is missing"
  done
}

# nap SECONDS: wait; a sleep that knows no fractions waits a second.
nap() { sleep "$1" 2>/dev/null || sleep 1; }

# persist PATHS...: have files and folders on disk before going on.
persist() { sync "$@" 2>/dev/null || sync; }

# keep BYTES FILE: put the first bytes (a little more, in whole blocks) into a file as they come, drop the rest, and
# never stop the writer. The limit is the kernel's: `head` would hold back what it has until its buffer is full.
keep() {
  trap '' XFSZ
  if ulimit -f $(($1 / 512 + 1)); then cat >"$2"; else head -c "$1" >"$2"; fi 2>/dev/null
  exec cat >/dev/null
}
