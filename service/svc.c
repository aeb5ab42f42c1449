/* SPDX-License-Identifier: Apache-2.0 */
/* svc.c - the current state, and putting another in its place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "keycheck.h"
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
log_diag(struct svc *svc, char *text)
{
	char *end;

	for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		*end = '\0';
		svc_log_event(svc->log, SVC_ERROR, "reload", "%s", text);
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
		log_diag(svc, text);
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
	for (size_t i = 0; (section = svc_conf_frozen(svc->first->conf,
	    fresh->conf, i)) != NULL; i++)
		svc_log_event(svc->log, SVC_WARNING, "reload",
		    "[%s] has changed: that needs a restart", section);
	svc_inspect(svc, fresh);
	atomic_store(&svc->loaded_at, svc_wall_clock());
	svc_log_event(svc->log, SVC_INFO, "reload", "done");
	return true;
}
