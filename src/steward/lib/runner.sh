# What Steward runs on a machine: POSIX sh, under dash, bash and busybox ash alike.
#
# lib/runner.py wraps this text and one call in braces and sends all of it on standard input to `/bin/sh -s`.
# A shell runs a brace group only when it has read its end, so a stream that was cut runs nothing.
#
# Answers are frames: `NONCE kind words`, base64 lines, `NONCE .`. What is not a frame is noise of the login.
#
# Folders, all of the connecting user, mode 0700:
#   steps/KEY/1, 2, ...     attempts of an idempotency key; the next one exists only when the one before is void
#     leader, program       process id, start time and boot id of the one who watches and of what it started
#     started               the decision, made once by link(2): a copy of `leader`, or the word `void`
#     first, last           what was printed: its first bytes, and its last bytes
#     timed-out, ended, unkillable   the deadline passed, somebody ended it, it could not be ended
#     result                exit status, the two flags, SHA-256 of everything printed
#   fence/owner             the control plane this machine obeys
#   fence/epoch.ID.EPOCH    the newest start of that control plane seen
#
# A line `#@name` is a numbered crash point: tests put a `kill -9` there.

LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/wrappers/bin:/run/current-system/sw/bin
export LC_ALL PATH
unset ENV BASH_ENV CDPATH
umask 077
set -f
state=${state:-${XDG_STATE_HOME:-$HOME/.local/state}/steward}

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

# ---- reading ----------------------------------------------------------------------------------------------------

# keep BYTES FILE: put the first bytes (a little more, in whole blocks) into a file as they come, drop the rest, and
# never stop the writer. The limit is the kernel's: `head` would hold back what it has until its buffer is full.
keep() {
  trap '' XFSZ
  if ulimit -f $(($1 / 512 + 1)); then cat >"$2"; else head -c "$1" >"$2"; fi 2>/dev/null
  exec cat >/dev/null
}

# look LIMIT ROOT WORDS...: run one reading; its output, errors and exit status become files.
look() {
  limit=$1 root=$2
  shift 2
  [ "$root" = 0 ] || [ "$user_id" = 0 ] || set -- sudo -n -- "$@"
  {
    {
      setsid "$@" 2>&1 >&3 3>&- 5>&- </dev/null &
      echo $! >"$place/$index.pid"
      wait $!
      echo $? >"$place/$index.exit"
    } | keep "$limit" "$place/$index.err" 3>&-
  } 3>&1 | keep "$limit" "$place/$index.out"
}

# signal NAME INDEX: signal the process group of a reading.
signal() {
  read -r group <"$place/$2.pid" && kill "-$1" "-$group"
} 2>/dev/null

# overdue INDEX: end a reading that met its deadline, first kindly; give it up when nothing helps.
overdue() {
  eval "late=\$((clock - begun_$1 - seconds_$1))"
  [ "$late" -gt 0 ] || return 0
  eval "late_$1=1"
  if [ "$late" -gt 3 ]; then
    over="$over$1 " active=$((active - 1)) finished=$((finished + 1))
  elif [ "$late" -gt 2 ]; then
    signal KILL "$1"
  elif [ "$late" -eq 1 ]; then
    signal TERM "$1"
  fi
}

# event KIND INDEX: note that a reading ended, or that a second passed.
event() {
  if [ "$1" = tick ]; then
    clock=$((clock + 1)) each=1
    while [ "$each" -lt "$next" ]; do
      case $over in *" $each "*) ;; *) overdue "$each" ;; esac
      each=$((each + 1))
    done
    return
  fi
  case $over in *" $2 "*) return ;; esac
  over="$over$2 " active=$((active - 1)) finished=$((finished + 1))
}

# answer INDEX: send what one reading gave.
answer() {
  status=-
  eval "late=\${late_$1:-0}"
  [ "$late" = 1 ] || [ ! -s "$place/$1.exit" ] || read -r status <"$place/$1.exit"
  frame out "$1" "$status" "$late"
  [ ! -s "$place/$1.out" ] || base64 <"$place/$1.out"
  close
  [ ! -s "$place/$1.err" ] || { frame err "$1"; base64 <"$place/$1.err"; close; }
}

