/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trace of a device to its national metrology institute.
 *
 * Bytes in, verdict out: no file, no socket.  Every path over every parent is
 * walked, and on each link everything is checked (lib/cal/check.h).  What could
 * not be looked at is never passed: the verdict is then "cannot be shown".
 *
 *     engine   trust file, asked time, shared memo; for several threads at once
 *     worker   one thread's store, verifier and scratch
 *
 * A verdict is a function of trust file, log (of the size that it names), device,
 * time and quantity alone: asked again as of that time, it is the same.
 */
#ifndef LABSEAL_LIB_CAL_TRACE_H
#define LABSEAL_LIB_CAL_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/cal/check.h"
#include "lib/cal/report.h"
#include "lib/cal/store.h"
#include "lib/cal/trust.h"

#define LS_CAL_NO_LINK	    SIZE_MAX
#define LS_CAL_LINKS_MAX    4096	/* of one trace; more is "cannot be shown" */
#define LS_CAL_MEMO_DEFAULT (32u << 20) /* bytes */

enum ls_cal_verdict {
	LS_CAL_TRACEABLE = 0,	/* exit status 0 */
	LS_CAL_NOT_TRACEABLE,	/* 1: at least one check fails */
	LS_CAL_CANNOT_BE_SHOWN, /* 3: none fails, at least one could not be made */
};
const char *ls_cal_verdict_name(
	enum ls_cal_verdict verdict); /* "TRACEABLE", "NOT TRACEABLE", ... */

/* One link: a report, as it serves one measurand of the chain. */
struct ls_cal_link {
	struct ls_digest report, device, technician, organisation; /* ids; zero: there is none */
	char report_name[LS_CAL_TEXT_SIZE];			   /* its number; "-": hidden */
	char device_name[LS_CAL_TEXT_SIZE];
	char technician_name[LS_CAL_TEXT_SIZE];
	char organisation_name[LS_CAL_TEXT_SIZE];
	bool document; /* a DCC */
	bool hidden;   /* private, and its details are not here */
	bool root;     /* an NMI's: a chain ends here */
	bool has_level;
	unsigned level; /* of the device */
	unsigned depth; /* 0: the device asked for; else the longest way down to it */
	int64_t performed, due, issued, logged;
	uint64_t index; /* in the log */

	size_t parent_count;
	size_t parents[LS_CAL_PARENTS_MAX * 2]; /* indices of links; a parent may serve with several
						 * measurands */
	unsigned parent_missing;		/* how many of its parents have no link */

	/* "" and false where hidden, or where no measurand is comparable */
	char quantity[LS_CAL_QUANTITY_SIZE];
	char unit[LS_CAL_UNIT_SIZE];
	bool has_value;
	double value; /* where it is looked at, in `unit`: the device's tightest point, or this
		       * measurand's, where the two are not comparable */
	bool has_u;
	double u_expanded, k, u; /* there, in `unit`; u = U / k */
	double dof;		 /* effective degrees of freedom there; INFINITY: none are stated */
	bool interpolated;	 /* between two points */
	/*
	 * In the asked device's unit, through the sensitivities (only where has_share): what the
	 * link adds itself, u_own² = u² - Σ (c u_parent)², and its share of the device's u².
	 * Shares of all links of one measurand sum to 1 unless paths meet again.
	 */
	bool has_share;
	double u_own, share;
};

struct ls_cal_check {
	enum ls_cal_check_id check;
	enum ls_cal_outcome outcome; /* the trust file's severity counted in */
	size_t link;		     /* or LS_CAL_NO_LINK: of the whole */
	char *words;		     /* owned; one line for a person */
};

struct ls_cal_uncertainty_bounds {
	bool known;
	double u;	/* of the device at the value, in its unit */
	double largest; /* max of the ancestors' */
	double rss,
		linear; /* of the links' own contributions: uncorrelated, and fully correlated */
};

struct ls_cal_result {
	enum ls_cal_verdict verdict;
	struct ls_digest device; /* its record's id; zero for a document */
	char device_name[LS_CAL_TEXT_SIZE];
	char quantity[LS_CAL_QUANTITY_SIZE]; /* "": all */
	int64_t at;
	struct ls_cal_fresh fresh;
	size_t link_count;
	struct ls_cal_link *links; /* owned; parents after children; [0..] are the device's own */
	size_t check_count;
	struct ls_cal_check *checks; /* owned; the whole first, then link by link */
	size_t first;		     /* the check that decides the verdict; check_count: none */
	unsigned depth;		     /* links on the longest path */
	struct ls_cal_uncertainty_bounds bounds;
	char nmi[LS_CAL_TEXT_SIZE * 2]; /* where the paths end, by name; "": nowhere */
};

