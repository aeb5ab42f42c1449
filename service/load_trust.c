/* SPDX-License-Identifier: Apache-2.0 */
/* load_trust.c - [trust] into anchors and revocation lists. */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "state.h"

typedef enum shaken_err (*add_fn)(struct shaken_trust *t, struct shaken_sv in,
    size_t *n, struct shaken_diag *diag);

struct loader {
	struct svc_state	*s;
	const char		*what;	/* "[trust] anchors" */
	add_fn			 add;
	size_t			*count;
	FILE			*diag;
};

static bool
load_anchor_file(const struct loader *l, const char *path)
{
	struct shaken_diag why;
	enum shaken_err err;
	size_t len, n = 0;
	char *text = svc_read_file(l->what, path, SHAKEN_PEM_MAX, false, false,
	    &len, l->diag);

	if (text == NULL)
		return false;
	err = l->add(l->s->trust, (struct shaken_sv){ text, len }, &n, &why);
	free(text);
	*l->count += n;
	if (err != SHAKEN_OK)
		fprintf(l->diag, "%s: %s: %s\n", l->what, path,
		    why.text[0] != '\0' ? why.text : shaken_strerror((int)err));
	return err == SHAKEN_OK;
}

static bool
load_anchor_dir(const struct loader *l, const char *path)
{
	const struct dirent *de;
	bool ok = true;
	DIR *dir = opendir(path);

	if (dir == NULL) {
		fprintf(l->diag, "%s: %s: %s\n", l->what, path,
		    strerrordesc_np(errno));
		return false;
	}
	while ((de = readdir(dir)) != NULL) {
		char file[4096];

		if (fnmatch("*.pem", de->d_name, FNM_PERIOD) != 0 &&
		    fnmatch("*.crt", de->d_name, FNM_PERIOD) != 0)
			continue;
		if (snprintf(file, sizeof(file), "%s/%s", path, de->d_name) >=
		    (int)sizeof(file))
			ok = false;
		else
			ok = load_anchor_file(l, file) && ok;
	}
	closedir(dir);
	return ok;
}

static bool
load_anchors(const struct loader *l, const struct svc_list *paths)
{
	bool ok = true;

	for (size_t i = 0; i < paths->n; i++) {
		struct stat st;

		if (stat(paths->v[i], &st) == 0 && S_ISDIR(st.st_mode))
			ok = load_anchor_dir(l, paths->v[i]) && ok;
		else
			ok = load_anchor_file(l, paths->v[i]) && ok;
	}
	if (ok && paths->n > 0 && *l->count == 0) {
		fprintf(l->diag, "%s: no certificate in them\n", l->what);
		ok = false;
	}
	return ok;
}

static int64_t
seconds_of(const ASN1_TIME *t)
{
	struct tm tm;

	return t != NULL && ASN1_TIME_to_tm(t, &tm) == 1 ? timegm(&tm) : 0;
}

/* For metrics and readiness; what a list is worth, the library decides. */
static void
note_crl(struct svc_state *s, const X509_CRL *crl)
{
	int64_t this_update = seconds_of(X509_CRL_get0_lastUpdate(crl));
	int64_t next_update = seconds_of(X509_CRL_get0_nextUpdate(crl));

	if (s->crl_this_update == 0 || this_update < s->crl_this_update)
		s->crl_this_update = this_update;
	if (s->crl_next_update == 0 || next_update < s->crl_next_update)
		s->crl_next_update = next_update;
}

static void
note_crls(struct svc_state *s, const char *text, size_t len)
{
	const unsigned char *der = (const unsigned char *)text;
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	X509_CRL *crl;

	if (len > 0 && text[0] == 0x30) { /* a DER SEQUENCE */
		crl = d2i_X509_CRL(NULL, &der, (long)len);
		if (crl != NULL)
			note_crl(s, crl);
		X509_CRL_free(crl);
	} else if (bio != NULL) {
		while ((crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) !=
		    NULL) {
			note_crl(s, crl);
			X509_CRL_free(crl);
		}
	}
	BIO_free(bio);
	ERR_clear_error();
}

static bool
load_crl(struct svc_state *s, const char *path, FILE *diag)
{
	struct shaken_diag why;
	enum shaken_err err;
	size_t len;
	char *text = svc_read_file("[trust] crls", path, SHAKEN_CRL_MAX, false,
	    false, &len, diag);

	if (text == NULL)
		return false;
	err = shaken_trust_add_crl(s->trust, (struct shaken_sv){ text, len },
	    &why);
	if (err == SHAKEN_OK)
		note_crls(s, text, len);
	else
		fprintf(diag, "[trust] crls: %s: %s\n", path,
		    why.text[0] != '\0' ? why.text : shaken_strerror((int)err));
	free(text);
	return err == SHAKEN_OK;
}

bool
svc_load_trust(struct svc_state *s, FILE *diag)
{
	const struct svc_conf *c = s->conf;
	struct shaken_trust_opts opts = { .size = sizeof(opts),
		.crl_policy = c->trust.crl_policy == SVC_CRL_SOFT ?
		    SHAKEN_CRL_SOFT : SHAKEN_CRL_HARD,
		.policies = (const char *const *)c->trust.policies.v,
		.n_policies = c->trust.policies.n,
		.implicit_tnauthlist = c->trust.implicit_tnauthlist };
	size_t n_crl_anchors = 0;
	struct loader anchors = { s, "[trust] anchors",
		shaken_trust_add_anchors, &s->n_anchors, diag };
	struct loader crl_anchors = { s, "[trust] crl_anchors",
		shaken_trust_add_crl_anchors, &n_crl_anchors, diag };
	enum shaken_err err = shaken_trust_new(&opts, &s->trust);
	bool ok;

	if (err != SHAKEN_OK) {
		fprintf(diag, "[trust] %s\n", err == SHAKEN_E_ARG ?
		    "policies: not OIDs in dotted form" :
		    shaken_strerror((int)err));
		return false;
	}
	ok = load_anchors(&anchors, &c->trust.anchors);
	ok = load_anchors(&crl_anchors, &c->trust.crl_anchors) && ok;
	for (size_t i = 0; ok && i < c->trust.crls.n; i++)
		ok = load_crl(s, c->trust.crls.v[i], diag);
	return ok;
}