# readings COUNT AT_ONCE: run `reading 1`, `reading 2`, ..., a few at once, and answer in order.
readings() {
  need setsid head base64 mkfifo mktemp
  user_id=$(id -u)
  for place in /dev/shm "/run/user/$user_id" /tmp /var/tmp "$HOME"; do
    place=$(mktemp -d "$place/steward-read.XXXXXX" 2>/dev/null) && break
  done
  [ -d "$place" ] || refuse "no folder for temporary files can be written"
  trap 'rm -rf "$place"' EXIT
  trap 'exit 1' HUP INT PIPE TERM
  mkfifo "$place/events"
  exec 5<>"$place/events"
  while sleep 1 && kill -0 $$; do echo tick; done >&5 2>/dev/null </dev/null &
  ticker=$!
  count=$1 next=1 active=0 finished=0 clock=0 over=' '
  while [ "$finished" -lt "$count" ]; do
    while [ "$next" -le "$count" ] && [ "$active" -lt "$2" ]; do
      index=$next
      eval "begun_$index=$clock"
      { reading "$index"; echo "done $index" >&5; } >/dev/null 2>&1 </dev/null &
      next=$((next + 1)) active=$((active + 1))
    done
    read -r kind which <&5 && event "$kind" "$which"
  done
  kill "$ticker" 2>/dev/null
  index=1
  while [ "$index" -le "$count" ]; do
    answer "$index"
    index=$((index + 1))
  done
  frame end
  close
}

# ---- who lives --------------------------------------------------------------------------------------------------

