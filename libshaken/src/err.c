/* SPDX-License-Identifier: Apache-2.0 */
/* err.c - names and texts of the error table. */
#include <shaken/err.h>
#include <shaken/lint.h>
#include <shaken/shaken.h>

/* Any int may come in: the caller may have mixed up its errors. */
const char *
shaken_strerror(int err)
{
	switch ((enum shaken_err)err) {
#define X(name, value, text) case name: return text;
	SHAKEN_ERR_MAP(X)
#undef X
	}
	return "unknown error";
}

const char *
shaken_errname(int err)
{
	switch ((enum shaken_err)err) {
#define X(name, value, text) case name: return #name;
	SHAKEN_ERR_MAP(X)
#undef X
	}
	return "SHAKEN_E_UNKNOWN";
}

const char *
shaken_severity_name(enum shaken_severity s)
{
	switch (s) {
	case SHAKEN_NOTE: return "note";
	case SHAKEN_WARN: return "warning";
	case SHAKEN_ERROR: return "error";
	}
	return "error";
}

const char *
shaken_version(void)
{
	return SHAKEN_VERSION;	/* from CMake, the one place that knows it */
}
