/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c - the table of all settings, and how it prints itself. */
#include <limits.h>
#include <string.h>

#include "conf.h"

#define PATH_LEN_MAX 150	/* inih: a line has at most 198 bytes */
#define YEAR_S (365L * 86400)

static const char *
check_sha256(const char *v)
{
	return strlen(v) == 64 && strspn(v, "0123456789abcdef") == 64 ? NULL :
	    "not 64 digits 0-9 a-f; try: printf %s TOKEN | sha256sum";
}

static const char *
check_attest(const char *v)
{
	return v[strspn(v, "ABC")] == '\0' ? NULL :
	    "not some of A, B and C, like ABC";
}

static const char *
check_ppt(const char *v)
{
	static const char *const types[] = { "shaken", "div", "div-o", "rph",
		"rcd", "msg" };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(v, types[i]) == 0)
			return NULL;
	return "not shaken, div, div-o, rph, rcd or msg";
}

static const char *
check_country(const char *v)
{
	return v[strspn(v, "0123456789")] == '\0' ? NULL :
	    "not a country code of digits only, like 1";
}

static const char *
check_domain(const char *v)
{
	return v[strspn(v, "-.0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0' ? NULL :
	    "not a domain name, like example.com";
}

static const char *
check_prefix(const char *v)
{
	size_t n = strlen(v);

	if (n == 0)
		return NULL;
	if (v[0] != '/' || v[n - 1] == '/' || strstr(v, "//") != NULL)
		return "not a path like /shaken";
	return v[strspn(v, "/-._~0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0' ? NULL :
	    "not only letters, digits, / - . _ and ~";
}

static const char *
check_verstat(const char *v)
{
	int ecase;
	bool failed;

	return svc_conf_verstat(v, &ecase, &failed) ? NULL :
	    "not a case and an answer, like: E16 failed (or: E17 none)";
}

static const char *
check_port(const char *v)
{
	size_t n = strspn(v, "0123456789");
	long port = 0;

	for (size_t i = 0; i < n && i < 6; i++)
		port = port * 10 + (v[i] - '0');
	return v[n] == '\0' && n < 6 && port > 0 && port <= 65535 ? NULL :
	    "not a port number";
}

#define COMMON(k, t) .key = (k), .type = (t)
#define STR(k, f, d, ex, chk, h) { COMMON(k, SVC_T_STR), .offset = F(f), \
	.min = 1, .max = PATH_LEN_MAX, .dflt = (d), .example = (ex), \
	.check = (chk), .help = (h) }
#define LIST(k, f, d, ex, chk, h) { COMMON(k, SVC_T_LIST), .offset = F(f), \
	.min = 1, .max = PATH_LEN_MAX, .dflt = (d), .example = (ex), \
	.check = (chk), .help = (h) }
#define INT(k, f, lo, hi, d, h) { COMMON(k, SVC_T_INT), .offset = F(f), \
	.min = (lo), .max = (hi), .dflt = (d), .help = (h) }
#define BOOL(k, f, d, h) { COMMON(k, SVC_T_BOOL), .offset = F(f), \
	.dflt = (d), .help = (h) }
#define ENUM(k, f, c, d, h) { COMMON(k, SVC_T_ENUM), .offset = F(f), \
	.choices = (c), .dflt = (d), .help = (h) }

#define F(field) offsetof(struct svc_conf, http.field) - \
	offsetof(struct svc_conf, http)
