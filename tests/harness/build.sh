#!/usr/bin/env bash
# Build what the cluster is made of, each part once per version.
# usage: build.sh apiserver | faults | kubernetes | helm | helm3 | prometheus | all
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$HERE/packages.sh"
. "$HERE/images.sh"
export CGO_ENABLED=0 GOFLAGS=-buildvcs=false
COMMANDS="kube-apiserver kubectl kube-controller-manager kube-scheduler kubelet kube-proxy"

once() { # once FILE COMMAND...   runs it to make FILE unless it is there; several runs do not build the same file twice
  local file=$1; shift
  [ -e "$file" ] && return 0
  mkdir -p "$(dirname "$file")"
  ( flock 9
    [ -e "$file" ] || { timed "build $(basename "$file")" "$@" "$file.part" >>"$STATE/build.log" && mv "$file.part" "$file"; }
  ) 9>"$file.lock"
}
go_build() { # go_build FOLDER PACKAGE LDFLAGS FILE
  has_go || lack "install Go 1.21 or newer to build $(basename "$4" .part)"
  (cd "$HERE/go/$1" && nice go build -trimpath -ldflags "-s -w $3" -o "$4" "$2" 2>>"$STATE/build.log") || { tail -5 "$STATE/build.log" >&2; return 1; }
}
kubernetes_command() { # without these flags the server would not call itself v1.36.3
  local v=k8s.io/component-base/version minor=${KUBERNETES#1.}
  once "$KUBE_BIN/$1" go_build kubernetes "k8s.io/kubernetes/cmd/$1" "-X $v.gitVersion=v$KUBERNETES -X $v.gitMajor=1 -X $v.gitMinor=${minor%.*}"
}
go_install_helm() { # go_install_helm VERSION FILE   go install names the file itself
  has_go || lack "install Go 1.21 or newer to build Helm"
  local to; to=$(mktemp -d)
  GOBIN=$to nice go install "helm.sh/helm/v${1%%.*}/cmd/helm@v$1" 2>>"$STATE/build.log" || { tail -5 "$STATE/build.log" >&2; return 1; }
  mv "$to/helm" "$2"
  rm -r "$to"
}
build_apiserver() {
  # shellcheck disable=SC2086 # lists of words, here and below
  install_packages $FOR_APISERVER
  kubernetes_command kube-apiserver
  kubernetes_command kubectl
}
# shellcheck disable=SC2086
build_faults() { install_packages $FOR_FAULTS; } # what fills and empties etcd, and sets clocks
build_kubernetes() {
  local command
  docker_answers && return 0 # kind brings its own
  [ "$(id -u)" = 0 ] || lack "no cluster: needs root, or Docker"
  install_packages $FOR_CLUSTER
  for command in $COMMANDS; do kubernetes_command "$command"; done
  once "$KUBE_BIN/cri" go_build kubernetes ./cri ""
  once "$COREDNS_BIN/coredns" go_build coredns . ""
  once "$IMAGES/pause.tar" image_of_program pause build_pause
  once "$IMAGES/coredns-$COREDNS.tar" image_of_program coredns copy_coredns
  once "$IMAGES/base.tar" image_of_base
}
build_pause() { go_build pause . "" "$1/pause"; }
copy_coredns() { cp "$COREDNS_BIN/coredns" "$1/"; }
build_helm() { once "$HELM_BIN/helm" go_install_helm "$HELM"; }
build_helm3() { once "$HELM3_BIN/helm" go_install_helm "$HELM3"; } # many still install with it
build_prometheus() { once "$PROMETHEUS_BIN/prometheus" go_build_prometheus; }
go_build_prometheus() { # without the discovery of anything but Kubernetes it builds in a third of the time
  has_go || lack "install Go 1.21 or newer to build Prometheus"
  (cd "$HERE/go/prometheus" && nice go build -trimpath -tags remove_all_sd,enable_kubernetes_sd -ldflags "-s -w" -o "$1" \
    github.com/prometheus/prometheus/cmd/prometheus 2>>"$STATE/build.log") || { tail -5 "$STATE/build.log" >&2; return 1; }
}
build_all() { build_kubernetes; build_helm; build_helm3; build_prometheus; }

[ "$(uname)" = Linux ] || lack "no builds: they need Linux"
case ${1:-} in
  apiserver | faults | kubernetes | helm | helm3 | prometheus | all) "build_$1" ;;
  *) sed -n '2,3s/^# //p' "$0"; exit 2 ;;
esac
