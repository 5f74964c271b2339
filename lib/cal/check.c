/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/check.h"

#include <errno.h>
#include <string.h>

/* In the order of enum ls_cal_check_id; docs/formats/calibration-trust.md has the same. */
static const struct ls_cal_check_kind KINDS[LS_CAL_CHECKS] = {
	[LS_CAL_CHECK_FRESHNESS] = { "cal.freshness", "The registry's state is new enough", "R1",
				     false },
	[LS_CAL_CHECK_DEVICE] = { "cal.device", "The device is known", "F4", false },
	[LS_CAL_CHECK_IN_FORCE] = { "cal.in-force", "A report of the device is in force", "D8",
				    false },
	[LS_CAL_CHECK_QUANTITY] = { "cal.quantity", "The quantity was calibrated", "D15", false },
	[LS_CAL_CHECK_ROOT] = { "cal.root", "Every path ends at a national metrology institute",
				"C3", false },
	[LS_CAL_CHECK_CYCLE] = { "cal.cycle", "No report leads back to itself", "D15", false },
	[LS_CAL_CHECK_DEPTH] = { "cal.depth", "The chain is not longer than allowed", "D15",
				 false },
	[LS_CAL_CHECK_SHARED] = { "cal.shared", "Paths do not meet again", "D4", false },
	[LS_CAL_CHECK_RECORD] = { "cal.record", "The report is there", "F5", false },
	[LS_CAL_CHECK_REGISTRY] = { "cal.registry", "It was signed for this registry", "C1",
				    false },
	[LS_CAL_CHECK_SIGNATURE_PARENT] = { "cal.signature.parent",
					    "Each parent's device signed it", "C1", false },
	[LS_CAL_CHECK_SIGNATURE_TECHNICIAN] = { "cal.signature.technician",
						"The technician signed it", "C1", false },
	[LS_CAL_CHECK_SIGNATURE_ORGANISATION] = { "cal.signature.organisation",
						  "The organisation signed it", "C1", false },
	[LS_CAL_CHECK_SIGNATURE_DOCUMENT] = { "cal.signature.document",
					      "The certificate's signature holds", "C1", false },
	[LS_CAL_CHECK_TECHNICIAN] = { "cal.technician",
				      "The technician was certified and valid then", "C2", false },
	[LS_CAL_CHECK_ORGANISATION] = { "cal.organisation",
					"The organisation was certified up to an institute", "C2",
					false },
	[LS_CAL_CHECK_DEVICE_CERTIFICATE] = { "cal.device-certificate",
					      "The device's key was certified and valid then", "C5",
					      false },
	[LS_CAL_CHECK_PARENT] = { "cal.parent", "Each parent's report is the one named by hash",
				  "F5", false },
	[LS_CAL_CHECK_DOCUMENT] = { "cal.document", "The certificate that it names says the same",
				    "C1", true },
	[LS_CAL_CHECK_REVOKED_REPORT] = { "cal.revoked.report", "The report is not revoked", "R1",
					  false },
	[LS_CAL_CHECK_REVOKED_DEVICE] = { "cal.revoked.device", "The device is not revoked", "R1",
					  false },
	[LS_CAL_CHECK_REVOKED_TECHNICIAN] = { "cal.revoked.technician",
					      "The technician was not revoked", "R1", false },
	[LS_CAL_CHECK_REVOKED_ORGANISATION] = { "cal.revoked.organisation",
						"No organisation above was revoked", "R1", false },
	[LS_CAL_CHECK_LEVEL_PARENT] = { "cal.level.parent",
					"Integrity levels strictly fall from parent to child", "B1",
					false },
	[LS_CAL_CHECK_LEVEL_ORGANISATION] = { "cal.level.organisation",
					      "No organisation works above its own level", "B1",
					      false },
	[LS_CAL_CHECK_TIME_ORDER] = { "cal.time.order", "The parent was calibrated before", "D8",
				      false },
	[LS_CAL_CHECK_TIME_DUE] = { "cal.time.due", "The parent was not past its due date", "D8",
				    true },
	[LS_CAL_CHECK_TIME_VERSION] = { "cal.time.version",
					"The parent's report was the newest one then", "D9", true },
	[LS_CAL_CHECK_TIME_LOGGED] = { "cal.time.logged", "It was in the log soon after", "D8",
				       true },
	[LS_CAL_CHECK_OUT_OF_TOLERANCE] = { "cal.parent.out-of-tolerance",
					    "The parent was not found out of tolerance later", "D9",
					    true },
	[LS_CAL_CHECK_ADJUSTMENT] = { "cal.adjustment", "The data are those after the adjustment",
				      "D10", true },
	[LS_CAL_CHECK_SCOPE] = { "cal.scope", "It lies in the organisation's scope", "D11", true },
	[LS_CAL_CHECK_SCOPE_UNCERTAINTY] = { "cal.scope.uncertainty",
					     "No uncertainty is below the organisation's smallest",
					     "D11", true },
	[LS_CAL_CHECK_SCOPE_CERTIFIER] = { "cal.scope.certifier",
					   "No organisation certifies beyond its own scope", "D11",
					   true },
	[LS_CAL_CHECK_STANDARD_UNCERTAINTY] = { "cal.uncertainty.standard",
						"The standard uncertainty u = U / k is known", "D1",
						true },
	[LS_CAL_CHECK_COMPARABLE] = { "cal.uncertainty.comparable",
				      "The parent's quantity leads to this one", "D5", true },
	[LS_CAL_CHECK_SENSITIVITY] = { "cal.uncertainty.sensitivity",
				       "A parent of the same quantity counts in full", "D5", true },
	[LS_CAL_CHECK_RANGE] = { "cal.range", "The range lies in the parent's", "D7", true },
	[LS_CAL_CHECK_GROWTH] = { "cal.uncertainty.growth",
				  "The uncertainty is not below the parent's", "D2", true },
	[LS_CAL_CHECK_BUDGET] = { "cal.uncertainty.budget",
				  "The uncertainty includes the parents' contributions", "D3",
				  true },
	[LS_CAL_CHECK_BOUND] = { "cal.uncertainty.bound",
				 "The uncertainty is not below any ancestor's", "D4", false },
	[LS_CAL_CHECK_TUR] = { "cal.tur", "The standard is good enough for the tolerance", "D6",
			       true },
	[LS_CAL_CHECK_CONDITIONS] = { "cal.conditions",
				      "The parent was used under conditions it was calibrated for",
				      "D12", true },
	[LS_CAL_CHECK_CONFORMITY] = { "cal.conformity",
				      "The stated conformity follows from the data", "D13", true },
	[LS_CAL_CHECK_COVERAGE] = { "cal.coverage", "The coverage factor has its reason", "D14",
				    true },
	[LS_CAL_CHECK_CLAIM] = { "cal.claim", "What a certificate says of its own traceability",
				 "D15", false },
};

