# A one-node Kubernetes of our own build: control plane, containerd, kubelet, proxy, DNS. Sourced by cluster.sh.
API_PORT=16443 ETCD_PORT=12379
. "$HERE/control_plane.sh"
. "$HERE/packages.sh"
PODS=10.88.0.0/16 FIRST_POD=10.88.0.10 DNS=10.96.0.10
SOCKET=$ROOT/run/containerd.sock CONTAINERD=$ROOT/containerd KUBELET=$ROOT/kubelet
COMPONENTS="controllers scheduler kubelet proxy" # started in this order after the API server, stopped in reverse

missing() { # prints what is missing, if anything
  [ "$(id -u)" = 0 ] || { echo "no cluster: needs root, or Docker"; return; }
  # shellcheck disable=SC2086 # a list of words
  [ -z "$(absent $FOR_CLUSTER)" ] && [ -x "$KUBE_BIN/cri" ] && [ -e "$IMAGES/base.tar" ] && [ -e "$IMAGES/coredns-$COREDNS.tar" ] ||
    echo "no cluster: build it with tests/harness/build.sh kubernetes (Go; minutes the first time)"
}

# ---- up
configure() {
  mkdir -p "$ROOT/cni" "$ROOT/cni-addresses" "$CONTAINERD" "$KUBELET"
  # restrict_oom_score_adj: no pod starts without it where CAP_SYS_RESOURCE is lacking
  cat > "$ROOT/containerd.toml" <<-T
	version = 2
	root = "$CONTAINERD/root"
	state = "$CONTAINERD/state"
	[grpc]
	  address = "$SOCKET"
	[plugins."io.containerd.internal.v1.opt"]
	  path = "$CONTAINERD/opt"
	[plugins."io.containerd.grpc.v1.cri"]
	  sandbox_image = "docker.io/local/pause:1"
	  restrict_oom_score_adj = true
	  [plugins."io.containerd.grpc.v1.cri".cni]
	    bin_dir = "/usr/lib/cni"
	    conf_dir = "$ROOT/cni"
	  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
	    runtime_type = "io.containerd.runc.v2"
	T
  cat > "$ROOT/cni/10-harness.conflist" <<-J
	{"cniVersion": "1.0.0", "name": "harness", "plugins": [
	  {"type": "bridge", "bridge": "$BRIDGE", "isGateway": true, "ipMasq": true, "hairpinMode": true,
	   "ipam": {"type": "host-local", "dataDir": "$ROOT/cni-addresses", "routes": [{"dst": "0.0.0.0/0"}],
	            "ranges": [[{"subnet": "$PODS", "rangeStart": "$FIRST_POD"}]]}},
	  {"type": "portmap", "capabilities": {"portMappings": true}}]}
	J
  cat > "$ROOT/kubelet.yaml" <<-Y
	apiVersion: kubelet.config.k8s.io/v1beta1
	kind: KubeletConfiguration
	authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
	authorization: {mode: Webhook}
	cgroupDriver: cgroupfs
	failCgroupV1: false
	failSwapOn: false
	containerRuntimeEndpoint: unix://$SOCKET
	evictionHard: {memory.available: "100Mi", nodefs.available: "1%", imagefs.available: "1%"}
	imageGCHighThresholdPercent: 100
	resolvConf: /etc/resolv.conf
	clusterDNS: ["$DNS"]
	clusterDomain: cluster.local
	makeIPTablesUtilChains: false
	Y
}
set_sysctls() { # without the second, replies of a Service's pod on the same bridge are lost; down puts back what was there
  local name
  for name in net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables; do
    grep -qs "^$name=" "$ROOT/run/sysctl" || echo "$name=$(sysctl -n $name 2>/dev/null)" >> "$ROOT/run/sysctl"
    sysctl -qw $name=1 || die "cannot set $name=1"
  done
}
start_containerd() { launch containerd containerd -c "$ROOT/containerd.toml"; wait_for 20 containerd ctr -a "$SOCKET" version; }
start_controllers() {
  launch controllers "$KUBE_BIN/kube-controller-manager" --kubeconfig "$PKI/controllers.kubeconfig" --bind-address=127.0.0.1 --leader-elect=false \
    --authentication-kubeconfig "$PKI/controllers.kubeconfig" --authorization-kubeconfig "$PKI/controllers.kubeconfig" \
    --service-account-private-key-file="$PKI/service-accounts.key" --root-ca-file="$PKI/ca.crt" --use-service-account-credentials=true \
    --cluster-signing-cert-file="$PKI/ca.crt" --cluster-signing-key-file="$PKI/ca.key"
}
start_scheduler() {
  launch scheduler "$KUBE_BIN/kube-scheduler" --kubeconfig "$PKI/scheduler.kubeconfig" --bind-address=127.0.0.1 --leader-elect=false \
    --authentication-kubeconfig "$PKI/scheduler.kubeconfig" --authorization-kubeconfig "$PKI/scheduler.kubeconfig"
}
start_kubelet() {
  launch kubelet "$KUBE_BIN/kubelet" --config "$ROOT/kubelet.yaml" --kubeconfig "$PKI/kubelet.kubeconfig" --hostname-override $NODE \
    --root-dir "$KUBELET" --node-ip "$GATEWAY"
}
start_proxy() {
  launch proxy "$KUBE_BIN/kube-proxy" --kubeconfig "$PKI/proxy.kubeconfig" --hostname-override $NODE --proxy-mode nftables --cluster-cidr "$PODS" \
    --conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0 --iptables-localhost-nodeports=false \
    --metrics-bind-address=127.0.0.1:10249 --healthz-bind-address=127.0.0.1:10256
}
is_ready() { [ "$(kubectl "$@")" = "$WANTED" ]; }
up() {
  local component
  certificates kubelet=/O=system:nodes/CN=system:node:$NODE controllers=/CN=system:kube-controller-manager \
    scheduler=/CN=system:kube-scheduler proxy=/CN=system:kube-proxy
  configure
  set_sysctls
  "$HERE/bridge.sh" up cluster >/dev/null
  start_etcd
  start_containerd
  # exec and logs look the node up in DNS unless told to use its address
  start_control_plane --bind-address=0.0.0.0 --advertise-address="$GATEWAY" --allow-privileged=true --enable-admission-plugins=NodeRestriction \
    --kubelet-preferred-address-types=InternalIP --kubelet-client-certificate="$PKI/apiserver-kubelet.crt" \
    --kubelet-client-key="$PKI/apiserver-kubelet.key" --enable-aggregator-routing=true
  for component in $COMPONENTS; do "start_$component"; done
  load_image "$IMAGES/pause.tar" "$IMAGES/coredns-$COREDNS.tar"
  WANTED=True wait_for 60 "node $NODE" is_ready get node $NODE -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
  kubectl apply -f "$HERE/coredns.yaml" >/dev/null
  WANTED=1 wait_for 60 "cluster DNS" is_ready -n kube-system get deployment coredns -o 'jsonpath={.status.readyReplicas}'
}
load_image() { # load_image ARCHIVE...   those that changed since they were loaded
  local archive mark
  for archive in "$@"; do
    mark=$ROOT/run/loaded.$(basename "$archive")
    [ "$mark" -nt "$archive" ] || { ctr -a "$SOCKET" -n k8s.io images import "$archive" >/dev/null; touch "$mark"; }
  done
}
on_node() { "$@"; }
image() { bud "${4:-$REPOSITORY}" "$2" "$3" --target "$1"; } # image TARGET NAME ARCHIVE [FOLDER]
image_upon() { bud "$2" "$3" "$4" --build-arg "WORKER_IMAGE=docker.io/$1"; } # image_upon WORKER FOLDER NAME ARCHIVE
is_up() { alive apiserver && alive kubelet && alive containerd; }

