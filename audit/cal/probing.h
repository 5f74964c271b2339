/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a device reads a reference as its calibration says: the En number (ISO 13528:2022,
 * 9.7; ISO/IEC 17043:2023, B.4.1.1):
 *
 *     En = (reading - error - reference) / sqrt(U_device² + U_reference²)
 *
 * with error and U_device of the device's report there, between two points linearly, and both U
 * expanded with k = 2.  |En| <= 1 is as it should be.
 */
#ifndef LABSEAL_AUDIT_CAL_PROBING_H
#define LABSEAL_AUDIT_CAL_PROBING_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/cal/report.h"

#define LS_CAL_PROBES_MAX    100000 /* lines of a CSV file */
#define LS_CAL_PROBE_CSV_MAX (16u << 20)

/* One measurement of a reference, in the measurand's unit. */
struct ls_cal_probe {
	double reference, uncertainty, reading; /* uncertainty: expanded, k = 2 */
};

struct ls_cal_probed {
	struct ls_cal_probe probe;
	bool judged;		/* false: no point of the report reaches there, or they lack U */
	double error, u_device; /* there; U with k = 2 */
	double en;
	bool within; /* |En| <= 1 */
};

/* A finite number in XML Schema's spelling; uncertainties are not negative.  0 or -EBADMSG. */
int ls_cal_probe_number(const char *text, size_t length, bool is_uncertainty, double *ret_value);

struct ls_cal_probed ls_cal_probe_judge(const struct ls_cal_measurand *measurand,
					const struct ls_cal_probe *probe);

/*
 * CSV: a first line "reference,uncertainty,reading", then such lines; LF or CRLF; empty lines
 * are left out.  *ret_probes is owned.  0, -EBADMSG (the error names the line), -EFBIG, -ENOMEM.
 */
int ls_cal_probe_csv(const void *bytes, size_t size, struct ls_cal_probe **ret_probes,
		     size_t *ret_count, struct ls_error *err);

#endif
