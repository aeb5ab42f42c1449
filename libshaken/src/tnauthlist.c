/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tnauthlist.c - the TN Authorization List (RFC 8226 section 9).
 *
 *   TNAuthorizationList ::= SEQUENCE SIZE (1..MAX) OF TNEntry
 *   TNEntry ::= CHOICE { spc   [0] IA5String,
 *                        range [1] SEQUENCE { start TelephoneNumber,
 *                                             count INTEGER (2..MAX), ... },
 *                        one   [2] TelephoneNumber }
 *   TelephoneNumber ::= IA5String (SIZE (1..15)) (FROM ("0123456789#*"))
 *
 * The module has EXPLICIT tags.  An extension of the range ("...") is refused:
 * nobody has defined one, and skipping what widens a scope is no option.
 */
#include <limits.h>
#include <stdlib.h>

#include <openssl/asn1t.h>
#include <openssl/err.h>

#include "diag.h"
#include "sv.h"
#include "tnauthlist.h"

/* OpenSSL's templates paste type names together, hence these typedefs. */
typedef struct {
	ASN1_IA5STRING	*start;
	ASN1_INTEGER	*count;
} TN_RANGE;

typedef struct {
	int	 type; /* enum shaken_tnauth_kind: the order below */
	union {
		ASN1_IA5STRING	*spc;
		TN_RANGE	*range;
		ASN1_IA5STRING	*one;
	} d;
} TN_ENTRY;

ASN1_SEQUENCE(TN_RANGE) = {
	ASN1_SIMPLE(TN_RANGE, start, ASN1_IA5STRING),
	ASN1_SIMPLE(TN_RANGE, count, ASN1_INTEGER)
} static_ASN1_SEQUENCE_END(TN_RANGE)

ASN1_CHOICE(TN_ENTRY) = {
	ASN1_EXP(TN_ENTRY, d.spc, ASN1_IA5STRING, 0),
	ASN1_EXP(TN_ENTRY, d.range, TN_RANGE, 1),
	ASN1_EXP(TN_ENTRY, d.one, ASN1_IA5STRING, 2)
} static_ASN1_CHOICE_END(TN_ENTRY)

ASN1_CHOICE(TN_ENTRY_IMP) = {
	ASN1_IMP(TN_ENTRY, d.spc, ASN1_IA5STRING, 0),
	ASN1_IMP(TN_ENTRY, d.range, TN_RANGE, 1),
	ASN1_IMP(TN_ENTRY, d.one, ASN1_IA5STRING, 2)
} static_ASN1_CHOICE_END_name(TN_ENTRY, TN_ENTRY_IMP)

ASN1_ITEM_TEMPLATE(TN_LIST) = ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SEQUENCE_OF, 0,
    TN_LIST, TN_ENTRY)
static_ASN1_ITEM_TEMPLATE_END(TN_LIST)

ASN1_ITEM_TEMPLATE(TN_LIST_IMP) = ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SEQUENCE_OF,
    0, TN_LIST_IMP, TN_ENTRY_IMP)
static_ASN1_ITEM_TEMPLATE_END(TN_LIST_IMP)

DEFINE_STACK_OF(TN_ENTRY)

/*
 * Numbers lo to hi, both of which have the same count of digits; that count is
 * in the bits from SPAN_DIGITS on, so that spans of different counts never
 * touch.  10^15 has 50 bits.
 */
struct span {
	uint64_t	lo, hi;
};
#define SPAN_DIGITS 56

struct shk_tnauthlist {
	STACK_OF(TN_ENTRY)	*asn1;	  /* owned; values borrow from it */
	struct shaken_tnauth	*entries; /* owned */
	size_t			 n;
	struct span		*spans;	  /* owned: all numbers, sorted, with */
	size_t			 n_spans; /* gaps between them */
};

static bool
is_digits(struct shaken_sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] < '0' || v.p[i] > '9')
			return false;
	return v.n > 0;
}

static bool
is_tn(struct shaken_sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((v.p[i] < '0' || v.p[i] > '9') && v.p[i] != '#' &&
		    v.p[i] != '*')
			return false;
	return v.n >= 1 && v.n <= SHAKEN_TN_MAX;
}

static bool
is_spc(struct shaken_sv v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] < ' ' || v.p[i] > '~')
			return false;
	return v.n >= 1 && v.n <= SHAKEN_SPC_MAX;
}

static uint64_t
number(struct shaken_sv digits)		/* 15 at most */
{
	uint64_t v = 0;

	for (size_t i = 0; i < digits.n; i++)
		v = v * 10 + (uint64_t)(digits.p[i] - '0');
	return v;
}

