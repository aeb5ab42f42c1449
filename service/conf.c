/* SPDX-License-Identifier: Apache-2.0 */
/* conf.c - a configuration file into struct svc_conf, by the table of
 * settings.c; inih does the lexing. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "conf.h"

/* inih cuts a longer section name off without a word. */
#define SECTION_LEN_MAX 48
#define NAME_LEN_MAX 40
/* More lines are no configuration. */
#define ENTRIES_MAX 100000

struct entry {			/* a setting that was given */
	const struct svc_section *section;
	size_t			  index; /* of the key or tenant */
	const struct svc_item	 *item;
	unsigned		  line;
};

struct load {
	struct svc_conf	*conf;
	const char	*path;
	FILE		*file, *diag;
	unsigned	 line;
	bool		 bad;
	struct entry	*seen;	/* owned */
	size_t		 n_seen;
};

__attribute__((format(printf, 2, 3)))
static void
complain(struct load *l, const char *fmt, ...)
{
	va_list ap;

	fprintf(l->diag, "%s:%u: ", l->path, l->line);
	va_start(ap, fmt);
	vfprintf(l->diag, fmt, ap);
	va_end(ap);
	fputc('\n', l->diag);
	l->bad = true;
}

/* Append v to the array of *n things of this size. */
static void *
append(void *array, size_t *n, size_t size)
{
	char *p = reallocarray(array, *n + 1, size);

	if (p != NULL)
		memset(p + *n * size, 0, size);
	return p;
}

static const char *
add_to_list(struct svc_list *list, const char *text)
{
	char **v = append(list->v, &list->n, sizeof(*v));

	if (v == NULL)
		return "out of memory";
	list->v = v;
	if ((v[list->n] = strdup(text)) == NULL)
		return "out of memory";
	list->n++;
	return NULL;
}

static const char *
to_long(const char *text, const struct svc_item *it, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		return "not a whole number";
	return *out < it->min || *out > it->max ? "out of range" : NULL;
}

/* The index of text in "reject now". */
static const char *
to_choice(const char *text, const struct svc_item *it, long *out)
{
	size_t len = strlen(text);

	*out = 0;
	for (const char *p = it->choices; *p != '\0'; (*out)++) {
		size_t n = strcspn(p, " ");

		if (n == len && memcmp(p, text, n) == 0)
			return NULL;
		p += n + strspn(p + n, " ");
	}
	return "not one of its words";
}

/* Give one setting its value.  Returns NULL, or what is wrong with it. */
static const char *
set(void *target, const struct svc_item *it, const char *text)
{
	char *field = (char *)target + it->offset, *copy;
	const char *why = it->check == NULL ? NULL : it->check(text);
	long len = (long)strlen(text);

	if (why != NULL)
		return why;
	switch (it->type) {
	case SVC_T_LIST:
	case SVC_T_STR:
		if (len < it->min || len > it->max)
			return len == 0 ? "empty" : "too long";
		if (it->type == SVC_T_LIST)
			return add_to_list((struct svc_list *)(void *)field,
			    text);
		if ((copy = strdup(text)) == NULL)
			return "out of memory";
		free(*(char **)(void *)field);
		*(char **)(void *)field = copy;
		return NULL;
	case SVC_T_INT:
		return to_long(text, it, (long *)(void *)field);
	case SVC_T_ENUM:
		return to_choice(text, it, (long *)(void *)field);
	case SVC_T_BOOL:
		if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
			return "neither yes nor no";
		*(bool *)(void *)field = text[0] == 'y';
		return NULL;
	}
	return "of an unknown type";
}

/* Defaults of one section's struct; those of lists when the file is read. */
static bool
set_defaults(void *target, const struct svc_item *items, bool lists)
{
	for (const struct svc_item *it = items; it->key != NULL; it++) {
		const struct svc_list *list = (const struct svc_list *)
		    (const void *)((const char *)target + it->offset);

		if (it->dflt == NULL || (it->type == SVC_T_LIST) != lists ||
		    (lists && list->n > 0))
			continue;
		if (set(target, it, it->dflt) != NULL)
			return false;
	}
	return true;
}

static bool
set_plain_defaults(struct svc_conf *c, bool lists)
{
	bool ok = true;

	for (const struct svc_section *s = svc_sections; s->name != NULL; s++)
		if (s->kind == SVC_S_PLAIN)
			ok = ok && set_defaults((char *)c + s->offset,
			    s->items, lists);
	return ok;
}

