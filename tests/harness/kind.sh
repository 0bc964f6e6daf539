# The cluster where Docker runs: kind. Sourced by cluster.sh.
NAME=scoring-harness
PKI=$ROOT/pki KUBECTL=kubectl
mkdir -p "$PKI" "$ROOT/run" "$ROOT/log"

missing() { # prints what is missing, if anything
  local program
  for program in kind kubectl; do command -v $program >/dev/null || { echo "no cluster: Docker answers, so install $program"; return; }; done
}
kubectl() { command kubectl --request-timeout=5s --kubeconfig "$PKI/admin.kubeconfig" "$@"; }
is_up() { [ "$(docker inspect -f '{{.State.Running}}' "$NAME-control-plane" 2>/dev/null)" = true ]; }
up() { is_up || kind create cluster --name "$NAME" --kubeconfig "$PKI/admin.kubeconfig" --wait 120s >>"$ROOT/log/kind.log" 2>&1; }
down() {
  [ -e "$PKI/admin.kubeconfig" ] || return 0 # never up
  kind delete cluster --name "$NAME" >>"$ROOT/log/kind.log" 2>&1
  rm -rf "$PKI"
}
on_node() { docker exec "$NAME-control-plane" "$@"; }
load_image() { local archive; for archive in "$@"; do kind load image-archive --name "$NAME" "$archive"; done; }
image() { # image TARGET NAME ARCHIVE [FOLDER]
  docker build -q --target "$1" -t "docker.io/$2" "${4:-$REPOSITORY}" >/dev/null && docker save -o "$3" "docker.io/$2"
}
image_upon() { # image_upon WORKER FOLDER NAME ARCHIVE
  docker build -q --build-arg "WORKER_IMAGE=docker.io/$1" -t "docker.io/$3" "$2" >/dev/null && docker save -o "$4" "docker.io/$3"
}
status() { is_up && kubectl get nodes,pods -A -o wide || echo down; }
