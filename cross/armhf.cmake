# Toolchain for 32-bit ARM with hardware floating point (Debian's armhf). The sysroot comes from cross/fetch-sysroot.sh armhf.
# time_t has 64 bits through _TIME_BITS (CMakeLists.txt), but Debian's libraries were built with 32: no time_t may cross a
# library boundary (tests/tidy_test.cpp).
set(TILLGATE_CROSS_TRIPLET arm-linux-gnueabihf)
set(TILLGATE_CROSS_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/sysroot-armhf)
set(TILLGATE_CROSS_QEMU qemu-arm-static)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
# A note, in hundreds, about how g++ 6 passed arguments; and a false positive of g++ 12 on moved variants, seen here only.
set(CMAKE_CXX_FLAGS_INIT "-Wno-psabi -Wno-maybe-uninitialized")
include(${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake)
