/* SPDX-License-Identifier: Apache-2.0 */
/* Stores by the options that name them. */
#ifndef LABSEAL_AUDIT_CAL_SOURCE_H
#define LABSEAL_AUDIT_CAL_SOURCE_H

#include "audit/cal/session.h"

struct ls_cal_opened {
	struct ls_cal_store *store; /* the caller's */
	int64_t at; /* the time that the source was made for; else as it was asked for */
	struct ls_digest document; /* of --dcc's file; zero: there is none */
	size_t left_out;	   /* files of --folder that are not read */
	struct ls_error first;	   /* why the first of them is not */
};

/*
 * The store that these sources are: a mirror, an evidence file, certificates, or a mirror with
 * certificates beside it.  trust is borrowed for the store's life, and so is tables, which a mirror
 * has with other stores of these sources (ls_registry_store_open_shared).  0, -ENOENT, -EBADMSG (it
 * does not verify), -ENOMEM and others; err names the file.
 */
int ls_cal_source_open(const struct ls_cal_sources *sources, const struct ls_cal_trust *trust,
		       int64_t at, struct ls_index_tables *tables, struct ls_cal_opened *ret_opened,
		       struct ls_error *err);

#endif
