# The runner's part that looks: readings side by side, each with a deadline and a limit kept on the machine.
# Their outputs wait in a folder in memory, so that a machine whose disk is full can still be looked at.

# look LIMIT ROOT WORDS...: run one reading; its output, errors and exit status become files. The kernel keeps the limit
# where it can: what is over it cannot be written, and nothing stands between the program and its file.
look() {
  limit=$1 root=$2
  shift 2
  [ "$root" = 0 ] || [ "$user_id" = 0 ] || set -- sudo -n -- "$@"
  trap '' XFSZ
  if ulimit -f $((limit / 512 + 1)); then
    setsid "$@" >"$place/$index.out" 2>"$place/$index.err" 5>&- </dev/null &
    ended
  else
    piped "$@"
  fi
}

# piped WORDS...: the same for a shell that knows no limit on files.
piped() {
  {
    {
      setsid "$@" 2>&1 >&3 3>&- 5>&- </dev/null &
      ended
    } | keep "$limit" "$place/$index.err" 3>&-
  } 3>&1 | keep "$limit" "$place/$index.out"
}

# ended: note whom to signal, wait, and note how it ended.
ended() {
  echo $! >"$place/$index.pid"
  wait $!
  echo $? >"$place/$index.exit"
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

# readings COUNT AT_ONCE: run `reading 1`, `reading 2`, ..., a few at once, and answer in order. Where the first process
# buries nobody, as in most containers ($buries_nobody), nothing may outlive this program: it ends a second later.
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
  while sleep 1 && kill -0 $$ && [ -d "$place" ]; do echo tick; done >&5 2>/dev/null </dev/null &
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
  [ -n "$buries_nobody" ] || kill "$ticker" 2>/dev/null
  index=1
  while [ "$index" -le "$count" ]; do
    answer "$index"
    index=$((index + 1))
  done
  frame end
  close
  [ -z "$buries_nobody" ] || { rm -rf "$place"; wait "$ticker"; }
}
