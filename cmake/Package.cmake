# SPDX-License-Identifier: Apache-2.0
# Debian packages, of a tree that was configured with the prefix /usr:
#
#	cmake -S . -B build/deb -DCMAKE_INSTALL_PREFIX=/usr -DSHAKEN_TESTS=OFF
#	cmake --build build/deb && (cd build/deb && cpack)
#
# shakend has the daemon, the command and both libraries; libshaken-dev what
# programs are built with.
set(SHAKEN_MAINTAINER "The shaken maintainers <maintainers@localhost>" CACHE
    STRING "Who answers for the packages")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME shaken)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${SHAKEN_MAINTAINER})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON) # for /etc
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL shakend dev)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/deb/finish.cmake)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS OFF)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)

set(CPACK_DEBIAN_SHAKEND_PACKAGE_NAME shakend)
set(CPACK_DEBIAN_SHAKEND_PACKAGE_SECTION comm)
set(CPACK_DEBIAN_SHAKEND_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_SHAKEND_PACKAGE_DEPENDS "adduser")
set(CPACK_DEBIAN_SHAKEND_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_COMPONENT_SHAKEND_DESCRIPTION
"signs and verifies telephone calls with STIR/SHAKEN
A daemon that SIP proxies and session border controllers ask over HTTP, in the
API of ATIS-1000082 and 3GPP TS 24.229 or its own, the command shaken(1) to
sign, verify and look into calls by hand, and the libraries of both.")
set(control ${CMAKE_CURRENT_BINARY_DIR}/deb)
file(WRITE ${control}/conffiles "/etc/shakend/shakend.conf\n")
file(WRITE ${control}/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_SHAKEND_PACKAGE_CONTROL_EXTRA
    ${control}/conffiles ${control}/triggers
    ${PROJECT_SOURCE_DIR}/cmake/deb/postinst
    ${PROJECT_SOURCE_DIR}/cmake/deb/prerm
    ${PROJECT_SOURCE_DIR}/cmake/deb/postrm)

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libshaken-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "shakend (= ${PROJECT_VERSION})")
set(CPACK_COMPONENT_DEV_DESCRIPTION
"signs and verifies telephone calls with STIR/SHAKEN, for programs
Headers, pkg-config and CMake files of libshaken and libshakencerts.")
include(CPack)
