/* SPDX-License-Identifier: Apache-2.0 */
/* cli.c - what the commands of shaken share. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "cli.h"

#define COLUMNS 96

__attribute__((format(printf, 1, 0)))
static void
complain(const char *fmt, va_list ap)
{
	char line[1024];

	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		line[0] = '\0';
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	fprintf(stderr, "shaken: %s\n", line);
}

enum cli_status
cli_cannot(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	va_end(ap);
	return CLI_CANNOT;
}

void
cli_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	va_end(ap);
}

const char *
cli_why(enum shaken_err err, const struct shaken_diag *diag)
{
	return diag->text[0] != '\0' ? diag->text : shaken_strerror((int)err);
}

/* "--key FILE: ", or "FILE: " for an argument. */
static enum cli_status
cannot_file(const char *option, const char *path, const char *why)
{
	return cli_cannot("%s%s%s: %s", option, option[0] == '\0' ? "" : " ",
	    path, why);
}

/* Fill t->p, which has room for one byte more than is allowed. */
static enum cli_status
read_all(int fd, const char *option, const char *path, size_t max,
    struct cli_text *t)
{
	ssize_t n;

	do {
		n = read(fd, t->p + t->n, max + 1 - t->n);
		if (n > 0)
			t->n += (size_t)n;
	} while ((n > 0 && t->n <= max) || (n < 0 && errno == EINTR));
	if (n < 0)
		return cannot_file(option, path, strerrordesc_np(errno));
	if (t->n > max)
		return cli_cannot("%s%s%s: more than %zu bytes", option,
		    option[0] == '\0' ? "" : " ", path, max);
	return CLI_OK;
}

enum cli_status
cli_read(const char *option, const char *path, size_t max,
    struct cli_text *out)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct cli_text t = { 0 };
	enum cli_status st;
	int fd;

	*out = t;
	fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cannot_file(option, path, strerrordesc_np(errno));
	t.p = malloc(max + 1);	/* once: a key leaves no copies behind */
	st = t.p == NULL ? cli_cannot("out of memory") :
	    read_all(fd, option, path, max, &t);
	if (!is_stdin)
		close(fd);
	if (st != CLI_OK) {
		cli_text_free(&t);
		return st;
	}
	*out = t;
	return CLI_OK;
}

struct shaken_sv
cli_sv(const struct cli_text *t)
{
	return (struct shaken_sv){ t->p, t->n };
}

void
cli_text_free(struct cli_text *t)
{
	if (t->p != NULL)
		OPENSSL_cleanse(t->p, t->n);
	free(t->p);
	*t = (struct cli_text){ 0 };
}

/* false with errno set. */
static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno != EINTR)
			return false;
		if (k > 0) {
			p += k;
			n -= (size_t)k;
		}
	}
	return fsync(fd) == 0;
}

enum cli_status
cli_write(const char *path, const char *text, bool secret, bool replace)
{
	const char *made = path;
	char temp[4096];
	int fd, saved;
	bool ok;

	if (replace) {		/* beside it, then renamed over it */
		if ((size_t)snprintf(temp, sizeof(temp), "%s.%ld.tmp", path,
		    (long)getpid()) >= sizeof(temp))
			return cannot_file("", path, "the name is too long");
		made = temp;
	}
	fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    secret ? 0600 : 0644);
	if (fd < 0)
		return cannot_file("", made, strerrordesc_np(errno));
	ok = write_all(fd, text, strlen(text));
	ok = close(fd) == 0 && ok;
	ok = ok && (!replace || rename(temp, path) == 0);
	if (!ok) {
		saved = errno;
		unlink(made);
		return cannot_file("", path, strerrordesc_np(saved));
	}
	return CLI_OK;
}

enum cli_status
cli_check_country(const char *country)
{
	size_t n;

	if (country == NULL)
		return CLI_OK;
	n = strspn(country, "0123456789");
	if (n < 1 || n > 3 || country[n] != '\0')
		return cli_cannot("--country %s: give the digits of a country "
		    "code, like 1 or 44", country);
	return CLI_OK;
}

enum cli_status
cli_parse_id(const char *option, const char *text, const char *country,
    struct shaken_id *out)
{
	enum shaken_err err;

	err = shaken_id_parse(shaken_sv_cstr(text), country, out);
	if (err != SHAKEN_OK)
		return cli_cannot("%s '%s': %s; give a number like "
		    "+12155550112 or a tel: or sip: URI", option, text,
		    shaken_strerror((int)err));
	return CLI_OK;
}

