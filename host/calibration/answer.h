/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What labseal-calibration answers: the verdict on a device, as the trace engine gives it, as the
 * status that goes into records.
 */
#ifndef LABSEAL_HOST_CALIBRATION_ANSWER_H
#define LABSEAL_HOST_CALIBRATION_ANSWER_H

#include <stdint.h>

#include "lib/base/error.h"
#include "lib/cal/store.h"
#include "lib/cal/trace.h"
#include "lib/cal/trust.h"
#include "lib/seal/calibration_status.h"

/* What is asked, as the policy has it. */
struct ls_calibration_question {
	const char *device;   /* a name or an id */
	const char *quantity; /* NULL: any */
	int64_t max_age;      /* seconds that the registry's checkpoint may be old */
	int64_t now;	      /* seconds since 1970 */
};

/* A trace's result as a status; where it is older than max_age, TRACEABLE becomes CANNOT BE SHOWN
 * ("calibration.max-age"). */
void ls_calibration_answer(const struct ls_calibration_question *question,
			   const struct ls_cal_result *result,
			   struct ls_calibration_status *status);

/* Ask the store; what cannot be read is a status, too.  store is borrowed. */
void ls_calibration_ask(const struct ls_calibration_question *question,
			const struct ls_cal_trust *trust, struct ls_cal_store *store,
			struct ls_calibration_status *ret_status);

/* That it could not be asked. */
void ls_calibration_unable(const struct ls_calibration_question *question,
			   const struct ls_error *why, struct ls_calibration_status *ret_status);

#endif