# ---- down
shims() { # pids of the containerd shims that were started for our socket, found by their own argument
  local process
  for process in /proc/[0-9]*; do
    { tr '\0' '\n' < "$process/cmdline"; } 2>/dev/null |
      awk -v s="$SOCKET" 'NR == 1 && $0 !~ /containerd-shim/ {exit 1} $0 == s {f = 1} END {exit !f}' && echo "${process#/proc/}"
  done
  return 0
}
kill_shims() {
  local shim child
  for shim in $(shims); do
    for child in $(cat "/proc/$shim/task/$shim/children" 2>/dev/null); do kill -9 "$child" || true; done
    kill -9 "$shim" || true
  done
}
unmount_below() {
  local mount
  awk -v d="$1" 'index($5, d "/") == 1 || $5 == d {print $5}' /proc/self/mountinfo | sort -r |
    while read -r mount; do umount -l "$(printf %b "$mount")" 2>/dev/null || true; done
}
remove_netfilter() {
  local chain
  [ ! -x "$KUBE_BIN/kube-proxy" ] || "$KUBE_BIN/kube-proxy" --cleanup >>"$ROOT/log/down.log" 2>&1 || true
  for chain in INPUT OUTPUT; do iptables -D $chain -j KUBE-FIREWALL 2>/dev/null || true; done
  iptables -F KUBE-FIREWALL 2>/dev/null && iptables -X KUBE-FIREWALL || true
  for chain in $(chains_of_pods); do
    { echo '*nat'; iptables-save -t nat | sed -n "/ -j $chain\$/s/^-A/-D/p"; echo "-F $chain"; echo "-X $chain"; echo COMMIT; } | iptables-restore -n
  done
}
chains_of_pods() { # of our network alone; a pod whose network was being made as the kubelet ended is known to nobody, and its chain stays
  iptables-save -t nat 2>/dev/null | sed -n 's/^-A POSTROUTING .*"name: \\"harness\\" .* -j \(CNI-[0-9a-f]*\)$/\1/p'
}
down() {
  local component folder setting _
  [ -d "$PKI" ] || return 0 # never up
  for component in $(echo "$COMPONENTS" | tr ' ' '\n' | tac); do stop "$component"; done
  stop apiserver 2 # it would wait for its watchers
  if [ -e "$ROOT/containerd.toml" ]; then
    start_containerd # a dead one must run once more, so that each pod's network is taken down
    for _ in 1 2 3; do "$KUBE_BIN/cri" "$SOCKET" >>"$ROOT/log/down.log" 2>&1 && break; sleep 1; done
  fi
  stop containerd
  kill_shims
  stop etcd 5
  remove_netfilter
  unmount_below "$KUBELET"
  unmount_below "$CONTAINERD"
  for folder in /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods /sys/fs/cgroup/k8s.io /sys/fs/cgroup/*/k8s.io; do
    [ ! -d "$folder" ] || find "$folder" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  done
  "$HERE/bridge.sh" down cluster
  if [ -e "$ROOT/run/sysctl" ]; then while read -r setting; do sysctl -qw "$setting" || true; done < "$ROOT/run/sysctl"; fi
  rm -rf /var/lib/cni/results/harness-* "$ROOT"/{etcd,kubelet,containerd,cni,cni-addresses,pki,containerd.toml,kubelet.yaml} "$ROOT"/run/{sysctl,loaded.*,containerd.sock*}
  nothing_left || die "the above is left of the cluster"
}
nothing_left() {
  local left
  left=$(
    awk -v d="$ROOT" 'index($5, d "/") == 1 {print "mount " $5}' /proc/self/mountinfo
    shims | sed 's/^/shim /'
    find /sys/fs/cgroup -maxdepth 2 -name kubepods 2>/dev/null
    { nft list tables; iptables-save; } 2>/dev/null | grep -E 'kube-proxy|KUBE-|CNI-' || true
    find /run/netns -name 'cni-*' 2>/dev/null
  )
  [ -z "$left" ] || { echo "$left" >&2; return 1; }
}
status() {
  local component
  for component in etcd containerd apiserver $COMPONENTS; do
    printf '%-12s %s\n' "$component" "$(alive "$component" && echo up || echo down)"
  done
  ! is_up || kubectl get nodes,pods -A -o wide
}
