# Debian's packages that the harness needs, installed by itself where it may. Sourced after lib.sh.
# shellcheck disable=SC2086 # lists of packages are words
# Each is named by a file that tells whether it is there: `bridge` as a command would be iproute2's tool, not the CNI plugin.
FOR_APISERVER="etcd=etcd-server openssl=openssl"
FOR_FAULTS="etcdctl=etcd-client faketime=faketime"
FOR_CLUSTER="$FOR_APISERVER containerd=containerd runc=runc portmap=containernetworking-plugins nft=nftables \
  iptables=iptables conntrack=conntrack ip=iproute2 sysctl=procps buildah=buildah debootstrap=debootstrap"

absent() { # absent COMMAND=PACKAGE...   prints the packages whose command is not there
  local pair
  for pair in "$@"; do
    [ -e "/usr/lib/cni/${pair%%=*}" ] || PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%=*}" >/dev/null || echo "${pair#*=}"
  done
}
has_go() { # has_go   tells whether Go is new enough to fetch by itself the Go that a module asks for
  local minor
  minor=$(cd / && GOTOOLCHAIN=local go env GOVERSION 2>/dev/null | sed -nE 's/.*go1\.([0-9]+).*/\1/p')
  [ "${minor:-0}" -ge 21 ]
}
install_packages() { # install_packages COMMAND=PACKAGE...   starts none of their services
  local missing
  missing=$(absent "$@")
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || lack "install these packages, or run as root:" $missing
  command -v apt-get >/dev/null || lack "install these programs (there is no apt-get):" $missing
  ( flock 8
    missing=$(absent "$@") # someone else may have installed them while we waited
    [ -z "$missing" ] || timed "apt-get install" without_services apt_get $missing
  ) 8>"$STATE/apt.lock"
}
without_services() {
  local policy=/usr/sbin/policy-rc.d code=0
  [ ! -e $policy ] || { "$@"; return; }
  printf '#!/bin/sh\nexit 101\n' > $policy
  chmod +x $policy
  "$@" || code=$?
  rm -f $policy
  return $code
}
apt_get() {
  local log=$STATE/apt.log
  export DEBIAN_FRONTEND=noninteractive
  set -- apt-get install -y -q --no-install-recommends "$@"
  { "$@" || { apt-get update -q && "$@"; }; } >>"$log" 2>&1 8>&- || { tail -5 "$log" >&2; return 1; }
}
