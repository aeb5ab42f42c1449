# SPDX-License-Identifier: Apache-2.0
# Tests of cli/audit/.
file(GLOB unit_tests CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_LIST_DIR}/unit/audit/test_*.c)
foreach(file ${unit_tests})
  string(REGEX REPLACE "^.*/test_(.*)\\.c$" "\\1" name ${file})
  add_executable(test_audit_${name} ${file})
  target_link_libraries(test_audit_${name} PRIVATE shaken_testlib shaken_audit
      shaken_private PkgConfig::ZLIB PkgConfig::CRITERION shaken_flags)
  target_compile_definitions(test_audit_${name} PRIVATE
      VECTORS="${CMAKE_CURRENT_LIST_DIR}/vectors"
      SEEDS="${CMAKE_CURRENT_LIST_DIR}/fuzz/corpus")
  add_test(NAME unit/audit_${name} COMMAND test_audit_${name})
  # Criterion's workers print what a sanitizer found, and exit with 0.
  set_tests_properties(unit/audit_${name} PROPERTIES
      FAIL_REGULAR_EXPRESSION "Sanitizer:")
endforeach()
target_link_options(test_audit_source PRIVATE
    -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray)

shaken_fuzz_targets(audit shaken_testlib shaken_audit shaken_private)

# Real traffic: sipp calls sipp, tcpdump looks on.
add_executable(audit_probe ${CMAKE_CURRENT_LIST_DIR}/integration/audit_probe.c)
target_link_libraries(audit_probe PRIVATE shaken_audit shaken_private
    shaken_flags)
add_test(NAME integration/audit_source COMMAND Python3::Interpreter -B
    ${CMAKE_CURRENT_LIST_DIR}/integration/audit_source.py
    $<TARGET_FILE:audit_probe>)
if(SHAKEN_SANITIZE) # which has memory of its own
  set_tests_properties(integration/audit_source PROPERTIES
      ENVIRONMENT SHAKEN_SANITIZED=1)
endif()
