/* SPDX-License-Identifier: Apache-2.0 */
/* handle_admin.c - is it alive, can it work, what has it done; and the chains
 * of our own keys, for verifiers to fetch. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "keyd.h"
#include "route.h"

void
svc_handle_health(struct svc_task *t, struct svc_reply *reply)
{
	svc_reply_text(t, SHAKEN_SV_LIT("ok\n"), reply);
}

/*
 * Ready: all that is configured works.  A service that only signs needs no
 * anchors, one that only verifies no keys.
 */
void
svc_handle_ready(struct svc_task *t, struct svc_reply *reply)
{
	const char *no_sign, *no_verify, *why = NULL;
	int64_t now = svc_wall_clock();
	char text[160];
	bool sign = svc_state_can_sign(t->state, now, &no_sign);
	bool verify = svc_state_can_verify(t->state, now, &no_verify);

	if (atomic_load(&t->svc->draining))
		why = "the service is about to end";
	else if (!sign && (t->state->n_keys > 0 || !verify))
		why = no_sign;
	else if (!verify && t->state->n_anchors > 0)
		why = no_verify;
	if (why == NULL)
		snprintf(text, sizeof(text), "{\"ready\":true,\"sign\":%s,"
		    "\"verify\":%s}", sign ? "true" : "false",
		    verify ? "true" : "false");
	else
		snprintf(text, sizeof(text), "{\"ready\":false,\"why\":\"%s\"}",
		    why);
	svc_reply_json(t, strdup(text), reply);
	if (why != NULL && reply->status == 200)
		reply->status = 503;
	reply->cache = "no-store";
}

/* The one chain that is public: it goes into every token of ours as x5u. */
void
svc_handle_certificate(struct svc_task *t, struct svc_reply *reply)
{
	static const char suffix[] = ".pem";
	size_t n = strlen(t->rest);
	struct api_error e;

	for (size_t i = 0; i < t->state->n_keys; i++) {
		const struct svc_key *k = &t->state->keys[i];
		size_t len = strlen(k->name);

		if (n != len + strlen(suffix) ||
		    memcmp(t->rest, k->name, len) != 0 ||
		    strcmp(t->rest + len, suffix) != 0)
			continue;
		svc_reply_text(t, (struct shaken_sv){ k->chain, k->chain_len },
		    reply);
		if (reply->status == 200) {
			reply->type = "application/pem-certificate-chain";
			reply->cache = "public, max-age=86400";
		}
		return;
	}
	api_error_set(&e, API_NOT_FOUND, NULL, "%s", "");
	svc_reply_error(t, &e, reply);
}

/* -- metrics ------------------------------------------------------------ */

static void
put(FILE *out, const char *name, const char *type, const char *help,
    int64_t v)
{
	svc_metrics_head(out, name, type, help);
	fprintf(out, "shakend_%s %" PRId64 "\n", name, v);
}

static void
put_keys(const struct svc_state *s, int64_t now, FILE *out)
{
	svc_metrics_head(out, "key_expiry_seconds", "gauge",
	    "Seconds until a signing certificate expires.");
	for (size_t i = 0; i < s->n_keys; i++)
		fprintf(out, "shakend_key_expiry_seconds{key=\"%s\"} %" PRId64
		    "\n", s->keys[i].name, s->keys[i].not_after - now);
	if (s->crl_this_update == 0)
		return;
	put(out, "crl_age_seconds", "gauge",
	    "Since the oldest revocation list was made.",
	    now - s->crl_this_update);
	put(out, "crl_expiry_seconds", "gauge",
	    "Until the first revocation list is out of date.",
	    s->crl_next_update - now);
}

static void
put_keyd(struct svc *svc, const struct svc_state *s, FILE *out)
{
	uint64_t messages, signatures;

	if (s->keyd == NULL)
		return;
	svc_keyd_counts(s->keyd, &messages, &signatures);
	put(out, "keyd_up", "gauge", "Whether the key process runs.",
	    svc_keyd_is_up(s->keyd));
	put(out, "keyd_messages", "gauge",
	    "Messages to the key process since it was started.",
	    (int64_t)messages);
	put(out, "keyd_signatures", "gauge",
	    "Signatures that were asked for in them.", (int64_t)signatures);
	svc_metrics_head(out, "keyd_restarts_total", "counter",
	    "Key processes started because one had ended.");
	fprintf(out, "shakend_keyd_restarts_total{result=\"failed\"} %" PRIu64
	    "\nshakend_keyd_restarts_total{result=\"done\"} %" PRIu64 "\n",
	    atomic_load(&svc->keyd_starts[0]),
	    atomic_load(&svc->keyd_starts[1]));
}

