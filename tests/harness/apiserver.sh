#!/usr/bin/env bash
# kube-apiserver and etcd alone: a real API without nodes, beside the cluster if need be.
# usage: apiserver.sh missing | up | down | status | kubeconfig | kubectl ...
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
ROOT=$STATE/apiserver API_PORT=17443 ETCD_PORT=12479
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
  start_control_plane --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --endpoint-reconciler-type=none
}
down() {
  stop apiserver 2
  stop etcd 5
  rm -rf "$ROOT/etcd" "$PKI"
}

verb=${1:-}
case $verb in
  up | down) exec 9>"$ROOT/run/lock"; flock 9; timed "API server $verb" "$verb" ;;
  missing) missing ;;
  status) alive apiserver && echo "up $PKI/admin.kubeconfig" || { echo down; exit 1; } ;;
  kubeconfig) echo "$PKI/admin.kubeconfig" ;;
  kubectl) shift; exec "$KUBECTL" --kubeconfig "$PKI/admin.kubeconfig" "$@" ;;
  *) sed -n '2,3s/^# //p' "$0"; exit 2 ;;
esac
