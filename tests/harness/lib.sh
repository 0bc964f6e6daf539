# What the scripts of the harness share: where state lives, and how to start and stop a process. Sourced, not run.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPOSITORY=$(cd "$HERE/../.." && pwd)
STATE=${XDG_CACHE_HOME:-$HOME/.cache}/scoring-operator/harness
mkdir -p "$STATE"

version_of() { sed -nE "s#^(require)?[[:space:]]*$1 v([0-9.]+)\$#\2#p" "$2"; } # version_of MODULE GO.MOD
KUBERNETES=$(version_of k8s.io/kubernetes "$HERE/go/kubernetes/go.mod")
COREDNS=$(version_of github.com/coredns/coredns "$HERE/go/coredns/go.mod")
PROMETHEUS=$(version_of github.com/prometheus/prometheus "$HERE/go/prometheus/go.mod")
HELM=4.3.1
HELM3=3.22.0
KUBE_BIN=$STATE/kubernetes-$KUBERNETES COREDNS_BIN=$STATE/coredns-$COREDNS HELM_BIN=$STATE/helm-$HELM HELM3_BIN=$STATE/helm-$HELM3
PROMETHEUS_BIN=$STATE/prometheus-$PROMETHEUS
IMAGES=$STATE/images
BRIDGE=cni0 GATEWAY=10.88.0.1

say() { printf '%s %s\n' "$(date +%T)" "$*" >&2; }
die() { say "$*"; exit 1; }
lack() { say "$*"; exit 3; } # for what only the machine's owner can provide: tests are skipped then, not failed
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
timed() { # timed WHAT COMMAND...   runs it and says how long it took
  local what=$1 began ms code=0; shift
  began=$(now_ms); "$@" || code=$?; ms=$(($(now_ms) - began))
  say "$(printf '%-28s %4d.%d s%s' "$what" $((ms / 1000)) $((ms % 1000 / 100)) "$([ $code = 0 ] || echo ' FAILED')")"
  return $code
}
docker_answers() { docker version >/dev/null 2>&1; }

# A script's instance (the cluster, the API server alone) sets ROOT; its processes' files live below.
# A PID file holds "pid starttime", so that a recycled pid is never taken for ours. A zombie is not alive.
born() { awk '{sub(/^.*\) /, ""); if ($1 !~ /[ZX]/) print $20}' "/proc/$1/stat" 2>/dev/null || true; }
alive() { # alive NAME
  local pid start
  [ -s "$ROOT/run/$1.pid" ] || return 1
  read -r pid start < "$ROOT/run/$1.pid"
  [ -n "$start" ] && [ "$(born "$pid")" = "$start" ]
}
launch() { # launch NAME COMMAND...   unless it is alive; without the lock at descriptor 9
  local name=$1 pid; shift
  alive "$name" && return 0
  setsid nohup "$@" </dev/null >>"$ROOT/log/$name.log" 2>&1 9>&- &
  pid=$!
  printf '%s %s\n' "$pid" "$(born "$pid")" > "$ROOT/run/$name.pid"
}
stop() { # stop NAME [SECONDS OF GRACE]
  local name=$1 grace=${2:-10} pid _ i
  if alive "$name"; then
    read -r pid _ < "$ROOT/run/$name.pid"
    kill "$pid" 2>/dev/null || true
    for ((i = 0; i < grace * 10; i++)); do alive "$name" || break; sleep 0.1; done
    if alive "$name"; then kill -9 "$pid" 2>/dev/null || true; sleep 0.2; fi
  fi
  rm -f "$ROOT/run/$name.pid"
}
wait_for() { # wait_for SECONDS WHAT PROBE...
  local what=$2 end=$((SECONDS + $1)); shift 2
  while ((SECONDS < end)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
  die "$what is not ready in time; logs are in $ROOT/log"
}
