# The runner's part that acts: the leader, in a session of its own, starts the program once and outlives the link.

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
  [ ! -e ended ] && [ ! -e timed-out ] || exit 125
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