static void *
add_key(struct svc_conf *c, const char *name)
{
	struct svc_conf_key *k = append(c->keys, &c->n_keys, sizeof(*k));

	if (k == NULL)
		return NULL;
	c->keys = k;
	k += c->n_keys;
	if ((k->name = strdup(name)) == NULL)
		return NULL;
	c->n_keys++;
	return k;
}

static void *
add_tenant(struct svc_conf *c, const char *name)
{
	struct svc_conf_tenant *t = append(c->tenants, &c->n_tenants,
	    sizeof(*t));

	if (t == NULL)
		return NULL;
	c->tenants = t;
	t += c->n_tenants;
	if ((t->name = strdup(name)) == NULL)
		return NULL;
	c->n_tenants++;
	return t;
}

/* Find, or make, the struct of "[key NAME]". */
static void *
named_target(struct svc_conf *c, const struct svc_section *s, const char *name,
    size_t *index)
{
	void *made;

	if (s->kind == SVC_S_KEY) {
		for (*index = 0; *index < c->n_keys; ++*index)
			if (strcmp(c->keys[*index].name, name) == 0)
				return &c->keys[*index];
		made = add_key(c, name);
	} else {
		for (*index = 0; *index < c->n_tenants; ++*index)
			if (strcmp(c->tenants[*index].name, name) == 0)
				return &c->tenants[*index];
		made = add_tenant(c, name);
	}
	if (made == NULL || !set_defaults(made, s->items, false))
		return NULL;
	return made;
}

/* A name stands in URLs and logs. */
static bool
is_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= NAME_LEN_MAX && name[0] != '.' &&
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-_.") == n;
}

static const struct svc_section *
find_section(const char *text, const char **name)
{
	size_t n = strcspn(text, " ");

	*name = text + n + strspn(text + n, " ");
	for (const struct svc_section *s = svc_sections; s->name != NULL; s++)
		if (strlen(s->name) == n && memcmp(s->name, text, n) == 0)
			return s;
	return NULL;
}

/* The struct that lines under [text] go to, or NULL after a complaint. */
static void *
find_target(struct load *l, const char *text, const struct svc_section **s,
    size_t *index)
{
	const char *name;
	void *target;

	*index = 0;
	*s = find_section(text, &name);
	if (*s == NULL) {
		complain(l, "[%s]: no such section", text);
		return NULL;
	}
	if ((*s)->kind == SVC_S_PLAIN) {
		if (*name == '\0')
			return (char *)l->conf + (*s)->offset;
		complain(l, "[%s]: this section has no name", text);
		return NULL;
	}
	if (!is_name(name)) {
		complain(l, "[%s]: it needs a name, 1 to %d letters, digits, "
		    "- _ or .", text, NAME_LEN_MAX);
		return NULL;
	}
	target = named_target(l->conf, *s, name, index);
	if (target == NULL)
		complain(l, "out of memory");
	return target;
}

/* Note that this setting was given here; where it was before, 0 if nowhere. */
static unsigned
note(struct load *l, const struct entry *e)
{
	struct entry *seen;

	for (size_t i = 0; i < l->n_seen; i++)
		if (l->seen[i].section == e->section &&
		    l->seen[i].index == e->index && l->seen[i].item == e->item)
			return l->seen[i].line;
	seen = l->n_seen < ENTRIES_MAX ?
	    append(l->seen, &l->n_seen, sizeof(*seen)) : NULL;
	if (seen == NULL) {
		complain(l, "too many lines");
		return 0;
	}
	l->seen = seen;
	l->seen[l->n_seen++] = *e;
	return 0;
}

static int
on_setting(void *arg, const char *section, const char *key, const char *value)
{
	struct load *l = arg;
	struct entry e = { .line = l->line };
	const char *why;
	unsigned before;
	void *target = find_target(l, section, &e.section, &e.index);

	if (target == NULL)
		return 1; /* read on: all that is wrong is told at once */
	for (e.item = e.section->items; e.item->key != NULL; e.item++)
		if (strcmp(e.item->key, key) == 0)
			break;
	if (e.item->key == NULL) {
		complain(l, "[%s] %s: no such setting", section, key);
		return 1;
	}
	before = note(l, &e);
	if (before != 0 && e.item->type != SVC_T_LIST) {
		complain(l, "[%s] %s: given in line %u already", section, key,
		    before);
		return 1;
	}
	why = set(target, e.item, value);
	if (why != NULL)
		complain(l, "[%s] %s: %s", section, key, why);
	return 1;
}