static const struct svc_item http_items[] = {
	LIST("listen", listen, "127.0.0.1:8080", NULL, NULL,
	    "Numeric address and port to serve on; [::1]:8080 for IPv6, port 0 "
	    "for any that is free (the log says which). May be given several "
	    "times. Not used when systemd passes sockets."),
	{ COMMON("prefix", SVC_T_STR), .offset = F(prefix), .min = 0,
	    .max = 64, .dflt = "", .check = check_prefix, .help =
	    "Path in front of /stir/v1/..., /v1/... and /certificates/: the "
	    "RoutingPath of ATIS-1000082." },
	INT("threads", threads, 0, 256, "0",
	    "Threads that answer requests; 0: one for each processor."),
	STR("tls_certificate", tls_certificate, NULL,
	    "/etc/shakend/tls/chain.pem", NULL,
	    "PEM chain to serve HTTPS with; without it the service speaks "
	    "plain HTTP."),
	STR("tls_key", tls_key, NULL, "/etc/shakend/tls/key.pem", NULL,
	    "Its private key, for nobody but its owner to read."),
	STR("client_ca", client_ca, NULL, "/etc/shakend/tls/clients.pem", NULL,
	    "PEM certificates that client certificates are verified with; "
	    "needed for client_subject."),
	INT("max_body", max_body, 1024, 1048576, "65536",
	    "Bytes of one request's body; beyond is answered 413."),
	INT("max_connections", max_connections, 16, 1000000, "16384",
	    "Connections at a time, idle ones included; beyond are closed at "
	    "once. The limit of open files is raised as far as it goes."),
	INT("idle_timeout_s", idle_timeout_s, 1, 3600, "75",
	    "Seconds after which an idle connection is closed."),
	INT("request_timeout_s", request_timeout_s, 1, 300, "10",
	    "Seconds in which a request must have come completely, however "
	    "slowly its bytes drip."),
	INT("grace_s", grace_s, 0, 300, "10",
	    "Seconds that requests in flight are given when the service is "
	    "told to end."),
	INT("queue_ms", queue_ms, 0, 60000, "250",
	    "Milliseconds that a request may have waited when it is looked "
	    "at, to some 5 ms; of those beyond, seven in eight are answered "
	    "503 at once, so that the others are answered in time. 0: no "
	    "limit."),
	INT("max_waiting", max_waiting, 1, 1000000, "4096",
	    "Requests that wait for certificates or for the key process at a "
	    "time; beyond is answered 503."),
	INT("address_rate", address_rate, 0, 1000000, "0",
	    "Requests a second from one address, or IPv6 network of 64 bits; "
	    "beyond is answered 429. 0: no limit."),
	INT("address_burst", address_burst, 1, 1000000, "100",
	    "Requests from it at once, after a pause."),
	BOOL("allow_plain_http", allow_plain_http, "no",
	    "Permit plain HTTP, or clients without credentials, on addresses "
	    "that are not loopback: the network must be trusted then."),
	BOOL("allow_chunked", allow_chunked, "no",
	    "Accept bodies without Content-Length, which ATIS-1000082 answers "
	    "411."),
	{ .key = NULL }
};
#undef F

#define F(field) offsetof(struct svc_conf, auth.field) - \
	offsetof(struct svc_conf, auth)
static const struct svc_item auth_items[] = {
	STR("jwt_key", jwt_key, NULL, "/etc/shakend/jwt.pem", NULL,
	    "PEM public key (P-256) that bearer tokens which are JWTs are "
	    "verified with: ES256 and nothing else; needed for jwt_subject."),
	STR("jwt_issuer", jwt_issuer, NULL, "https://login.example.com", NULL,
	    "What the claim iss of such a token must be; absent: not looked "
	    "at."),
	STR("jwt_audience", jwt_audience, NULL, "shakend", NULL,
	    "What the claim aud must be, or hold; absent: not looked at."),
	{ .key = NULL }
};
#undef F

#define F(field) offsetof(struct svc_conf, keyd.field) - \
	offsetof(struct svc_conf, keyd)
static const struct svc_item keyd_items[] = {
	BOOL("enable", enable, "no",
	    "Keep private keys out of the process that reads requests: another "
	    "one reads their files, and can do nothing but sign then. Costs "
	    "some of the rate of signing."),
	INT("threads", threads, 0, 64, "0",
	    "Threads that sign there; 0: one for every two processors."),
	INT("timeout_ms", timeout_ms, 10, 60000, "2000",
	    "Milliseconds after which a key process that does not answer is "
	    "ended, and another one started."),
	{ .key = NULL }
};
#undef F

#define F(field) offsetof(struct svc_conf_key, field)
static const struct svc_item key_items[] = {
	STR("private_key", private_key, NULL, "/etc/shakend/keys/key.pem",
	    NULL, "PEM file with the unencrypted P-256 key, for nobody but "
	    "its owner to read."),
	STR("certificate", certificate, NULL, "/etc/shakend/keys/chain.pem",
	    NULL, "PEM file with its certificate and the intermediates, leaf "
	    "first. Key and certificate must match. Served under "
	    "/certificates/NAME.pem."),
	STR("x5u", x5u, NULL, "https://cr.example.com/1234/chain.pem", NULL,
	    "Where verifiers get that chain: goes into every PASSporT."),
	BOOL("allow_group_readable", allow_group_readable, "no",
	    "Accept a key file that its group may read. One that others may "
	    "read is never accepted."),
	BOOL("check_x5u", check_x5u, "yes",
	    "Fetch x5u when the key is loaded, and log when it does not serve "
	    "this certificate. Signing does not wait for it."),
	{ .key = NULL }
};
#undef F

