/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a log entry: what orders a log, read without reading on.  An
 * entry is a manifest (lib/seal/manifest.h); its other lines are parsed where
 * its folder is checked, whose manifest must be the same bytes.
 */
#ifndef LABSEAL_AUDIT_VERIFY_ENTRY_H
#define LABSEAL_AUDIT_VERIFY_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/seal/manifest.h"

struct ls_entry_head {
	enum ls_seal_kind kind;
	char instrument[LS_INSTRUMENT_SIZE];
	uint64_t seal;
	int64_t received; /* seconds since 1970 */
};

/* 0 or -EBADMSG. */
int ls_entry_head_parse(const void *bytes, size_t size, struct ls_entry_head *ret_head,
			struct ls_error *err);

#endif
