/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a calibration report says, as the trace engine judges it: of a native
 * record (docs/formats/calibration-record.md, "report") and of a Digital
 * Calibration Certificate alike.
 */
#ifndef LABSEAL_LIB_CAL_REPORT_H
#define LABSEAL_LIB_CAL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/cal/check.h"
#include "lib/cal/decimal.h"
#include "lib/cal/unit.h"

#define LS_CAL_TEXT_SIZE	129 /* a name, a report's number: bytes with the final NUL */
#define LS_CAL_WORDS_SIZE	512 /* a reason for a person, with the final NUL */
#define LS_CAL_UNIT_SIZE	(LS_UNIT_TEXT_MAX + 1)
#define LS_CAL_QUANTITY_SIZE	65 /* [a-z0-9-], with the final NUL */
#define LS_CAL_PARENTS_MAX	8
#define LS_CAL_MEASURANDS_MAX	64
#define LS_CAL_CONDITIONS_MAX	16
#define LS_CAL_POINTS_MAX	1024 /* of one measurand, of each kind */
#define LS_CAL_SALT_SIZE	16
#define LS_CAL_DETAILS_SIZE_MAX 65535	  /* bytes: less what stands before them in the record */
#define LS_CAL_NO_END		INT64_MAX /* "-": no due date, no end of validity */

/*
 * "temperature", "resistance": a quantity's name, [a-z0-9-]{1,64}, first one a letter.  Names are
 * a convention between laboratories.  A DCC's measurand whose quantity has no such name has "":
 * its unit then tells what it is comparable with.
 */
bool ls_cal_quantity_valid(const char *text, size_t length);

enum ls_cal_distribution {
	LS_CAL_DISTRIBUTION_UNKNOWN = 0,
	LS_CAL_NORMAL,
	LS_CAL_STUDENT,
	LS_CAL_RECTANGULAR,
	LS_CAL_TRIANGULAR,
	LS_CAL_TRAPEZOIDAL,
};

/*
 * One point.  All are in the measurand's unit.  A standard uncertainty (also the BIPM's u_c) is
 * U with k = 1.
 */
struct ls_cal_point {
	struct ls_decimal value; /* the reference value, at which it was calibrated */
	bool has_error;
	struct ls_decimal error; /* indication minus reference value */
	bool has_u;
	struct ls_decimal u; /* expanded uncertainty U >= 0 */
	bool has_k;
	struct ls_decimal k; /* coverage factor >= 1 */
	/* documents only, where k is missing: what it can be derived from.  0: not stated. */
	double probability;
	enum ls_cal_distribution distribution;
	unsigned dof; /* effective degrees of freedom; 0: not stated */
};

/* Which data the points are. */
enum ls_cal_adjustment {
	LS_CAL_ADJUSTMENT_NONE = 0, /* as found, and left so */
	LS_CAL_ADJUSTMENT_AFTER,    /* as left, after an adjustment; found[] is what was before */
	LS_CAL_ADJUSTMENT_BEFORE,   /* as found, and then adjusted: there are no as-left data */
};

/* ILAC G8:09/2019, 4.2, and the DCC's conformityStatusType. */
enum ls_cal_conformity {
	LS_CAL_CONFORMITY_NONE = 0, /* nothing is stated */
	LS_CAL_PASS,
	LS_CAL_CONDITIONAL_PASS,
	LS_CAL_CONDITIONAL_FAIL,
	LS_CAL_FAIL,
	LS_CAL_NO_PASS,
	LS_CAL_NO_FAIL,
};

/* ILAC G8:09/2019, 4.2.1 (no guard band) and 4.2.2 (guard band w = U). */
enum ls_cal_decision_rule {
	LS_CAL_RULE_SIMPLE = 0,
	LS_CAL_RULE_GUARDED,
};

/*
 * How a change of one parent's quantity changes this one: du = coefficient * du_parent, the
 * coefficient in this measurand's unit per `unit`.  Without one, a parent's measurand of the same
 * quantity has the coefficient 1, and of another quantity is not comparable.
 */
struct ls_cal_sensitivity {
	uint8_t parent;			     /* index in the report's parents */
	char quantity[LS_CAL_QUANTITY_SIZE]; /* of the parent */
	char unit_text[LS_CAL_UNIT_SIZE];
	struct ls_unit unit;
	struct ls_decimal coefficient;
};

/* One quantity that was calibrated (VIM 2.3). */
struct ls_cal_measurand {
	char quantity[LS_CAL_QUANTITY_SIZE];
	char twin[LS_CAL_QUANTITY_SIZE]; /* a document's without a quantity: the name that one
					  * before it has already; "": there is none */
	char unit_text[LS_CAL_UNIT_SIZE];
	struct ls_unit unit;
	struct ls_decimal low, high; /* the range that the report covers */