#define F(field) offsetof(struct svc_conf_tenant, field)
static const struct svc_item tenant_items[] = {
	LIST("token_sha256", token_sha256, NULL,
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    check_sha256, "SHA-256 of its bearer token in hexadecimal: "
	    "printf %s TOKEN | sha256sum. Several, while one replaces the "
	    "other."),
	LIST("client_subject", client_subject, NULL, "CN=sbc1,O=Example", NULL,
	    "Subject of its TLS client certificate, as openssl x509 -noout "
	    "-subject -nameopt RFC2253 prints it. Several."),
	LIST("jwt_subject", jwt_subject, NULL, "sbc1", NULL,
	    "Claim sub of its JWT. Several."),
	BOOL("anonymous", anonymous, "no",
	    "Whoever shows no credentials is this tenant; on loopback only, "
	    "unless allow_plain_http. One tenant at most."),
	LIST("keys", keys, NULL, "NAME", NULL,
	    "Name of a [key] it may sign with. Several; a request then says "
	    "which."),
	LIST("ppt", ppt, NULL, "shaken", check_ppt,
	    "Type of PASSporT it may sign: shaken, div, div-o, rph, rcd, msg. "
	    "Several; absent: all of them."),
	{ COMMON("attest", SVC_T_STR), .offset = F(attest), .min = 1, .max = 3,
	    .dflt = "ABC", .check = check_attest, .help =
	    "Attestation levels it may sign with." },
	{ COMMON("default_country", SVC_T_STR), .offset = F(default_country),
	    .min = 1, .max = 3, .example = "1", .check = check_country, .help =
	    "Country code that its national numbers get; absent: numbers are "
	    "taken as they are." },
	INT("freshness", freshness, 0, 300, "0",
	    "Seconds that iat and time may differ from now, signing and "
	    "verifying; 0: as [verify] says."),
	INT("rate", rate, 0, 1000000, "0",
	    "Requests a second; beyond is answered 429. 0: no limit."),
	INT("burst", burst, 1, 1000000, "100",
	    "Requests at once, after a pause."),
	ENUM("on_stale_iat", on_stale_iat, "reject now", "reject",
	    "What to do when it asks to sign a stale iat: reject, or sign "
	    "with now instead."),
	ENUM("dialect", dialect, "both atis 3gpp", "both",
	    "Members of a signing answer: identity (atis), identityHeader "
	    "(3gpp), or both."),
	BOOL("heartbeat", heartbeat, "no",
	    "Its requests from 9999999999 to 7777777777 are probes: answered, "
	    "but neither audited nor counted as calls."),
	{ .key = NULL }
};
#undef F

#define F(field) offsetof(struct svc_conf, trust.field) - \
	offsetof(struct svc_conf, trust)
static const struct svc_item trust_items[] = {
	LIST("anchors", anchors, NULL, "/etc/shakend/trust/", NULL,
	    "PEM file with STI-CA root certificates, or directory of such "
	    "files (*.pem, *.crt). Several. None: nothing verifies."),
	LIST("crls", crls, NULL, "/etc/shakend/crl.pem", NULL,
	    "File with certificate revocation lists, PEM (with their signer's "
	    "certificates) or DER. Several."),
	LIST("crl_anchors", crl_anchors, NULL, "/etc/shakend/sti-pa.pem", NULL,
	    "Roots that sign revocation lists only: the STI-PA's. Absent: the "
	    "anchors."),
	ENUM("crl_policy", crl_policy, "hard soft", "soft",
	    "A certificate that no current list speaks of: soft goes on, hard "
	    "refuses it."),
	LIST("policies", policies, NULL, "2.16.840.1.114569.1.1.4", NULL,
	    "Certificate policy (OID) of which every certificate must carry "
	    "one. Several. Absent: not looked at."),
	BOOL("implicit_tnauthlist", implicit_tnauthlist, "no",
	    "Also read TNAuthLists that were encoded with wrong tags."),
	{ .key = NULL }
};
#undef F

