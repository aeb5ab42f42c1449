# SPDX-License-Identifier: Apache-2.0
# libshaken/src/p256_table.c needs functions that OpenSSL 3.0 deprecates, and
# integers of 128 bits.  Without either, or with SHAKEN_P256_TABLE=OFF, all
# signatures are verified with EVP, and shaken_chain_speed_up() says that it
# cannot.
include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES OpenSSL::Crypto)
check_c_source_compiles("
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ec.h>
int
main(void)
{
	__int128 wide = EC_GROUP_precompute_mult(0, 0);

	return (int)wide + EC_POINT_get_Jprojective_coordinates_GFp(0, 0, 0, 0,
	    0, 0);
}" SHAKEN_CAN_P256_TABLE)
unset(CMAKE_REQUIRED_LIBRARIES)
if(SHAKEN_P256_TABLE STREQUAL "ON" AND NOT SHAKEN_CAN_P256_TABLE)
  message(FATAL_ERROR "SHAKEN_P256_TABLE=ON: this OpenSSL or compiler lacks "
      "what it needs; configure with -DSHAKEN_P256_TABLE=OFF")
endif()
set(SHAKEN_HAS_P256_TABLE FALSE)
if(SHAKEN_CAN_P256_TABLE AND NOT SHAKEN_P256_TABLE STREQUAL "OFF")
  set(SHAKEN_HAS_P256_TABLE TRUE)
endif()
message(STATUS "Tables for keys that are used a lot: ${SHAKEN_HAS_P256_TABLE}")
