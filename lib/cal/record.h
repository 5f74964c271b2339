/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calibration records: what a registry's log has as its entries, verbatim
 * (docs/formats/calibration-record.md).  A record is text:
 *
 *     labseal/calibration/v1
 *     registry example.org/calibration
 *     kind technician
 *     issued 2026-01-12T09:00:00Z
 *     ...                               lines of the kind
 *     signature certifier BASE64        one or more
 *     ...                               a report's details, unless hidden
 *
 * What stands before the first signature line is what is signed, and its
 * SHA-256 is the record's id: signatures have many spellings, ids have one.
 * One content has one spelling: format(parse(x)) == x for every x that parses.
 */
#ifndef LABSEAL_LIB_CAL_RECORD_H
#define LABSEAL_LIB_CAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"
#include "lib/cal/report.h"
#include "lib/log/note.h"

#define LS_CAL_RECORD_SIZE_MAX 65535 /* bytes: a log entry's limit */
#define LS_CAL_SIGNATURES_MAX  (LS_CAL_PARENTS_MAX + 1)
#define LS_CAL_SCOPES_MAX      256
#define LS_CAL_LEVEL_MAX       255

enum ls_cal_kind {
	LS_CAL_ORGANISATION = 1,
	LS_CAL_TECHNICIAN,
	LS_CAL_DEVICE,
	LS_CAL_REPORT,
	LS_CAL_REVOCATION,
	LS_CAL_HEARTBEAT,
};
#define LS_CAL_KINDS 6

const char *ls_cal_kind_name(enum ls_cal_kind kind); /* "organisation", ... */
int ls_cal_kind_parse(const char *text, size_t length, enum ls_cal_kind *ret_kind);

/*
 * In which role a key signs; the role is part of what is signed:
 * SHA-256("labseal calibration v1\n" ROLE "\n" TEXT).
 */
enum ls_cal_role {
	LS_CAL_ROLE_CERTIFIER = 1, /* of an organisation: its certifier; an NMI: itself.  Of a
				    * technician: the organisation.  Of a device: the technician */
	LS_CAL_ROLE_PARENT,	   /* of a report: the device that the parent's report is of */
	LS_CAL_ROLE_ORGANISATION,  /* of a report: the technician's organisation, in the place of a
				    * parent that is a document, and of all parents where there is
				    * none */
	LS_CAL_ROLE_TECHNICIAN,	   /* of a report */
	LS_CAL_ROLE_REVOKER,	   /* of a revocation */
	LS_CAL_ROLE_REGISTRY,	   /* of a heartbeat */
};
const char *ls_cal_role_name(enum ls_cal_role role); /* "certifier", ... */

/* What an organisation may calibrate: a line of its calibration and measurement capability. */
struct ls_cal_scope {
	char quantity[LS_CAL_QUANTITY_SIZE];
	char unit_text[LS_CAL_UNIT_SIZE];
	struct ls_unit unit;
	struct ls_decimal low, high;
	struct ls_decimal u,
		k; /* the smallest expanded uncertainty > 0, and its coverage factor >= 1 */
};

struct ls_cal_organisation {
	char name[LS_CAL_TEXT_SIZE];
	struct ls_p256_public key;
	unsigned level; /* 0: an NMI */
	bool root;	/* certified by nobody here: the trust file names its key.  Level 0 only */
	struct ls_digest certifier; /* an organisation's record; zero for a root */
	int64_t from, until;
	size_t scope_count;
	struct ls_cal_scope *scopes; /* owned */
};

struct ls_cal_technician {
	char name[LS_CAL_TEXT_SIZE]; /* "-": not shown */
	struct ls_p256_public key;
	struct ls_digest organisation;
	int64_t from, until;
};

struct ls_cal_device {
	char name[LS_CAL_TEXT_SIZE]; /* maker, type and serial number; "-": not shown */
	struct ls_p256_public key;
	unsigned level;
	struct ls_digest technician; /* who certified it */
	int64_t from, until;	     /* until may be LS_CAL_NO_END */
};

enum ls_cal_reason {
	LS_CAL_KEY_COMPROMISE = 1, /* others may have signed: claimed times count no more */
	LS_CAL_ERROR,		   /* what the record says is wrong */
	LS_CAL_COMPETENCE,	   /* accreditation or employment was withdrawn */
	LS_CAL_DAMAGE,		   /* the device is not what it was calibrated as */
	LS_CAL_SUPERSEDED,
	LS_CAL_CEASED,
};
const char *ls_cal_reason_name(enum ls_cal_reason reason); /* "key-compromise", "error", ... */
int ls_cal_reason_parse(const char *text, size_t length, enum ls_cal_reason *ret_reason);

