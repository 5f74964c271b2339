/* SPDX-License-Identifier: Apache-2.0 */
/* The auditor's registry of calibrations, with the certificates that its mirror has, asked for one
 * time after the other. */
#ifndef LABSEAL_AUDIT_VERIFY_CALIBRATION_ASKED_H
#define LABSEAL_AUDIT_VERIFY_CALIBRATION_ASKED_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/verify/report.h"
#include "lib/base/error.h"
#include "lib/seal/calibration_status.h"

struct ls_calibration_asking;

struct ls_calibration_asked {
	enum ls_calibration_verdict verdict;
	struct ls_digest device;	     /* its record's id; zero: none was found */
	struct ls_digest report;	     /* the device's own; zero: none */
	char id[LS_CALIBRATION_REASON_SIZE]; /* of what decided it; "" when TRACEABLE */
	char words[LS_CALIBRATION_TEXT_SIZE];
};

/* 0; -ENOMEM; else why the registry cannot be asked: errors of reading it and its trust file. */
int ls_calibration_asking_open(const char *mirror, const char *trust,
			       struct ls_calibration_asking **ret, struct ls_error *err);
void ls_calibration_asking_close(struct ls_calibration_asking *asking); /* NULL is fine */

/* Name, size and age of the registry into facts. */
void ls_calibration_asking_facts(const struct ls_calibration_asking *asking,
				 struct ls_calibrated *facts);

/*
 * Whether the registry once was as the record names it.  0; -EBADMSG: it was not
 * ("calibration.origin", "calibration.fork"); -ENODATA: it is not as large yet
 * ("calibration.behind"); an errno of reading.
 */
int ls_calibration_asking_root(struct ls_calibration_asking *asking,
			       const struct ls_calibration_status *claim, struct ls_error *err);

/*
 * The verdict on the claim's quantity at this time: of the device that the claim names, by the
 * registry of the claim's size, as the host asked it; or (today) of the device with the claim's id,
 * as the registry is.  Whether the two are one device is for the caller to see.  0; -ENOMEM; an
 * errno of reading.
 */
int ls_calibration_asking_verdict(struct ls_calibration_asking *asking,
				  const struct ls_calibration_status *claim, int64_t at, bool today,
				  struct ls_calibration_asked *ret, struct ls_error *err);

/* The same verdict on the same device for the same reason, by the same report. */
bool ls_calibration_asked_same(const struct ls_calibration_asked *a,
			       const struct ls_calibration_asked *b);

#endif
