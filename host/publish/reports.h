/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.html for each result, after it is published.
 *
 * labseal-report draws, this side asks it for one page after the other and puts
 * them into the results' folders, never onto something.  Sealing never waits for
 * it: all this is done while the enclave has nothing to say, and a drawer that
 * hangs, dies or answers nonsense costs a page, which is asked for again at the
 * next start.
 */
#ifndef LABSEAL_HOST_PUBLISH_REPORTS_H
#define LABSEAL_HOST_PUBLISH_REPORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "host/publish/item.h"
#include "lib/base/error.h"

/* Pages that wait; of more, those of the newest results, the others at a later start. */
#define LS_REPORTS_QUEUE 512

#define LS_REPORTS_FILE "report.html"

struct ls_reports;

/*
 * share_fd and socket (SOCK_SEQPACKET to labseal-report; -1: there is none) are
 * borrowed.  patience_ms: how long one answer may take.  0 or -ENOMEM, or the errno of fcntl.
 */
int ls_reports_new(int share_fd, int socket, int patience_ms, struct ls_reports **ret_reports,
		   struct ls_error *err);
void ls_reports_free(struct ls_reports *reports); /* NULL is fine */

/* Queue the newest results on the share that have no page. */
int ls_reports_catch_up(struct ls_reports *reports, struct ls_error *err);

/* Queue a result; an event has no page. */
void ls_reports_add(struct ls_reports *reports, const struct ls_item *item);

/* What to wait for: a descriptor that becomes readable (-1: none), and for how long (-1: no limit).
 */
int ls_reports_descriptor(const struct ls_reports *reports);
int ls_reports_wait_ms(const struct ls_reports *reports);

/*
 * Take an answer that is there, give up on one that is late, ask for the next.  Does not wait.
 * Returns whether a page was put in place.
 */
bool ls_reports_work(struct ls_reports *reports);

/* Work until nothing is queued, or timeout_ms are over.  Returns as ls_reports_work. */
bool ls_reports_finish(struct ls_reports *reports, int timeout_ms);

static inline void ls_reports_cleanup(struct ls_reports **reports)
{
	ls_reports_free(*reports);
}
#define _cleanup_reports_ __attribute__((cleanup(ls_reports_cleanup)))

#endif
