/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was known of an instrument's calibration when something was sealed: the member
 * "calibration" of record.json (docs/formats/manifest.md), and what labseal-calibration answers.
 * Composed and parsed here only.  Times are milliseconds since 1970 UTC; 0 means not known.
 *
 * It is the host's word on a registry of calibrations as it stood then.  `labseal verify` asks
 * the registry again.
 */
#ifndef LABSEAL_LIB_SEAL_CALIBRATION_STATUS_H
#define LABSEAL_LIB_SEAL_CALIBRATION_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_CALIBRATION_DEVICE_SIZE   129 /* with the final NUL, like those that follow */
#define LS_CALIBRATION_QUANTITY_SIZE 65
#define LS_CALIBRATION_ORIGIN_SIZE   128 /* a log's */
#define LS_CALIBRATION_REASON_SIZE   64
#define LS_CALIBRATION_TEXT_SIZE     257
#define LS_CALIBRATION_STATUS_MAX    3072 /* bytes of the JSON */

/* The reason's id while the mirror's index is being made, and what there is to say comes later. */
#define LS_CALIBRATION_INDEX "calibration.index"

enum ls_calibration_verdict {
	LS_CALIBRATION_NOT_CHECKED, /* the policy names no device */
	LS_CALIBRATION_TRACEABLE,
	LS_CALIBRATION_NOT_TRACEABLE,
	LS_CALIBRATION_CANNOT_BE_SHOWN,
};
#define LS_CALIBRATION_VERDICT_LAST LS_CALIBRATION_CANNOT_BE_SHOWN

/* The word: "not checked", "TRACEABLE", "NOT TRACEABLE", "CANNOT BE SHOWN". */
const char *ls_calibration_verdict_name(enum ls_calibration_verdict verdict);

/* Zeroed: not checked. */
struct ls_calibration_status {
	enum ls_calibration_verdict verdict;	     /* not checked: all the rest is nothing */
	char device[LS_CALIBRATION_DEVICE_SIZE];     /* as the policy names it; never empty */
	struct ls_digest device_id;		     /* of its record; zero: it was not found */
	char quantity[LS_CALIBRATION_QUANTITY_SIZE]; /* that was asked for; "": any */
	struct ls_digest report; /* the one in force; zero: none was found, as when TRACEABLE */
	int64_t performed, due;	 /* of that report; due 0: it names none */
	struct {
		char origin[LS_CALIBRATION_ORIGIN_SIZE];
		uint64_t size; /* 0: it could not be read, and the rest is nothing */
		struct ls_digest root;
		int64_t time; /* when it was so by its checkpoint's witnesses; 0: nobody says */
	} registry;
	int64_t checked; /* when; never 0 */
	struct {
		char id[LS_CALIBRATION_REASON_SIZE]; /* [a-z0-9.-]+: "cal.time.due" */
		char text[LS_CALIBRATION_TEXT_SIZE]; /* one plain line */
	} reason; /* the first failing check; empty exactly when TRACEABLE */
};

/* Whether this could be written.  0 or -EINVAL ("calibration.status"). */
int ls_calibration_status_check(const struct ls_calibration_status *status, struct ls_error *err);

/* What became of a check that could not be made: CANNOT BE SHOWN, and why (escaped to one line). */
void ls_calibration_unknown(struct ls_calibration_status *status, const char *device,
			    const char *quantity, int64_t checked, const char *id,
			    const char *text);

/*
 * What it says of what was received from first to last (ms), once all of that is here.  A
 * calibration speaks for the time from when it was performed until it is due, so TRACEABLE becomes
 * NOT TRACEABLE ("calibration.due") after that, and CANNOT BE SHOWN ("calibration.performed")
 * before: what held then, the newest report does not tell.  All else stays as it is.
 */
void ls_calibration_status_at(struct ls_calibration_status *status, int64_t first, int64_t last);

/* The JSON text, one line without an LF at its end.  0; -EINVAL; -ENOMEM; -EFBIG. */
int ls_calibration_status_format(const struct ls_calibration_status *status, struct ls_buffer *out,
				 struct ls_error *err);

/* 0, -EBADMSG ("record.form", "record.json"), -ENOMEM. */
int ls_calibration_status_parse(const void *bytes, size_t size,
				struct ls_calibration_status *ret_status, struct ls_error *err);

#endif
