/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - files to records. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "report.h"
#include "run.h"
#include "source.h"

#define BATCH_CALLS 128
#define BATCH_BYTES (256 * 1024)
#define BATCHES_EACH 4		/* for each worker */

enum state { FREE, FILLED, TAKEN, DONE };

struct batch {
	enum state		 state;
	size_t			 n, bytes;
	struct audit_call	*call[BATCH_CALLS];	/* owned */
	struct audit_fact	 fact[BATCH_CALLS];
	struct audit_buf	 out;
	enum cli_status		 status;
};

struct run {
	const struct audit_run_opts *o;
	FILE			*out;
	struct audit_tally	*tally;
	struct audit_calls	*calls;	/* owned, as the following */
	struct batch		*batch;	/* a ring of n */
	pthread_t		*thread;
	size_t			 n, started;
	size_t			 fill, write; /* numbers of batches; mod n */
	size_t			 take;	/* with the lock, as all states */
	bool			 over;
	pthread_mutex_t		 lock;
	pthread_cond_t		 filled, done;
	bool			 found;	/* the one call to explain */
	struct timespec		 begun, shown;
	uint64_t		 bytes_before, bytes_total; /* of the files */
};

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* -- workers ------------------------------------------------------------ */

static bool
explain(const struct run *r, const struct audit_judge *j,
    struct audit_buf *out)
{
	struct cli_report report = { .v = j->v, .explain = true };
	enum cli_status st = CLI_OK;
	char *text = NULL;
	size_t n = 0;
	FILE *f;

	if (j->v == NULL) {
		audit_record(AUDIT_TEXT, j, out);
		return true;
	}
	f = open_memstream(&text, &n);
	if (f == NULL)
		return false;
	if (r->o->explain_json)
		st = cli_put_json(f, cli_report_json(&report));
	else
		cli_report_text(&report, f);
	if (fclose(f) != 0)
		st = CLI_CANNOT;
	if (st == CLI_OK)
		audit_put_n(out, text, n);
	free(text);
	return st == CLI_OK;
}

static bool
is_wanted(const struct run *r, const struct audit_judge *j)
{
	return r->o->only == NULL || (j->call_id.n == strlen(r->o->only) &&
	    memcmp(j->call_id.p, r->o->only, j->call_id.n) == 0);
}

static enum cli_status
judge_one(const struct run *r, struct audit_judge *j, struct batch *b,
    size_t i)
{
	bool only = r->o->only != NULL;

	if (!audit_judge_run(j, b->call[i], only))
		return cli_cannot("out of memory, or of what the crypto "
		    "library needs");
	audit_fact(j, &b->fact[i]);
	if (!is_wanted(r, j)) {
		b->fact[i].result = AUDIT_RESULTS;
		return CLI_OK;
	}
	if (only)
		return explain(r, j, &b->out) ? CLI_OK :
		    cli_cannot("out of memory");
	audit_record(r->o->format, j, &b->out);
	return r->o->evidence == NULL ? CLI_OK :
	    audit_evidence_keep(r->o->evidence, j);
}

static void
work_on(const struct run *r, struct audit_judge *j, struct batch *b)
{
	b->status = CLI_OK;
	for (size_t i = 0; i < b->n && b->status == CLI_OK; i++)
		b->status = judge_one(r, j, b, i);
	if (b->status == CLI_OK && b->out.failed)
		b->status = cli_cannot("out of memory");
	audit_judge_clear(j);
}

static void *
worker(void *arg)
{
	struct audit_judge *j = calloc(1, sizeof(*j));
	struct run *r = arg;

	if (j != NULL)
		j->conf = r->o->conf;
	pthread_mutex_lock(&r->lock);
	for (;;) {
		struct batch *b = &r->batch[r->take % r->n];

		if (b->state != FILLED) {
			if (r->over)
				break;
			pthread_cond_wait(&r->filled, &r->lock);
			continue;
		}
		b->state = TAKEN;
		r->take++;
		pthread_mutex_unlock(&r->lock);
		if (j != NULL)
			work_on(r, j, b);
		else
			b->status = cli_cannot("out of memory");
		pthread_mutex_lock(&r->lock);
		b->state = DONE;
		pthread_cond_signal(&r->done);
	}
	pthread_mutex_unlock(&r->lock);
	free(j);
	return NULL;
}

