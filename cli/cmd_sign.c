/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_sign.c - shaken sign: a call in, an Identity header value out. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/rand.h>

#include "claims.h"

#define KEY_MAX (16 * 1024)	/* a P-256 key in PEM has 240 bytes */

struct sign_opts {
	const char		*key, *x5u, *cert;
	const char		*orig, *attest, *origid, *ppt;
	const char		*country;
	struct cli_claims	 claims;
	struct cli_list		 dest;
	struct cli_number	 iat;
	bool			 json;
};

#define AT(member) offsetof(struct sign_opts, member)
static const struct cli_opt opts[] = {
	{ "key", "FILE", CLI_STRING, AT(key),
	    "private key that signs: PEM, P-256, not encrypted; '-': stdin" },
	{ "x5u", "URL", CLI_STRING, AT(x5u),
	    "where verifiers find the certificate chain (https)" },
	{ "orig", "ID", CLI_STRING, AT(orig),
	    "calling number or tel: or sip: URI" },
	{ "dest", "ID", CLI_LIST, AT(dest),
	    "called number or URI; may be given again" },
	{ "attest", "A|B|C", CLI_STRING, AT(attest),
	    "attestation: A customer and number known, B customer known, C "
	    "gateway; never assumed" },
	{ "origid", "UUID", CLI_STRING, AT(origid),
	    "origination id; a random one when not given" },
	{ "iat", "SECONDS", CLI_NUMBER, AT(iat),
	    "time of the call since 1970-01-01 UTC; when given it is the "
	    "clock as well, otherwise the clock is used" },
	{ "cert", "FILE", CLI_STRING, AT(cert),
	    "certificate chain, PEM, leaf first: must fit the key, be valid "
	    "and allow the claims" },
	{ "ppt", "TYPE", CLI_STRING, AT(ppt),
	    "shaken (default), div, div-o, rph, rcd or msg; base for a "
	    "PASSporT without extension" },
	CLI_CLAIM_OPTS(AT(claims)),
	{ "country", "CODE", CLI_STRING, AT(country),
	    "country code that national numbers get, like 1 or 44" },
	{ "json", NULL, CLI_FLAG, AT(json),
	    "print an object with the value and the PASSporT" },
	{ 0 },
};
#undef AT

static bool
is_base(const struct sign_opts *o)
{
	return o->ppt != NULL && (o->ppt[0] == '\0' ||
	    strcmp(o->ppt, "base") == 0);
}

/* The only type with an attestation and an origid (RFC 8588). */
static bool
is_shaken(const struct sign_opts *o)
{
	return o->ppt == NULL || strcmp(o->ppt, "shaken") == 0;
}

static enum cli_status
check(const struct sign_opts *o, size_t n_args)
{
	if (n_args != 0)
		return cli_cannot("sign takes options only: see 'shaken help "
		    "sign'");
	if (o->key == NULL)
		return cli_cannot("--key is missing: give the private key's "
		    "PEM file");
	if (o->x5u == NULL)
		return cli_cannot("--x5u is missing: give the https URL of "
		    "the certificate chain");
	if (o->orig == NULL)
		return cli_cannot("--orig is missing: give the calling number");
	if (o->dest.n == 0)
		return cli_cannot("--dest is missing: give the called number");
	if (o->attest == NULL && is_shaken(o))
		return cli_cannot("--attest is missing: say A, B or C; it is "
		    "never assumed");
	return cli_check_country(o->country);
}

static void
warn_if_open(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) != 0)
		cli_warn("--key %s: others may read it: chmod 600 %s", path,
		    path);
}

static enum cli_status
cannot_use(const struct sign_opts *o, enum shaken_err err,
    const struct shaken_diag *diag)
{
	const char *why = cli_why(err, diag);

	if (err == SHAKEN_E_MISMATCH)
		return cli_cannot("--cert %s does not fit --key %s: %s",
		    o->cert, o->key, why);
	if (err == SHAKEN_E_URI || err == SHAKEN_E_LIMIT)
		return cli_cannot("--x5u %s: %s", o->x5u, why);
	if (err == SHAKEN_E_KEY)
		return cli_cannot("--key %s: %s", o->key, why);
	if (err == SHAKEN_E_CERT || err == SHAKEN_E_SECRET)
		return cli_cannot("--cert %s: %s", o->cert, why);
	return cli_cannot("signer: %s", why);
}