#define F(field) offsetof(struct svc_conf, fetch.field) - \
	offsetof(struct svc_conf, fetch)
static const struct svc_item fetch_items[] = {
	INT("total_ms", total_ms, 100, 60000, "2000",
	    "Milliseconds for one fetch of a certificate. A call waits no "
	    "longer than [verify] deadline_ms; the fetch goes on for the next "
	    "one."),
	INT("connect_ms", connect_ms, 50, 60000, "1000",
	    "Milliseconds of them until TLS is up."),
	INT("max_bytes", max_bytes, 4096, 1048576, "65536",
	    "Bytes of one certificate file."),
	INT("max_parallel", max_parallel, 1, 10000, "64",
	    "Fetches under way at a time."),
	INT("max_per_host", max_per_host, 1, 1000, "4",
	    "Of them to one host."),
	STR("tls_ca", tls_ca, NULL, "/etc/ssl/certs/ca-certificates.crt",
	    NULL, "PEM certificates that the certificate hosts' TLS is "
	    "verified with; absent: the system's store."),
	STR("store", store, NULL, "/var/lib/shakend/store", NULL,
	    "Directory for copies of fetched chains, so that a restart is "
	    "warm; absent: none."),
	BOOL("allow_private", allow_private, "no",
	    "For laboratories: connect to addresses that are not public."),
	BOOL("allow_http", allow_http, "no",
	    "For laboratories: x5u with plain http."),
	LIST("allow_ports", allow_ports, NULL, "4443", check_port,
	    "For laboratories: a port besides 443 and 8443. Several."),
	INT("cache_entries", cache_entries, 16, 1000000, "8192",
	    "URLs kept in memory."),
	INT("cache_bytes", cache_bytes, 1048576, LONG_MAX, "134217728",
	    "Bytes of memory for them."),
	INT("tables", tables, 0, 100000, "256",
	    "Certificates, of those used most, whose signatures are verified "
	    "three times as fast, with a table of 156 KiB of memory each; 0: "
	    "none."),
	INT("negative_s", negative_s, 1, 3600, "30",
	    "Seconds that a failure is kept."),
	INT("floor_s", floor_s, 60, YEAR_S, "86400",
	    "Seconds that a chain is kept at least, whatever its host says; "
	    "never past its notAfter."),
	INT("stale_s", stale_s, 0, YEAR_S, "0",
	    "Seconds that a chain is used longer when its host fails."),
	{ .key = NULL }
};
#undef F

#define F(field) offsetof(struct svc_conf, verify.field) - \
	offsetof(struct svc_conf, verify)