/* -- progress ----------------------------------------------------------- */

static double
since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) +
	    (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

static void
show(struct run *r, const struct audit_source *s)
{
	double took = since(&r->begun), part;
	uint64_t done = r->bytes_before + audit_source_done_bytes(s);
	long left;

	if (!r->o->progress || since(&r->shown) < 0.5)
		return;
	clock_gettime(CLOCK_MONOTONIC, &r->shown);
	fprintf(stderr, "\r%" PRIu64 " calls, %.0f a second", r->tally->n,
	    took > 0 ? (double)r->tally->n / took : 0);
	part = audit_source_total_bytes(s) == 0 || r->bytes_total == 0 ? 0 :
	    (double)done / (double)r->bytes_total;
	if (part > 0 && part <= 1) {
		left = (long)(took / part - took);
		fprintf(stderr, ", %.0f%%, %ld:%02ld left", part * 100,
		    left / 60, left % 60);
	}
	fputs("\033[K", stderr);
}

static void
end_progress(const struct run *r)
{
	if (r->o->progress)
		fputs("\r\033[K", stderr);
}

/* -- the reader, and writer --------------------------------------------- */

static void
empty(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		audit_call_free(&b->call[i]);
	b->n = b->bytes = 0;
	b->out.n = 0;
}

static enum cli_status
settle(struct run *r, struct batch *b)
{
	if (b->status != CLI_OK)
		return b->status;
	if (b->out.n > 0 &&
	    fwrite(b->out.p, 1, b->out.n, r->out) != b->out.n)
		return cli_cannot("stdout: %s", strerrordesc_np(errno));
	for (size_t i = 0; i < b->n; i++) {
		if (b->fact[i].result == AUDIT_RESULTS)
			continue;	/* not the one that is wanted */
		r->found = true;
		r->tally->differ += b->call[i]->differ;
		if (!audit_tally_add(r->tally, &b->fact[i]))
			return cli_cannot("out of memory");
	}
	return CLI_OK;
}

/* Wait for the oldest batch, and write it. */
static enum cli_status
write_oldest(struct run *r)
{
	struct batch *b = &r->batch[r->write % r->n];
	enum cli_status st;

	pthread_mutex_lock(&r->lock);
	while (b->state != DONE)
		pthread_cond_wait(&r->done, &r->lock);
	pthread_mutex_unlock(&r->lock);
	st = settle(r, b);
	empty(b);
	b->state = FREE;
	r->write++;
	return st;
}

static enum cli_status
hand_over(struct run *r)
{
	pthread_mutex_lock(&r->lock);
	r->batch[r->fill % r->n].state = FILLED;
	pthread_cond_signal(&r->filled);
	pthread_mutex_unlock(&r->lock);
	r->fill++;
	return r->fill - r->write == r->n ? write_oldest(r) : CLI_OK;
}

/* The calls that are due go into batches. */
static enum cli_status
drain(struct run *r, bool end)
{
	enum cli_status st = CLI_OK;
	struct audit_call *call;
	struct batch *b;

	while (st == CLI_OK &&
	    (call = audit_calls_take(r->calls, end)) != NULL) {
		b = &r->batch[r->fill % r->n];
		b->call[b->n++] = call;
		b->bytes += call->n;
		if (b->n == BATCH_CALLS || b->bytes >= BATCH_BYTES)
			st = hand_over(r);
	}
	if (st == CLI_OK && end && r->batch[r->fill % r->n].n > 0)
		st = hand_over(r);
	while (st == CLI_OK && end && r->write < r->fill)
		st = write_oldest(r);
	return st;
}

static enum cli_status
read_file(struct run *r, const char *path)
{
	struct shaken_diag why = { "" };
	enum cli_status st = CLI_OK;
	enum audit_next next = AUDIT_END;
	struct audit_source *s;
	struct audit_item item;

	if (!audit_source_open(path, NULL, &s, &why))
		return cli_cannot("%s", why.text);
	while (st == CLI_OK && !interrupted &&
	    (next = audit_source_next(s, &item)) == AUDIT_ITEM) {
		if (!audit_calls_put(r->calls, &item, path))
			st = cli_cannot("out of memory");
		else
			st = drain(r, false);
		show(r, s);
	}
	if (st == CLI_OK && next == AUDIT_FAIL)
		st = cli_cannot("%s", audit_source_why(s));
	audit_tally_skips(r->tally, audit_source_skips(s));
	r->bytes_before += audit_source_total_bytes(s);
	audit_source_close(&s);
	return st;
}

static uint64_t
file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size :
	    0;
}

