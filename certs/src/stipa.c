/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stipa.c - the STI-PA's list of STI-CAs, fetched and kept.
 *
 *	POST /auth/login {"userId", "password"} -> {"status", "accessToken"}
 *	GET /ca-list, Authorization: <accessToken> -> {"status", "caList"}
 *	GET the x5u of caList -> the chain of its signer
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include <openssl/crypto.h>

#include <shaken/cert.h>

#include "file.h"
#include "grab.h"
#include "text.h"

#define URL_MAX 512
#define TOKEN_MAX 4096		/* a JWT, as a rule below 1 KiB */
#define LIST_FILE "trustlist.json"
#define ROOTS_FILE "sti-ca.pem"

struct answer {			/* of the API: a JSON object, and its text */
	json_t	*o;		/* owned */
	char	*text;		/* owned; wiped */
	size_t	 n;
};

static void
wipe(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (s != NULL)
		OPENSSL_cleanse((void *)(uintptr_t)s, strlen(s));
}

static void
free_answer(struct answer *a)
{
	wipe(a->o, "accessToken");
	json_decref(a->o);
	if (a->text != NULL)
		OPENSSL_clear_free(a->text, a->n + 1);
}

static const char *
member(const struct answer *a, const char *name)
{
	return json_string_value(json_object_get(a->o, name));
}

/* One call of the API; false: no success, and why. */
static bool
call(const struct certs_stipa_opts *o, const char *path,
    struct certs_fetch_req *req, struct answer *a, struct shaken_diag *diag)
{
	const char *api = o->api != NULL ? o->api : CERTS_STIPA_US, *status;
	char url[URL_MAX];
	int n = snprintf(url, sizeof(url), "%s%s", api, path);

	*a = (struct answer){ .o = NULL };
	if (n < 0 || (size_t)n >= sizeof(url)) {
		certs_diag(diag, "the URL of the API is too long");
		return false;
	}
	req->size = sizeof(*req);
	req->url = shaken_sv_cstr(url);
	req->max_bytes = CERTS_TRUSTLIST_MAX;
	a->text = certs_grab(o, api, req, &a->n, diag);
	if (a->text == NULL)
		return false;
	a->o = json_loadb(a->text, a->n, JSON_REJECT_DUPLICATES, NULL);
	status = member(a, "status");
	if (status != NULL && strcmp(status, "success") == 0)
		return true;
	certs_diag(diag, "the STI-PA's answer to %s is not a success", path);
	return false;
}

static bool
log_in(const struct certs_stipa_opts *o, struct answer *a,
    struct shaken_diag *diag)
{
	static const char *const headers[] = { "Content-Type: application/json",
	    "Accept: application/json" };
	json_t *login = json_pack("{s:s?,s:s?}", "userId", o->user, "password",
	    o->password);
	char *text = login == NULL ? NULL : json_dumps(login, JSON_COMPACT);
	struct certs_fetch_req req = { .headers = headers, .n_headers = 2,
	    .post = shaken_sv_cstr(text) };
	bool ok = false;

	if (text == NULL)
		certs_diag(diag, "the login is not UTF-8, or memory is short");
	else
		ok = call(o, "/auth/login", &req, a, diag);
	if (text != NULL)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
	wipe(login, "password");
	json_decref(login);
	return ok;
}

/* The list as a JWS, in a's storage. */
static const char *
get_list(const struct certs_stipa_opts *o, const char *token, struct answer *a,
    struct shaken_diag *diag)
{
	char auth[TOKEN_MAX];
	const char *const headers[] = { auth, "Accept: application/jose+json" };
	struct certs_fetch_req req = { .headers = headers, .n_headers = 2 };
	const char *jws = NULL;
	int n = snprintf(auth, sizeof(auth), "Authorization: %s", token);

	if (n < 0 || (size_t)n >= sizeof(auth))
		certs_diag(diag, "the access token is too long");
	else if (call(o, "/ca-list", &req, a, diag)) {
		jws = member(a, "caList");
		if (jws == NULL)
			certs_diag(diag, "no caList in the STI-PA's answer");
	}
	OPENSSL_cleanse(auth, sizeof(auth));
	return jws;
}

static char *
get_chain(const struct certs_stipa_opts *o, const char *jws,
    struct shaken_diag *diag)
{
	const char *api = o->api != NULL ? o->api : CERTS_STIPA_US;
	struct certs_fetch_req req = { .size = sizeof(req) };
	char *url = certs_trustlist_x5u(shaken_sv_cstr(jws), diag);
	char *chain = NULL;
	size_t n;

	if (url != NULL) {
		req.url = shaken_sv_cstr(url);
		chain = certs_grab(o, api, &req, &n, diag);
	}
	free(url);
	return chain;
}

/* The kept file; NULL: none. */
static json_t *
read_kept(int dir)
{
	size_t n;
	char *text = certs_file_read(dir, LIST_FILE, 2 * CERTS_TRUSTLIST_MAX,
	    &n);
	json_t *o = text == NULL ? NULL :
	    json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);

	free(text);
	return o;
}

/* Check the kept list as of when it was accepted: its sequence still counts
 * when it has expired. */
static enum shaken_err
check_kept(const struct certs_stipa_opts *o, int dir,
    struct certs_trustlist **out, struct shaken_diag *diag)
{
	json_t *kept = read_kept(dir);
	struct shaken_sv jws = shaken_sv_cstr(json_string_value(
	    json_object_get(kept, "jws")));
	struct shaken_sv chain = shaken_sv_cstr(json_string_value(
	    json_object_get(kept, "chain")));
	int64_t at = json_integer_value(json_object_get(kept, "accepted"));
	enum shaken_err err;

