# SPDX-License-Identifier: Apache-2.0
# What "cmake --install" puts where, in two components: shakend, to run, and
# dev, to build with.  The tree may be moved afterwards: programs find their
# libraries, and pkg-config and CMake the prefix, by relative paths.
#
# With the prefix /usr, as packages are made, configuration goes to /etc, and
# ldconfig finds the libraries.
include(CMakePackageConfigHelpers)

if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(etc_dir /etc/shakend)
else()
  set(etc_dir ${CMAKE_INSTALL_SYSCONFDIR}/shakend)
  file(RELATIVE_PATH to_lib ${CMAKE_INSTALL_FULL_BINDIR}
      ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(shaken-cli shakend PROPERTIES
      INSTALL_RPATH "$ORIGIN/${to_lib}")
  set_target_properties(shakencerts PROPERTIES INSTALL_RPATH "$ORIGIN")
endif()
set(doc_dir ${CMAKE_INSTALL_DATADIR}/doc/shakend)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME shakend)
install(TARGETS shaken shakencerts EXPORT shakenTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} NAMELINK_COMPONENT dev
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS shaken-cli shakend DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES docs/man/shaken.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES docs/man/shakend.conf.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES docs/man/shakend.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES contrib/shakend.conf DESTINATION ${etc_dir})
install(FILES README.md CHANGELOG.md api/openapi.yaml DESTINATION ${doc_dir})
install(DIRECTORY contrib/kamailio DESTINATION ${doc_dir}/examples)
install(FILES LICENSE DESTINATION ${doc_dir} COMPONENT license)

# A unit has the whole path of what it starts.
foreach(unit shakend.service shakend.socket shaken-stipa.service
    shaken-stipa.timer)
  file(READ contrib/systemd/${unit} text)
  string(REPLACE /usr/bin/ ${CMAKE_INSTALL_FULL_BINDIR}/ text "${text}")
  file(CONFIGURE OUTPUT ${unit} CONTENT "${text}" @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${unit}
      DESTINATION lib/systemd/system)
endforeach()

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME dev)
install(DIRECTORY libshaken/include/ certs/include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

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

include(cmake/Package.cmake)