/* -- begin and end ------------------------------------------------------ */

static enum cli_status
start(struct run *r)
{
	r->n = r->o->threads * BATCHES_EACH;
	r->calls = audit_calls_new();
	r->batch = calloc(r->n, sizeof(*r->batch));
	r->thread = calloc(r->o->threads, sizeof(*r->thread));
	if (r->calls == NULL || r->batch == NULL || r->thread == NULL)
		return cli_cannot("out of memory");
	audit_calls_only(r->calls, r->o->only);
	while (r->started < r->o->threads) {
		if (pthread_create(&r->thread[r->started], NULL, worker, r) !=
		    0)
			return cli_cannot("a thread cannot be started: give "
			    "--threads a smaller number");
		r->started++;
	}
	return CLI_OK;
}

static void
stop(struct run *r)
{
	pthread_mutex_lock(&r->lock);
	r->over = true;
	pthread_cond_broadcast(&r->filled);
	pthread_mutex_unlock(&r->lock);
	for (size_t i = 0; i < r->started; i++)
		pthread_join(r->thread[i], NULL);
	for (size_t i = 0; r->batch != NULL && i < r->n; i++) {
		empty(&r->batch[i]);
		audit_buf_free(&r->batch[i].out);
	}
	free(r->batch);
	free(r->thread);
	audit_calls_free(&r->calls);
}

static enum cli_status
process(struct run *r)
{
	enum cli_status st = CLI_OK;

	for (size_t i = 0; st == CLI_OK && !interrupted && i < r->o->n_files;
	    i++)
		st = read_file(r, r->o->files[i]);
	if (st == CLI_OK)
		st = drain(r, true);
	r->tally->count = audit_calls_count(r->calls);
	r->tally->interrupted = interrupted != 0;
	if (st == CLI_OK && r->o->only != NULL && !r->found)
		st = cli_cannot("--call-id %s: there is no such call",
		    r->o->only);
	return st;
}

enum cli_status
audit_run(const struct audit_run_opts *opts, FILE *out,
    struct audit_tally *tally)
{
	/* writes go on; who cannot wait for a pipe's end interrupts twice */
	struct sigaction act = { .sa_handler = on_interrupt,
		.sa_flags = SA_RESTART | (int)SA_RESETHAND }, old;
	struct run r = { .o = opts, .out = out, .tally = tally,
		.bytes_total = 0 };
	struct audit_buf head = { 0 };
	enum cli_status st;

	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.filled, NULL);
	pthread_cond_init(&r.done, NULL);
	clock_gettime(CLOCK_MONOTONIC, &r.begun);
	interrupted = 0;
	sigaction(SIGINT, &act, &old);
	if (opts->only == NULL) {
		audit_record_head(opts->format, &head);
		(void)fwrite(head.p, 1, head.n, out); /* ferror() remembers */
	}
	audit_buf_free(&head);
	for (size_t i = 0; i < opts->n_files; i++)
		r.bytes_total += file_size(opts->files[i]);
	st = start(&r);
	if (st == CLI_OK)
		st = process(&r);
	end_progress(&r);
	stop(&r);
	sigaction(SIGINT, &old, NULL);
	pthread_cond_destroy(&r.done);
	pthread_cond_destroy(&r.filled);
	pthread_mutex_destroy(&r.lock);
	if (st == CLI_OK && tally->by[AUDIT_PASSED] != tally->n)
		st = CLI_NO;
	return st;
}
