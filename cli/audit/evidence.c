/* SPDX-License-Identifier: Apache-2.0 */
/* evidence.c - what a judgement stood on, written. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include "evidence.h"
#include "find.h"
#include "report.h"

/* -- what is trusted ---------------------------------------------------- */

struct copying {		/* files of one use */
	struct audit_evidence	*e;
	const char		*use;
	size_t			 max;	/* bytes of one */
};

/* The bytes of path, under their digest, unless they are there. */
static enum cli_status
copy_file(void *arg, const char *path)
{
	const struct copying *c = arg;
	struct audit_evidence *e = c->e;
	char name[PATH_MAX], hex[65];
	enum cli_status st;
	struct cli_text t;
	FILE *f;
	bool ok;

	st = cli_read("", path, c->max, &t);
	if (st != CLI_OK)
		return st;
	ok = audit_sha256(cli_sv(&t), hex) && (size_t)snprintf(name, sizeof(name),
	    "%s/%s", e->dir, hex) < sizeof(name);
	f = ok ? fopen(name, "we") : NULL;
	ok = f != NULL && fwrite(t.p, 1, t.n, f) == t.n;
	ok = f != NULL && fclose(f) == 0 && ok;
	cli_text_free(&t);
	if (!ok)
		return cli_cannot("--evidence %s: %s", e->dir,
		    strerrordesc_np(errno));
	ok = json_array_append_new(e->trust, json_pack("{s:s, s:s}", "use",
	    c->use, "sha256", hex)) == 0;
	return ok ? CLI_OK : cli_cannot("out of memory");
}

/* Files, and the *.pem of directories, as --trust takes them. */
static enum cli_status
copy_all(struct audit_evidence *e, const char *use,
    const struct cli_list *paths, size_t max)
{
	struct copying c = { .e = e, .use = use, .max = max };
	enum cli_status st = CLI_OK;

	for (size_t i = 0; st == CLI_OK && i < paths->n; i++)
		st = cli_each_pem("--evidence", paths->v[i], copy_file, &c);
	return st;
}

enum cli_status
audit_evidence_open(const char *dir, const struct cli_policy *policy,
    struct audit_evidence *out)
{
	enum cli_status st;

	out->dir = dir;
	out->trust = json_array();
	if (out->trust == NULL)
		return cli_cannot("out of memory");
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return cli_cannot("--evidence %s: %s", dir,
		    strerrordesc_np(errno));
	st = copy_all(out, "trust", &policy->trust, SHAKEN_ANCHORS_MAX);
	if (st == CLI_OK)
		st = copy_all(out, "crl-trust", &policy->crl_trust,
		    SHAKEN_ANCHORS_MAX);
	if (st == CLI_OK)
		st = copy_all(out, "crl", &policy->crl, SHAKEN_CRL_MAX);
	return st;
}

void
audit_evidence_close(struct audit_evidence *e)
{
	json_decref(e->trust);
	e->trust = NULL;
}

/* -- one call ----------------------------------------------------------- */

/* Text as it is: PEM.  DER is put into a PEM block. */
static json_t *
pem_json(const struct audit_chain *c)
{
	size_t n = 4 * ((c->n + 2) / 3) + 1;
	unsigned char *body;
	json_t *s;

	if (c->pem == NULL)
		return json_null();
	if (c->n == 0 || c->pem[0] != 0x30)
		return cli_json((struct shaken_sv){ c->pem, c->n });
	body = malloc(n);
	if (body == NULL)
		return NULL;
	EVP_EncodeBlock(body, (const unsigned char *)c->pem, (int)c->n);
	s = json_sprintf("-----BEGIN CERTIFICATE-----\n%s\n"
	    "-----END CERTIFICATE-----\n", (const char *)body);
	free(body);
	return s;
}

