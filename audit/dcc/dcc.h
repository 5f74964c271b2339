/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digital calibration certificate (DCC, PTB), versions 2.4 to 3.3 of its schema: what it says,
 * as far as a chain of calibrations needs it.  docs/formats/dcc.md says what is read and what not.
 *
 * All that is here are claims: ls_dcc_signature_check() says whose.  Text is one plain line each
 * (ls_text_plain), so that it can be shown; NULL where the document has none.
 */
#ifndef LABSEAL_AUDIT_DCC_DCC_H
#define LABSEAL_AUDIT_DCC_DCC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/cal/decimal.h"
#include "lib/cal/unit.h"

#define LS_DCC_ITEMS_MAX	   256
#define LS_DCC_IDENTIFICATIONS_MAX 32 /* of one thing */
#define LS_DCC_PERSONS_MAX	   64
#define LS_DCC_STATEMENTS_MAX	   256
#define LS_DCC_LINKS_MAX	   256
#define LS_DCC_CONDITIONS_MAX	   256
#define LS_DCC_METHODS_MAX	   256
#define LS_DCC_QUANTITIES_MAX	   4096
#define LS_DCC_VALUES_MAX	   65536 /* of one quantity */

struct ls_dcc_identification {
	const char *issuer; /* "manufacturer", "customer", ...: whose number it is */
	const char *value;
	const char *name; /* "Serial no." */
};

/* Numbers of one thing: the first of the manufacturer is its serial number. */
struct ls_dcc_identifications {
	struct ls_dcc_identification *items;
	size_t count;
};

struct ls_dcc_item {
	const char *name, *manufacturer, *model;
	struct ls_dcc_identifications ids;
};

struct ls_dcc_person {
	const char *name, *role;
	bool main_signer;
};

/*
 * How U is stated (D-SI): the expanded uncertainty; the standard one, whose k is 1 (that of a
 * coverage interval, too); or a ratio to the value, of which U was made.
 */
enum ls_dcc_uncertainty {
	LS_DCC_NO_UNCERTAINTY,
	LS_DCC_EXPANDED,
	LS_DCC_STANDARD,
	LS_DCC_RELATIVE
};

/* When data was taken, by refTypes and the status of conditions: of the device as found, as left.
 */
enum ls_dcc_stage { LS_DCC_ANY_STAGE, LS_DCC_BEFORE_ADJUSTMENT, LS_DCC_AFTER_ADJUSTMENT };

/* A quantity: a number, or a list of numbers, in one unit. */
struct ls_dcc_quantity {
	const char *ref_type; /* "basic_measurementError", ... */
	const char *name;
	const char *kind; /* si:quantityTypeQUDT or si:quantityType */
	const char *unit; /* as it is written */
	bool unit_known;  /* parsed holds */
	struct ls_unit parsed;
	size_t count;
	const struct ls_decimal *values;
	/* 0 of them, one for all values, or one for each; in the quantity's unit. */
	enum ls_dcc_uncertainty stated;
	size_t u_count, k_count, p_count;
	const struct ls_decimal *u, *k, *p; /* uncertainty, coverage factor, coverage probability */
	const char *distribution;
	const char *const *conformity; /* of measurementMetaData: "pass", ... */
	size_t conformity_count;
	const struct ls_dcc_quantity *lower, *upper; /* acceptance or tolerance limits, or NULL */
	bool limits_are_tolerance;
	/* Why it cannot be used: a number that is none, more of one thing than of the other. */
	const char *problem;
	size_t result; /* in which measurementResult it stands, from 0 */
	size_t list;   /* quantities of one list have the same number, that of no other list */
	enum ls_dcc_stage stage;
};

struct ls_dcc_statement {
	const char *ref_type, *name, *norm, *conformity;
	const char *date; /* as it is written */
	bool claims_traceable;
};

/* A condition of the surroundings. */
struct ls_dcc_condition {
	const char *ref_type, *name, *status; /* "beforeAdjustment", ... */
	size_t result;			      /* SIZE_MAX: of all results */
	struct ls_dcc_quantity *quantities;
	size_t count;
};

