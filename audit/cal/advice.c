/* SPDX-License-Identifier: Apache-2.0 */
/* What a person can do about a check that does not hold. */
#include "audit/cal/view.h"

static const char *const advice[LS_CAL_CHECKS] = {
	[LS_CAL_CHECK_FRESHNESS] = "Synchronise the registry ('labseal cal sync'), or ask as of an "
				   "earlier time (--at).",
	[LS_CAL_CHECK_DEVICE] =
		"Check the name, or name the device by its record's id or its key's SHA-256.",
	[LS_CAL_CHECK_IN_FORCE] = "The device was not calibrated then, or its calibration is over: "
				  "have it calibrated.",
	[LS_CAL_CHECK_QUANTITY] =
		"Ask for a quantity that was calibrated, or have this one calibrated, too.",
	[LS_CAL_CHECK_ROOT] = "Ask the laboratory where its own standards were calibrated; if the "
			      "trust file lacks "
			      "this institute and you trust it, add it there.",
	[LS_CAL_CHECK_CYCLE] = "The laboratories have calibrated their devices with each other: "
			       "ask for a chain that "
			       "begins at a national standard.",
	[LS_CAL_CHECK_DEPTH] =
		"The chain is longer than the trust file allows (max-depth): ask why, or allow it.",
	[LS_CAL_CHECK_RECORD] =
		"Get the missing report from the laboratory, or synchronise the registry.",
	[LS_CAL_CHECK_REGISTRY] =
		"This record was signed for another registry: it proves nothing here.",
	[LS_CAL_CHECK_SIGNATURE_PARENT] =
		"The standard's key did not sign this report: do not use the device, and ask the "
		"laboratory.",
	[LS_CAL_CHECK_SIGNATURE_TECHNICIAN] =
		"The technician named did not sign this report: do not use the device, and ask the "
		"laboratory.",
	[LS_CAL_CHECK_SIGNATURE_ORGANISATION] =
		"The organisation did not sign this report: do not use the device, and ask it.",
	[LS_CAL_CHECK_SIGNATURE_DOCUMENT] =
		"Ask the laboratory for the certificate as it signed it, with revocation data; or "
		"add "
		"its certificate authority to the trust file, if you trust it.",
	[LS_CAL_CHECK_TECHNICIAN] =
		"Ask the organisation whether this technician worked for it on that day.",
	[LS_CAL_CHECK_ORGANISATION] = "Ask the organisation for its certification on that day; "
				      "without one it is nobody's.",
	[LS_CAL_CHECK_DEVICE_CERTIFICATE] =
		"The device's key is not certified for that day: have the device certified anew.",
	[LS_CAL_CHECK_PARENT] =
		"Get the standard's report that is named by its hash; another one proves nothing.",
	[LS_CAL_CHECK_DOCUMENT] = "The laboratory's record and its certificate do not say the "
				  "same: ask it which holds, and do not use the device until then.",
	[LS_CAL_CHECK_REVOKED_REPORT] = "Have the device of this report calibrated again.",
	[LS_CAL_CHECK_REVOKED_DEVICE] = "Have everything that was calibrated with this device "
					"calibrated again ('labseal cal "
					"impact' lists it).",
	[LS_CAL_CHECK_REVOKED_TECHNICIAN] = "Have what this technician calibrated after that "
					    "calibrated again ('labseal cal impact' "
					    "lists it).",
	[LS_CAL_CHECK_REVOKED_ORGANISATION] = "Have what this organisation calibrated after that "
					      "calibrated again ('labseal cal impact' "
					      "lists it).",
	[LS_CAL_CHECK_LEVEL_PARENT] =
		"A standard must be nearer to the national one than what is calibrated with it.",
	[LS_CAL_CHECK_LEVEL_ORGANISATION] =
		"The organisation calibrated a device above its own level: ask who allowed it.",
	[LS_CAL_CHECK_TIME_ORDER] = "The standard was calibrated after it was used: ask the "
				    "laboratory for the report before.",
	[LS_CAL_CHECK_TIME_DUE] = "The calibration was past its due date: have it done again, and "
				  "judge what was measured "
				  "meanwhile.",
	[LS_CAL_CHECK_TIME_VERSION] = "A newer report of the standard was there and was not used: "
				      "ask the laboratory which holds.",
	[LS_CAL_CHECK_TIME_LOGGED] =
		"The report came into the registry late: ask the laboratory why.",
	[LS_CAL_CHECK_OUT_OF_TOLERANCE] = "The standard was found out of tolerance later: judge "
					  "what was calibrated with it since it "
					  "was last good ('labseal cal impact' lists it).",
	[LS_CAL_CHECK_ADJUSTMENT] =
		"The report has data from before an adjustment only: ask for those after it.",
	[LS_CAL_CHECK_SCOPE] =
		"The organisation is not certified for this quantity and range: use one that is.",
	[LS_CAL_CHECK_SCOPE_UNCERTAINTY] = "The uncertainty is less than the organisation is "
					   "certified for: ask how it was found.",
	[LS_CAL_CHECK_SCOPE_CERTIFIER] =
		"An organisation certified another beyond its own scope: ask who accredited it.",
	[LS_CAL_CHECK_STANDARD_UNCERTAINTY] =
		"Ask the laboratory for the uncertainty with its coverage factor.",
	[LS_CAL_CHECK_COMPARABLE] =
		"Ask the laboratory for the sensitivity coefficient between the two quantities.",
	[LS_CAL_CHECK_SENSITIVITY] =
		"Ask the laboratory for the measurement model that this sensitivity comes from. "
		"Where "
		"it is right, the trust file may say 'severity cal.uncertainty.sensitivity warns'.",
	[LS_CAL_CHECK_RANGE] =
		"The standard was not calibrated over this range: have one used that was.",
	[LS_CAL_CHECK_GROWTH] = "An uncertainty below the standard's is impossible: ask the "
				"laboratory for its budget.",
	[LS_CAL_CHECK_BUDGET] =
		"The standard's uncertainty is not contained in the device's: ask for the budget.",
	[LS_CAL_CHECK_BOUND] = "The device's uncertainty is below an ancestor's: ask the "
			       "laboratory for its budget.",
	[LS_CAL_CHECK_TUR] = "The standard is not good enough for this tolerance by the trust "
			     "file: use a better one.",
	[LS_CAL_CHECK_CONDITIONS] =
		"The standard was used under conditions that it was not calibrated for: ask for a "
		"correction.",
	[LS_CAL_CHECK_CONFORMITY] =
		"The conformity stated does not follow from the data: trust the data, and ask.",
	[LS_CAL_CHECK_COVERAGE] = "Ask the laboratory for the effective degrees of freedom and the "
				  "coverage factor that "
				  "follows from them.",
	[LS_CAL_CHECK_CLAIM] = "That a document calls itself traceable proves nothing.",
};

/* A document's: what is to be added to the trust file, and after which look. */
static const char scope_unknown[] =
	"Look the laboratory's scope up with its accreditation body: quantity, range, smallest "
	"uncertainty. If it covers this, add 'severity cal.scope warns' to the trust file, where "
	"the "
	"auditor answers for it; if it is a national metrology institute, add 'document-nmi NAME' "
	"with "
	"the organisation (O) of its signing certificate.";

/* One that is not here, or whose signer nobody knows. */
static const char document_unseen[] =
	"Get the certificate ('labseal cal sync', or from the laboratory, with --folder), and the "
	"authority of its signer for the trust file: until then the record alone says it. The "
	"trust file may want it: 'severity cal.document cannot'.";

const char *ls_cal_advice(enum ls_cal_check_id check, enum ls_cal_outcome outcome)
{
	if (outcome < LS_CAL_WARNS || !advice[check])
		return "";
	if (check == LS_CAL_CHECK_DOCUMENT && outcome == LS_CAL_WARNS)
		return document_unseen;
	if (check == LS_CAL_CHECK_SCOPE && outcome == LS_CAL_CANNOT)
		return scope_unknown;
	return advice[check];
}
