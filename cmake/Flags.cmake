# SPDX-License-Identifier: Apache-2.0
# Warnings, hardening and sanitizers: one interface target, linked PRIVATE by
# everything that is built here.
add_library(shaken_flags INTERFACE)
target_compile_definitions(shaken_flags INTERFACE _GNU_SOURCE
    OPENSSL_NO_DEPRECATED OPENSSL_API_COMPAT=30000)
target_compile_options(shaken_flags INTERFACE -Wall -Wextra -Wpedantic
    -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
    -Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wvla -Wswitch-enum
    -Wformat=2 -Werror=implicit-function-declaration
    -Werror=incompatible-pointer-types -Werror=unused-result
    -fstack-protector-strong -fno-common
    $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
target_link_options(shaken_flags INTERFACE
    -Wl,-z,relro,-z,now,-z,noexecstack)
if(SHAKEN_WERROR)
  target_compile_options(shaken_flags INTERFACE -Werror)
endif()
if(SHAKEN_SANITIZE)
  target_compile_options(shaken_flags INTERFACE -fsanitize=${SHAKEN_SANITIZE}
      -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(shaken_flags INTERFACE -fsanitize=${SHAKEN_SANITIZE})
endif()
if(SHAKEN_COVERAGE)
  target_compile_options(shaken_flags INTERFACE --coverage -O0
      -fprofile-update=atomic)
  target_link_options(shaken_flags INTERFACE --coverage)
endif()