const struct ls_cal_check_kind *ls_cal_check_kind(enum ls_cal_check_id check)
{
	return &KINDS[check];
}

int ls_cal_check_parse(const char *id, size_t length, enum ls_cal_check_id *ret_check)
{
	for (int i = 0; i < LS_CAL_CHECKS; i++)
		if (strlen(KINDS[i].id) == length && memcmp(KINDS[i].id, id, length) == 0) {
			*ret_check = (enum ls_cal_check_id)i;
			return 0;
		}
	return -EBADMSG;
}

static const char *const OUTCOMES[] = { "holds", "info", "warns", "cannot", "fails" };

const char *ls_cal_outcome_name(enum ls_cal_outcome outcome)
{
	return (size_t)outcome < sizeof(OUTCOMES) / sizeof(OUTCOMES[0]) ? OUTCOMES[outcome] : "?";
}

int ls_cal_outcome_parse(const char *text, size_t length, enum ls_cal_outcome *ret_outcome)
{
	for (size_t i = 0; i < sizeof(OUTCOMES) / sizeof(OUTCOMES[0]); i++)
		if (strlen(OUTCOMES[i]) == length && memcmp(OUTCOMES[i], text, length) == 0) {
			*ret_outcome = (enum ls_cal_outcome)i;
			return 0;
		}
	return -EBADMSG;
}
