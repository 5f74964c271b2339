/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the trace engine reads, behind one interface: a registry's local mirror,
 * an evidence bundle, a folder of Digital Calibration Certificates, a contract.
 *
 * A store answers from what it has verified: an entry that it gives is in the
 * log (or folder, or contract) that `fresh` tells of, and a list that it gives is
 * whole.  Signatures of records are the engine's to verify; of documents, which
 * have no records, the store's.  A store is used by one thread at a time; for
 * several threads, open several.
 */
#ifndef LABSEAL_LIB_CAL_STORE_H
#define LABSEAL_LIB_CAL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/cal/record.h"
#include "lib/cal/report.h"

#define LS_CAL_TIME_UNKNOWN INT64_MIN

/*
 * What a report has that is a document: everything that is signed otherwise than by records.
 * outcome: HOLDS: signed by a certificate that leads to a CA of the trust file, valid and not
 * revoked as of the signing time; FAILS; CANNOT (no signature at all, no revocation status, ...).
 */
struct ls_cal_document {
	enum ls_cal_outcome outcome;
	char reason[LS_ERROR_ID_SIZE]; /* stable, dotted, as the store's: "dcc.signature.digest"; ""
					*/
	char words[LS_CAL_WORDS_SIZE]; /* for a person: how it came out, and why */
	enum ls_cal_outcome
		revocation; /* of the signer's certificates, as of `at` of ls_cal_store */
	char revocation_words[LS_CAL_WORDS_SIZE];
	char device[LS_CAL_TEXT_SIZE];	     /* what was calibrated: maker, type, serial number */
	char serial[LS_CAL_TEXT_SIZE];	     /* its identification number; "": none */
	char laboratory[LS_CAL_TEXT_SIZE];   /* as the document says */
	char organisation[LS_CAL_TEXT_SIZE]; /* of the signer's certificate (O), verified; "": none
					      */
	char person[LS_CAL_TEXT_SIZE];	     /* the responsible person, as the document says */
	char number[LS_CAL_TEXT_SIZE];	     /* the document's unique identifier */
	bool claims_traceable; /* "traceable=true": a claim, told and never believed */
	size_t left_out;       /* quantities and tables in it that are none of the details */
};

/* A record as a store gives it.  Counted references: unchanged once it was given away. */
struct ls_cal_entry {
	struct ls_cal_record record; /* kind, issued, id are always set */
	uint64_t index;		     /* its place in the log; 0 where there is no log */
	int64_t logged; /* it was there by this time, as others witness or the registry says;
			 * LS_CAL_TIME_UNKNOWN: nobody says */
	int64_t absent; /* of a store that does not show absence: it was not in the log yet at this
			 * time, by what is there; LS_CAL_TIME_UNKNOWN: nothing tells */
	struct ls_cal_document *outside; /* owned; a DCC: kind is LS_CAL_REPORT, and there are no
					  * signatures.  NULL: a record */
	unsigned references;		 /* used by the functions below only */
};

/* Zeroed, with one reference.  NULL: out of memory. */
struct ls_cal_entry *ls_cal_entry_new(void);
struct ls_cal_entry *ls_cal_entry_ref(struct ls_cal_entry *entry);
struct ls_cal_entry *ls_cal_entry_unref(
	struct ls_cal_entry *entry); /* NULL is fine; returns NULL */
static inline void ls_cal_entry_cleanup(struct ls_cal_entry **entry)
{
	ls_cal_entry_unref(*entry);
}
#define _cleanup_cal_entry_ __attribute__((cleanup(ls_cal_entry_cleanup)))

/* An entry out of a log's bytes: parsed, with its place.  0, -EBADMSG, -ENOMEM. */
int ls_cal_entry_parse(const void *bytes, size_t size, uint64_t index, int64_t logged,
		       struct ls_cal_entry **ret_entry, struct ls_error *err);

/* Bytes of memory that it takes, about. */
size_t ls_cal_entry_size(const struct ls_cal_entry *entry);

/* How records hang together: what `related` lists of an id. */
enum ls_cal_relation {
	LS_CAL_REPORTS_OF = 1,	 /* a device's record: its reports */
	LS_CAL_CHILDREN_OF,	 /* a report: the reports that name it as a parent */
	LS_CAL_REVOCATIONS_OF,	 /* any record: what claims to revoke it */
	LS_CAL_CERTIFIED_BY,	 /* an organisation: organisations and technicians; a technician:
				  * devices and reports */
	LS_CAL_DEVICES_WITH_KEY, /* the SHA-256 of a key's SPKI: device records */
	LS_CAL_HOLDERS_OF_KEY,	 /* the same: organisations, technicians and devices */
};

struct ls_cal_found {
	struct ls_digest id;
	uint64_t index;
	enum ls_cal_kind kind;
};

/* Called for each one found, in the log's order; anything but 0 ends the list and is returned. */
typedef int ls_cal_each(void *context, const struct ls_cal_found *found);

/* Where "by this time" comes from. */
enum ls_cal_clock {
	LS_CAL_CLOCK_NONE = 0,	/* nobody says how old it is */
	LS_CAL_CLOCK_WITNESSES, /* a quorum of the trust file's witnesses */
	LS_CAL_CLOCK_HEARTBEAT, /* the registry's own heartbeat record */
	LS_CAL_CLOCK_BLOCK,	/* a block's time stamp */
	LS_CAL_CLOCK_CREATION,	/* when an evidence bundle's checkpoint was made: as WITNESSES or
				 * HEARTBEAT said then, and not newer */
};