static const struct svc_item verify_items[] = {
	INT("freshness", freshness, 1, 300, "60",
	    "Seconds that iat and time may differ from now, either way (RFC "
	    "8224 section 4.1)."),
	INT("diverted_freshness", diverted_freshness, 0, 10800, "0",
	    "Seconds that the token of a call may be old which was diverted "
	    "with a fresh div (RFC 8946 section 4.2 has three hours for "
	    "transfers); less than freshness: as that."),
	INT("deadline_ms", deadline_ms, 1, 60000, "500",
	    "Milliseconds a verification may wait for certificates; then its "
	    "answer is E8."),
	LIST("verstat", verstat, NULL, "E16 failed", check_verstat,
	    "Verstat of an error case: failed (TN-Validation-Failed) or none "
	    "(No-TN-Validation). Several. Absent: as ATIS-1000082 has it, E17 "
	    "and E18 failed, the others none."),
	ENUM("verstat_style", verstat_style, "plain suffixed", "plain",
	    "suffixed: TN-Validation-Passed-A, as some networks have it."),
	ENUM("request_uri", request_uri, "diverted always never", "diverted",
	    "Which calls must lead to their Request-URI: diverted, those with "
	    "a div (RFC 8946 section 4.2); always, for networks where every "
	    "diversion is signed; never, where it is changed for routing."),
	ENUM("verstat_field", verstat_field, "auto pai from both none", "auto",
	    "Where rendered header fields have verstat: in "
	    "P-Asserted-Identity where the call has one, else in From (auto); "
	    "in P-Asserted-Identity, made where there is none (pai); in From; "
	    "in both."),
	ENUM("verstat_uri", verstat_uri, "keep tel sip", "keep",
	    "The URI of that P-Asserted-Identity: as it came, or a tel or sip "
	    "URI of the number."),
	{ COMMON("domain", SVC_T_STR), .offset = F(domain), .min = 1,
	    .max = 128, .example = "example.com", .check = check_domain, .help =
	    "Our domain, for verstat_uri = sip." },
	BOOL("attestation_fields", attestation_fields, "no",
	    "Render P-Attestation-Indicator and P-Origination-ID too, for "
	    "calls that pass."),
	ENUM("reason", reason, "stir sip none", "stir",
	    "Reason fields for responses: one with the protocol STIR for each "
	    "Identity that failed (RFC 9410), or a single one with SIP."),
	ENUM("reason_ppi", reason_ppi, "compact full none", "compact",
	    "How a STIR Reason names the Identity: the signature of its token, "
	    "the whole token, or not at all."),
	ENUM("replay", replay, "off detect reject", "off",
	    "Tokens that are used again and again (RFC 8224 section 12.1): "
	    "detect counts and logs them, reject also answers E15 beyond "
	    "replay_uses."),
	INT("replay_uses", replay_uses, 1, 1000, "8",
	    "Verifications that one token is good for: a call may fork, and "
	    "its INVITE be sent again."),
	INT("replay_entries", replay_entries, 1024, 16777216, "262144",
	    "Tokens that are remembered, 32 bytes each: calls a second times "
	    "twice the freshness is enough. Changes need a restart."),
	BOOL("require_identity", require_identity, "no",
	    "A call without a usable Identity gets code 428."),
	BOOL("accept_missing_identity", accept_missing_identity, "no",
	    "A verificationRequest without identity is answered 200 with "
	    "No-TN-Validation, not 400."),
	BOOL("accept_base", accept_base, "no",
	    "Accept PASSporTs without ppt (delegate certificates)."),
	BOOL("accept_padding", accept_padding, "no",
	    "Accept = at the end of base64url."),
	BOOL("accept_dest_string", accept_dest_string, "no",
	    "Accept a dest.tn that is no array."),
	BOOL("require_uuid", require_uuid, "no",
	    "Refuse an origid that is no UUID."),
	{ .key = NULL }
};
#undef F

#define F(field) offsetof(struct svc_conf, log.field) - \
	offsetof(struct svc_conf, log)
static const struct svc_item log_items[] = {
	ENUM("level", level, "error warning info debug", "info",
	    "How much goes to stderr. info: one line a decision; debug: also "
	    "Identity values."),
	ENUM("format", format, "json text", "json",
	    "One JSON object a line, or text with a priority for the journal."),
	STR("audit", audit, NULL, "/var/log/shakend/audit.log", NULL,
	    "File to which every decision is appended as JSON, whatever the "
	    "level; opened anew on HUP."),
	INT("expiry_warning_days", expiry_warning_days, 0, 3650, "14",
	    "Warn from so many days on before a signing certificate expires."),
	{ .key = NULL }
};
#undef F

#define PLAIN(name) #name, SVC_S_PLAIN, offsetof(struct svc_conf, name)
const struct svc_section svc_sections[] = {
	{ PLAIN(http), true, http_items,
	    "Where and how the service is reached. Changes need a restart." },
	{ PLAIN(auth), false, auth_items,
	    "Bearer tokens that are JWTs." },
	{ PLAIN(keyd), false, keyd_items,
	    "The key process: private keys apart from what reads requests." },
	{ "key", SVC_S_KEY, 0, false, key_items,
	    "A provider's signing key, certificate and x5u. Any number." },
	{ "tenant", SVC_S_TENANT, 0, false, tenant_items,
	    "A client and what it may do. Any number. Without any, and on "
	    "loopback only, everybody may use all keys." },
	{ PLAIN(trust), false, trust_items,
	    "Whom to believe when verifying." },
	{ PLAIN(fetch), true, fetch_items,
	    "Getting and keeping the certificates of others. Changes need a "
	    "restart." },
	{ PLAIN(verify), false, verify_items,
	    "How calls are judged." },
	{ PLAIN(log), true, log_items,
	    "What is written down. Changes need a restart." },
	{ .name = NULL }
};