static void
put_cache(struct certs_cache *cache, FILE *out)
{
	struct certs_cache_stats st;

	certs_cache_stats(cache, &st);
	svc_metrics_head(out, "cache_gets_total", "counter",
	    "Chains asked for: at hand, known to fail, to be waited for.");
	fprintf(out, "shakend_cache_gets_total{result=\"hit\"} %" PRIu64 "\n"
	    "shakend_cache_gets_total{result=\"negative\"} %" PRIu64 "\n"
	    "shakend_cache_gets_total{result=\"miss\"} %" PRIu64 "\n",
	    st.hits, st.negative_hits, st.misses);
	svc_metrics_head(out, "fetches_total", "counter",
	    "Fetches of certificates, by how they ended.");
	for (int i = 0; i < CERTS_FETCH_ENDS; i++)
		fprintf(out, "shakend_fetches_total{end=\"%s\"} %" PRIu64 "\n",
		    certs_fetch_end_name((enum certs_fetch_end)i), st.ends[i]);
	put(out, "fetch_milliseconds_total", "counter",
	    "Time that all fetches took.", (int64_t)st.fetch_ms);
	put(out, "cache_entries", "gauge", "URLs in the cache.",
	    (int64_t)st.entries);
	put(out, "cache_bytes", "gauge", "Bytes that they take.",
	    (int64_t)st.bytes);
	put(out, "cache_evictions_total", "counter",
	    "Entries that made room for others.", (int64_t)st.evictions);
	put(out, "store_errors_total", "counter",
	    "Chains that could not be written to the store.",
	    (int64_t)st.store_errors);
	put(out, "fetches_in_flight", "gauge", "Fetches under way.",
	    (int64_t)st.in_flight);
	put(out, "tables", "gauge", "Certificates that have a table.",
	    (int64_t)st.tables);
	put(out, "tables_made_total", "counter", "Tables made for them.",
	    (int64_t)st.tables_made);
	put(out, "table_errors_total", "counter",
	    "Tables that could not be made.", (int64_t)st.table_errors);
}

static void
put_service(struct svc *svc, FILE *out)
{
	unsigned connections, requests;
	uint64_t refused;

	svc_http_gauges(svc->http, &connections, &requests, &refused);
	put(out, "connections", "gauge", "Connections that are open.",
	    connections);
	put(out, "requests_in_flight", "gauge", "Requests without answer yet.",
	    requests);
	put(out, "connections_refused_total", "counter",
	    "Connections beyond max_connections, or while no descriptor was "
	    "left.", (int64_t)refused);
	put(out, "replay_forgotten_total", "counter", "Tokens forgotten while "
	    "fresh: replay_entries is too small.",
	    (int64_t)svc_slots_forgotten(svc->tokens));
	svc_metrics_head(out, "reloads_total", "counter",
	    "Configurations loaded after the first.");
	fprintf(out, "shakend_reloads_total{result=\"failed\"} %" PRIu64 "\n"
	    "shakend_reloads_total{result=\"done\"} %" PRIu64 "\n",
	    atomic_load(&svc->reloads[0]), atomic_load(&svc->reloads[1]));
	put(out, "config_loaded_timestamp_seconds", "gauge",
	    "When the configuration in use was loaded.",
	    atomic_load(&svc->loaded_at));
	put(out, "audit_lost_total", "counter",
	    "Lines that could not be written to the audit file.",
	    (int64_t)svc_log_lost(svc->log));
	svc_metrics_head(out, "build_info", "gauge", "What is running.");
	fprintf(out, "shakend_build_info{version=\"%s\"} 1\n",
	    shaken_version());
}

void
svc_handle_metrics(struct svc_task *t, struct svc_reply *reply)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out != NULL) {
		svc_metrics_print(t->svc->metrics, out);
		put_keys(t->state, svc_wall_clock(), out);
		put_keyd(t->svc, t->state, out);
		put_cache(t->svc->cache, out);
		put_service(t->svc, out);
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	svc_reply_json(t, text, reply);
	if (reply->status == 200)
		reply->type = "text/plain; version=0.0.4; charset=utf-8";
}