static uint64_t
ten_to(size_t n)
{
	uint64_t v = 1;

	while (n-- > 0)
		v *= 10;
	return v;
}

/* The limits of the module.  The last number of a range keeps the digits of its
 * start: the text asks for start + count below 10^digits, which would refuse
 * 90..99; what ends at the last number is accepted. */
static bool
entry_ok(const struct shaken_tnauth *e, struct shaken_diag *diag)
{
	switch (e->kind) {
	case SHAKEN_TNAUTH_SPC:
		if (is_spc(e->value))
			return true;
		shk_diag(diag, "RFC 8226 section 9: service provider code is "
		    "not 1 to %d printable characters", SHAKEN_SPC_MAX);
		return false;
	case SHAKEN_TNAUTH_ONE:
		if (is_tn(e->value))
			return true;
		shk_diag(diag, "RFC 8226 section 9: telephone number is not 1 "
		    "to %d of 0-9, # and *", SHAKEN_TN_MAX);
		return false;
	case SHAKEN_TNAUTH_RANGE:
		if (!is_tn(e->value) || !is_digits(e->value)) {
			shk_diag(diag, "RFC 8226 section 9: range does not "
			    "start with 1 to %d digits", SHAKEN_TN_MAX);
			return false;
		}
		if (e->count >= 2 &&
		    e->count <= ten_to(e->value.n) - number(e->value))
			return true;
		shk_diag(diag, "RFC 8226 section 9: range of %.*s has a count "
		    "below 2, or leaves its number of digits",
		    SHK_SV_ARG(e->value, SHAKEN_TN_MAX));
		return false;
	}
	return false;
}

static struct shaken_sv
text(const ASN1_STRING *s)
{
	return (struct shaken_sv){
		(const char *)ASN1_STRING_get0_data(s),
		(size_t)ASN1_STRING_length(s)
	};
}

static bool
entry_read(const TN_ENTRY *from, struct shaken_tnauth *to,
    struct shaken_diag *diag)
{
	to->kind = (enum shaken_tnauth_kind)from->type;
	to->count = 1;
	switch (to->kind) {
	case SHAKEN_TNAUTH_SPC:
		to->value = text(from->d.spc);
		break;
	case SHAKEN_TNAUTH_ONE:
		to->value = text(from->d.one);
		break;
	case SHAKEN_TNAUTH_RANGE:
		to->value = text(from->d.range->start);
		if (ASN1_INTEGER_get_uint64(&to->count, from->d.range->count)
		    != 1)
			to->count = 0; /* negative, or beyond all numbers */
		break;
	}
	return entry_ok(to, diag);
}

static struct span
span_of(struct shaken_sv digits, uint64_t count)
{
	uint64_t lo = (uint64_t)digits.n << SPAN_DIGITS | number(digits);

	return (struct span){ lo, lo + count - 1 };
}

/* Numbers with # or * have no neighbours; they compare as text. */
static bool
has_span(const struct shaken_tnauth *e)
{
	return e->kind == SHAKEN_TNAUTH_RANGE ||
	    (e->kind == SHAKEN_TNAUTH_ONE && is_digits(e->value));
}

static int
span_cmp(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->lo > y->lo) - (x->lo < y->lo);
}

/* Entries are additive (RFC 9060 section 4.1): sort, and join what touches. */
static void
make_spans(struct shk_tnauthlist *l)
{
	size_t n = 0, last = 0;

	for (size_t i = 0; i < l->n; i++)
		if (has_span(&l->entries[i]))
			l->spans[n++] = span_of(l->entries[i].value,
			    l->entries[i].count);
	if (n == 0)
		return;
	qsort(l->spans, n, sizeof(*l->spans), span_cmp);
	for (size_t i = 1; i < n; i++) {
		struct span s = l->spans[i];

		if (s.lo > l->spans[last].hi + 1)
			l->spans[++last] = s;
		else if (s.hi > l->spans[last].hi)
			l->spans[last].hi = s.hi;
	}
	l->n_spans = last + 1;
}

/* Decode all of der, and only DER: what does not encode to the same bytes has
 * a second form that another verifier may read otherwise. */
static STACK_OF(TN_ENTRY) *
decode(struct shaken_sv der, const ASN1_ITEM *item)
{
	const unsigned char *p = (const unsigned char *)der.p;
	unsigned char *again = NULL;
	ASN1_VALUE *v;
	int n;

	if (der.n == 0 || der.n > SHAKEN_PEM_MAX)
		return NULL;
	v = ASN1_item_d2i(NULL, &p, (long)der.n, item);
	if (v == NULL)
		return NULL;
	n = ASN1_item_i2d(v, &again, item);
	if (n < 0 || (size_t)n != der.n || memcmp(again, der.p, der.n) != 0) {
		ASN1_item_free(v, item);
		v = NULL;
	}
	OPENSSL_free(again);
	return (STACK_OF(TN_ENTRY) *)v;
}

