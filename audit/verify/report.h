/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an audit found: counts of each check, and the findings one by one.
 *
 * Any number of threads may add findings at once.  Names and messages may hold
 * bytes of the share: they are escaped when they are added, so that whoever
 * prints a report prints it as it stands.  The number of findings kept is
 * bounded; all are counted.
 */
#ifndef LABSEAL_AUDIT_VERIFY_REPORT_H
#define LABSEAL_AUDIT_VERIFY_REPORT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/verify/chain.h"
#include "audit/verify/checks.h"
#include "audit/verify/countersigned.h"
#include "audit/verify/heartbeats.h"
#include "audit/verify/rows.h"
#include "audit/verify/sampled.h"
#include "lib/base/error.h"
#include "lib/seal/calibration_status.h"

#define LS_REPORT_KEPT_MAX 1000 /* findings kept of each kind */

enum ls_finding_kind {
	LS_FINDING_FAILED,  /* proven: altered, removed, added, wrong signer */
	LS_FINDING_UNABLE,  /* a check that should have been made and could not */
	LS_FINDING_WARNING, /* proves nothing, but a reader must know it */
	LS_FINDING_SKIPPED, /* a check that this audit does not make, and why */
	LS_FINDING_EVENT,   /* what a sealed event says that a reader must know */
	LS_FINDING_KINDS
};

#define LS_FINDING_ID_SIZE 48 /* with the final NUL */

struct ls_finding {
	char id[LS_FINDING_ID_SIZE]; /* stable, dotted: "result.payload.altered" */
	uint64_t seal;		     /* 0: none in particular */
	char *file;		     /* owned, escaped, relative to the target; "" for none */
	char *message;		     /* owned, escaped, one line */
};

struct ls_finding_list {
	struct ls_finding *items; /* owned */
	size_t count, capacity;
	uint64_t total; /* with those not kept */
};

enum ls_verdict { LS_VERIFIED, LS_NOT_VERIFIED, LS_COULD_NOT_CHECK };

enum ls_target { LS_TARGET_UNKNOWN, LS_TARGET_SHARE, LS_TARGET_RESULT, LS_TARGET_BUNDLE };

/* What is said about the target besides findings.  Strings are owned, escaped, NULL when unknown.
 */
struct ls_report_facts {
	enum ls_target kind;
	char *target;
	char *instrument;
	char *origin;
	char *trust_file;
	char *trust_fingerprint;
	char *key; /* what is to be said of the key in one breath: "software TPM, development" */
	char *memory_file;
	char *memory_said; /* what became of the memory, a sentence */
	char *root;	   /* base64 */
	char *first_received, *last_received;
	char *note_remembered,
		*note_seen;	/* both notes, verbatim, when they contradict each other */
	struct ls_chain *chain; /* owned; NULL: evidence was not looked at */
	bool trusted;		/* a trust file was given and could be read */
	uint64_t log_size;
	double seconds;
};

/* How far an audit is, for whoever waits. */
enum ls_phase { LS_PHASE_OPENING, LS_PHASE_LOG, LS_PHASE_EVIDENCE, LS_PHASE_FOLDERS, LS_PHASE_END };
struct ls_progress {
	atomic_int phase;
	atomic_ullong done, total; /* entries, sets of evidence, folders; total 0: not known */
};

/* What records say of the instrument's calibration, and what was asked. */
struct ls_calibrated {
	uint64_t said[LS_CALIBRATION_VERDICT_LAST + 1]; /* seals with results, by verdict */
	bool is_asked;
	char *registry, *trust;			 /* folder and file; owned, escaped */
	char origin[LS_CALIBRATION_ORIGIN_SIZE]; /* "": the registry could not be read */
	uint64_t size;				 /* entries */
};

struct ls_report {
	pthread_mutex_t lock;
	bool closed; /* it is final: what threads still find is dropped */
	struct ls_progress progress;
	struct ls_finding_list findings[LS_FINDING_KINDS];
	atomic_ullong passed[LS_CHECK_COUNT], failed[LS_CHECK_COUNT], unable[LS_CHECK_COUNT];
	atomic_ullong results, events, files, bytes; /* looked at */
	atomic_ullong taken_files, taken_bytes; /* hashed at an earlier audit, not read again */
	struct ls_countersigned_list countersigned;
	uint64_t first_failing_seal; /* 0: none */
	bool out_of_memory;	     /* a finding was lost: the audit failed */
	struct ls_rows rows;
	struct ls_heartbeats heartbeats;
	struct ls_report_facts facts;
	struct ls_calibrated calibrated;
	struct ls_sampled_list sampled;
};

void ls_report_init(struct ls_report *r);
void ls_report_free(struct ls_report *r);

/* The next phase begins, of so many things. */
void ls_report_phase(struct ls_report *r, enum ls_phase phase, uint64_t total);
/* n more of them are done. */
void ls_report_advance(struct ls_report *r, uint64_t n);

/* From now on nothing changes it: threads that do not come back may still hold it. */
void ls_report_end(struct ls_report *r);

/* n more of a check passed. */
void ls_report_pass(struct ls_report *r, enum ls_check check, uint64_t n);

/* A check failed, or could not be made: counted, and kept as a finding. */
void ls_report_fail(struct ls_report *r, enum ls_check check, const char *id, uint64_t seal,
		    const char *file, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
void ls_report_unable(struct ls_report *r, enum ls_check check, const char *id, uint64_t seal,
		      const char *file, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

void ls_report_warn(struct ls_report *r, const char *id, uint64_t seal, const char *file,
		    const char *format, ...) __attribute__((format(printf, 5, 6)));
void ls_report_event(struct ls_report *r, const char *id, uint64_t seal, const char *file,
		     const char *format, ...) __attribute__((format(printf, 5, 6)));
void ls_report_skip(struct ls_report *r, const char *id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A seal that was looked at; folder as it is, it is escaped. */
void ls_report_row(struct ls_report *r, const struct ls_row *row);

/* Set an owned fact, escaped; text NULL unsets it.  Not for use while threads run. */
void ls_report_set(struct ls_report *r, char **fact, const char *text);
/* The same verbatim, for the notes. */
void ls_report_set_verbatim(struct ls_report *r, char **fact, const void *bytes, size_t size);

/* Put the findings into their order: by seal, file, id.  Once, at the end. */
void ls_report_sort(struct ls_report *r);

/* The verdict that the findings amount to, its word, and the exit status that goes with it. */
enum ls_verdict ls_report_verdict(const struct ls_report *r);
const char *ls_verdict_word(enum ls_verdict verdict);
int ls_verdict_exit(enum ls_verdict verdict);

/* The sentence beside the word. */
#define LS_SENTENCE_SIZE 512
const char *ls_report_sentence(const struct ls_report *r, char buffer[static LS_SENTENCE_SIZE]);

/*
 * One page of HTML that needs nothing else, for a screen and for paper (A4); whole,
 * or not there: the file is replaced in one step.  0 or a negative errno.
 */
int ls_report_write_html(const struct ls_report *r, const char *path, struct ls_error *err);

/* Write it to standard output.  0 or -EIO. */
int ls_report_print_text(const struct ls_report *r);
int ls_report_print_json(const struct ls_report *r);

#endif
