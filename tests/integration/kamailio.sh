#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kamailio.sh SHAKEN SHAKEND [TEST...] - calls from sipp to sipp through two
# Kamailios that sign and verify by shakend.  Exit 77, "skipped", where one of
# them is not installed.
set -eu
PATH=$PATH:/usr/sbin # where kamailio is
for program in kamailio sipp openssl python3; do
	command -v "$program" >/dev/null || exit 77
done
kamailio=$(dirname "$0")/kamailio/kamailio_test.py
PYTHONDONTWRITEBYTECODE=1 exec python3 "$kamailio" "$@"
