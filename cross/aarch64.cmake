# Toolchain for 64-bit ARM. The sysroot comes from cross/fetch-sysroot.sh arm64.
set(TILLGATE_CROSS_TRIPLET aarch64-linux-gnu)
set(TILLGATE_CROSS_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/sysroot-arm64)
set(TILLGATE_CROSS_QEMU qemu-aarch64-static)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
