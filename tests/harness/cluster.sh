#!/usr/bin/env bash
# A real Kubernetes with one node: of our own build, or kind where Docker answers.
# usage: cluster.sh missing | up | down | status | env | kubeconfig | images | load-image ARCHIVE... | kubectl ... | helm ... | helm3 ...
#        cluster.sh image-of FOLDER TARGET TAG | kill-pod UID
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$HERE/images.sh"
ROOT=$STATE/cluster
if docker_answers; then . "$HERE/kind.sh"; else . "$HERE/node.sh"; fi
PROJECT_IMAGES="service operator"
CUSTOM=tests/custom_scorer # the workers' image with a package of somebody else in it
mkdir -p "$IMAGES"

archive() { echo "$IMAGES/scoring-$1.tar"; }
load_project_images() { # those that were built, so that `up` and `images` may come in either order
  local target
  for target in $PROJECT_IMAGES custom; do [ ! -e "$(archive "$target")" ] || load_image "$(archive "$target")"; done
}
check() { local why; why=$(missing); [ -z "$why" ] || lack "$why"; }
checked_up() {
  check
  up
  load_project_images
}
inputs() { # prints a digest of all that the images are made from
  (cd "$REPOSITORY" && find "$@" Dockerfile .dockerignore pyproject.toml uv.lock README.md operator service \
    -type f -not -path '*/__pycache__/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}
images() {
  local target file made
  check
  made=$(inputs)
  for target in $PROJECT_IMAGES; do
    file=$(archive "$target")
    [ "$made" != "$(cat "$file.made" 2>/dev/null)" ] || continue
    timed "image $target" image "$target" "local/scoring-$target:dev" "$file"
    echo "$made" > "$file.made"
  done
  file=$(archive custom)
  made=$(inputs "$CUSTOM")
  if [ "$made" != "$(cat "$file.made" 2>/dev/null)" ]; then
    timed "image custom" image_upon local/scoring-service:dev "$REPOSITORY/$CUSTOM" local/pulse-scorer:dev "$file"
    echo "$made" > "$file.made"
  fi
  ! is_up || load_project_images
}
image_of() { # image_of FOLDER TARGET TAG   from the sources in another folder
  local file=$IMAGES/scoring-$2-$3.tar
  check
  timed "image $2:$3" image "$2" "local/scoring-$2:$3" "$file" "$1"
  load_image "$file"
}
kill_pod() { # kill_pod UID   all its processes at once, without a word to any of them
  local found
  # shellcheck disable=SC2016 # expanded on the node
  found=$(on_node sh -c 'find /sys/fs/cgroup -name cgroup.procs | grep -E "pod($1|$2)" | xargs -r cat | sort -u' - "$1" "${1//-/_}")
  [ -n "$found" ] || die "no process of pod $1 is running"
  # shellcheck disable=SC2086 # a list of numbers
  on_node kill -9 $found
}
alone() { exec 9>"$ROOT/run/lock"; flock 9; "$@"; }

verb=${1:-}
shift || true
if [ "$(uname)" != Linux ]; then
  [ "$verb" != missing ] || { echo "no cluster: needs Linux"; exit; }
  lack "no cluster: needs Linux"
fi
case $verb in
  up) alone timed "cluster up" checked_up ;;
  down) alone timed "cluster down" down ;;
  images) alone images ;;
  image-of) alone image_of "$@" ;;
  kill-pod) kill_pod "$@" ;;
  load-image) load_image "$@" ;;
  missing | status) "$verb" ;;
  kubeconfig) echo "$PKI/admin.kubeconfig" ;;
  env) echo "export KUBECONFIG=$PKI/admin.kubeconfig PATH=$KUBE_BIN:$HELM_BIN:\$PATH" ;;
  kubectl) exec "$KUBECTL" --kubeconfig "$PKI/admin.kubeconfig" "$@" ;;
  helm) exec "$HELM_BIN/helm" --kubeconfig "$PKI/admin.kubeconfig" "$@" ;;
  helm3) exec "$HELM3_BIN/helm" --kubeconfig "$PKI/admin.kubeconfig" "$@" ;;
  *) sed -n '2,4s/^# //p' "$0"; exit 2 ;;
esac