static json_t *
chains_json(const struct audit_judge *j)
{
	json_t *list = json_array(), *one;
	size_t n = shaken_verify_n(j->v);
	bool ok = list != NULL;

	for (size_t i = 0; ok && i < n; i++) {
		const struct audit_chain *c = j->chain[i];
		bool twice = false;

		for (size_t k = 0; k < i; k++)
			twice |= c != NULL && j->chain[k] == c;
		if (c == NULL || twice)
			continue;
		one = json_pack("{s:o, s:o, s:o}", "x5u",
		    cli_json(shaken_sv_cstr(c->url)), "pem", pem_json(c),
		    "why", cli_json(shaken_sv_cstr(c->why.text)));
		ok = json_array_append_new(list, one) == 0;
	}
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *
policy_json(const struct audit_judge *j)
{
	const struct cli_policy *p = j->conf->policy;
	struct shaken_verify_opts o = cli_policy_opts(p, j->now);
	json_t *oids = json_array();

	for (size_t i = 0; i < p->policies.n; i++)
		json_array_append_new(oids, json_string(p->policies.v[i]));
	o.flags |= j->conf->flags;
	return json_pack("{s:I, s:I, s:i, s:o, s:s, s:o}",
	    "freshness", (json_int_t)o.freshness_s,
	    "diverted_freshness", (json_int_t)o.diverted_freshness_s,
	    "flags", (int)o.flags, "country",
	    cli_json(shaken_sv_cstr(p->country)),
	    "crl_policy", p->crl_policy == NULL ? "soft" : p->crl_policy,
	    "require_policy", oids);
}

/* Of a message just the fields that were judged. */
static json_t *
call_json(const struct audit_judge *j)
{
	json_t *identity = json_array(), *dest = json_array();

	for (size_t i = 0; i < j->n_identity; i++)
		json_array_append_new(identity, cli_json(j->identity[i]));
	for (size_t i = 0; i < j->vcall.n_dest; i++)
		json_array_append_new(dest, cli_json_id(&j->dest[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:s, s:s, s:o, "
	    "s:o, s:o, s:o}", "call_id", cli_json(j->call_id),
	    "identity", identity, "orig", cli_json_id(j->vcall.orig),
	    "dest", dest, "target", j->vcall.target == NULL ? json_null() :
	    cli_json_id(j->vcall.target), "date", (json_int_t)j->vcall.date,
	    "captured_us", (json_int_t)j->of->time_us,
	    "src", j->of->src, "dst", j->of->dst,
	    "from", j->sip.method.n == 0 ? json_null() : cli_json(j->sip.from),
	    "to", j->sip.method.n == 0 ? json_null() : cli_json(j->sip.to),
	    "pai", j->sip.method.n == 0 || j->sip.n_pai == 0 ? json_null() :
	    cli_json(j->sip.pai[0]),
	    "request_uri", j->sip.method.n == 0 ? json_null() :
	    cli_json(j->sip.request_uri));
}

enum cli_status
audit_evidence_keep(const struct audit_evidence *e, struct audit_judge *j)
{
	struct cli_report report = { .explain = true };
	char name[PATH_MAX], hex[65];
	enum cli_status st;
	json_t *obj;
	char *text;

	if (j->result == AUDIT_UNREADABLE || (!e->all &&
	    j->result != AUDIT_FAILED && j->result != AUDIT_UNDECIDED))
		return CLI_OK;
	if (!audit_judge_explain(j))
		return cli_cannot("out of memory");
	report.v = j->v;
	obj = json_pack("{s:i, s:s, s:I, s:o, s:o, s:o, s:o, s:o}",
	    "evidence", 1, "program", shaken_version(), "judged_at",
	    (json_int_t)j->now, "policy", policy_json(j), "call",
	    call_json(j), "trust", json_deep_copy(e->trust), "chains",
	    chains_json(j), "verdict", cli_report_json(&report));
	text = obj == NULL ? NULL : json_dumps(obj, JSON_INDENT(1) |
	    JSON_ENSURE_ASCII);
	json_decref(obj);
	/* Call-IDs are strangers': the name has its digest */
	if (text == NULL || !audit_sha256(j->call_id, hex)) {
		free(text);
		return cli_cannot("out of memory");
	}
	snprintf(name, sizeof(name), "%.3000s/call-%09llu-%.16s.json", e->dir,
	    (unsigned long long)j->of->seq, hex);
	st = cli_write(name, text, true, true);
	free(text);
	return st;
}
