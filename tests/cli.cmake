# SPDX-License-Identifier: Apache-2.0
# Tests of cli/ that do not run the command.
file(GLOB unit_tests CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_LIST_DIR}/unit/cli/test_*.c)
foreach(file ${unit_tests})
  string(REGEX REPLACE "^.*/test_(.*)\\.c$" "\\1" name ${file})
  add_executable(test_cli_${name} ${file})
  target_link_libraries(test_cli_${name} PRIVATE shaken_cli_private
      PkgConfig::CRITERION shaken_flags)
  add_test(NAME unit/cli_${name} COMMAND test_cli_${name})
  # Criterion's workers print what a sanitizer found, and exit with 0.
  set_tests_properties(unit/cli_${name} PROPERTIES
      FAIL_REGULAR_EXPRESSION "Sanitizer:")
endforeach()
target_link_libraries(test_cli_run PRIVATE shaken_testlib)
set_tests_properties(unit/cli_run PROPERTIES LABELS threads)
if(TARGET thread_tests)
  add_dependencies(thread_tests test_cli_run)
endif()
if(SHAKEN_SANITIZE MATCHES thread)
  target_include_directories(test_cli_run SYSTEM BEFORE PRIVATE
      ${CMAKE_CURRENT_LIST_DIR}/plain)
endif()

shaken_fuzz_targets(cli shaken_cli_private)
