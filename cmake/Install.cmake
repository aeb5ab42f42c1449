# SPDX-License-Identifier: Apache-2.0
# What "cmake --install" puts where.  The tree may be moved afterwards: programs
# find their libraries, and pkg-config and CMake the prefix, by relative paths.
include(CMakePackageConfigHelpers)

file(RELATIVE_PATH to_lib ${CMAKE_INSTALL_FULL_BINDIR}
    ${CMAKE_INSTALL_FULL_LIBDIR})
set_target_properties(shaken-cli PROPERTIES INSTALL_RPATH "$ORIGIN/${to_lib}")
set_target_properties(shakencerts PROPERTIES INSTALL_RPATH "$ORIGIN")

install(TARGETS shaken shakencerts EXPORT shakenTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS shaken-cli DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY libshaken/include/ certs/include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES docs/man/shaken.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES LICENSE README.md CHANGELOG.md
    DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/shaken)
install(EXPORT shakenTargets NAMESPACE shaken:: DESTINATION ${package_dir})
configure_package_config_file(cmake/shakenConfig.cmake.in shakenConfig.cmake
    INSTALL_DESTINATION ${package_dir})
# Until 1.0 a minor version may change the API.
write_basic_package_version_file(shakenConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/shakenConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/shakenConfigVersion.cmake
    DESTINATION ${package_dir})

set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH SHAKEN_PC_TO_PREFIX /prefix/${pc_dir} /prefix)
foreach(name shaken shakencerts)
  configure_file(cmake/${name}.pc.in ${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${pc_dir})
endforeach()