# birth PID: set `born` to the start time of a process; false when it is gone or only waits to be buried.
birth() {
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  set -- ${line##*) }
  born=${20}
  [ "$1" != Z ] && [ "$1" != X ]
}

# identify FILE: write down who runs this very function: process id, start time, boot.
identify() {
  { read -r line </proc/self/stat && read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || return 1
  self=${line%% *}
  birth "$self"
  echo "$self $born $boot" >"$1.new" && mv -f "$1.new" "$1"
}

# alive FILE: whether the process written down there still lives: same start time, same boot.
alive() {
  { read -r process start booted <"$1" && read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || return 1
  [ "$booted" = "$boot" ] && birth "$process" && [ "$born" = "$start" ]
}

# ---- who may order ----------------------------------------------------------------------------------------------

# newest CONTROL_PLANE: set `owner`, and `highest` to the newest epoch of the control plane seen here.
newest() {
  owner= highest=-1
  { read -r owner <"$state/fence/owner"; } 2>/dev/null
  set +f
  for mark in "$state/fence/epoch.$1".*; do
    mark=${mark##*.}
    case $mark in *[!0-9]*) continue ;; esac
    [ "$mark" -le "$highest" ] || highest=$mark
  done
  set -f
}

# obeys CONTROL_PLANE EPOCH: whether this machine takes orders from this start of this control plane.
obeys() {
  newest "$1"
  [ "$owner" = "$1" ] && [ "$highest" -le "$2" ]
}

# advance CONTROL_PLANE EPOCH: note the newest epoch, forget older ones.
advance() {
  [ "$highest" -lt "$2" ] || return 0
  : >"$state/fence/epoch.$1.$2" || return 1
  persist "$state/fence/epoch.$1.$2" "$state/fence"
  set +f
  for mark in "$state/fence/epoch.$1".*; do
    [ "${mark##*.}" -ge "$2" ] 2>/dev/null || rm -f "$mark"
  done
  set -f
}

# fence CONTROL_PLANE EPOCH: refuse a foreign control plane and an older start of this one.
fence() {
  mkdir -p "$state/fence" || refuse "the folder $state cannot be written"
  if [ ! -e "$state/fence/owner" ]; then
    echo "$1" >"$state/fence/owner.$$" && persist "$state/fence/owner.$$"
    ln "$state/fence/owner.$$" "$state/fence/owner" 2>/dev/null
    rm -f "$state/fence/owner.$$"
  fi
  newest "$1"
  [ -n "$owner" ] || refuse "the fence in $state cannot be written"
  if [ "$owner" = "$1" ] && [ "$highest" -le "$2" ]; then
    advance "$1" "$2" || refuse "the fence in $state cannot be written"
    return
  fi
  frame fenced "$owner" "$highest"
  close
  frame end
  close
  exit 0
}

# take_over CONTROL_PLANE EPOCH: obey this control plane from now on, whoever was obeyed before.
take_over() {
  need sync
  mkdir -p "$state/fence" || refuse "the folder $state cannot be written"
  echo "$1" >"$state/fence/owner.$$" && persist "$state/fence/owner.$$" &&
    mv -f "$state/fence/owner.$$" "$state/fence/owner" || refuse "the fence in $state cannot be written"
  newest "$1"
  advance "$1" "$2" || refuse "the fence in $state cannot be written"
  persist "$state/fence"
  frame taken
  close
  frame end
  close
}

# ---- attempts ---------------------------------------------------------------------------------------------------

# latest: set `attempt` to the folder of the newest attempt of $key and `number` to its number (0: none).
latest() {
  number=0
  while [ -d "$state/steps/$key/$((number + 1))" ]; do number=$((number + 1)); done
  attempt=$state/steps/$key/$number
}

# judge: set `verdict` to what is known of $attempt: claimed, void, running, done or gone.
judge() {
  verdict=claimed word=
  { read -r word rest <"$attempt/started"; } 2>/dev/null || { [ ! -e "$attempt/started" ] && return; }
  if [ "$word" = void ]; then
    verdict=void
  elif [ -e "$attempt/result" ]; then
    verdict=done
  elif alive "$attempt/leader" || alive "$attempt/program"; then
    verdict=running
  elif [ -e "$attempt/result" ]; then
    verdict=done
  else
    verdict=gone
  fi
}

# void: decide that what claimed $attempt never starts; false when it has started.
void() {
  echo void >"$attempt/void.$$" && persist "$attempt/void.$$" || return 1
  ln "$attempt/void.$$" "$attempt/started" 2>/dev/null
  outcome=$?
  rm -f "$attempt/void.$$"
  [ "$outcome" = 0 ] && persist "$attempt" "$state/steps/$key" "$state/steps"
}

# report ATTACHED: say what is known of $attempt, with what it printed.
report() {
  limit=0 status=- late=0 ended=0 hash=- cut=0
  { read -r limit <"$attempt/limit"; } 2>/dev/null
  [ "$verdict" != done ] || read -r status late ended hash <"$attempt/result"
  [ "$verdict" != running ] || [ ! -e "$attempt/unkillable" ] || late=1
  file=$attempt/first
  if [ -e "$file" ] && [ "$(wc -c <"$file")" -gt "$limit" ]; then
    cut=1
    [ ! -s "$attempt/last" ] || file=$attempt/last
  fi
  frame state "$verdict" "$status" "$late" "$ended" "$cut" "$1" "$hash"
  [ ! -s "$file" ] || head -c "$limit" "$file" | base64
  close
  frame end
  close
}

# nothing NUMBER: say that the key is absent, and how many attempts are void.
nothing() {
  frame absent "$1"
  close
  frame end
  close
}

# ---- carrying out -----------------------------------------------------------------------------------------------

# order KEY AFTER STREAM CONTROL_PLANE EPOCH SECONDS: claim the key and start the leader, or attach; wait for the end.
# AFTER is how many void attempts the sender knew of: an order that was overtaken by `ask` starts nothing. Every way to the leader goes through `mkdir` of one attempt and `ln` of its `started`.
order() {
  key=$1 after=$2 stream=$3
  need setsid env head tail tee wc sha256sum base64 mkfifo mktemp ln sync sleep
  [ -r /proc/sys/kernel/random/boot_id ] || refuse "this is not Linux with /proc"
  fence "$4" "$5"
  mkdir -p "$state/steps/$key" || refuse "the folder $state cannot be written"
  #@fenced
  while :; do
    latest
    if [ "$number" -gt 0 ]; then
      judge
      if [ "$verdict" = claimed ]; then await || discard; continue; fi
      if [ "$verdict" != void ]; then follow 1; return; fi
      [ "$number" -le "$after" ] || { nothing "$number"; return; }
    fi
    attempt=$state/steps/$key/$((number + 1))
    mkdir "$attempt" 2>/dev/null && { number=$((number + 1)); break; }
    [ -d "$attempt" ] || refuse "the folder $state cannot be written"
  done
  #@claimed
  launch
  #@launched
  await "$launched" || { void && refuse "the program could not be started"; }
  judge
  if [ "$verdict" = void ]; then
    fence "$4" "$5"
    nothing "$number"
  else
    follow 0
  fi
}

# await [PID]: wait for the decision on $attempt; false after 10 seconds, or when the process that would decide died.
await() {
  naps=0
  while [ ! -e "$attempt/started" ]; do
    [ "$naps" -lt 200 ] || return 1
    [ -z "$1" ] || birth "$1" || { [ -e "$attempt/started" ]; return; }
    nap 0.05
    naps=$((naps + 1))
  done
}

# discard: make the claim of somebody who never started void, so that this order may claim the next attempt.
discard() {
  if void; then after=$number; return; fi
  judge
  [ "$verdict" != claimed ] || refuse "the marker in $state cannot be written"
}

# launch: start the leader in a session of its own; its text comes on a pipe, so that no word of it is in an argument.
launch() {
  echo "$leader" | base64 -d | setsid env -i HOME="$HOME" USER="${USER:-$(id -un)}" LOGNAME="${LOGNAME:-$(id -un)}" \
    SHELL=/bin/sh PATH="$PATH" LC_ALL=C attempt="$attempt" state="$state" /bin/sh -s >/dev/null 2>&1 &
  launched=$!
}

# follow ATTACHED: pass on what $attempt prints until it ends, then report.
follow() {
  sent=0 naps=0
  while :; do
    judge
    [ "$stream" = 0 ] || pass_on
    [ "$verdict" = running ] && [ ! -e "$attempt/unkillable" ] || break
    pause=0.5
    [ "$naps" -ge 70 ] || pause=0.2
    [ "$naps" -ge 20 ] || pause=0.05
    nap "$pause"
    naps=$((naps + 1))
    [ $((naps % 20)) -ne 0 ] || { frame tick; close; }
  done
  report "$1"
}

# pass_on: send what was printed since the last time.
pass_on() {
  [ -e "$attempt/first" ] || return 0
  size=$(wc -c <"$attempt/first")
  [ "$size" -gt "$sent" ] || return 0
  frame data
  tail -c "+$((sent + 1))" "$attempt/first" | head -c $((size - sent)) | base64
  close
  sent=$((size))
}

# ask KEY: say what is known; a claim that never started is made void, and so is the place of one still on its way.
ask() {
  key=$1
  need base64 head wc ln sync
  mkdir -p "$state/steps/$key" || refuse "the folder $state cannot be written"
  latest
  if [ "$number" = 0 ]; then
    attempt=$state/steps/$key/1 number=1
    mkdir "$attempt" 2>/dev/null || [ -d "$attempt" ] || refuse "the folder $state cannot be written"
  fi
  judge
  if [ "$verdict" = claimed ]; then
    void
    judge
  fi
  case $verdict in
    claimed) refuse "the marker in $state cannot be written" ;;
    void) nothing "$number" ;;
    *) report 1 ;;
  esac
}