static enum cli_status
load_signer(const struct sign_opts *o, struct shaken_signer **out)
{
	struct shaken_signer_conf conf = { .size = sizeof(conf) };
	struct cli_text key = { 0 }, chain = { 0 };
	struct shaken_diag diag = { "" };
	enum cli_status st;
	enum shaken_err err;

	st = cli_read("--key", o->key, KEY_MAX, &key);
	if (st == CLI_OK && o->cert != NULL)
		st = cli_read("--cert", o->cert, SHAKEN_PEM_MAX, &chain);
	if (st != CLI_OK)
		goto out;
	if (o->cert != NULL && chain.n == 0) {
		st = cli_cannot("--cert %s: it is empty", o->cert);
		goto out;
	}
	conf.x5u = shaken_sv_cstr(o->x5u);
	conf.chain = cli_sv(&chain);
	err = shaken_signer_from_pem(cli_sv(&key), &conf, out, &diag);
	if (err != SHAKEN_OK)
		st = cannot_use(o, err, &diag);
	else
		warn_if_open(o->key);
out:
	cli_text_free(&chain);
	cli_text_free(&key);
	return st;
}

/* {"identity": .., "passport": {"header": {..}, "payload": {..}}} */
static enum cli_status
put_json(FILE *out, struct shaken_sv value)
{
	struct shaken_passport *p = NULL;
	struct shaken_identity id;
	struct shaken_sv header, payload;
	enum cli_status st;

	if (shaken_identity_parse(value, &id, NULL) != SHAKEN_OK ||
	    shaken_passport_decode(id.token, 0, &p, NULL) != SHAKEN_OK)
		return cli_cannot("what was signed does not decode");
	header = shaken_passport_header(p);
	payload = shaken_passport_payload(p);
	st = cli_put_json(out, json_pack("{s:o, s:{s:o, s:o}}",
	    "identity", cli_json(value), "passport",
	    "header", json_loadb(header.p, header.n, 0, NULL),
	    "payload", json_loadb(payload.p, payload.n, 0, NULL)));
	shaken_passport_free(&p);
	return st;
}

static enum cli_status
sign(const struct sign_opts *o, const struct shaken_sign_req *req, FILE *out)
{
	char value[SHAKEN_IDENTITY_MAX];
	struct shaken_signer *signer = NULL;
	struct shaken_diag diag = { "" };
	enum cli_status st;
	enum shaken_err err;
	size_t n;

	st = load_signer(o, &signer);
	if (st != CLI_OK)
		return st;
	err = shaken_sign(signer, req, value, sizeof(value), &n, &diag);
	if (err != SHAKEN_OK)
		st = cli_cannot("not signed: %s", cli_why(err, &diag));
	else if (o->json)
		st = put_json(out, (struct shaken_sv){ value, n });
	else
		fprintf(out, "%.*s\n", (int)n, value);
	shaken_signer_free(&signer);
	return st;
}

static enum cli_status
make_origid(char out[SHAKEN_UUID_LEN])
{
	uint8_t random[16];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return cli_cannot("no random numbers for an origid");
	shaken_uuid(random, out);
	return CLI_OK;
}

static enum cli_status
run(const void *options, char *const *args, size_t n_args, FILE *out)
{
	const struct sign_opts *o = options;
	struct shaken_sign_req req = { .size = sizeof(req) };
	char origid[SHAKEN_UUID_LEN] = "", *claims = NULL;
	struct shaken_id orig;
	struct cli_ids dest = { 0 };
	enum cli_status st;

	(void)args;
	st = check(o, n_args);
	if (st == CLI_OK)
		st = cli_parse_id("--orig", o->orig, o->country, &orig);
	if (st == CLI_OK)
		st = cli_parse_ids("--dest", &o->dest, o->country, &dest);
	if (st == CLI_OK)
		st = cli_make_claims(&o->claims, o->country, &claims);
	if (st == CLI_OK && o->origid == NULL && is_shaken(o))
		st = make_origid(origid);
	if (st == CLI_OK) {
		if (!is_base(o))
			req.ppt = shaken_sv_cstr(o->ppt == NULL ? "shaken" :
			    o->ppt);
		req.orig = &orig;
		req.dest = dest.v;
		req.n_dest = dest.n;
		req.attest = shaken_sv_cstr(o->attest);
		req.origid = shaken_sv_cstr(o->origid != NULL ? o->origid :
		    origid);
		req.iat = o->iat.given ? o->iat.v : (int64_t)time(NULL);
		req.now = req.iat;
		req.claims = shaken_sv_cstr(claims);
		st = sign(o, &req, out);
	}
	free(claims);
	free(dest.v);
	return st;
}

const struct cli_cmd cli_sign = {
	.name = "sign",
	.synopsis = "--key FILE --x5u URL --orig ID --dest ID "
	    "--attest A|B|C [OPTION...]",
	.summary = "Sign a call: print its Identity header value.",
	.opts = opts,
	.opts_size = sizeof(struct sign_opts),
	.run = run,
};