/*
 * Reads a line for inih, and looks after what inih does not tell: which line it
 * is, and lines and section names that are too long for it.  A section without
 * a setting is seen here only.
 */
static char *
read_line(char *to, int cap, void *arg)
{
	struct load *l = arg;
	const struct svc_section *s;
	size_t index, n;

	if (fgets(to, cap, l->file) == NULL)
		return NULL;
	l->line++;
	n = strlen(to);
	if (n + 1 == (size_t)cap && to[n - 1] != '\n' && !feof(l->file)) {
		complain(l, "longer than %d bytes", cap - 2);
		return NULL;
	}
	if (to[0] == '[') { /* an indented one continues the line above it */
		size_t len = strcspn(to + 1, "]\n");
		char name[SECTION_LEN_MAX + 1];

		if (len > SECTION_LEN_MAX) {
			complain(l, "the section's name is too long");
			return NULL;
		}
		memcpy(name, to + 1, len);
		name[len] = '\0';
		find_target(l, name, &s, &index);
	}
	return to;
}

/* Without any [tenant], everybody is one that may use all keys. */
static bool
imply_tenant(struct svc_conf *c)
{
	static const char name[] = "tenant anonymous";
	const struct svc_section *s;
	struct svc_conf_tenant *t;
	const char *word;
	size_t index;
	bool ok;

	if (c->n_tenants > 0)
		return true;
	s = find_section(name, &word);
	t = named_target(c, s, word, &index);
	ok = t != NULL;
	for (size_t i = 0; ok && i < c->n_keys; i++)
		ok = add_to_list(&t->keys, c->keys[i].name) == NULL;
	if (ok)
		t->anonymous = true;
	return ok;
}

struct svc_conf *
svc_conf_load(const char *path, FILE *diag)
{
	struct load l = { .path = path, .diag = diag };
	int rc;

	l.conf = calloc(1, sizeof(*l.conf));
	if (l.conf == NULL)
		goto nomem;
	atomic_init(&l.conf->refs, 1);
	if (!set_plain_defaults(l.conf, false))
		goto nomem;
	l.file = fopen(path, "re");
	if (l.file == NULL) {
		fprintf(diag, "%s: %s\n", path, strerrordesc_np(errno));
		goto bad;
	}
	rc = ini_parse_stream(read_line, &l, on_setting, &l);
	if (rc > 0) {
		l.line = (unsigned)rc;
		complain(&l, "neither a section nor a setting");
	} else if (rc < 0 || ferror(l.file)) {
		complain(&l, "cannot be read");
	}
	if (l.bad)
		goto bad;
	if (!set_plain_defaults(l.conf, true) || !imply_tenant(l.conf))
		goto nomem;
	if (!svc_conf_check(l.conf, path, diag))
		goto bad;
	goto out;
nomem:
	fprintf(diag, "%s: out of memory\n", path);
bad:
	svc_conf_free(&l.conf);
out:
	if (l.file != NULL)
		fclose(l.file);
	free(l.seen);
	return l.conf;
}

static void
clear(void *target, const struct svc_item *items)
{
	for (const struct svc_item *it = items; it->key != NULL; it++) {
		char *field = (char *)target + it->offset;

		if (it->type == SVC_T_STR) {
			free(*(char **)(void *)field);
		} else if (it->type == SVC_T_LIST) {
			struct svc_list *list = (void *)field;

			for (size_t i = 0; i < list->n; i++)
				free(list->v[i]);
			free(list->v);
		}
	}
}

struct svc_conf *
svc_conf_ref(struct svc_conf *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void
svc_conf_free(struct svc_conf **cp)
{
	struct svc_conf *c;

	if (cp == NULL || (c = *cp) == NULL)
		return;
	*cp = NULL;
	if (atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	for (const struct svc_section *s = svc_sections; s->name != NULL; s++) {
		if (s->kind == SVC_S_PLAIN)
			clear((char *)c + s->offset, s->items);
		for (size_t i = 0; s->kind == SVC_S_KEY && i < c->n_keys; i++)
			clear(&c->keys[i], s->items);
		for (size_t i = 0; s->kind == SVC_S_TENANT &&
		    i < c->n_tenants; i++)
			clear(&c->tenants[i], s->items);
	}
	for (size_t i = 0; i < c->n_keys; i++)
		free(c->keys[i].name);
	for (size_t i = 0; i < c->n_tenants; i++)
		free(c->tenants[i].name);
	free(c->keys);
	free(c->tenants);
	free(c);
}