# finish KEY: end the process group of what runs under this key.
finish() {
  key=$1
  latest
  if [ "$number" != 0 ]; then
    judge
    [ "$verdict" != claimed ] || void
    judge
    if [ "$verdict" = running ]; then
      : >"$attempt/ended"
      end_group
      judge
    fi
  fi
  if [ "$number" != 0 ] && [ -e "$attempt/unkillable" ] && alive "$attempt/program"; then
    frame unkillable
  else
    frame ended
  fi
  close
  frame end
  close
}

# end_group: ask the program's process group to end, and kill what is left of it after 5 seconds.
end_group() {
  read -r group rest <"$attempt/program" || return 0
  { kill -TERM "-$group" || kill -TERM "$group"; } 2>/dev/null
  naps=0
  while [ "$naps" -lt 25 ] && living "$group"; do
    nap 0.2
    naps=$((naps + 1))
  done
  living "$group" || return 0
  { kill -KILL "-$group" || kill -KILL "$group"; } 2>/dev/null
  nap 0.2
  ! alive "$attempt/program" || : >"$attempt/unkillable"
}

# living GROUP: whether anything of a process group, or the program itself, still lives.
living() { kill -0 "-$1" 2>/dev/null || alive "$attempt/program"; }

# ---- the leader -------------------------------------------------------------------------------------------------

