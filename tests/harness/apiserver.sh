#!/usr/bin/env bash
# kube-apiserver and etcd alone: a real API without nodes, beside the cluster if need be.
# usage: apiserver.sh [audited | hurt | chart] missing | up | down | status | kubeconfig | audit | etcd | {start,stop}-etcd | stop-api | kubectl ...
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
AUDIT=() ETCD_FLAGS=()
if [ "${1:-}" = audited ]; then # another one, empty at its start, that logs each request of a service account
  shift
  ROOT=$STATE/apiserver-audited API_PORT=17453 ETCD_PORT=12489
  AUDIT=(--audit-policy-file="$HERE/audit.yaml" --audit-log-path="$ROOT/audit.log" --audit-log-maxsize=10000)
elif [ "${1:-}" = hurt ]; then # one that tests of faults stop, fill and empty
  shift
  ROOT=$STATE/apiserver-hurt API_PORT=17463 ETCD_PORT=12499 ETCD_FLAGS=(--quota-backend-bytes=67108864)
elif [ "${1:-}" = chart ]; then # one where tests may delete the definition and all pipelines with it
  shift
  ROOT=$STATE/apiserver-chart API_PORT=17473 ETCD_PORT=12509
else
  ROOT=$STATE/apiserver API_PORT=17443 ETCD_PORT=12479
fi
. "$HERE/control_plane.sh"
. "$HERE/packages.sh"

missing() { # prints what is missing, if anything
  # shellcheck disable=SC2086 # a list of words
  [ "$(uname)" = Linux ] && [ -z "$(absent $FOR_APISERVER)" ] && [ -x "$KUBE_BIN/kube-apiserver" ] && [ -x "$KUBE_BIN/kubectl" ] ||
    echo "no API server: build it with tests/harness/build.sh apiserver (Linux, Go, etcd and openssl)"
}
up() {
  local why; why=$(missing); [ -z "$why" ] || lack "$why"
  certificates
  start_control_plane --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --endpoint-reconciler-type=none "${AUDIT[@]}"
}
down() {
  stop apiserver 2
  stop etcd 5
  rm -rf "$ROOT/etcd" "$PKI" "$ROOT/audit.log"
}

verb=${1:-}
case $verb in
  up | down) exec 9>"$ROOT/run/lock"; flock 9; timed "API server $verb" "$verb" ;;
  missing) missing ;;
  stop-etcd) stop etcd 5 ;;
  stop-api) stop apiserver 2 ;;
  start-etcd) start_etcd ;;
  etcd) echo "http://127.0.0.1:$ETCD_PORT" ;;
  status) alive apiserver && echo "up $PKI/admin.kubeconfig" || { echo down; exit 1; } ;;
  kubeconfig) echo "$PKI/admin.kubeconfig" ;;
  audit) echo "$ROOT/audit.log" ;;
  kubectl) shift; exec "$KUBECTL" --kubeconfig "$PKI/admin.kubeconfig" "$@" ;;
  *) sed -n '2,3s/^# //p' "$0"; exit 2 ;;
esac
