#!/bin/bash
# Holds the units in systemd/ to what is promised of them: exposure at most 1.5 by systemd-analyze, no line that systemd does
# not understand, the settings that other parts rely on, and sysusers/tmpfiles lines that create what the units name.
#   check.sh <source folder>
set -uo pipefail
source_dir=$(realpath "${1:?usage: check.sh <source folder>}")
command -v systemd-analyze >/dev/null || { echo "skipped: no systemd-analyze"; exit 77; }
folder=$(mktemp -d "${TMPDIR:-/tmp}/systemd_check_XXXXXX")
trap 'rm -rf "$folder"' EXIT
failures=0
check() {  # <what> <command...>
  local what=$1 said
  shift
  if said=$("$@" 2>&1); then echo "ok      $what"; else
    echo "FAILED  $what"
    printf '%s\n' "$said" | tail -n 20
    failures=$((failures + 1))
  fi
}

# The programs are not installed where the tests run: verify the unit with another program in their place.
understood() {  # <unit>
  local said
  sed -E "s|^ExecStart=/usr/bin/[^ ]+|ExecStart=/bin/true|" "$1" >"$folder/$(basename "$1")"
  said=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no --recursive-errors=no "$folder/$(basename "$1")" 2>&1) || { echo "$said"; return 1; }
  # Exit 0 also comes with warnings such as "Unknown key name"; those are errors to us.
  if grep -F "$(basename "$1")" <<<"$said"; then return 1; fi
}
exposed_at_most() {  # <tenths> <unit>
  systemd-analyze security --no-pager --offline=true --threshold="$1" "$2"
}
# --- the checks themselves must be able to fail
sed 's/^MemoryMax=/MemroyMax=/' "$source_dir/systemd/tillgated.service" >"$folder/misspelt.service"
sed '/^CapabilityBoundingSet=/d' "$source_dir/systemd/tillgated.service" >"$folder/open.service"
check "a misspelt key is found" eval '! understood "$folder/misspelt.service"'
check "an open unit is found" eval '! exposed_at_most 15 "$folder/open.service"'

for unit in "$source_dir"/systemd/*.service; do
  name=$(basename "$unit")
  check "$name: systemd understands every line" understood "$unit"
  check "$name: exposure at most 1.5" exposed_at_most 15 "$unit"
  # exit codes and folders that the programs rely on
  for line in Type=notify WatchdogSec=20 Restart=always RestartPreventExitStatus=78 StartLimitIntervalSec=0 LimitCORE=0 MemorySwapMax=0; do
    check "$name: $line" grep -qx -- "$line" "$unit"
  done
  check "$name: its user is created" eval "grep -q \"^u \$(sed -n 's/^User=//p' '$unit') \" '$source_dir/systemd/sysusers.d/tillgate.conf'"
done
for line in RuntimeDirectory=tillgate RuntimeDirectoryPreserve=yes StateDirectory=tillgate LimitNOFILE=1024 \
    User=tillgate Group=tillgate; do
  check "tillgated.service: $line" grep -qx -- "$line" "$source_dir/systemd/tillgated.service"
done
for key in pii-key index-key; do
  check "tillgated.service: credential $key" grep -q "^LoadCredentialEncrypted=$key:" "$source_dir/systemd/tillgated.service"
done

if command -v systemd-sysusers >/dev/null; then
  mkdir -p "$folder/root/etc"
  cp /etc/passwd /etc/group "$folder/root/etc/" && sed -i '/^tillgate/d' "$folder/root/etc/passwd" "$folder/root/etc/group"
  check "sysusers.d is understood" eval \
    'systemd-sysusers --root="$folder/root" "$source_dir/systemd/sysusers.d/tillgate.conf" && grep -q "^tillgate:" "$folder/root/etc/passwd" && grep -qE "^dialout:.*tillgate" "$folder/root/etc/group"'
fi
if command -v systemd-tmpfiles >/dev/null && [ "$(id -u)" = 0 ] && [ -d "$folder/root" ]; then
  check "tmpfiles.d is understood" eval \
    'systemd-tmpfiles --create --root="$folder/root" "$source_dir/systemd/tmpfiles.d/tillgate.conf" && [ "$(stat -c %a "$folder/root/etc/tillgate/credentials")" = 700 ]'
fi
exit $((failures > 0))