/* The state of the store that answers for a time. */
struct ls_cal_fresh {
	char origin[LS_NOTE_NAME_SIZE]; /* the log's name; "": no log */
	uint64_t size;			/* entries of this index and later are not seen */
	struct ls_digest root;		/* of the log of that size */
	int64_t time;			/* the log was of this size then; LS_CAL_TIME_UNKNOWN */
	enum ls_cal_clock clock;
	unsigned witnesses;	/* that cosigned it */
	bool absence_shown;	/* lists are whole: nothing that the log has is left out */
	bool revocations_shown; /* those of revocations are, at least: an evidence bundle whose
				 * heartbeat vouches for them */
};

struct ls_cal_store;

struct ls_cal_store_operations {
	/*
	 * The state as of `at`: the newest checkpoint, heartbeat or block that is not later.
	 * size: 0, or the log's size to stand for (a verdict that is to be had again).
	 * 0; -ENOENT: there is none that old; -EBADMSG: the store does not verify.
	 */
	int (*fresh)(struct ls_cal_store *store, int64_t at, uint64_t size,
		     struct ls_cal_fresh *ret_fresh, struct ls_error *err);
	/* 0, *ret_entry has a reference for the caller; -ENOENT: there is none. */
	int (*find)(struct ls_cal_store *store, const struct ls_digest *id,
		    struct ls_cal_entry **ret_entry, struct ls_error *err);
	int (*related)(struct ls_cal_store *store, enum ls_cal_relation relation,
		       const struct ls_digest *id, ls_cal_each *each, void *context,
		       struct ls_error *err);
	/*
	 * Devices of this name: device records; where a store has none (documents), reports.
	 */
	int (*named)(struct ls_cal_store *store, const char *name, ls_cal_each *each, void *context,
		     struct ls_error *err);
	/* All of a kind. */
	int (*all)(struct ls_cal_store *store, enum ls_cal_kind kind, ls_cal_each *each,
		   void *context, struct ls_error *err);
	void (*free)(struct ls_cal_store *store); /* NULL is fine */
	/*
	 * NULL, or: many reads follow (true), or are over (false); in pairs, one in another.  A
	 * store may keep files locked between, which costs as much as several reads.
	 */
	void (*hold)(struct ls_cal_store *store, bool begins);
	/*
	 * NULL, or: the document of this SHA-256, for what it says alone: its links need not be
	 * followed.  As find; -EBADMSG: what lies in its place is not it.
	 */
	int (*document)(struct ls_cal_store *store, const struct ls_digest *id,
			struct ls_cal_entry **ret_entry, struct ls_error *err);
	/* NULL, or: this one, which a list told of, is looked for next: what tells where it lies
	 * need not be searched.  0, whatever there is at its place; or an error. */
	int (*next)(struct ls_cal_store *store, const struct ls_cal_found *found,
		    struct ls_error *err);
	/* NULL, or how many signatures it has verified itself: of a log's heartbeats. */
	uint64_t (*signatures)(const struct ls_cal_store *store);
};

/* The first member of each store's own struct.  at: what documents' revocation is judged as of;
 * set by the engine before any other call. */
struct ls_cal_store {
	const struct ls_cal_store_operations *operations;
	int64_t at;
};

void ls_cal_store_free(struct ls_cal_store *store); /* NULL is fine */

/* operations->document, where there is one; else operations->find. */
int ls_cal_store_document(struct ls_cal_store *store, const struct ls_digest *id,
			  struct ls_cal_entry **ret_entry, struct ls_error *err);

/* operations->hold, where there is one. */
void ls_cal_store_hold(struct ls_cal_store *store, bool begins);
/* operations->next, where there is one. */
int ls_cal_store_next(struct ls_cal_store *store, const struct ls_cal_found *found,
		      struct ls_error *err);
/* operations->signatures; 0 where there is none. */
uint64_t ls_cal_store_signatures(const struct ls_cal_store *store);
static inline void ls_cal_store_cleanup(struct ls_cal_store **store)
{
	ls_cal_store_free(*store);
}
#define _cleanup_cal_store_ __attribute__((cleanup(ls_cal_store_cleanup)))

/*
 * Several stores as one: a registry and a folder of documents beside it.  The first one that has
 * an id gives it; lists are of all.  `fresh` is the first one's.  Takes the stores over, not the
 * array.  NULL: out of memory (the stores are the caller's still).
 */
struct ls_cal_store *ls_cal_store_join(struct ls_cal_store *const *stores, size_t count);

/*
 * A store in memory, of records in the log's order: tests, generators, evidence bundles.
 */
struct ls_cal_memory_store;
struct ls_cal_store *ls_cal_memory_store_new(void); /* NULL: out of memory */
/* Takes a reference of its own.  Index and logged are the entry's.  0, -EEXIST, -ENOMEM. */
int ls_cal_memory_store_add(struct ls_cal_store *store, struct ls_cal_entry *entry);
/* What `fresh` is to say at any time; it then gives this, or -ENOENT before fresh->time. */
void ls_cal_memory_store_set_fresh(struct ls_cal_store *store, const struct ls_cal_fresh *fresh);

#endif
