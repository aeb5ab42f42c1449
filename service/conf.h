/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf.h - the configuration: one table of settings, from which the parser, the
 * man page and contrib/shakend.conf come.
 *
 * A loaded configuration is immutable.  Every value is set, from the file or by
 * default; what contradicts itself does not load.
 */
#ifndef SVC_CONF_H
#define SVC_CONF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct svc_list {		/* owned */
	char	**v;
	size_t	  n;
};

enum svc_stale { SVC_STALE_REJECT = 0, SVC_STALE_NOW = 1 };
enum svc_dialect { SVC_DIALECT_BOTH = 0, SVC_DIALECT_ATIS = 1,
	SVC_DIALECT_3GPP = 2 };
enum svc_crl { SVC_CRL_HARD = 0, SVC_CRL_SOFT = 1 };
/* When a call must lead to its Request-URI (RFC 8946 section 4.2). */
enum svc_request_uri { SVC_URI_DIVERTED = 0, SVC_URI_ALWAYS = 1,
	SVC_URI_NEVER = 2 };
enum svc_verstat_style { SVC_VERSTAT_PLAIN = 0, SVC_VERSTAT_SUFFIXED = 1 };
enum svc_replay { SVC_REPLAY_OFF = 0, SVC_REPLAY_DETECT = 1,
	SVC_REPLAY_REJECT = 2 };
enum svc_log_level { SVC_ERROR = 0, SVC_WARNING = 1, SVC_INFO = 2,
	SVC_DEBUG = 3 };
enum svc_log_format { SVC_LOG_JSON = 0, SVC_LOG_TEXT = 1 };

struct svc_conf_key {		/* [key NAME] */
	char	*name;
	char	*private_key, *certificate, *x5u;
	bool	 allow_group_readable, check_x5u;
};

struct svc_conf_tenant {	/* [tenant NAME] */
	char	*name;
	struct svc_list	 token_sha256, client_subject, jwt_subject, keys;
	bool	 anonymous;
	struct svc_list	 ppt;	/* the types it may sign; none: all */
	char	*attest;	/* the levels it may sign with: "ABC" */
	char	*default_country;
	long	 freshness;	/* seconds; 0: that of [verify] */
	long	 rate, burst;	/* requests a second; 0: no limit */
	long	 on_stale_iat;	/* enum svc_stale */
	long	 dialect;	/* enum svc_dialect */
	bool	 heartbeat;
};

/* Strings are owned, and NULL where a setting without default is absent. */
struct svc_conf {
	atomic_uint	refs;
	struct {
		struct svc_list	 listen;
		char	*prefix;
		long	 threads;	/* 0: one a processor */
		char	*tls_certificate, *tls_key, *client_ca;
		long	 max_body, max_connections;
		long	 idle_timeout_s, request_timeout_s, grace_s;
		long	 queue_ms, max_waiting;
		long	 address_rate, address_burst;
		bool	 allow_plain_http, allow_chunked;
	} http;
	struct {
		char	*jwt_key, *jwt_issuer, *jwt_audience;
	} auth;
	struct {
		bool	 enable;
		long	 threads;	/* 0: by the number of processors */
		long	 timeout_ms;
	} keyd;
	struct svc_conf_key	*keys;
	size_t			 n_keys;
	struct svc_conf_tenant	*tenants; /* at least one: without [tenant],
					   * "anonymous" with all keys */
	size_t			 n_tenants;
	struct {
		struct svc_list	 anchors, crls, crl_anchors, policies;
		long	 crl_policy;	/* enum svc_crl */
		bool	 implicit_tnauthlist;
	} trust;
	struct {
		long	 total_ms, connect_ms, max_bytes, max_parallel,
			 max_per_host;
		char	*tls_ca, *store;
		bool	 allow_private, allow_http;
		struct svc_list	 allow_ports;
		long	 cache_entries, cache_bytes, tables;
		long	 negative_s, floor_s, stale_s;
	} fetch;
	struct {
		long	 freshness, diverted_freshness, deadline_ms;
		struct svc_list	 verstat;
		long	 replay;	/* enum svc_replay */
		long	 replay_uses, replay_entries;
		long	 verstat_style;	/* enum svc_verstat_style */
		long	 request_uri;	/* enum svc_request_uri */
		long	 verstat_field;	/* enum api_fields */
		long	 verstat_uri;	/* enum api_uri */
		char	*domain;
		bool	 attestation_fields;
		long	 reason, reason_ppi; /* enum api_reason, api_ppi */
		bool	 require_identity, accept_missing_identity;
		bool	 accept_base, accept_padding, accept_dest_string,
			 require_uuid;
	} verify;
	struct {
		long	 level, format;	/* enum svc_log_level, svc_log_format */
		char	*audit;
		long	 expiry_warning_days;
	} log;
};

/*
 * Load a file.  Every bad line is reported to diag as "path:line: why", not
 * just the first.  Returns NULL then; else the caller owns it.
 */
struct svc_conf *svc_conf_load(const char *path, FILE *diag);
/* One more owner; svc_conf_free() is to be called for each. */
struct svc_conf *svc_conf_ref(struct svc_conf *c);
void svc_conf_free(struct svc_conf **c);

/* What one line cannot tell: settings that need or exclude one another, names
 * that nothing has.  Reports as above; false when there is something. */
bool svc_conf_check(const struct svc_conf *c, const char *path, FILE *diag);

/* Whether the service may be reached at addresses that are not loopback; else
 * why not. */
bool svc_conf_may_be_public(const struct svc_conf *c, const char **why);

/* Sections whose settings a reload does not change, where a and b differ in
 * them: "[http]" or NULL.  i counts from 0. */
const char *svc_conf_frozen(const struct svc_conf *a, const struct svc_conf *b,
    size_t i);

/* One entry of [verify] verstat, "E16 failed": the case, 3 to 19, and whether
 * it is TN-Validation-Failed (else No-TN-Validation).  False: malformed. */
bool svc_conf_verstat(const char *text, int *ecase, bool *failed);

/* A new configuration file with every setting, its default and what it is for:
 * contrib/shakend.conf.  And the same as the list of shakend.conf(5). */
void svc_conf_print(FILE *out);
void svc_conf_print_man(FILE *out);

/* -- the table ---------------------------------------------------------- */

enum svc_type { SVC_T_STR, SVC_T_LIST, SVC_T_INT, SVC_T_BOOL, SVC_T_ENUM };

struct svc_item {
	const char	*key;
	enum svc_type	 type;
	size_t		 offset; /* in the struct of its section */
	long		 min, max; /* of a number, or of a string's length */
	const char	*dflt;	/* NULL: none */
	const char	*choices; /* of an enum, in order: "reject now" */
	const char	*(*check)(const char *value); /* NULL, or what is
					* wrong */
	const char	*example; /* for a setting without default */
	const char	*help;
};

enum svc_kind { SVC_S_PLAIN, SVC_S_KEY, SVC_S_TENANT };

struct svc_section {
	const char	*name;
	enum svc_kind	 kind;	/* KEY, TENANT: "[key NAME]", any number */
	size_t		 offset; /* PLAIN: of its struct in struct svc_conf */
	bool		 frozen; /* a reload does not change it */
	const struct svc_item *items; /* the last has no key */
	const char	*help;
};

extern const struct svc_section svc_sections[]; /* the last has no name */

#endif
