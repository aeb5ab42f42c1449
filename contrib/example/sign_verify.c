/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign_verify.c - sign a call and verify it, with libshaken and nothing else.
 *
 *	cc sign_verify.c $(pkg-config --cflags --libs shaken) -o sign_verify
 *	shaken testpki pki
 *	./sign_verify pki/key.pem pki/chain.pem pki/root.pem
 */
#include <err.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include <shaken/shaken.h>

static struct shaken_diag why;	/* what a failing call says about itself */

static void
need(enum shaken_err e, const char *what)
{
	if (e != SHAKEN_OK)
		errx(2, "%s: %s: %s", what, shaken_strerror(e), why.text);
}

static struct shaken_sv
slurp(const char *path)
{
	static char buf[3][SHAKEN_PEM_MAX];
	static int n;
	struct shaken_sv text = { buf[n], 0 };
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		err(2, "%s", path);
	text.n = fread(buf[n++], 1, SHAKEN_PEM_MAX, f);
	fclose(f);
	return text;
}

int
main(int argc, char **argv)
{
	static char header[SHAKEN_IDENTITY_MAX];
	char origid[SHAKEN_UUID_LEN];
	unsigned char random[16];
	struct shaken_sv key, chain_pem, identity = { header, 0 };
	struct shaken_id orig, dest;
	struct shaken_signer *signer;
	struct shaken_trust *trust;
	struct shaken_chain *chain;
	struct shaken_verify *v;
	const struct shaken_verdict *verdict;
	int passed;

	if (argc != 4)
		errx(2, "usage: sign_verify KEY.pem CHAIN.pem ROOT.pem");
	key = slurp(argv[1]);
	chain_pem = slurp(argv[2]);
	need(shaken_id_parse(SHAKEN_SV_LIT("+1 (215) 555-0112"), NULL, &orig),
	    "orig");
	need(shaken_id_parse(SHAKEN_SV_LIT("sip:+12025550100@example.com"), NULL,
	    &dest), "dest");

	/* Sign.  The signer is made once a key, and shared by all threads. */
	need(shaken_signer_from_pem(key, &(struct shaken_signer_conf){
	    .size = sizeof(struct shaken_signer_conf),
	    .x5u = SHAKEN_SV_LIT("https://cert.example.com/chain.pem"),
	    .chain = chain_pem }, &signer, &why), argv[1]);
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		err(2, "getrandom");
	shaken_uuid(random, origid);
	need(shaken_sign(signer, &(struct shaken_sign_req){
	    .size = sizeof(struct shaken_sign_req),
	    .ppt = SHAKEN_SV_LIT("shaken"), .attest = SHAKEN_SV_LIT("A"),
	    .orig = &orig, .dest = &dest, .n_dest = 1,
	    .origid = shaken_sv_cstr(origid), .iat = time(NULL),
	    .now = time(NULL) }, header, sizeof(header), &identity.n, &why),
	    "sign");
	printf("Identity: %.*s\n", (int)identity.n, identity.p);

	/* Verify.  Trust is made once, a chain once an x5u.  To go on without a
	 * CRL has to be said. */
	need(shaken_trust_new(&(struct shaken_trust_opts){
	    .size = sizeof(struct shaken_trust_opts),
	    .crl_policy = SHAKEN_CRL_SOFT }, &trust), "trust");
	need(shaken_trust_add_anchors(trust, slurp(argv[3]), NULL, &why),
	    argv[3]);
	need(shaken_chain_new(trust, chain_pem, &chain, &why), argv[2]);
	need(shaken_verify_begin(trust, &(struct shaken_call){
	    .size = sizeof(struct shaken_call), .identity = &identity,
	    .n_identity = 1, .orig = &orig, .dest = &dest, .n_dest = 1 },
	    &(struct shaken_verify_opts){
	    .size = sizeof(struct shaken_verify_opts), .now = time(NULL) }, &v),
	    "verify");
	for (size_t i = 0; i < shaken_verify_n(v); i++)
		if (shaken_verify_x5u(v, i).n > 0) /* the URL of the chain */
			shaken_verify_chain(v, i, chain);
	need(shaken_verify_finish(v), "verify");
	verdict = shaken_verify_verdict(v);
	passed = verdict->verstat == SHAKEN_TN_VALIDATION_PASSED;
	printf("%s, attestation %c, by provider %s %s\n",
	    shaken_verstat_name(verdict->verstat), verdict->attest,
	    verdict->spc, verdict->detail.text);

	shaken_verify_free(&v);
	shaken_chain_free(&chain);
	shaken_trust_free(&trust);
	shaken_signer_free(&signer);
	return passed ? 0 : 1;
}
