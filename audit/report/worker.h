/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's work: lock up, read what is sealed and the files, draw the page. */
#ifndef LABSEAL_AUDIT_REPORT_WORKER_H
#define LABSEAL_AUDIT_REPORT_WORKER_H

#include "audit/report/keeper.h"

/* Locks itself up first.  Returns the worker's exit status (keeper.h); what failed goes to the log,
 * or to the reason. */
int ls_worker_work(const struct ls_report_job *job);

/* The same, in a process that is confined already, or is a test. */
int ls_worker_draw(const struct ls_report_job *job, struct ls_error *err);

/* Lock this process up as a worker is. */
int ls_worker_lock_up(struct ls_error *err);

#endif