	size_t from_count;		  /* 0: every parent serves it */
	uint8_t from[LS_CAL_PARENTS_MAX]; /* indices in the report's parents, rising */
	size_t sensitivity_count;
	struct ls_cal_sensitivity *sensitivities; /* owned; by parent, rising */
	bool has_drift;
	struct ls_decimal drift; /* standard uncertainty allowed for the parents' drift */
	bool averaged; /* the value is a mean over the parents: u may be below each one's */

	enum ls_cal_adjustment adjustment;
	bool has_tolerance;
	struct ls_decimal lower, upper;	   /* limits of the error */
	enum ls_cal_conformity conformity; /* with a tolerance only */
	enum ls_cal_decision_rule rule;

	size_t found_count;
	struct ls_cal_point *found; /* owned; as-found data, with ADJUSTMENT_AFTER only */
	size_t point_count;
	struct ls_cal_point *points; /* owned; by value, strictly rising */
};

/* An influence quantity while it was calibrated. */
struct ls_cal_condition {
	char name[LS_CAL_QUANTITY_SIZE]; /* "ambient-temperature" */
	char unit_text[LS_CAL_UNIT_SIZE];
	struct ls_unit unit;
	struct ls_decimal low, high;
};

/* What a private report does not show. */
struct ls_cal_details {
	uint8_t salt[LS_CAL_SALT_SIZE]; /* random: what is hidden cannot be guessed from its hash */
	char number[LS_CAL_TEXT_SIZE];
	char method[LS_CAL_WORDS_SIZE]; /* "": not stated */
	bool has_document;
	struct ls_digest document; /* SHA-256 of the DCC that says the same */
	size_t condition_count;
	struct ls_cal_condition *conditions; /* owned; no name twice */
	size_t measurand_count;
	struct ls_cal_measurand *measurands; /* owned; no quantity twice but "" */
};

struct ls_cal_parent {
	struct ls_digest
		id;    /* of the parent's report; zero where a document's link is not resolved */
	bool document; /* id is the SHA-256 of a DCC, not of a record */
	/* A document's link, which its store has tried to follow; HOLDS for a native record's.
	 * CANNOT: the parent's certificate is not here, or the link has no hash ("analogue", a
	 * referral alone); FAILS: what it names has another hash.  words say which. */
	enum ls_cal_outcome link;
	char words[LS_CAL_WORDS_SIZE];
};

struct ls_cal_report {
	struct ls_digest device;     /* record ids; zero in a document, */
	struct ls_digest technician; /* which has no such records */
	unsigned level;		     /* the device's integrity level; 0 is an NMI's standard */
	size_t parent_count;
	struct ls_cal_parent *parents; /* owned; in the order of their signatures */
	int64_t begun;		       /* documents: begin of performance; native: as performed */
	int64_t performed;	       /* the end of it */
	int64_t due;		       /* or LS_CAL_NO_END: none is stated */
	bool private;
	struct ls_digest details_digest;
	struct ls_cal_details *details; /* owned; NULL: hidden */
};

void ls_cal_details_free(struct ls_cal_details *details); /* with the struct; NULL is fine */
void ls_cal_report_free(struct ls_cal_report *report);	  /* what it owns; NULL is fine */

/* The measurand of this quantity, or NULL. */
const struct ls_cal_measurand *ls_cal_details_find(const struct ls_cal_details *details,
						   const char *quantity);

/*
 * The details' lines.  Parsing is strict and takes all of the bytes; *ret_details is owned.
 * 0, -EBADMSG, -ENOMEM.  Formatting: 0, -EINVAL (breaks a rule; the error names it), or the
 * buffer's error.
 */
int ls_cal_details_parse(const void *bytes, size_t size, size_t parent_count,
			 struct ls_cal_details **ret_details, struct ls_error *err);
int ls_cal_details_format(const struct ls_cal_details *details, size_t parent_count,
			  struct ls_buffer *out, struct ls_error *err);

const char *ls_cal_conformity_name(enum ls_cal_conformity conformity); /* "pass", "no-fail" */
const char *ls_cal_adjustment_name(enum ls_cal_adjustment adjustment); /* "none", "after" */
const char *ls_cal_decision_rule_name(enum ls_cal_decision_rule rule); /* "simple", "guarded" */

/*
 * Recomputes a measurand's conformity (ILAC G8:09/2019, 4.2.3; JCGM 106) from errors, U and
 * tolerance: the worst of its points, PASS, CONDITIONAL_PASS, CONDITIONAL_FAIL or FAIL;
 * CONFORMITY_NONE when there is no tolerance or a point lacks error or U.
 */
enum ls_cal_conformity ls_cal_conformity_compute(const struct ls_cal_measurand *measurand);

/* The same of the as-found data; of the points, where nothing was adjusted after them. */
enum ls_cal_conformity ls_cal_conformity_found(const struct ls_cal_measurand *measurand);

/* Whether the stated conformity may follow from the computed one, under the stated rule. */
bool ls_cal_conformity_agrees(const struct ls_cal_measurand *measurand,
			      enum ls_cal_conformity computed);

#endif
