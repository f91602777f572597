# The runner's part that decides: who may order, and what is known of an idempotency key.
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

state=${state:-${XDG_STATE_HOME:-$HOME/.local/state}/steward}

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
  #@connected
  mkdir -p "$state/fence" || refuse "the folder $state cannot be written"
  if [ ! -e "$state/fence/owner" ]; then
    echo "$1" >"$state/fence/owner.$$" && persist "$state/fence/owner.$$"
    ln "$state/fence/owner.$$" "$state/fence/owner" 2>/dev/null
    rm -f "$state/fence/owner.$$"
  fi
  #@owned
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
  case $verdict in
    void)
      fence "$4" "$5"
      nothing "$number"
      ;;
    claimed)
      # Neither started nor made void: only when the leader is dead is it certain that nothing begins.
      birth "$launched" || refuse "the marker in $state cannot be written"
      exit 1
      ;;
    *) follow 0 ;;
  esac
}

# await [PID]: wait for the decision on $attempt; false after 10 seconds, or when the process that would decide died.
await() {
  naps=0
  while [ ! -e "$attempt/started" ]; do
    [ "$naps" -lt 200 ] || return 1
    [ -z "$1" ] || birth "$1" || { [ -e "$attempt/started" ]; return; }
    pause=0.05
    [ "$naps" -ge 10 ] || pause=0.01
    nap "$pause"
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
    [ "$naps" -ge 10 ] || pause=0.01
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

# ask KEY: say what is known. Before `absent` is said, one attempt is made void by this very program: a claim that never
# started, or the next place. So no order starts that was sent by somebody who asked earlier, or not at all.
ask() {
  key=$1
  need base64 head wc ln sync
  mkdir -p "$state/steps/$key" || refuse "the folder $state cannot be written"
  while :; do
    latest
    verdict=void
    [ "$number" = 0 ] || judge
    if [ "$verdict" = void ]; then
      number=$((number + 1)) attempt=$state/steps/$key/$number verdict=claimed
      mkdir "$attempt" 2>/dev/null || [ -d "$attempt" ] || refuse "the folder $state cannot be written"
    fi
    [ "$verdict" = claimed ] || { report 1; return; }
    if void; then nothing "$number"; return; fi
    judge
    [ "$verdict" != claimed ] || refuse "the marker in $state cannot be written"
  done
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

# signal NAME GROUP: signal a process group; what runs as root through sudo needs the right to be signaled through sudo.
signal() {
  { kill "-$1" "-$2" || kill "-$1" "$2"; } 2>/dev/null
  nap 0.1
  ! alive "$attempt/program" || sudo -n /usr/bin/kill "-$1" -- "-$2" >/dev/null 2>&1
}

# end_group: ask the program's process group to end, and kill what is left of it after 5 seconds.
end_group() {
  read -r group rest <"$attempt/program" || return 0
  signal TERM "$group"
  naps=0
  while [ "$naps" -lt 25 ] && living "$group"; do
    nap 0.2
    naps=$((naps + 1))
  done
  living "$group" || return 0
  signal KILL "$group"
  nap 0.2
  ! alive "$attempt/program" || : >"$attempt/unkillable"
}

# living GROUP: whether anything of a process group, or the program itself, still lives.
living() { kill -0 "-$1" 2>/dev/null || alive "$attempt/program"; }
