/* SPDX-License-Identifier: Apache-2.0 */
/* date.h - days of the Gregorian calendar. */
#ifndef SHK_DATE_H
#define SHK_DATE_H

#include <stdint.h>

/*
 * Days from 1970-01-01 to a date, month and day from 1; of a date that does not
 * exist those of the one that is so many days later.  A year here begins in March,
 * so that the leap day is its last; all are moved by one cycle of 400 years, so
 * that no division is of a negative number.
 */
static inline int64_t
shk_days(int64_t year, int64_t month, int64_t day)
{
	int64_t y = year + 400 - (month <= 2), m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 +
	    day - 1 - 719468 - 146097;
}

#endif
