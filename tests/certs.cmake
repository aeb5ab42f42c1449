# SPDX-License-Identifier: Apache-2.0
# Tests of certs/ beside the unit tests: fuzz targets, and a cache and an update
# against web servers that misbehave.
foreach(name fetch stipa)
  add_executable(${name}_probe
      ${CMAKE_CURRENT_LIST_DIR}/integration/${name}_probe.c)
  target_link_libraries(${name}_probe PRIVATE shaken_testlib
      shakencerts_private shaken_private shaken_flags)
endforeach()

find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME integration/certs COMMAND Python3::Interpreter -B -W ignore
    ${CMAKE_CURRENT_LIST_DIR}/integration/certs_test.py
    $<TARGET_FILE:fetch_probe> $<TARGET_FILE:stipa_probe>)
set_tests_properties(integration/certs PROPERTIES LABELS threads)
if(TARGET thread_tests)
  add_dependencies(thread_tests fetch_probe stipa_probe)
endif()

shaken_fuzz_targets(certs shakencerts_private shaken_private)
shaken_fuzz_targets(signed shaken_testlib shakencerts_private shaken_private)
