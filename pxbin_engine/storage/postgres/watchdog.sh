# See watchdog.py for the rules. Arguments: data directory, transition.lock, users.lock; the pipe is standard input.
data=$1
trap '' HUP INT QUIT TERM

# 1. A line: released. End of file: the app is gone.
read -r _ && exit 0

# 2. Locks vanish just after the pipe does, so the users lock is tried for half a second.
exec 8>>"$2" 9>>"$3"
flock -w 180 8 || exit 0
tries=0
until flock -n 9; do
    tries=$((tries + 1))
    [ "$tries" -lt 10 ] || exit 0
    sleep 0.05
done

# 3. A server that was just being started writes its pid a moment later.
tries=0
until read -r pid <"$data/postmaster.pid"; do
    tries=$((tries + 1))
    [ "$tries" -lt 10 ] || exit 0
    sleep 0.1
done 2>/dev/null

# A pid alone is never enough: it may be another process's by now.
is_server() {
    [ "/proc/$pid/cwd" -ef "$data" ] && read -r name <"/proc/$pid/comm" && [ "$name" = postgres ]
}

for step in INT:400 QUIT:200 KILL:100; do
    is_server || exit 0
    echo "watchdog: the app is gone; stopping the server with SIG${step%:*}" >&2
    kill -"${step%:*}" "$pid"
    tries=${step#*:}
    while [ "$tries" -gt 0 ] && is_server; do
        tries=$((tries - 1))
        sleep 0.05
    done
done