enum cli_status
cli_parse_ids(const char *option, const struct cli_list *texts,
    const char *country, struct cli_ids *out)
{
	enum cli_status st = CLI_OK;

	if (texts->n == 0)
		return CLI_OK;
	out->v = calloc(texts->n, sizeof(*out->v));
	if (out->v == NULL)
		return cli_cannot("out of memory");
	for (size_t i = 0; i < texts->n && st == CLI_OK; i++) {
		st = cli_parse_id(option, texts->v[i], country, &out->v[i]);
		out->n++;
	}
	return st;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct shaken_sv
trim(struct shaken_sv v)
{
	while (v.n > 0 && is_blank(v.p[v.n - 1]))
		v.n--;
	while (v.n > 0 && is_blank(v.p[0])) {
		v.p++;
		v.n--;
	}
	return v;
}

/* Length of the first line with its folded continuations and its end. */
static size_t
line_length(struct shaken_sv text)
{
	size_t n = 0;

	while (n < text.n) {
		if (text.p[n++] == '\n' && (n == text.n ||
		    (text.p[n] != ' ' && text.p[n] != '\t')))
			break;
	}
	return n;
}

enum cli_status
cli_add_values(struct cli_values *vals, struct shaken_sv text)
{
	while (text.n > 0) {
		struct shaken_sv line = { text.p, line_length(text) };
		struct shaken_sv *v;

		text.p += line.n;
		text.n -= line.n;
		line = trim(line);
		if (line.n == 0)
			continue;
		v = reallocarray(vals->v, vals->n + 1, sizeof(*v));
		if (v == NULL)
			return cli_cannot("out of memory");
		v[vals->n++] = line;
		vals->v = v;
	}
	return CLI_OK;
}

/* Well-formed UTF-8 without the C1 controls, which some terminals obey. */
static bool
is_clean_utf8(struct shaken_sv v)
{
	json_t *s = json_stringn(v.p, v.n); /* checks it */
	bool clean = s != NULL;

	json_decref(s);
	for (size_t i = 0; i + 1 < v.n; i++)
		if ((unsigned char)v.p[i] == 0xc2 &&
		    (unsigned char)v.p[i + 1] < 0xa0)
			clean = false;
	return clean;
}

void
cli_put(FILE *out, struct shaken_sv v)
{
	bool high = is_clean_utf8(v);

	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if ((c >= ' ' && c < 0x7f) || (c >= 0x80 && high))
			putc(c, out);
		else
			fprintf(out, "\\x%02X", c);
	}
}

const char *
cli_time(int64_t t, char buf[CLI_TIME_LEN])
{
	time_t at = (time_t)t;
	struct tm tm;

	if (gmtime_r(&at, &tm) == NULL ||
	    strftime(buf, CLI_TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(buf, CLI_TIME_LEN, "(out of range)");
	return buf;
}

void
cli_put_wrapped(FILE *out, const char *text, int indent)
{
	int column = indent;

	while (*text != '\0') {
		int n = (int)strcspn(text, " ");

		if (column > indent && column + 1 + n > COLUMNS) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			putc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", n, text);
		column += n;
		text += n;
		text += strspn(text, " ");
	}
	putc('\n', out);
}

json_t *
cli_json(struct shaken_sv v)
{
	json_t *s;
	char *copy;

	if (v.n == 0)
		return json_null();
	s = json_stringn(v.p, v.n);
	if (s != NULL)
		return s;
	copy = malloc(v.n);
	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < v.n; i++)
		copy[i] = (unsigned char)v.p[i] < 0x80 ? v.p[i] : '?';
	s = json_stringn(copy, v.n);
	free(copy);
	return s;
}

json_t *
cli_json_id(const struct shaken_id *id)
{
	if (id == NULL || id->kind == SHAKEN_ID_NONE)
		return json_null();
	return json_pack("{s:o}", id->kind == SHAKEN_ID_TN ? "tn" : "uri",
	    cli_json((struct shaken_sv){ id->text, id->len }));
}

json_t *
cli_json_finding(const struct shaken_finding *f)
{
	return json_pack("{s:s, s:s, s:s, s:s}",
	    "severity", shaken_severity_name(f->severity), "id", f->id,
	    "rule", f->rule, "text", f->text);
}

/* Only ASCII goes out: what a token holds may end on a terminal. */
enum cli_status
cli_put_json(FILE *out, json_t *obj)
{
	enum cli_status st = CLI_OK;

	if (obj == NULL ||
	    json_dumpf(obj, out, JSON_COMPACT | JSON_ENSURE_ASCII) != 0)
		st = cli_cannot("out of memory");
	putc('\n', out);
	json_decref(obj);
	return st;
}
