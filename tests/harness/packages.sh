# Debian's packages that the harness needs, installed by itself where it may. Sourced after lib.sh.
# Each is named by a file that tells whether it is there: `bridge` as a command would be iproute2's tool, not the CNI plugin.
FOR_APISERVER="etcd=etcd-server openssl=openssl"
FOR_CLUSTER="$FOR_APISERVER containerd=containerd runc=runc portmap=containernetworking-plugins nft=nftables \
  iptables=iptables conntrack=conntrack ip=iproute2 sysctl=procps buildah=buildah debootstrap=debootstrap"

absent() { # absent COMMAND=PACKAGE...   prints the packages whose command is not there
  local pair
  for pair in "$@"; do
    [ -e "/usr/lib/cni/${pair%%=*}" ] || PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%=*}" >/dev/null || echo "${pair#*=}"
  done
}
install_packages() { # install_packages COMMAND=PACKAGE...   starts none of their services
  local missing policy=/usr/sbin/policy-rc.d made=
  missing=$(absent "$@")
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || die "install these packages, or run as root: $missing"
  command -v apt-get >/dev/null || die "install these programs (no apt-get here): $missing"
  exec 8>"$STATE/apt.lock"
  flock 8
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy; made=1; }
  timed "apt-get install $(echo $missing)" apt_get "$missing"
  [ -z "$made" ] || rm -f $policy
  exec 8>&-
}
apt_get() {
  local install="apt-get install -y -q --no-install-recommends $1" log=$STATE/apt.log
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # a list of words
  { $install || { apt-get update -q && $install; }; } >>"$log" 2>&1 8>&- || { tail -5 "$log" >&2; return 1; }
}
