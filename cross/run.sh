#!/usr/bin/env bash
# Builds core and its tests for another architecture and runs them under an emulator: cross/run.sh <arm64|armhf>
# Figures of an emulator say nothing about speed; this is about word size, alignment, char's sign and the libraries there.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=${1:?usage: cross/run.sh <arm64|armhf>}
case $arch in
  arm64) compiler=aarch64-linux-gnu-g++ emulator=qemu-aarch64-static lists=(cross) ;;
  armhf) compiler=arm-linux-gnueabihf-g++ emulator=qemu-arm-static lists=(cross cross-armhf) ;;
  *) printf 'cross: unknown architecture %s (arm64, armhf)\n' "$arch" >&2; exit 2 ;;
esac
began=$SECONDS
if ! command -v "$compiler" >/dev/null || ! command -v "$emulator" >/dev/null; then
  scripts/install "${lists[@]}"
fi
cross/fetch-sysroot.sh "$arch"
scripts/build "$arch" core_tests
# Which seeds are drawn does not depend on the machine: the thousands run natively, a few hundred are enough under an emulator.
export TILLGATE_SEEDS=${TILLGATE_SEEDS:-100} TILLGATE_TRIPLES=${TILLGATE_TRIPLES:-5000} GTEST_TOTAL_SHARDS=2
shards=()
for ((shard = 0; shard < GTEST_TOTAL_SHARDS; ++shard)); do
  GTEST_SHARD_INDEX=$shard "$emulator" -L "build/sysroot-$arch" "build/$arch/core_tests" --gtest_brief=1 &
  shards+=($!)
done
failed=0
for shard in "${shards[@]}"; do wait "$shard" || failed=1; done
[ $failed = 0 ] || { printf 'cross: a test of core failed on %s\n' "$arch" >&2; exit 1; }
printf 'cross: core and its tests on %s: %d s\n' "$arch" $((SECONDS - began))
