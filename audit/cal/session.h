/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a subcommand looks at: a trust file, a store (a registry's mirror, an evidence file, a
 * folder of certificates), an engine for the asked time, and a first worker.  Nothing is fetched,
 * but from the node of a chain that --node names.
 */
#ifndef LABSEAL_AUDIT_CAL_SESSION_H
#define LABSEAL_AUDIT_CAL_SESSION_H

#include <stdint.h>

#include "lib/base/command.h"
#include "lib/base/error.h"
#include "lib/base/options.h"
#include "lib/cal/trace.h"
#include "lib/registry/index.h"

/* Where it comes from, as the options say; NULL: not given. */
struct ls_cal_sources {
	const char *trust;
	const char *registry; /* a mirror's folder */
	const char *evidence; /* a file of labseal/calibration-evidence/v1 */
	const char *dcc;      /* the certificate that is asked for, a file */
	const char *folder;   /* certificates: beside a registry, or alone */
	const char *node;     /* of an Ethereum chain: its contract in a mirror's place */
	const char *pin;      /* with node: the registry's note of the block that is believed */
	const char *at;	      /* a time, or a day; NULL: now */
	unsigned threads;     /* that check a trace's signatures; 0: as many as processors */
};

/* The options for it, for a subcommand's own list. */
#define LS_CAL_SOURCE_OPTIONS(s)                                                  \
	{ "--trust", NULL, &(s)->trust }, { "--registry", NULL, &(s)->registry }, \
		{ "--node", NULL, &(s)->node }, { "--pin", NULL, &(s)->pin },     \
	{                                                                         \
		"--at", NULL, &(s)->at                                            \
	}

struct ls_cal_session {
	struct ls_cal_sources sources;
	struct ls_cal_trust trust;
	struct ls_digest trust_digest;
	int64_t at;
	char document[LS_DIGEST_HEX_SIZE]; /* SHA-256 of --dcc's file; "" without one */
	struct ls_index_tables *tables;	   /* that its stores have together, each of a thread */
	struct ls_cal_store *store;
	struct ls_cal_engine *engine;
	struct ls_cal_worker *worker;
};

/*
 * "2026-03-04T14:22:19Z", or "2026-03-04": the beginning of that day, UTC.  0, or LS_EXIT_USAGE
 * after a line on standard error that names the option.
 */
int ls_cal_time_option(const struct ls_command *command, const char *option, const char *text,
		       int64_t *ret_time);

/*
 * Open all of it.  0; LS_EXIT_USAGE: a source is missing, or two contradict each other;
 * otherwise an exit status.  All is said on standard error.  Close also after a failure.
 */
int ls_cal_session_open(const struct ls_command *command, const struct ls_cal_sources *sources,
			struct ls_cal_session *session);
void ls_cal_session_close(struct ls_cal_session *session);
#define _cleanup_cal_session_ __attribute__((cleanup(ls_cal_session_close)))

/* One more store of the same, for another thread; free it before the session is closed. */
int ls_cal_session_store(const struct ls_cal_session *session, struct ls_cal_store **ret_store,
			 struct ls_error *err);

/* "labseal cal trace: MESSAGE" on standard error; the exit status that the error's code is. */
int ls_cal_fail(const struct ls_command *command, const struct ls_error *err);

/* LS_EXIT_FAILED when rc (of printing) is not 0, after a line where none will follow; else status.
 */
int ls_cal_printed(const struct ls_command *command, int rc, int status);

#endif
