# Certificates, etcd and kube-apiserver, for the cluster and for the API server alone. Sourced after lib.sh.
# The sourcing script sets ROOT, API_PORT, ETCD_PORT.
NODE=node1 SERVICES=10.96.0.0/16 SERVICE_OF_API=10.96.0.1
PKI=$ROOT/pki KUBECTL=$KUBE_BIN/kubectl
mkdir -p "$ROOT/run" "$ROOT/log"

kubectl() { "$KUBECTL" --request-timeout=5s --kubeconfig "$PKI/admin.kubeconfig" "$@"; } # a probe that hangs is no answer
private_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null; }
authority() { private_key "$1"; openssl req -x509 -new -key "$1.key" -subj "/CN=harness-$1" -days 90 -out "$1.crt" 2>/dev/null; }
certificate() { # certificate NAME SUBJECT [AUTHORITY]
  local ca=${3:-ca} names=DNS:localhost,DNS:$NODE,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc
  private_key "$1"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA "$ca.crt" -CAkey "$ca.key" -CAcreateserial -days 90 -out "$1.crt" 2>/dev/null \
    -extfile <(echo "subjectAltName=IP:127.0.0.1,IP:$SERVICE_OF_API,IP:$GATEWAY,$names")
  rm "$1.csr"
}
kubeconfig() { # kubeconfig NAME
  cat > "$1.kubeconfig" <<-K
	apiVersion: v1
	kind: Config
	clusters: [{name: harness, cluster: {server: "https://127.0.0.1:$API_PORT", certificate-authority-data: $(base64 -w0 ca.crt)}}]
	users: [{name: $1, user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}}]
	contexts: [{name: harness, context: {cluster: harness, user: $1}}]
	current-context: harness
	K
  chmod 600 "$1.kubeconfig"
}
certificates() { # certificates NAME=SUBJECT...   of those who talk to the API server, each with a kubeconfig
  local pair
  [ -e "$PKI/done" ] && return 0
  rm -rf "$PKI"
  mkdir -m 700 -p "$PKI"
  ( cd "$PKI"
    authority ca; authority front-ca; private_key service-accounts
    certificate apiserver /CN=kube-apiserver
    certificate apiserver-kubelet /O=system:masters/CN=apiserver-kubelet
    certificate front /CN=front-proxy front-ca
    for pair in admin=/O=system:masters/CN=admin "$@"; do certificate "${pair%%=*}" "${pair#*=}"; kubeconfig "${pair%%=*}"; done
    touch done )
}
start_etcd() {
  local client=http://127.0.0.1:$ETCD_PORT peer=http://127.0.0.1:$((ETCD_PORT + 1))
  launch etcd etcd --name harness --data-dir "$ROOT/etcd" --unsafe-no-fsync --listen-client-urls "$client" --advertise-client-urls "$client" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "harness=$peer" \
    ${ETCD_FLAGS[@]+"${ETCD_FLAGS[@]}"}
}
start_apiserver() { # start_apiserver [FLAGS]
  launch apiserver "$KUBE_BIN/kube-apiserver" --etcd-servers="http://127.0.0.1:$ETCD_PORT" --secure-port="$API_PORT" \
    --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --client-ca-file="$PKI/ca.crt" \
    --service-account-key-file="$PKI/service-accounts.key" --service-account-signing-key-file="$PKI/service-accounts.key" \
    --service-account-issuer=https://kubernetes.default.svc --service-cluster-ip-range="$SERVICES" --authorization-mode=Node,RBAC \
    --requestheader-client-ca-file="$PKI/front-ca.crt" --requestheader-allowed-names=front-proxy \
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --proxy-client-cert-file="$PKI/front.crt" --proxy-client-key-file="$PKI/front.key" "$@"
  wait_for 60 kube-apiserver kubectl get --raw /readyz
}
start_control_plane() { # start_control_plane [FLAGS OF THE API SERVER]
  # an API server that outlived etcd backs off for minutes before it dials again
  if alive apiserver && ! alive etcd; then stop apiserver 2; fi
  start_etcd
  start_apiserver "$@"
}
