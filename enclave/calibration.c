/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What labseald says of the instrument's calibration: into every record.  While results are to
 * wait, those that gathered stay gathered and the diode is not heard, so that what comes stays in
 * its spool; events go on.
 */
#include <assert.h>

#include "enclave/serving.h"

static_assert(LS_CALIBRATION_MAX == LS_CALIBRATION_STATUS_MAX, "a status fits its message");

int ls_server_on_calibration(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	struct ls_calibration calibration;
	int rc = ls_decode_calibration(m, &calibration, err);
	if (rc == 0)
		rc = ls_calibration_status_parse(calibration.status.data, calibration.status.size,
						 &s->calibration, err);
	if (rc < 0)
		return rc;
	s->holds_results = calibration.hold;
	if (s->sealer) /* else the start is under way, and sees to it */
		ls_sealer_set_calibration(s->sealer, &s->calibration);
	return 0;
}

bool ls_server_has_results(const struct ls_server *s)
{
	return s->gathering->count > 0 && !s->holds_results;
}
