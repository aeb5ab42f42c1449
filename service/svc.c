/* SPDX-License-Identifier: Apache-2.0 */
/* svc.c - the current state, and putting another in its place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sys/wait.h>

#include "keycheck.h"
#include "keyd.h"
#include "svc.h"

int64_t
svc_wall_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

struct svc_state *
svc_state_now(struct svc *svc)
{
	struct svc_state *s;

	pthread_mutex_lock(&svc->lock);
	s = svc_state_ref(svc->state);
	pthread_mutex_unlock(&svc->lock);
	return s;
}

/* The old one is freed by the last request that began with it.  fresh is taken,
 * unless there is no memory: false. */
static bool
replace(struct svc *svc, struct svc_state *fresh)
{
	struct svc_state *old;

	if (!svc_leases_replace(svc->leases, fresh))
		return false;
	pthread_mutex_lock(&svc->lock);
	old = svc->state;
	svc->state = fresh;
	pthread_mutex_unlock(&svc->lock);
	svc_state_unref(&old);
	return true;
}

/* What was written to diag, a line each. */
static void
log_diag(struct svc *svc, const char *event, char *text)
{
	char *end;

	for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		*end = '\0';
		svc_log_event(svc->log, SVC_ERROR, event, "%s", text);
	}
}

void
svc_inspect(struct svc *svc, struct svc_state *s)
{
	int64_t now = svc_wall_clock();

	svc_state_warn(s, now, svc->log);
	svc_keycheck(s, svc->fetcher, now, svc->log);
}

static struct svc_state *
load(struct svc *svc, FILE *diag)
{
	struct svc_conf *conf = svc_conf_load(svc->conf_path, diag);

	return conf == NULL ? NULL : svc_state_load(conf, svc_metrics_slot,
	    svc->metrics, diag);
}

bool
svc_reload(struct svc *svc)
{
	const char *section;
	char *text = NULL;
	size_t len;
	FILE *diag = open_memstream(&text, &len);
	struct svc_state *fresh = diag == NULL ? NULL : load(svc, diag);

	if (diag != NULL && fclose(diag) == 0)
		log_diag(svc, "reload", text);
	free(text);
	if (fresh != NULL && !replace(svc, fresh)) {
		svc_log_event(svc->log, SVC_ERROR, "reload", "out of memory");
		svc_state_unref(&fresh);
	}
	atomic_fetch_add(&svc->reloads[fresh != NULL], 1);
	if (!svc_log_reopen(svc->log))
		svc_log_event(svc->log, SVC_ERROR, "audit", "cannot be opened "
		    "anew: %s", strerrordesc_np(errno));
	if (fresh == NULL) {
		svc_log_event(svc->log, SVC_ERROR, "reload",
		    "failed: the old configuration stays in use");
		return false;
	}
	for (size_t i = 0; (section = svc_conf_frozen(svc->first,
	    fresh->conf, i)) != NULL; i++)
		svc_log_event(svc->log, SVC_WARNING, "reload",
		    "[%s] has changed: that needs a restart", section);
	svc_inspect(svc, fresh);
	atomic_store(&svc->loaded_at, svc_wall_clock());
	svc_log_event(svc->log, SVC_INFO, "reload", "done");
	return true;
}

/* -- the key process ---------------------------------------------------- */

#define KEYD_WAIT_US INT64_C(100000)	/* at first, then doubled up to */
#define KEYD_WAIT_MAX_US INT64_C(10000000)

/* Whose end was awaited ended well: its state is no more. */
static void
reap(struct svc *svc)
{
	int status;

	while (waitpid(-1, &status, WNOHANG) > 0) {
		if (WIFSIGNALED(status))
			svc_log_event(svc->log, SVC_ERROR, "keyd", "the key "
			    "process was ended by signal %d (%s)",
			    WTERMSIG(status),
			    sigdescr_np(WTERMSIG(status)));
		else if (WEXITSTATUS(status) != 0)
			svc_log_event(svc->log, SVC_ERROR, "keyd", "the key "
			    "process ended with status %d",
			    WEXITSTATUS(status));
	}
}

static bool
restart(struct svc *svc, struct svc_state *s)
{
	char *text = NULL;
	size_t len;
	FILE *diag = open_memstream(&text, &len);
	bool ok = diag != NULL && svc_restart_keyd(s, diag);

	if (diag != NULL && fclose(diag) == 0)
		log_diag(svc, "keyd", text);
	free(text);
	atomic_fetch_add(&svc->keyd_starts[ok], 1);
	svc_log_event(svc->log, ok ? SVC_WARNING : SVC_ERROR, "keyd", ok ?
	    "started again" : "cannot be started: nothing is signed");
	return ok;
}

int64_t
svc_tend_keyd(struct svc *svc)
{
	struct svc_state *s = svc_state_now(svc);
	int64_t now = svc_now_us(), left = -1;

	reap(svc);
	if (s->keyd == NULL || svc_keyd_is_up(s->keyd))
		goto out;
	if (now >= svc->keyd_due_us) {
		if (now >= svc->keyd_due_us + KEYD_WAIT_MAX_US)
			svc->keyd_wait_us = KEYD_WAIT_US; /* it ran */
		svc->keyd_due_us = now + svc->keyd_wait_us;
		svc->keyd_wait_us = 2 * svc->keyd_wait_us < KEYD_WAIT_MAX_US ?
		    2 * svc->keyd_wait_us : KEYD_WAIT_MAX_US;
		if (restart(svc, s))
			goto out;
	}
	left = svc->keyd_due_us - now;
out:
	svc_state_unref(&s);
	return left;
}