	*out = NULL;
	if (kept == NULL || jws.n == 0 || chain.n == 0) {
		certs_diag(diag, "%s/%s: no trust list is kept there", o->dir,
		    LIST_FILE);
		err = SHAKEN_E_ARG;
	} else {
		err = certs_trustlist_check(jws, chain, o->root, at, out, diag);
	}
	json_decref(kept);
	return err;
}

/* Replace a file unless it holds just that.  False: it could not be. */
static bool
keep_file(const struct certs_stipa_opts *o, int dir, const char *name,
    struct shaken_sv text, bool *changed, struct shaken_diag *diag)
{
	size_t n;
	char *old = certs_file_read(dir, name, text.n, &n);
	bool same = old != NULL && n == text.n &&
	    memcmp(old, text.p, n) == 0;

	free(old);
	if (same)
		return true;
	if (!certs_file_replace(dir, name, text.p, text.n)) {
		certs_diag(diag, "%s/%s: %s", o->dir, name,
		    strerrordesc_np(errno));
		return false;
	}
	*changed = true;
	return true;
}

static bool
keep_list(const struct certs_stipa_opts *o, int dir, const char *jws,
    const char *chain, bool *changed, struct shaken_diag *diag)
{
	json_t *kept = json_pack("{s:s,s:s,s:I}", "jws", jws, "chain", chain,
	    "accepted", (json_int_t)o->now);
	char *text = kept == NULL ? NULL : json_dumps(kept, JSON_INDENT(1));
	bool ok = text != NULL && keep_file(o, dir, LIST_FILE,
	    shaken_sv_cstr(text), changed, diag);

	if (text == NULL)
		certs_diag(diag, "out of memory");
	free(text);
	json_decref(kept);
	return ok;
}

/* Check what came against what is kept, and keep it. */
static enum certs_update
accept_list(const struct certs_stipa_opts *o, int dir, const char *jws,
    const char *chain, struct certs_trustlist **out, struct shaken_diag *diag)
{
	struct certs_trustlist *old = NULL;
	bool changed = false, same, ok;

	if (certs_trustlist_check(shaken_sv_cstr(jws), shaken_sv_cstr(chain),
	    o->root, o->now, out, diag) != SHAKEN_OK)
		return CERTS_UPDATE_FAILED;
	if (check_kept(o, dir, &old, NULL) == SHAKEN_OK &&
	    certs_trustlist_sequence(*out) < certs_trustlist_sequence(old)) {
		certs_diag(diag, "trust list: sequence %lld is lower than %lld "
		    "of the kept one",
		    (long long)certs_trustlist_sequence(*out),
		    (long long)certs_trustlist_sequence(old));
		certs_trustlist_free(&old);
		certs_trustlist_free(out);
		return CERTS_UPDATE_FAILED;
	}
	same = old != NULL && certs_trustlist_sequence(*out) ==
	    certs_trustlist_sequence(old) && certs_trustlist_exp(*out) ==
	    certs_trustlist_exp(old);
	certs_trustlist_free(&old);
	/* the list first: the roots can always be made of it again */
	ok = (same || keep_list(o, dir, jws, chain, &changed, diag)) &&
	    keep_file(o, dir, ROOTS_FILE, certs_trustlist_pem(*out), &changed,
	    diag);
	if (ok)
		return changed ? CERTS_UPDATE_NEW : CERTS_UPDATE_SAME;
	certs_trustlist_free(out);
	return CERTS_UPDATE_FAILED;
}

int
certs_stipa_open(const struct certs_stipa_opts *o, struct shaken_diag *diag)
{
	int dir;

	certs_diag(diag, "%s", "");
	if (o->size != sizeof(*o) || o->dir == NULL) {
		certs_diag(diag, "not the options of an update");
		return -1;
	}
	dir = certs_dir_open(o->dir);
	if (dir < 0)
		certs_diag(diag, "%s: %s", o->dir, strerrordesc_np(errno));
	return dir;
}

enum certs_update
certs_stipa_trustlist(const struct certs_stipa_opts *o,
    struct certs_trustlist **out, struct shaken_diag *diag)
{
	struct answer login = { .o = NULL }, list = { .o = NULL };
	enum certs_update done = CERTS_UPDATE_FAILED;
	const char *token = NULL, *jws = NULL;
	struct certs_trustlist *t = NULL;
	int dir = certs_stipa_open(o, diag);
	char *chain = NULL;

	if (out != NULL)
		*out = NULL;
	if (dir < 0)
		return CERTS_UPDATE_FAILED;
	if (log_in(o, &login, diag)) {
		token = member(&login, "accessToken");
		if (token == NULL)
			certs_diag(diag, "no accessToken in the STI-PA's "
			    "answer");
	}
	if (token != NULL)
		jws = get_list(o, token, &list, diag);
	if (jws != NULL)
		chain = get_chain(o, jws, diag);
	if (chain != NULL)
		done = accept_list(o, dir, jws, chain, &t, diag);
	if (out != NULL)
		*out = t;
	else
		certs_trustlist_free(&t);
	OPENSSL_free(chain);
	free_answer(&list);
	free_answer(&login);
	close(dir);
	return done;
}

enum shaken_err
certs_stipa_kept(const struct certs_stipa_opts *o, struct certs_trustlist **out,
    bool *expired, struct shaken_diag *diag)
{
	int dir = certs_stipa_open(o, diag);
	enum shaken_err err;

	*out = NULL;
	*expired = true;
	if (dir < 0)
		return SHAKEN_E_ARG;
	err = check_kept(o, dir, out, diag);
	if (err == SHAKEN_OK)
		*expired = certs_trustlist_exp(*out) <= o->now;
	close(dir);
	return err;
}
