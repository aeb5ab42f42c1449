# SPDX-License-Identifier: Apache-2.0
# Tests of api/ and service/.
set(service_libs shakend_private shaken_api shakencerts_private shaken_private)

file(GLOB unit_tests CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_LIST_DIR}/unit/service/test_*.c)
foreach(file ${unit_tests})
  string(REGEX REPLACE "^.*/test_(.*)\\.c$" "\\1" name ${file})
  add_executable(test_service_${name} ${file})
  target_link_libraries(test_service_${name} PRIVATE shaken_testlib
      ${service_libs} PkgConfig::CRITERION shaken_flags)
  target_include_directories(test_service_${name} PRIVATE
      ${PROJECT_SOURCE_DIR}/api/src)
  target_compile_definitions(test_service_${name} PRIVATE
      TREE="${CMAKE_CURRENT_LIST_DIR}/..")
  add_test(NAME unit/service_${name} COMMAND test_service_${name})
  # Criterion's workers print what a sanitizer found, and exit with 0.
  set_tests_properties(unit/service_${name} PROPERTIES
      FAIL_REGULAR_EXPRESSION "Sanitizer:")
endforeach()

target_include_directories(test_service_json_out PRIVATE
    ${CMAKE_CURRENT_LIST_DIR}/../api/src)

foreach(name keyd_proc lease slots timer wait)
  set_tests_properties(unit/service_${name} PROPERTIES LABELS threads)
  add_dependencies(thread_tests test_service_${name})
  if(SHAKEN_SANITIZE MATCHES thread)
    target_include_directories(test_service_${name} SYSTEM BEFORE
        PRIVATE plain)
  endif()
endforeach()

shaken_fuzz_targets(api shaken_api shaken_private)
shaken_fuzz_targets(service ${service_libs})
foreach(kind replay fuzz)
  if(TARGET ${kind}_headers_dto)
    target_include_directories(${kind}_headers_dto PRIVATE
        ${PROJECT_SOURCE_DIR}/api/src)
  endif()
endforeach()

find_package(Python3 REQUIRED COMPONENTS Interpreter)
foreach(name api div family faults flood keyd ops openapi replay)
  add_test(NAME integration/service_${name} COMMAND ${Python3_EXECUTABLE} -B
      ${CMAKE_CURRENT_LIST_DIR}/integration/service_test.py
      $<TARGET_FILE:shakend> $<TARGET_FILE:shaken-cli> service_${name})
endforeach()
if(TARGET faults)
  set_tests_properties(integration/service_faults PROPERTIES
      ENVIRONMENT "SHAKEN_FAULTS_LIB=$<TARGET_FILE:faults>")
endif()

# The generator of forged calls has its own parts from Debian's Python.
find_program(SHAKEN_DEBIAN_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH
    REQUIRED)
add_executable(verdict_probe
    ${CMAKE_CURRENT_LIST_DIR}/integration/verdict_probe.c)
target_link_libraries(verdict_probe PRIVATE shaken_testlib shaken_private
    shaken_flags)
add_test(NAME integration/forgeries COMMAND ${SHAKEN_DEBIAN_PYTHON} -B
    ${CMAKE_CURRENT_LIST_DIR}/integration/forge_test.py
    $<TARGET_FILE:verdict_probe> $<TARGET_FILE:shaken-cli>
    $<TARGET_FILE:shakend>)
add_test(NAME integration/differential COMMAND ${SHAKEN_DEBIAN_PYTHON} -B
    -W ignore ${CMAKE_CURRENT_LIST_DIR}/integration/forge_differential.py
    $<TARGET_FILE:verdict_probe>)

if(SHAKEN_BENCH)
  add_test(NAME integration/bench
      COMMAND ${CMAKE_CURRENT_LIST_DIR}/integration/bench.sh
      $<TARGET_FILE:shaken-cli> $<TARGET_FILE:shakend>
      $<TARGET_FILE_DIR:bench_http>)
endif()

# A sanitizer makes system calls of its own.
if(NOT SHAKEN_SANITIZE)
  add_test(NAME integration/unit_calls COMMAND ${Python3_EXECUTABLE} -B
      ${CMAKE_CURRENT_LIST_DIR}/integration/unit_calls.py
      $<TARGET_FILE:shakend> $<TARGET_FILE:shaken-cli>
      ${PROJECT_SOURCE_DIR}/contrib/systemd/shakend.service)
  set_tests_properties(integration/unit_calls PROPERTIES SKIP_RETURN_CODE 77)
endif()