enum shaken_err
shk_tnauthlist_parse(struct shaken_sv der, bool implicit,
    struct shk_tnauthlist **out, struct shaken_diag *diag)
{
	struct shk_tnauthlist *l;
	enum shaken_err err = SHAKEN_E_CERT;
	int n;

	*out = NULL;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return SHAKEN_E_NOMEM;
	l->asn1 = decode(der, ASN1_ITEM_rptr(TN_LIST));
	if (l->asn1 == NULL && implicit)
		l->asn1 = decode(der, ASN1_ITEM_rptr(TN_LIST_IMP));
	n = sk_TN_ENTRY_num(l->asn1);
	if (n <= 0) {
		shk_diag(diag, "RFC 8226 section 9: TNAuthList is not DER of a "
		    "list with EXPLICIT tags and at least one entry");
		goto out;
	}

	l->n = (size_t)n;
	l->entries = calloc(l->n, sizeof(*l->entries));
	l->spans = calloc(l->n, sizeof(*l->spans));
	if (l->entries == NULL || l->spans == NULL) {
		err = SHAKEN_E_NOMEM;
		goto out;
	}
	for (int i = 0; i < n; i++)
		if (!entry_read(sk_TN_ENTRY_value(l->asn1, i), &l->entries[i],
		    diag))
			goto out;
	make_spans(l);
	*out = l;
	l = NULL; /* moved */
	err = SHAKEN_OK;
out:
	shk_tnauthlist_free(&l);
	ERR_clear_error();
	return err;
}

void
shk_tnauthlist_free(struct shk_tnauthlist **lp)
{
	struct shk_tnauthlist *l;

	if (lp == NULL || (l = *lp) == NULL)
		return;
	*lp = NULL;
	free(l->spans);
	free(l->entries);
	ASN1_item_free((ASN1_VALUE *)l->asn1, ASN1_ITEM_rptr(TN_LIST));
	free(l);
}

size_t
shk_tnauthlist_n(const struct shk_tnauthlist *l)
{
	return l == NULL ? 0 : l->n;
}

const struct shaken_tnauth *
shk_tnauthlist_get(const struct shk_tnauthlist *l, size_t i)
{
	return &l->entries[i];
}

struct shaken_sv
shk_tnauthlist_spc(const struct shk_tnauthlist *l)
{
	for (size_t i = 0; i < shk_tnauthlist_n(l); i++)
		if (l->entries[i].kind == SHAKEN_TNAUTH_SPC)
			return l->entries[i].value;
	return (struct shaken_sv){ NULL, 0 };
}

static bool
holds_span(const struct shk_tnauthlist *l, struct span s)
{
	size_t lo = 0, hi = l->n_spans;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->spans[mid].hi < s.lo)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n_spans && l->spans[lo].lo <= s.lo &&
	    s.hi <= l->spans[lo].hi;
}

/* An entry of that kind with that text; ASCII case makes no difference, codes
 * have been seen in lower case. */
static bool
has_text(const struct shk_tnauthlist *l, enum shaken_tnauth_kind kind,
    struct shaken_sv value)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->entries[i].kind == kind &&
		    shk_sv_name_is(l->entries[i].value, value))
			return true;
	return false;
}

static bool
holds(const struct shk_tnauthlist *l, const struct shaken_tnauth *e)
{
	if (has_span(e))
		return holds_span(l, span_of(e->value, e->count));
	return has_text(l, e->kind, e->value);
}

enum shaken_result
shk_tnauthlist_covers(const struct shk_tnauthlist *l,
    const struct shaken_id *id)
{
	struct shaken_tnauth one = {
		.kind = SHAKEN_TNAUTH_ONE,
		.value = { id->text, id->len },
		.count = 1,
	};

	if (l == NULL)
		return SHAKEN_FAIL;
	if (id->kind == SHAKEN_ID_TN && is_tn(one.value) && holds(l, &one))
		return SHAKEN_PASS;
	return shk_tnauthlist_spc(l).n > 0 ? SHAKEN_SKIPPED : SHAKEN_FAIL;
}

