/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHAKEN_EXPORT_H
#define SHAKEN_EXPORT_H

/* The library is built with -fvisibility=hidden: only what carries this mark,
 * and is listed in libshaken.map, leaves the shared object. */
#define SHAKEN_API __attribute__((visibility("default")))
#define SHAKEN_MUST_USE __attribute__((warn_unused_result))

/* A C++ program links the same C names. */
#ifdef __cplusplus
#define SHAKEN_BEGIN_DECLS extern "C" {
#define SHAKEN_END_DECLS }
#else
#define SHAKEN_BEGIN_DECLS
#define SHAKEN_END_DECLS
#endif

#endif
