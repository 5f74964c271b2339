/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of what a policy may say.  It drives the parser, the defaults,
 * the tables in docs/formats/policy.md and labseal-policy(5), and the tests
 * that ask for a refused example of every field.
 */
#ifndef LABSEAL_POLICY_SCHEMA_H
#define LABSEAL_POLICY_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "policy/policy.h"

enum ls_field_type {
	LS_FIELD_MAP,	    /* has keys of its own */
	LS_FIELD_VERSION,   /* unsigned: 1 */
	LS_FIELD_ID,	    /* char[]: [A-Za-z0-9][A-Za-z0-9._-]* */
	LS_FIELD_TEXT,	    /* char[]: one line of UTF-8 without control characters */
	LS_FIELD_ORIGIN,    /* char[]: a log's name (C2SP signed-note: no blank, no plus) */
	LS_FIELD_PATH,	    /* char[]: absolute, no "." or "..", no empty part */
	LS_FIELD_SERIAL,    /* char[]: /dev/serial/by-id/NAME or /dev/ttySN */
	LS_FIELD_TPM,	    /* char[]: "embedded", "none" or a path below /dev */
	LS_FIELD_VARIABLE,  /* char[]: of the environment, [A-Z][A-Z0-9_]*, not the loader's */
	LS_FIELD_SIZE,	    /* uint64_t, bytes: number and unit */
	LS_FIELD_DURATION,  /* uint64_t, seconds: number and unit */
	LS_FIELD_COUNT,	    /* uint64_t */
	LS_FIELD_BOOL,	    /* bool */
	LS_FIELD_CHOICE,    /* an enum: the index of the choice */
	LS_FIELD_DIGEST,    /* struct ls_digest: 64 hex digits */
	LS_FIELD_PATTERNS,  /* list: results.names */
	LS_FIELD_USB,	    /* list: vm.usb */
	LS_FIELD_URL,	    /* char[]: http:// or https:// */
	LS_FIELD_WITNESSES, /* list: signing.witnesses */
	LS_FIELD_SAMPLES,   /* list of maps, whose keys are those below it: samples */
	LS_FIELD_SAMPLE,    /* char[]: a sample's name, one plain line */
	LS_FIELD_ORCID,	    /* struct ls_orcid */
};

struct ls_policy_field {
	const char *path; /* dotted: "vm.disk.path" */
	enum ls_field_type type;
	bool required;	      /* when the map that it is in is there or required itself */
	const char *fallback; /* as one would write it, {id} is instrument.id; NULL: none */
	const char *summary;  /* for the manual; one sentence without a full stop */
	size_t offset, size;  /* in struct ls_policy */
	uint64_t min, max;    /* LS_FIELD_SIZE, LS_FIELD_DURATION, LS_FIELD_COUNT */
	/* LS_FIELD_CHOICE: ends in NULL.  LS_FIELD_MAP: the one word that says there is none. */
	const char *const *choice;
};

/* The table, in the order of the manual.  A map comes before its keys. */
extern const struct ls_policy_field ls_policy_fields[];
extern const size_t ls_policy_field_count;

/* The field with this path, or NULL. */
const struct ls_policy_field *ls_policy_field_find(const char *path);

/* Whether field is a key of the map with this path ("" is the file itself). */
bool ls_policy_field_is_in(const struct ls_policy_field *field, const char *map);

/* "memory" of "vm.memory". */
const char *ls_policy_field_leaf(const struct ls_policy_field *field);

/* What may be written there, for a person: "size, 64 MiB to 16 GiB".  0 or the buffer's error. */
int ls_policy_field_describe(const struct ls_policy_field *field, struct ls_buffer *out);

#endif