bool
shk_tnauthlist_within(const struct shk_tnauthlist *child,
    const struct shk_tnauthlist *parent, const struct shaken_tnauth **outside)
{
	bool provider = shk_tnauthlist_spc(parent).n > 0;

	*outside = NULL;
	for (size_t i = 0; i < child->n; i++) {
		const struct shaken_tnauth *e = &child->entries[i];

		if (provider && e->kind != SHAKEN_TNAUTH_SPC)
			continue;
		if (!holds(parent, e)) {
			*outside = e;
			return false;
		}
	}
	return true;
}

static bool
entry_write(const struct shaken_tnauth *from, TN_ENTRY *to)
{
	ASN1_IA5STRING *value = ASN1_IA5STRING_new();

	if (value == NULL || ASN1_STRING_set(value, from->value.p,
	    (int)from->value.n) != 1) {
		ASN1_IA5STRING_free(value);
		return false;
	}
	to->type = (int)from->kind;
	switch (from->kind) {
	case SHAKEN_TNAUTH_SPC:
		to->d.spc = value;
		return true;
	case SHAKEN_TNAUTH_ONE:
		to->d.one = value;
		return true;
	case SHAKEN_TNAUTH_RANGE:
		to->d.range = (TN_RANGE *)ASN1_item_new(
		    ASN1_ITEM_rptr(TN_RANGE));
		if (to->d.range == NULL)
			break;
		ASN1_IA5STRING_free(to->d.range->start);
		to->d.range->start = value;
		return ASN1_INTEGER_set_uint64(to->d.range->count,
		    from->count) == 1;
	}
	ASN1_IA5STRING_free(value);
	return false;
}

static bool
list_add(STACK_OF(TN_ENTRY) *list, const struct shaken_tnauth *e)
{
	TN_ENTRY *one = (TN_ENTRY *)ASN1_item_new(ASN1_ITEM_rptr(TN_ENTRY));

	if (one != NULL && entry_write(e, one) &&
	    sk_TN_ENTRY_push(list, one) > 0)
		return true;
	ASN1_item_free((ASN1_VALUE *)one, ASN1_ITEM_rptr(TN_ENTRY));
	return false;
}

enum shaken_err
shk_tnauthlist_encode(const struct shaken_tnauth *entries, size_t n,
    uint8_t *out, size_t cap, size_t *len)
{
	enum shaken_err err = SHAKEN_E_NOMEM;
	STACK_OF(TN_ENTRY) *list = NULL;
	unsigned char *der = NULL;
	int der_len;

	*len = 0;
	for (size_t i = 0; i < n; i++)
		if (!entry_ok(&entries[i], NULL))
			return SHAKEN_E_ARG;
	if (n == 0)
		return SHAKEN_E_ARG;
	list = sk_TN_ENTRY_new_null();
	for (size_t i = 0; i < n; i++)
		if (list == NULL || !list_add(list, &entries[i]))
			goto out;
	der_len = ASN1_item_i2d((const ASN1_VALUE *)list, &der,
	    ASN1_ITEM_rptr(TN_LIST));
	if (der_len < 0)
		goto out;
	if ((size_t)der_len > cap) {
		err = SHAKEN_E_LIMIT;
		goto out;
	}
	memcpy(out, der, (size_t)der_len);
	*len = (size_t)der_len;
	err = SHAKEN_OK;
out:
	OPENSSL_free(der);
	ASN1_item_free((ASN1_VALUE *)list, ASN1_ITEM_rptr(TN_LIST));
	ERR_clear_error();
	return err;
}

static bool
is_issued_spc(struct shaken_sv v)	/* ATIS-1000080 section 6.4.1 */
{
	for (size_t i = 0; i < v.n; i++)
		if ((v.p[i] < '0' || v.p[i] > '9') &&
		    (v.p[i] < 'A' || v.p[i] > 'Z'))
			return false;
	return v.n >= 1 && v.n <= SHAKEN_SPC_MAX;
}

enum shaken_err
shaken_tnauthlist_encode_spc(struct shaken_sv spc, uint8_t *out, size_t cap,
    size_t *len)
{
	struct shaken_tnauth e = {
		.kind = SHAKEN_TNAUTH_SPC, .value = spc, .count = 1
	};

	if (len == NULL)
		return SHAKEN_E_ARG;
	*len = 0;
	if (out == NULL || !is_issued_spc(spc))
		return SHAKEN_E_ARG;
	return shk_tnauthlist_encode(&e, 1, out, cap, len);
}

enum shaken_err
shaken_tnauthlist_encode(const struct shaken_tnauth *entries, size_t n,
    uint8_t *out, size_t cap, size_t *len)
{
	if (len == NULL)
		return SHAKEN_E_ARG;
	*len = 0;
	if (entries == NULL || out == NULL)
		return SHAKEN_E_ARG;
	return shk_tnauthlist_encode(entries, n, out, cap, len);
}
