/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts files together out of BEGIN, DATA, END and ABORT frames.
 *
 * It holds a fixed number of open files and never allocates by what the wire
 * says.  The bytes go to a sink (the spool; in tests, memory).  A file that does
 * not arrive in order and whole is dropped: the exporter will send it again.
 */
#ifndef LABSEAL_DIODE_RECEIVE_ASSEMBLE_H
#define LABSEAL_DIODE_RECEIVE_ASSEMBLE_H

#include <stdint.h>

#include "diode/receive/limits.h"
#include "diode/wire/frame.h"
#include "diode/wire/payload.h"
#include "lib/base/error.h"
#include "lib/proc/protocol.h"

/* The largest number of a file: a result's record has it as a JSON integer. */
#define LS_NUMBER_MAX INT64_MAX

/* Why an announced file is not taken.  What comes back is not refused for ever. */
enum ls_refusal {
	LS_REFUSED_SIZE,    /* larger than the policy allows */
	LS_REFUSED_NAME,    /* name longer than the policy allows */
	LS_REFUSED_PATTERN, /* name matches no pattern of the policy */
	LS_REFUSED_RATE,    /* more files today than the policy allows */
	LS_REFUSED_NUMBER,  /* no number that a file can have, or one for many contents */
	LS_REFUSED_CONTENT, /* the bytes are not those that were announced */
	LS_REFUSED_OPEN,    /* given up for another: too many open at one time */
	LS_REFUSAL_COUNT
};

/* "size", "name", ...: what is sealed and shown. */
const char *ls_refusal_name(enum ls_refusal refusal);

/*
 * Where the assembler's work goes.  begin, write and finish return 0 or a
 * negative errno that ends the receiver; begin and write also -EAGAIN: no room
 * now, and write and finish -ENOSPC: the file is dropped.
 */
struct ls_sink {
	void *context;
	/* LS_TAKE_IT, or why not, or LS_KNOWN: it is here or sealed already */
	int (*judge)(void *context, const struct ls_delivery *delivery);
	int (*begin)(void *context, unsigned slot, uint64_t size, struct ls_error *err);
	int (*write)(void *context, unsigned slot, const void *bytes, size_t n,
		     struct ls_error *err);
	int (*finish)(void *context, unsigned slot, const struct ls_delivery *delivery,
		      struct ls_error *err);
	void (*drop)(void *context, unsigned slot);
	void (*refused)(void *context, const struct ls_delivery *delivery, enum ls_refusal why);
	int64_t (*now)(void *context); /* host's clock, ns since 1970 */
};

#define LS_TAKE_IT -1
#define LS_KNOWN   -2

struct ls_assemble_counts {
	uint64_t begun, finished, known, refused;
	uint64_t dropped;    /* given up: not in order, begun anew, cut by ABORT */
	uint64_t disordered; /* of these, not in order or not whole */
	uint64_t stray;	     /* DATA or END of no open file */
	uint64_t malformed;  /* payload of no known form */
};

struct ls_assembler;

/* limits and sink are borrowed and must outlive the assembler. */
int ls_assembler_new(const struct ls_limits *limits, const struct ls_sink *sink,
		     struct ls_assembler **ret_assembler, struct ls_error *err);
struct ls_assembler *ls_assembler_free(struct ls_assembler *a); /* NULL ok, returns NULL */

/*
 * Take one frame; types other than the four are not its business (0).
 * -EAGAIN: there is no room for the file; give the same frame again later.  Other errors are the
 * sink's.
 */
int ls_assembler_take(struct ls_assembler *a, const struct ls_frame *frame, struct ls_error *err);

/*
 * Drop the open file that was begun first, but not the one that this frame
 * (may be NULL) belongs to; false when there is none.
 */
bool ls_assembler_give_up_oldest(struct ls_assembler *a, const struct ls_frame *keep);

/* The open file with this number was begun: it is under way and no gap. */
bool ls_assembler_has_open(const struct ls_assembler *a,
			   const uint8_t session[static LS_SESSION_SIZE], uint64_t number);

const struct ls_assemble_counts *ls_assembler_counts(const struct ls_assembler *a);

#endif
