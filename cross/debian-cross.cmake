# What the toolchains have in common: Debian's cross compiler with a private sysroot, since Debian's development packages of two
# architectures cannot be installed beside each other. Needs TILLGATE_CROSS_{TRIPLET,SYSROOT,QEMU}.
set(CMAKE_SYSTEM_NAME Linux)
cmake_path(NORMAL_PATH TILLGATE_CROSS_SYSROOT)
if(NOT EXISTS ${TILLGATE_CROSS_SYSROOT}/.complete)
  message(FATAL_ERROR "No sysroot in ${TILLGATE_CROSS_SYSROOT}: run cross/fetch-sysroot.sh")
endif()

set(CMAKE_C_COMPILER ${TILLGATE_CROSS_TRIPLET}-gcc)
set(CMAKE_CXX_COMPILER ${TILLGATE_CROSS_TRIPLET}-g++)
set(CMAKE_SYSROOT ${TILLGATE_CROSS_SYSROOT})
set(CMAKE_LIBRARY_ARCHITECTURE ${TILLGATE_CROSS_TRIPLET})
# Libraries of libraries are not looked for in the sysroot by themselves.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-rpath-link,${CMAKE_SYSROOT}/usr/lib/${TILLGATE_CROSS_TRIPLET}")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/${TILLGATE_CROSS_TRIPLET}/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)

# ctest runs what it built under the emulator.
set(CMAKE_CROSSCOMPILING_EMULATOR ${TILLGATE_CROSS_QEMU};-L;${CMAKE_SYSROOT})
