/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal-report's serving: a process of its own for each page.
 *
 * The keeper reads nothing of a file.  For each request it starts a worker, which
 * locks itself up further, reads, draws and ends; so what one hostile file makes of
 * its reader is gone before the next file comes.  A worker that crashes, takes too
 * long or answers too much is ended, and a second one draws the page without the
 * file's contents and with the reason.
 */
#ifndef LABSEAL_AUDIT_REPORT_KEEPER_H
#define LABSEAL_AUDIT_REPORT_KEEPER_H

#include <stddef.h>

#include "lib/base/error.h"
#include "lib/proc/protocol.h"

#define LS_WORKER_TIME_MS 30000		 /* by the clock on the wall */
#define LS_WORKER_CPU_S	  20		 /* of computing */
#define LS_WORKER_MEMORY  (768ull << 20) /* bytes of address space */

/* What a worker is to do, in its own process. */
struct ls_report_job {
	const struct ls_report_request *request;
	const int *fds;	     /* as the request says */
	const char *without; /* why the originals are not to be read; NULL: read them */
	int page;	     /* the page's bytes go here, from its start */
	int reason;	     /* and here, as text, why it shows no run */
};

/* A worker's exit status; all else, or a signal: there is no page. */
enum { LS_WORKER_RUN = 0, LS_WORKER_NO_RUN = 3 };

struct ls_keeper {
	int peer;				      /* SOCK_SEQPACKET */
	int time_limit_ms;			      /* for one worker */
	int (*work)(const struct ls_report_job *job); /* returns its exit status */
};

/* Say LS_REPORT_BEGUN if nothing waits, and serve until the peer closes: 0.  Or a negative errno.
 */
int ls_keeper_serve(const struct ls_keeper *keeper, struct ls_error *err);

#endif
