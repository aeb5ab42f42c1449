/* SPDX-License-Identifier: Apache-2.0 */
/* tally.c - calls counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tally.h"

#define HOUR 3600

const char *
audit_attest_name(size_t i)
{
	static const char *const names[] = { "A", "B", "C", "none" };

	return names[i];
}

/* The host of an x5u, with its port where that is given. */
static void
copy_host(struct shaken_sv url, char out[AUDIT_HOST_MAX + 1])
{
	size_t from = 0, n = 0;

	for (size_t i = 0; i + 2 < url.n; i++)
		if (memcmp(url.p + i, "://", 3) == 0) {
			from = i + 3;
			break;
		}
	while (from > 0 && from + n < url.n && url.p[from + n] != '/' &&
	    n < AUDIT_HOST_MAX)
		n++;
	for (size_t i = 0; i < n; i++)
		out[i] = url.p[from + i] == '\0' ? '?' : url.p[from + i];
	out[n] = '\0';
}

void
audit_fact(const struct audit_judge *j, struct audit_fact *out)
{
	const struct shaken_verdict *d;
	const struct shaken_passport *p;

	*out = (struct audit_fact){ .result = j->result, .now = j->now };
	if (j->v == NULL || shaken_verify_n(j->v) == 0)
		return;
	d = shaken_verify_verdict(j->v);
	out->ecase = d->ecase;
	out->attest = d->attest;
	memcpy(out->spc, d->spc, sizeof(out->spc));
	if (d->value >= shaken_verify_n(j->v))
		return;
	if (j->chain[d->value] != NULL)
		memcpy(out->signer, j->chain[d->value]->signer,
		    sizeof(out->signer));
	p = shaken_verify_passport(j->v, d->value);
	if (p != NULL)
		copy_host(shaken_passport_x5u(p), out->host);
}

/* -- tables ------------------------------------------------------------- */

static uint32_t
hash(const char *a, const char *b, int64_t hour)
{
	uint32_t h = 2166136261u ^ (uint32_t)(hour / HOUR);

	for (; *a != '\0'; a++)
		h = (h ^ (unsigned char)*a) * 16777619u;
	for (; *b != '\0'; b++)
		h = (h ^ (unsigned char)*b) * 16777619u;
	return h % AUDIT_BUCKETS;
}

static struct audit_row *
add_row(struct audit_table *t, const char *a, const char *b, int64_t hour,
    uint32_t *bucket)
{
	size_t cap = t->cap == 0 ? 64 : t->cap * 2;
	struct audit_row row = { .hour = hour }, *v;

	if (t->n == t->cap) {
		v = reallocarray(t->v, cap, sizeof(*v));
		if (v == NULL)
			return NULL;
		t->v = v;
		t->cap = cap;
	}
	row.name = strdup(a);
	row.second = strdup(b);
	if (row.name == NULL || row.second == NULL) {
		free(row.name);
		free(row.second);
		return NULL;
	}
	row.next = *bucket;
	t->v[t->n++] = row;
	*bucket = (uint32_t)t->n;
	return &t->v[t->n - 1];
}

static bool
count(struct audit_table *t, const char *a, const char *b, int64_t hour,
    enum audit_result result)
{
	uint32_t *bucket = &t->bucket[hash(a, b, hour)];
	struct audit_row *row = NULL;

	for (uint32_t i = *bucket; i != 0 && row == NULL; i = t->v[i - 1].next)
		if (t->v[i - 1].hour == hour &&
		    strcmp(t->v[i - 1].name, a) == 0 &&
		    strcmp(t->v[i - 1].second, b) == 0)
			row = &t->v[i - 1];
	if (row == NULL)
		row = t->n < AUDIT_ROWS_MAX ? add_row(t, a, b, hour, bucket) :
		    &t->rest;
	if (row == NULL)
		return false;
	row->n++;
	row->by[result]++;
	return true;
}

bool
audit_tally_add(struct audit_tally *t, const struct audit_fact *f)
{
	size_t attest = f->attest >= 'A' && f->attest <= 'C' ?
	    (size_t)(f->attest - 'A') : 3;

	t->n++;
	t->by[f->result]++;
	if (f->result != AUDIT_UNSIGNED && f->result != AUDIT_UNREADABLE)
		t->attest[attest][f->result]++;
	if (f->ecase != SHAKEN_CASE_NONE)
		t->cases[f->ecase]++;
	if (f->spc[0] != '\0' && !count(&t->signers, f->spc, f->signer, 0,
	    f->result))
		return false;
	if (f->host[0] != '\0' && !count(&t->hosts, f->host, "", 0, f->result))
		return false;
	return count(&t->hours, "", "", f->now - f->now % HOUR, f->result);
}

void
audit_tally_skips(struct audit_tally *t, const struct audit_skips *s)
{
	t->files++;
	t->skips.packets += s->packets;
	for (size_t i = 0; i < AUDIT_SKIP_N; i++)
		t->skips.n[i] += s->n[i];
}

static int
by_count(const void *a, const void *b)
{
	const struct audit_row *x = a, *y = b;
	int order;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	order = strcmp(x->name, y->name);
	return order != 0 ? order : strcmp(x->second, y->second);
}

static int
by_hour(const void *a, const void *b)
{
	const struct audit_row *x = a, *y = b;

	return x->hour < y->hour ? -1 : x->hour > y->hour;
}

static void
sort(struct audit_table *t, int (*order)(const void *, const void *))
{
	if (t->n > 0)
		qsort(t->v, t->n, sizeof(*t->v), order);
}

void
audit_tally_sort(struct audit_tally *t)
{
	sort(&t->signers, by_count);
	sort(&t->hosts, by_count);
	sort(&t->hours, by_hour);
}

static void
clear(struct audit_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].name);
		free(t->v[i].second);
	}
	free(t->v);
	*t = (struct audit_table){ 0 };
}

void
audit_tally_clear(struct audit_tally *t)
{
	clear(&t->signers);
	clear(&t->hosts);
	clear(&t->hours);
}
