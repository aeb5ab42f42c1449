-- SPDX-License-Identifier: Apache-2.0
-- post.lua - for wrk: POST the file $BODY, and print one line of NAME=VALUE.
-- A status other than 200 is an error; what the answer says is looked at by the
-- caller, once before and once after.
local f = assert(io.open(os.getenv("BODY"), "rb"))

wrk.method = "POST"
wrk.body = f:read("*a")
wrk.headers["Content-Type"] = "application/json"
f:close()

function done(summary, latency)
	local e = summary.errors

	io.write(string.format("requests=%d per_s=%.0f errors=%d p50_us=%d " ..
	    "p99_us=%d p999_us=%d\n", summary.requests,
	    summary.requests / summary.duration * 1e6,
	    e.connect + e.read + e.write + e.status + e.timeout,
	    latency:percentile(50), latency:percentile(99),
	    latency:percentile(99.9)))
end
