/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest: what is signed, and the log's leaf, verbatim
 * (docs/formats/manifest.md).  Text that `sha256sum -c` accepts:
 *
 *     # labseal/result/v1
 *     # instrument 7500-01
 *     # seal 42
 *     # received 2026-03-04T14:22:19Z
 *     <64 hex>  record.json
 *     <64 hex>  original/plate7.eds
 *
 * One content has one spelling: format(parse(x)) == x for every x that parses.
 */
#ifndef LABSEAL_LIB_SEAL_MANIFEST_H
#define LABSEAL_LIB_SEAL_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"

#define LS_MANIFEST_SIZE_MAX  65535 /* bytes: a log entry's limit */
#define LS_MANIFEST_FILES_MAX 512   /* record.json and originals */
#define LS_INSTRUMENT_SIZE    65    /* with the final NUL */
#define LS_ORIGINAL_PREFIX    "original/"
#define LS_MANIFEST_PATH_SIZE (sizeof(LS_ORIGINAL_PREFIX) + LS_SAFE_NAME_MAX)

/* The names of a seal's files in its folder. */
#define LS_FILE_MANIFEST  "manifest.sha256"
#define LS_FILE_SIGNATURE "manifest.sha256.p7s"
#define LS_FILE_PROOF	  "manifest.tlog-proof"
#define LS_FILE_RECORD	  "record.json"

enum ls_seal_kind {
	LS_SEAL_RESULT = 1, /* record.json and at least one original */
	LS_SEAL_EVENT = 2,  /* record.json only */
};

/* "result" or "event". */
const char *ls_seal_kind_name(enum ls_seal_kind kind);

/* An instrument's identifier: [A-Za-z0-9._-], 1 to 64 bytes, first one alphanumeric. */
bool ls_instrument_valid(const char *text, size_t length);

struct ls_manifest_file {
	struct ls_digest sha256;
	char path[LS_MANIFEST_PATH_SIZE]; /* "record.json" or "original/NAME" */
};

struct ls_manifest {
	enum ls_seal_kind kind;
	char instrument[LS_INSTRUMENT_SIZE];
	uint64_t seal;	  /* from 1; leaf index + 1 */
	int64_t received; /* host clock, seconds since 1970 UTC */
	size_t count;
	struct ls_manifest_file *files; /* owned when parsed; files[0] is record.json */
};

/*
 * Strict: header lines in this order, paths as above (originals' names as
 * ls_is_safe_name has them), no duplicate (nor two names that differ only in
 * case, which Windows holds for one), no other line, final LF.  0, -EBADMSG, -ENOMEM.
 */
int ls_manifest_parse(const void *bytes, size_t size, struct ls_manifest *ret_manifest,
		      struct ls_error *err);
void ls_manifest_free(struct ls_manifest *manifest); /* the files only; NULL is fine */
#define _cleanup_manifest_ __attribute__((cleanup(ls_manifest_free)))

/* -EINVAL: breaks a rule of the format; -EFBIG: longer than LS_MANIFEST_SIZE_MAX. */
int ls_manifest_format(const struct ls_manifest *manifest, struct ls_buffer *out,
		       struct ls_error *err);

/* The file with this path, or NULL. */
const struct ls_manifest_file *ls_manifest_find(const struct ls_manifest *manifest,
						const char *path);

/*
 * What a result's folder is called after its number: the name of its only original, or
 * "37-files" when there are more.  Returns buffer.
 */
const char *ls_results_label(size_t count, const char *name, char buffer[static LS_SAFE_NAME_SIZE]);

/* The same of a result's manifest. */
const char *ls_manifest_label(const struct ls_manifest *manifest,
			      char buffer[static LS_SAFE_NAME_SIZE]);

/* How many results there are in a folder with this label: at least 1. */
size_t ls_results_count(const char *label);

/* The name of a seal's folder: "000042-plate7.eds", "000043-heartbeat". */
#define LS_SEAL_FOLDER_SIZE (21 + LS_SAFE_NAME_MAX + 1)
const char *ls_seal_folder(uint64_t seal, const char *safe_name,
			   char buffer[static LS_SEAL_FOLDER_SIZE]);

/* The reverse: -EBADMSG unless ls_seal_folder makes just this name.  *ret_name points into name. */
int ls_seal_folder_parse(const char *name, size_t length, uint64_t *ret_seal,
			 const char **ret_name);

#endif