void ls_cal_result_free(struct ls_cal_result *result); /* what it owns; NULL is fine */
#define _cleanup_cal_result_ __attribute__((cleanup(ls_cal_result_free)))

/* What a run over a whole registry wants of each device. */
struct ls_cal_summary {
	enum ls_cal_verdict verdict;
	enum ls_cal_check_id first; /* what decided it; LS_CAL_CHECKS: nothing */
	unsigned depth;
	bool has_u;
	double u_expanded; /* of the device's first measurand at its tightest point */
	int64_t performed, due;
	struct ls_digest report, organisation;
};

struct ls_cal_engine;
struct ls_cal_worker;

struct ls_cal_engine_options {
	int64_t at;    /* the asked time, seconds since 1970 */
	uint64_t size; /* 0, or the log's size to stand for: a verdict that is to be had again */
	size_t memo_bytes; /* 0: LS_CAL_MEMO_DEFAULT */
	/*
	 * How many threads may check one trace's signatures, a worker's own counted.  0 or 1: no
	 * thread is made, as whoever is confined to one needs it, and they are checked when all
	 * else is looked at.  The verdict and its words are the same.
	 */
	unsigned threads;
};

/* trust is borrowed.  0 or -ENOMEM. */
int ls_cal_engine_new(const struct ls_cal_trust *trust, const struct ls_cal_engine_options *options,
		      struct ls_cal_engine **ret_engine, struct ls_error *err);
void ls_cal_engine_free(struct ls_cal_engine *engine); /* after its workers; NULL is fine */

/*
 * store is borrowed, and this worker's alone.  Reads the store's freshness; all workers of an
 * engine must see the same log of the same size: -ESTALE.  0, -ENOMEM, the store's errors, but
 * for -ENOENT of `fresh`, which a trace then reports as a check.
 */
int ls_cal_worker_new(struct ls_cal_engine *engine, struct ls_cal_store *store,
		      struct ls_cal_worker **ret_worker, struct ls_error *err);
void ls_cal_worker_free(struct ls_cal_worker *worker); /* NULL is fine */

/*
 * device: a device's name, the 64 hex digits of its record's id or of its key's SHA-256; of a
 * document, the SHA-256 of its bytes, or the name of what it calibrates.  quantity: NULL for all
 * that its report has.  0: there is a verdict, whatever it says.  -ENOMEM; the store's errors (it
 * could not be read): no verdict.
 */
int ls_cal_trace(struct ls_cal_worker *worker, const char *device, const char *quantity,
		 struct ls_cal_result *ret_result, struct ls_error *err);

/* The same from a report's id on, whatever device it is of: in force or not. */
int ls_cal_trace_report(struct ls_cal_worker *worker, const struct ls_digest *report,
			const char *quantity, struct ls_cal_result *ret_result,
			struct ls_error *err);

/* Of a device's record, without the table: for a run over many.  What is known of this device alone
 * is forgotten with the next question; what is above it is not. */
int ls_cal_trace_summary(struct ls_cal_worker *worker, const struct ls_digest *device,
			 struct ls_cal_summary *ret_summary, struct ls_error *err);

/*
 * Between the two, signatures that summaries meet are taken to hold, and verified one after the
 * other at the end: so the processor's caches have what verifies, which other work in between
 * drives out.  false: one does not hold, or there was no memory to look: what the batch said,
 * errors too, is worth nothing; ask for each summary again, outside of a batch.
 */
void ls_cal_batch_begin(struct ls_cal_worker *worker);
bool ls_cal_batch_end(struct ls_cal_worker *worker);

/*
 * Whether a revocation counts: signed by someone who may revoke that record, for this registry.
 * 0; -EBADMSG: it does not, err says why; the store's errors.
 */
int ls_cal_revocation_counts(struct ls_cal_worker *worker, const struct ls_cal_entry *revocation,
			     struct ls_error *err);

/* A report of the log as it stood; one that a trace has just looked at is not read again.
 * 0, *ret_entry has a reference for the caller; -ENOENT; the store's errors. */
int ls_cal_worker_report(struct ls_cal_worker *worker, const struct ls_digest *report,
			 struct ls_cal_entry **ret_entry, struct ls_error *err);

/* Signatures verified by this worker and its store so far: what a run cost at least. */
uint64_t ls_cal_worker_signatures(const struct ls_cal_worker *worker);

#endif
