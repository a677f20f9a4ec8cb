#!/usr/bin/env bash
# Unpacks the target's libraries into build/sysroot-<arch>: cross/fetch-sysroot.sh <arm64|armhf>
# Uses this machine's package sources with an apt state of its own, so it needs no root, installs nothing and touches no
# package database. With the sysroot in place and the list unchanged it does nothing and asks no network.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=${1:?usage: cross/fetch-sysroot.sh <arm64|armhf>}
list=cross/packages-$arch.txt
[ -r "$list" ] || { printf 'cross: no package list for %s\n' "$arch" >&2; exit 1; }
mapfile -t packages < <(sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$list")

sysroot=build/sysroot-$arch
wanted=$(cat "$list" cross/fetch-sysroot.sh | sha256sum | cut -c1-64)
if [ "$(cat "$sysroot/.complete" 2>/dev/null)" = "$wanted" ]; then
  printf 'cross: sysroot for %s is there\n' "$arch"
  exit 0
fi

printf 'cross: fetching a sysroot for %s (%s and what they need)\n' "$arch" "${packages[*]}"
began=$SECONDS
mkdir -p build
work=$(mktemp -d "$PWD/build/fetch-$arch-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,root}
: >"$work/status"
apt_private() {
  apt-get -q -y -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o "Dir::State=$work/state" \
    -o "Dir::State::status=$work/status" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root -o Debug::NoLocking=1 \
    -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Get::List-Cleanup=0 -o Dpkg::Use-Pty=0 "$@"
}
run_quietly() {
  "$@" >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; printf 'cross: "%s" failed\n' "$1" >&2; exit 1; }
}
# One index that its mirror is just replacing is no reason to stop: apt ignores what it cannot verify.
apt_private update >"$work/log" 2>&1 || printf 'cross: not every package source could be read; going on with the others\n'
run_quietly apt_private install --download-only --no-install-recommends "${packages[@]}"

# As on an installed system, where /lib is a name for /usr/lib.
mkdir -p "$work"/root/usr/{lib,bin,sbin}
for name in lib bin sbin; do ln -s "usr/$name" "$work/root/$name"; done
count=0
for package in "$work"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" |
    tar -x -C "$work/root" --no-same-owner --keep-directory-symlink --exclude=./usr/share/doc --exclude=./usr/share/man
  count=$((count + 1))
done
# A link that begins at the root of the target would lead into this machine.
while IFS= read -r link; do
  ln -sfr "$work/root$(readlink "$link")" "$link"
done < <(find "$work/root" -type l -lname '/*')

printf '%s\n' "$wanted" >"$work/root/.complete"
rm -rf "$sysroot"
mv "$work/root" "$sysroot"
printf 'cross: %s: %d packages, %s, %d s\n' "$sysroot" "$count" "$(du -sh "$sysroot" | cut -f1)" $((SECONDS - began))