struct ls_cal_revocation {
	struct ls_digest record;  /* what is revoked */
	enum ls_cal_kind revoked; /* its kind; never a revocation or a heartbeat */
	int64_t since;
	enum ls_cal_reason reason;
	char words[LS_CAL_WORDS_SIZE]; /* "": none */
	struct ls_digest by; /* the record whose key signs: the revoked one's own, its certifier, an
			      * organisation above; of a report also its technician */
};

/*
 * What the registry says of its log before this entry.  With the revocations' count and digest,
 * who has all of their ids can be shown a record without the log, and that it is not revoked.
 */
struct ls_cal_heartbeat {
	bool has_revocations;
	uint64_t revocations;	 /* how many the log has before this entry */
	struct ls_digest digest; /* SHA-256 over their ids, 32 bytes each, in the log's order */
};

struct ls_cal_signature {
	enum ls_cal_role role;
	struct ls_digest digest; /* of what is signed in this role; set by parsing and signing */
	size_t size;
	uint8_t der[LS_P256_SIGNATURE_MAX];
};

struct ls_cal_record {
	enum ls_cal_kind kind;
	char registry[LS_NOTE_NAME_SIZE]; /* the log's origin */
	int64_t issued;			  /* when it was signed, as the signer has it */
	struct ls_digest id; /* set by parsing, by signing, and by a store's document */
	size_t signature_count;
	struct ls_cal_signature signatures[LS_CAL_SIGNATURES_MAX];
	union {
		struct ls_cal_organisation organisation;
		struct ls_cal_technician technician;
		struct ls_cal_device device;
		struct ls_cal_report report;
		struct ls_cal_revocation revocation;
		struct ls_cal_heartbeat heartbeat; /* beside `issued`, which is what it says */
	};
};

/*
 * Strict; no signature is verified, and whether a key's point is on the curve is seen when a
 * signature is verified with it.  Of a private report both forms parse: without its details, as
 * it is in the log, and with them, as its owner may show it; a public one has them.
 * 0; -EBADMSG, the error names line and rule; -ENOMEM.
 */
int ls_cal_record_parse(const void *bytes, size_t size, struct ls_cal_record *ret_record,
			struct ls_error *err);
void ls_cal_record_free(struct ls_cal_record *record); /* what it owns; NULL is fine */
#define _cleanup_cal_record_ __attribute__((cleanup(ls_cal_record_free)))

/*
 * The whole record.  with_details: a private report's, too, for its owner's own copy; a public
 * report always has them.  -EINVAL: breaks a rule of the format, which the error names;
 * -EFBIG: longer than LS_CAL_RECORD_SIZE_MAX; -ENOMEM.
 */
int ls_cal_record_format(const struct ls_cal_record *record, bool with_details,
			 struct ls_buffer *out, struct ls_error *err);

/* What is signed.  As the above; signatures need not be there. */
int ls_cal_record_text(const struct ls_cal_record *record, struct ls_buffer *out,
		       struct ls_error *err);

/* The id of a record that is not signed yet, also put into record->id. */
int ls_cal_record_identify(struct ls_cal_record *record, struct ls_error *err);

/*
 * Add the next signature.  The roles come in the format's order (ls_cal_record_role), so a
 * report is signed first by each parent's key, then by the technician.  Sets record->id, and a
 * report's details_digest from its details.  Every error of formatting; -EINVAL: not the next
 * role; the signer's errors.
 */
int ls_cal_record_sign(struct ls_cal_record *record, enum ls_cal_role role,
		       const struct ls_signer *signer, struct ls_error *err);

/* The role of the i-th signature, or 0: there is none more. */
enum ls_cal_role ls_cal_record_role(const struct ls_cal_record *record, size_t i);

/* 0: the record's i-th signature is this key's.  -EBADMSG: it is not, or is missing.  -ENOMEM. */
int ls_cal_record_verify(const struct ls_cal_record *record, size_t i,
			 const struct ls_p256_public *key, struct ls_p256_verifier *verifier,
			 struct ls_error *err);

/* The key that an organisation, a technician or a device has, or NULL. */
const struct ls_p256_public *ls_cal_record_key(const struct ls_cal_record *record);

/* Its name; a report's number; "-" where there is none or it is hidden. */
const char *ls_cal_record_name(const struct ls_cal_record *record);

/* Who answers for it: the certifier's id of an organisation (NULL: a root), of a technician its
 * organisation's, of a device and a report the technician's; NULL for others and documents. */
const struct ls_digest *ls_cal_record_certifier(const struct ls_cal_record *record);

#endif
