/* SPDX-License-Identifier: Apache-2.0 */
/* settings_print.c - the table of settings as a file to fill in, and as the
 * list in shakend.conf(5). */
#include <string.h>

#include "conf.h"

#define COLUMNS 78

static void
put_wrapped(FILE *out, const char *start, const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column > 0 && column + 1 + n > COLUMNS) {
			fputc('\n', out);
			column = 0;
		}
		column += (size_t)fprintf(out, "%s%.*s",
		    column == 0 ? start : " ", (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static const char *
value_of(const struct svc_item *it)
{
	return it->dflt != NULL ? it->dflt :
	    it->example != NULL ? it->example : "";
}

void
svc_conf_print(FILE *out)
{
	fputs("# shakend.conf - see shakend.conf(5); check with: "
	    "shakend --check --config FILE\n"
	    "#\n"
	    "# Every setting, commented out, with its default or, where it "
	    "has none, an\n"
	    "# example. A setting that may be given several times is one line "
	    "each.\n", out);
	for (const struct svc_section *s = svc_sections; s->name != NULL; s++) {
		fputc('\n', out);
		put_wrapped(out, "# ", s->help);
		fprintf(out, s->kind == SVC_S_PLAIN ? "[%s]\n" :
		    "#[%s NAME]\n", s->name);
		for (const struct svc_item *it = s->items; it->key != NULL;
		    it++) {
			fputc('\n', out);
			put_wrapped(out, "# ", it->help);
			fprintf(out, "#%s =%s%s\n", it->key,
			    *value_of(it) == '\0' ? "" : " ", value_of(it));
		}
	}
}

/* mdoc(7): "\" is special everywhere, "." and "'" at the start of a line. */
static void
put_mdoc(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			fputs("\\e", out);
		else
			fputc(*text, out);
		/* A sentence ends with its line. */
		if (text[0] == '.' && text[1] == ' ') {
			fputc('\n', out);
			text++;
		}
	}
	fputc('\n', out);
}

static void
put_mdoc_type(FILE *out, const struct svc_item *it)
{
	switch (it->type) {
	case SVC_T_INT:
		fprintf(out, "A number from %ld", it->min);
		if (it->max < 1000000000)
			fprintf(out, " to %ld", it->max);
		break;
	case SVC_T_BOOL:
		fputs("yes or no", out);
		break;
	case SVC_T_ENUM:
		fputs("One of:", out);
		for (const char *p = it->choices; *p != '\0';) {
			size_t n = strcspn(p, " ");

			fprintf(out, " %.*s%s", (int)n, p,
			    p[n] == ' ' ? "," : "");
			p += n + strspn(p + n, " ");
		}
		break;
	case SVC_T_STR:
	case SVC_T_LIST:
		if (it->dflt == NULL) {
			fputs("No default", out);
			break;
		}
		fputs("Text", out);
		break;
	}
	if (it->dflt != NULL)
		fprintf(out, "; default: %s",
		    *it->dflt == '\0' ? "empty" : it->dflt);
	fputs(".\n", out);
}

void
svc_conf_print_man(FILE *out)
{
	for (const struct svc_section *s = svc_sections; s->name != NULL; s++) {
		fprintf(out, ".Ss [%s%s]\n", s->name,
		    s->kind == SVC_S_PLAIN ? "" : " NAME");
		put_mdoc(out, s->help);
		fputs(".Bl -tag -width Ds\n", out);
		for (const struct svc_item *it = s->items; it->key != NULL;
		    it++) {
			fprintf(out, ".It Cm %s\n", it->key);
			put_mdoc(out, it->help);
			put_mdoc_type(out, it);
		}
		fputs(".El\n", out);
	}
}
