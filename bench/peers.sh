#!/bin/sh
# The engines that tsrun is measured against, from Debian's packages.
#
#   bench/peers.sh install                 install docker.io, podman, runc and crun
#   bench/peers.sh start DIRECTORY [RUN [FLAG...]]
#                                          start a dockerd of our own: its data, socket and pid file are in DIRECTORY, what it would
#                                          keep in /run is in RUN (or there too). Run it in a network namespace of its own:
#                                          dockerd makes bridges and firewall rules where it is.
#   bench/peers.sh stop DIRECTORY          stop it
set -eu

install() {
  # Without the services that come with them: the benchmark starts what it needs.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends docker.io podman runc crun iptables containernetworking-plugins >&2
  if [ -d /run/systemd/system ]; then systemctl stop docker.service docker.socket containerd.service >&2 || true; fi
}

start() {
  directory=$1 run=${2-$1}
  if [ $# -gt 1 ]; then shift 2; else shift; fi
  mkdir -p "$directory" "$run"
  # No cgroup of a systemd that may not be there; its own everything.
  setsid dockerd --data-root "$directory/data" --exec-root "$run/exec" --pidfile "$directory/pid" \
    --host "unix://$directory/docker.sock" --exec-opt native.cgroupdriver=cgroupfs --storage-driver overlay2 "$@" \
    >"$directory/log" 2>&1 </dev/null &
  for _ in $(seq 300); do
    if DOCKER_HOST="unix://$directory/docker.sock" docker version >/dev/null 2>&1; then exit 0; fi
    if ! kill -0 $! 2>/dev/null; then break; fi
    sleep 0.1
  done
  tail -n 5 "$directory/log" >&2
  exit 1
}

stop() {
  pid=$(cat "$1/pid" 2>/dev/null) || exit 0
  kill "$pid" 2>/dev/null || exit 0
  for _ in $(seq 300); do
    kill -0 "$pid" 2>/dev/null || exit 0
    sleep 0.1
  done
  kill -9 "$pid"
}

case "${1-} $#" in
  'install 1') install ;;
  'start '[2-9])
    shift
    start "$@"
    ;;
  'stop 2') stop "$2" ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
