/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks that a trace makes, each with a stable id and a name for a person
 * (docs/formats/calibration-trust.md, "Checks", lists them; a test holds the two together).
 * Each is on a link of the chain, or on the whole.
 */
#ifndef LABSEAL_LIB_CAL_CHECK_H
#define LABSEAL_LIB_CAL_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* How a check, or a link between documents, came out. */
enum ls_cal_outcome {
	LS_CAL_HOLDS = 0,
	LS_CAL_INFO,   /* does not apply here, or is said for information */
	LS_CAL_WARNS,  /* a person should look; the verdict stands */
	LS_CAL_CANNOT, /* what is needed to judge it is not there */
	LS_CAL_FAILS,
};

const char *ls_cal_outcome_name(enum ls_cal_outcome outcome); /* "holds", "info", "warns", ... */
int ls_cal_outcome_parse(const char *text, size_t length, enum ls_cal_outcome *ret_outcome);

enum ls_cal_check_id {
	/* the whole */
	LS_CAL_CHECK_FRESHNESS = 0, /* how old is what "not revoked" rests on */
	LS_CAL_CHECK_DEVICE,	    /* the device is there, and the name is of one device */
	LS_CAL_CHECK_IN_FORCE,	    /* the device has a report in force at the asked time */
	LS_CAL_CHECK_QUANTITY,	    /* the asked quantity was calibrated */
	LS_CAL_CHECK_ROOT,	    /* every path ends at an NMI that the trust file names */
	LS_CAL_CHECK_CYCLE,
	LS_CAL_CHECK_DEPTH,
	LS_CAL_CHECK_SHARED, /* paths that meet again are correlated: both bounds are told */
	/* who signed: of each link */
	LS_CAL_CHECK_RECORD,		     /* the report is there, and what it says can be read */
	LS_CAL_CHECK_REGISTRY,		     /* it was signed for this registry */
	LS_CAL_CHECK_SIGNATURE_PARENT,	     /* by each parent's device */
	LS_CAL_CHECK_SIGNATURE_TECHNICIAN,   /* by the technician */
	LS_CAL_CHECK_SIGNATURE_ORGANISATION, /* by the organisation, in a parent's place */
	LS_CAL_CHECK_SIGNATURE_DOCUMENT,     /* a DCC's XML signature and certificates */
	LS_CAL_CHECK_TECHNICIAN,	     /* certified by its organisation, valid then */
	LS_CAL_CHECK_ORGANISATION,	     /* certified up to an NMI, each valid then */
	LS_CAL_CHECK_DEVICE_CERTIFICATE, /* the device's key certified by a technician, valid then
					  */
	LS_CAL_CHECK_PARENT,		 /* each parent's report is the one that is named by hash */
	LS_CAL_CHECK_DOCUMENT,		 /* the certificate that it names says the same */
	/* revoked? */
	LS_CAL_CHECK_REVOKED_REPORT,
	LS_CAL_CHECK_REVOKED_DEVICE,
	LS_CAL_CHECK_REVOKED_TECHNICIAN,
	LS_CAL_CHECK_REVOKED_ORGANISATION,
	/* integrity levels (Biba) */
	LS_CAL_CHECK_LEVEL_PARENT,	 /* the parent's is strictly less */
	LS_CAL_CHECK_LEVEL_ORGANISATION, /* no organisation calibrates above its own */
	/* time */
	LS_CAL_CHECK_TIME_ORDER,       /* the parent was calibrated before it was used */
	LS_CAL_CHECK_TIME_DUE,	       /* and was not past its due date */
	LS_CAL_CHECK_TIME_VERSION,     /* and the report named was the newest one then */
	LS_CAL_CHECK_TIME_LOGGED,      /* it was in the log soon after */
	LS_CAL_CHECK_OUT_OF_TOLERANCE, /* a later recalibration found the parent out of tolerance */
	LS_CAL_CHECK_ADJUSTMENT,       /* what is used are data after the adjustment */
	/* competence */
	LS_CAL_CHECK_SCOPE,		/* the quantity and range are in the organisation's scope */
	LS_CAL_CHECK_SCOPE_UNCERTAINTY, /* and no uncertainty is below its smallest */
	LS_CAL_CHECK_SCOPE_CERTIFIER,	/* nobody certifies beyond its own scope */
	/* metrology */
	LS_CAL_CHECK_STANDARD_UNCERTAINTY, /* u = U / k can be had */
	LS_CAL_CHECK_COMPARABLE,  /* the parent's quantity is this one's, or a sensitivity is given
				   */
	LS_CAL_CHECK_SENSITIVITY, /* none lets a parent of the same quantity count for less */
	LS_CAL_CHECK_RANGE,	  /* this range lies in the parent's */
	LS_CAL_CHECK_GROWTH,	  /* u does not fall below the parent's */
	LS_CAL_CHECK_BUDGET,	  /* what is left for the laboratory's own contribution */
	LS_CAL_CHECK_BOUND,	  /* u of the device is not below any ancestor's */
	LS_CAL_CHECK_TUR,
	LS_CAL_CHECK_CONDITIONS, /* used under conditions that the parent was calibrated for */
	LS_CAL_CHECK_CONFORMITY, /* the stated conformity follows from the data */
	LS_CAL_CHECK_COVERAGE, /* k covers what it is said to, with the effective degrees of freedom
				*/
	LS_CAL_CHECK_CLAIM,    /* a document's "traceable" is a claim */
	LS_CAL_CHECKS,	       /* how many there are */
};

struct ls_cal_check_kind {
	const char *id;	  /* "cal.time.due" */
	const char *name; /* "The parent was not past its due date" */
	const char *rule; /* "D8": of the list in docs/formats/calibration-trust.md */
	bool adjustable;  /* a trust file may set its severity */
};

const struct ls_cal_check_kind *ls_cal_check_kind(enum ls_cal_check_id check);
/* 0 or -EBADMSG. */
int ls_cal_check_parse(const char *id, size_t length, enum ls_cal_check_id *ret_check);

#endif