# put_file DESTINATION MODE OWNER BASE64: write a file whole or not at all.
put_file() {
  [ ! -d "$1" ] && part=$(mktemp "${1%/*}/.steward.XXXXXX") || { printf '%s\n' "cannot write $1"; return 1; }
  if echo "$4" | base64 -d >"$part" && { [ -z "$3" ] || chown "$3" "$part"; } && chmod "$2" "$part" &&
    persist "$part" && mv -f "$part" "$1"; then
    persist "${1%/*}/"
  else
    rm -f "$part"
    printf '%s\n' "cannot write $1"
    return 1
  fi
}

# become WORDS...: write the files, then turn into the program, in a session of its own.
become() {
  identify program || { echo "cannot write the marker"; exit 125; }
  umask 022
  files || exit 125
  #@files
  [ ! -e ended ] || exit 125
  unset state
  where=$directory
  unset attempt directory
  cd "$where" || exit 126
  unset OLDPWD
  variables
  exec setsid "$@"
}

# watch SECONDS: end the program when its deadline passes.
watch() {
  trap 'kill "$alarm" 2>/dev/null; exit 0' TERM
  sleep "$1" &
  alarm=$!
  wait "$alarm"
  trap '' TERM
  : >timed-out
  end_group
}

# collect LIMIT: hash everything the program prints, keep its first and its last bytes, and never stop it.
collect() {
  trap '' PIPE
  keep $(($1 + 1)) first <head.pipe &
  { tail -c "$1" >last; exec cat >/dev/null; } <tail.pipe &
  {
    tee head.pipe tail.pipe <&6 &
    echo $! >tee.pid
    wait $!
  } | sha256sum >hash
  wait
}

# lead CONTROL_PLANE EPOCH SECONDS LIMIT DIRECTORY HAS_INPUT WORDS...: start the program once and write its result.
# `started` and all folders above it are on disk before anything of the effect happens.
lead() {
  cd "$attempt" || exit 1
  key=${attempt%/*} key=${key##*/}
  identify leader && echo "$4" >limit && mkfifo out.pipe head.pipe tail.pipe || exit 1
  obeys "$1" "$2" || { void; exit 1; }
  persist leader limit || exit 1
  #@ready
  ln leader started 2>/dev/null || exit 0
  persist "$attempt" .. ../.. ../../.. || exit 1
  #@started
  seconds=$3 limit=$4 directory=$5 has_input=$6
  shift 6
  if [ "$has_input" = 1 ]; then
    input | become "$@" >out.pipe 2>&1 &
  else
    become "$@" </dev/null >out.pipe 2>&1 &
  fi
  program=$!
  exec 6<out.pipe
  collect "$limit" </dev/null >/dev/null 2>&1 &
  collector=$!
  watch "$seconds" </dev/null >/dev/null 2>&1 6<&- &
  watcher=$!
  wait "$program"
  status=$?
  #@effect-done
  if [ ! -e timed-out ]; then kill "$watcher" 2>/dev/null; fi
  wait "$watcher"
  settle
  conclude
  prune
}

# settle: wait for the collector; when something the program left behind still holds its output, go on after 2 seconds
# and leave a reader there, so that it is not broken by a closed pipe.
settle() {
  { sleep 2; : >left; read -r tee <tee.pid && kill "$tee"; exec cat; } <&6 >/dev/null 2>&1 &
  patience=$!
  wait "$collector"
  [ -e left ] || kill "$patience" 2>/dev/null
}

# conclude: write the result whole, and have it on disk before anybody may read it. A full disk is waited for.
conclude() {
  late=0 ended=0 hash= tries=0
  [ ! -e timed-out ] || late=1
  [ ! -e ended ] || ended=1
  { read -r hash rest <hash; } 2>/dev/null
  until echo "$status $late $ended ${hash:--}" >result.new && persist first last result.new; do
    [ "$tries" -lt 60 ] || exit 1
    nap 5
    tries=$((tries + 1))
  done
  #@before-result
  mv -f result.new result
  persist "$attempt"
  #@result
  rm -f out.pipe head.pipe tail.pipe tee.pid hash left
}

# prune: once a day forget keys of more than 90 days, and what reads that were killed left behind.
prune() {
  cd "$state" || return
  [ -z "$(find pruned -mtime -1 2>/dev/null)" ] || return
  : >pruned
  find steps -mindepth 1 -maxdepth 1 -type d -mtime +90 -exec rm -rf {} +
  find /dev/shm -maxdepth 1 -name 'steward-read.*' -user "$(id -u)" -mmin +60 -exec rm -rf {} +
}
