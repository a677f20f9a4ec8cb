#!/bin/bash
# Runs the sample broker configuration (systemd/mosquitto) with a real mosquitto on loopback and certificates of an authority
# made for the occasion, and asks of every rule both ways: what is allowed arrives, what is not does not.
#   mosquitto_acl.sh <source folder>
set -euo pipefail
source_dir=$(realpath "${1:?usage: mosquitto_acl.sh <source folder>}")
for tool in mosquitto mosquitto_pub mosquitto_sub openssl; do
  command -v "$tool" >/dev/null || PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
PATH=$PATH:/usr/sbin
folder=$(mktemp -d "${TMPDIR:-/tmp}/mosquitto_acl_XXXXXX")
broker=
listeners=()
finish() {
  for pid in "${listeners[@]}" $broker; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"

authority() {  # <name>
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -keyout "$1.key" -out "$1.crt" -subj "/CN=$1" 2>/dev/null
}
certificate() {  # <file> <common name> [authority]; from a file, since -subj takes a slash for the next part of the name
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -config <(
    printf '[req]\nprompt=no\ndistinguished_name=dn\nstring_mask=utf8only\n[dn]\nCN=%s\n' "$2") 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA "${3:-ca}.crt" -CAkey "${3:-ca}.key" -days 1 -out "$1.crt" \
    -extfile <(printf 'subjectAltName=IP:127.0.0.1\n') 2>/dev/null
}
authority ca
authority other-ca
certificate broker 127.0.0.1
certificate s1 tillgate/v1/acme/s1
certificate s2 tillgate/v1/acme/s2
certificate plus tillgate/v1/acme/+
certificate office head-office
certificate office2 head-office-2
certificate stranger tillgate/v1/acme/s1 other-ca

cp "$source_dir/systemd/mosquitto/acl" acl
# On a port that nobody has, below those that the kernel gives to whoever connects. Another may be quicker: then the next one.
for _ in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 12000))
  sed -e "s|^listener 8883|listener $port 127.0.0.1|" -e "s|/etc/mosquitto/tillgate/|$folder/|" \
      "$source_dir/systemd/mosquitto/tillgate.conf" >broker.conf
  if [ "$(id -u)" = 0 ]; then echo "user root" >>broker.conf; fi  # else mosquitto becomes a user who cannot read this folder
  mosquitto -c broker.conf >broker.log 2>&1 &
  broker=$!
  until grep -q " running" broker.log || ! kill -0 "$broker" 2>/dev/null; do sleep 0.02; done
  grep -q "Address already in use" broker.log || break
done

tls() { echo --cafile ca.crt --cert "$1.crt" --key "$1.key" -h 127.0.0.1 -p "$port" -V mqttv5; }
# publish <who> <topic> <text>: exit 0 only if the broker accepted it
publish() {
  local said
  said=$(timeout 10 mosquitto_pub $(tls "$1") -q 1 -t "$2" -m "$3" 2>&1) || return 1
  [[ $said != *"ot authorized"* ]]
}
for _ in $(seq 200); do
  publish s1 tillgate/v1/acme/s1/up/hello 0 && break
  kill -0 "$broker" || { cat broker.log; exit 1; }
  sleep 0.05
done

failures=0
claim() {  # <allowed|denied> <what> <command...>
  local want=$1 what=$2 got=denied
  shift 2
  "$@" && got=allowed
  if [ "$got" = "$want" ]; then echo "ok      $want: $what"; else
    echo "FAILED  $what: $got, but should be $want"
    failures=$((failures + 1))
  fi
}
store=tillgate/v1/acme/s1
claim allowed "a store writes its own status" publish s1 $store/status x
claim allowed "a store writes below its own up/" publish s1 $store/up/batch x
claim denied "a store writes another store's up/" publish s2 $store/up/batch x
claim denied "a store writes another store's status" publish s2 $store/status x
claim denied "a store writes its own down/" publish s1 $store/down/batch x
claim denied "a store writes at the root" publish s1 tillgate/v1/acme x
claim denied "a store whose name is a wildcard writes" publish plus $store/up/batch x
claim denied "a store whose name is a wildcard writes elsewhere" publish plus tillgate/v1/acme/x/up/batch x
claim allowed "head office writes down/" publish office $store/down/batch x
claim denied "head office writes up/" publish office $store/up/batch x
claim denied "head office writes a status" publish office $store/status x
claim denied "a certificate of another authority connects" publish stranger $store/up/batch x
no_certificate() { timeout 10 mosquitto_pub --cafile ca.crt -h 127.0.0.1 -p "$port" -V mqttv5 -q 1 -t $store/up/batch -m x 2>/dev/null; }
claim denied "somebody without a certificate connects" no_certificate

# Reading: each listener writes what it receives; a message sent last, on a topic that it may read, shows that all before it
# would have been there.
common_name() { openssl x509 -in "$1.crt" -noout -subject -nameopt multiline | sed -n "s/ *commonName *= //p"; }
listen() {  # <who> <filter>...
  local who=$1 filters=()
  shift
  for filter in "$@"; do filters+=(-t "$filter"); done
  mosquitto_sub $(tls "$who") -i "$(common_name "$who")" -q 1 "${filters[@]}" -F '%t %p' >"$who.got" 2>"$who.err" &
  listeners+=($!)
}
await() {  # <file> <text>: until the text is there; the retries are bounded
  for _ in $(seq 200); do
    grep -qF -- "$2" "$1" && return 0
    [ -n "${3:-}" ] && { eval "$3" || true; }
    sleep 0.05
  done
  return 1
}
listen s1 'tillgate/v1/#'
listen s2 'tillgate/v1/#'
listen office '$share/headoffice/tillgate/v1/+/+/up/#' 'tillgate/v1/+/+/status'
# The writers are other clients than the listeners, or they would take their client id.
await s1.got ready-1 "publish office2 $store/down/batch ready-1" || { echo "FAILED  a store reads its down/"; failures=$((failures + 1)); }
await s2.got ready-2 "publish office2 tillgate/v1/acme/s2/down/batch ready-2" || { echo "FAILED  a store reads its down/"; failures=$((failures + 1)); }
publish office2 $store/down/batch for-s1
publish office2 tillgate/v1/acme/s2/down/batch for-s2
publish office2 $store/down/batch last
publish office2 tillgate/v1/acme/s2/down/batch last
claim allowed "a store reads its down/" await s1.got for-s1
claim allowed "a store reads its down/ to the end" await s1.got last
claim allowed "another store reads its down/ to the end" await s2.got last
claim denied "a store reads another store's down/" grep -q for-s1 s2.got
claim denied "a store reads what is meant for its neighbour" grep -q for-s2 s1.got
claim denied "a store reads a status or an up/" grep -qE '/(status|up/)' s1.got s2.got

# s1 takes its own client id over from its listener: that is the same certificate, and fine.
publish s1 $store/status online
publish s1 $store/up/batch changes
claim allowed "head office reads a status" await office.got "$store/status online"
claim allowed "head office reads up/ through a shared subscription" await office.got "$store/up/batch changes"

# The client id is the certificate's, whatever is asked for: a store that claims another's id does not throw it out.
timeout 10 mosquitto_pub $(tls office2) -i tillgate/v1/acme/s2 -q 1 -t tillgate/v1/acme/s2/down/batch -m still-there
claim allowed "a store stays connected when somebody claims its client id" await s2.got still-there
claim denied "the claimed client id was taken over" grep -q 'acme/s2 already connected' broker.log

exit $((failures > 0))