struct ls_dcc_method {
	const char *ref_type, *name, *norm;
};

enum ls_dcc_link_kind {
	LS_DCC_EQUIPMENT, /* measuringEquipment: a standard's certificate, or none is named */
	LS_DCC_CONDITION, /* influenceCondition/certificate */
	LS_DCC_PREVIOUS,  /* coreData/previousReport: the same thing before, no standard */
	LS_DCC_LINKED	  /* linkedReport within another link */
};

/* Another certificate that this one names (dcc:hashType). */
struct ls_dcc_link {
	enum ls_dcc_link_kind kind;
	bool named; /* a certificate is named at all; without, an equipment is only listed */
	const char *of, *ref_type;	   /* the equipment's or condition's name, its refType */
	struct ls_dcc_identifications ids; /* the equipment's */
	const char *referral, *referral_id, *procedure, *value; /* of hashType, trimmed */
	int traceable, in_validity_range; /* claims: 1, 0, or -1 when not said */
	size_t result;			  /* SIZE_MAX: of all results */
	size_t list_first, list_last;	  /* of which lists of it; 0 to SIZE_MAX: of all */
	size_t within;			  /* LS_DCC_LINKED: the index of the link it is in */
};

struct ls_dcc {
	struct ls_digest sha256; /* of the file's bytes */
	size_t size;
	unsigned version_major, version_minor;
	const char *version; /* "3.2.1" */
	const char *unique_identifier, *country;
	struct ls_dcc_identifications ids;
	const char *begin, *end, *issued, *received; /* dates as they are written */
	int64_t begin_time, end_time;		     /* the first second of the day, UTC */
	int64_t due; /* of the statement basic_recalibration: that day's end; or LS_CAL_NO_END */
	struct ls_dcc_quantity *range_low, *range_high; /* of basic_validityRange, or NULL */
	const char *replaces;  /* reportAmendedSubstituted/replacedUniqueIdentifier */
	const char *replacing; /* "amended", "substituted" */
	const char *laboratory, *laboratory_code, *customer;
	struct ls_dcc_item *items;
	size_t item_count;
	struct ls_dcc_person *persons;
	size_t person_count;
	struct ls_dcc_statement *statements;
	size_t statement_count;
	struct ls_dcc_link *links;
	size_t link_count;
	struct ls_dcc_condition *conditions;
	size_t condition_count;
	struct ls_dcc_method *methods;
	size_t method_count;
	struct ls_dcc_quantity *quantities; /* of results, in the document's order */
	size_t quantity_count;
	size_t result_count;
	size_t unread;		/* quantities that are no real numbers: complex, text, constants */
	bool claims_traceable;	/* anywhere: a claim, never evidence */
	size_t signature_count; /* Signature elements in the places for them */
};

struct ls_dcc_file; /* a document, its tree and its model */

/*
 * Read a document.  data is copied.  0, or what ls_dcc_tree_read() says, or -EBADMSG
 * cal.dcc.schema (its root is no DCC's, or of a version that is not read), cal.dcc.content (a part
 * without which it is no certificate is missing or malformed: it is named), -EFBIG cal.dcc.size
 * (more items, links or quantities than a certificate has), -ENOMEM cal.dcc.memory.
 */
int ls_dcc_read(const void *data, size_t size, struct ls_dcc_file **ret_file, struct ls_error *err);

struct ls_dcc_file *ls_dcc_file_free(struct ls_dcc_file *file); /* NULL ok, returns NULL */

const struct ls_dcc *ls_dcc_of(const struct ls_dcc_file *file);

/* Whether a quantity's refType, which may name several, has this one. */
bool ls_dcc_has_type(const char *ref_types, const char *type);

/* Of a list that has one for all, or one for each: the i-th; NULL when it has none. */
const struct ls_decimal *ls_dcc_at(const struct ls_decimal *list, size_t count, size_t i);

#endif
