/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target: shk_link() and shk_decide() over any graph of diversions.  Four bytes
 * are a value: its role and whether it failed, its div, the two in its dest; the
 * first byte is the target.  Seeds: tests/fuzz/corpus/link/.
 */
#include <stdint.h>
#include <stdlib.h>

#include "sv.h"
#include "call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static struct shaken_id
id(uint8_t c)
{
	return (struct shaken_id){ .kind = SHAKEN_ID_TN, .len = 1,
		.text = { (char)('0' + c % 10) } };
}

/* bits 0-1: role; 2: failed; 3: another orig; 4: div-o, whose opt is the next
 * value; 5: late */
static void
fill(struct shk_value *x, const uint8_t *b, struct shaken_id dest[2],
    size_t i, size_t n)
{
	static const struct shk_ppt *const types[] = { &shk_ppt_shaken,
		&shk_ppt_div, &shk_ppt_rph, &shk_ppt_shaken };

	x->ppt = types[b[0] & 3];
	if ((b[0] & 16) != 0 && x->ppt == &shk_ppt_div)
		x->ppt = &shk_ppt_div_o;
	x->role = x->ppt->role;
	x->inner = i + 1 < n ? i + 1 : SHK_NONE;
	x->failed = (b[0] & 4) != 0;
	x->is_late = (b[0] & 32) != 0 && x->role != SHK_DIVERTS;
	x->next = x->failed ? SHK_CHECK_signature : SHK_CHECK_STAGE3;
	x->verdict.check = "signature";
	x->passport.orig = id((b[0] & 8) != 0);
	x->passport.div = id(b[1]);
	dest[0] = id(b[2]);
	dest[1] = id(b[3]);
	x->passport.dest = dest;
	x->passport.n_dest = 2;
}

/* A linked value stands on what is linked, or on what was diverted first. */
static void
check(const struct shaken_verify *v, const struct shk_value *x)
{
	const struct shk_value *root = &v->value[x->root];
	struct shaken_diag why = { "" };
	bool found = false;

	if (x->links == 0) {
		if (x->role == SHK_DIVERTS && !x->failed) {
			shk_explain_link(v, x, &why);
			must(why.text[0] != '\0');
		}
		return;
	}
	must(x->links <= SHK_DIV_MAX && x->role == SHK_DIVERTS && !x->failed);
	must(root->role != SHK_DIVERTS && !root->failed);
	must(shaken_id_equal(&root->passport.orig, &x->passport.orig));
	for (size_t i = 0; i < v->n; i++) {
		const struct shk_value *from = &v->value[i];

		found |= from != x && !from->failed &&
		    from->links == x->links - 1 &&
		    (x->links == 1 ? i == x->root : from->root == x->root) &&
		    shk_passport_has_dest(&from->passport, &x->passport.div);
	}
	must(found);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct shaken_id dest[SHAKEN_VALUES_MAX][2];
	struct shaken_id target = id(size == 0 ? 0 : data[0]);
	size_t n = size == 0 ? 0 : (size - 1) / 4;
	struct shaken_verify *v;
	bool caller = false;

	if (n > SHAKEN_VALUES_MAX)
		n = SHAKEN_VALUES_MAX;
	v = calloc(1, sizeof(*v) + n * sizeof(v->value[0]));
	if (v == NULL)
		return 0;
	v->n = n;
	if (size > 0 && (data[0] & 0x80) != 0)
		v->call.target = &target;
	for (size_t i = 0; i < n; i++)
		fill(&v->value[i], data + 1 + 4 * i, dest[i], i, n);
	shk_link(v);
	for (size_t i = 0; i < n; i++) {
		struct shk_value *x = &v->value[i];

		check(v, x);
		caller |= x->role == SHK_VOUCHES && !x->failed;
		if (x->role == SHK_DIVERTS && x->links == 0)
			x->failed = true;	/* as its check would */
		if (!x->failed)
			x->verdict.verstat = SHAKEN_TN_VALIDATION_PASSED;
	}
	shk_decide(v);
	must(caller || v->verdict.verstat == SHAKEN_NO_TN_VALIDATION);
	free(v);
	return 0;
}
