# Images without a daemon and without a registry: buildah in a chroot. Sourced after lib.sh.
BASE=docker.io/local/python:3.11

bh() { buildah --root "$STATE/buildah/root" --runroot "$STATE/buildah/run" --storage-driver overlay "$@"; }
bud() { # bud FOLDER NAME ARCHIVE [OPTIONS OF buildah bud]   makes an archive to import
  local folder=$1 name=docker.io/$2 archive=$3; shift 3
  bh bud --isolation chroot --layers -q -t "$name" --build-arg "BASE_IMAGE=$BASE" "$@" "$folder" >>"$STATE/images.log" 2>&1 ||
    { tail -20 "$STATE/images.log" >&2; return 1; }
  rm -f "$archive"
  bh push -q "$name" "docker-archive:$archive:$name" >>"$STATE/images.log" 2>&1
}
image_of_program() { # image_of_program NAME FILL ARCHIVE   FILL puts the program NAME into a folder
  local name=$1 fill=$2 archive=$3 folder; folder=$(mktemp -d)
  "$fill" "$folder"
  printf 'FROM scratch\nCOPY %s /%s\nUSER 65532\nENTRYPOINT ["/%s"]\n' "$name" "$name" "$name" > "$folder/Dockerfile"
  bud "$folder" "local/$name:1" "$archive"
  rm -r "$folder"
}
image_of_base() { # image_of_base ARCHIVE   what the project's Dockerfile gets as BASE_IMAGE: Debian's Python 3.11
  local archive=$1 folder; folder=$(mktemp -d)
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$folder/root" >>"$STATE/images.log" 2>&1
  rm -rf "$folder"/root/var/cache/apt/archives/*.deb "$folder"/root/var/lib/apt/lists/* "$folder"/root/usr/share/{doc,info,locale,man}
  tar -C "$folder/root" -cf "$folder/root.tar" .
  rm -rf "$folder/root"
  cp /etc/ssl/certs/ca-certificates.crt "$folder/ca.crt" # whom this machine trusts, so that pip in a build does too
  cat > "$folder/Dockerfile" <<-D
	FROM scratch
	ADD root.tar /
	COPY ca.crt /etc/ssl/certs/ca-certificates.crt
	ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
	CMD ["python3"]
	D
  bud "$folder" "${BASE#docker.io/}" "$archive"
  rm -r "$folder"
}
