# SPDX-License-Identifier: Apache-2.0
# What Debian wants of a tree beyond what is installed; cpack runs this before
# it packs.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # or SOURCE_DATE_EPOCH
foreach(pair "shakend shakend" "dev libshaken-dev")
  string(REGEX MATCH "(.*) (.*)" pair ${pair})
  set(tree ${CPACK_TEMPORARY_DIRECTORY}/${CMAKE_MATCH_1}/usr/share)
  set(doc ${tree}/doc/${CMAKE_MATCH_2})
  file(MAKE_DIRECTORY ${doc})
  file(WRITE ${doc}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: shaken

Files: *
Copyright: 2026 the shaken maintainers
License: Apache-2.0
 On Debian systems the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
")
  file(WRITE ${doc}/changelog
"${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * What is new: CHANGELOG.md of shakend.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
  file(GLOB text ${tree}/man/*/* ${doc}/CHANGELOG.md ${doc}/changelog)
  execute_process(COMMAND gzip -9n ${text} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
