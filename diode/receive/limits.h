/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy lets the guest send: labseald gives it as options (labseal-diode(8)). */
#ifndef LABSEAL_DIODE_RECEIVE_LIMITS_H
#define LABSEAL_DIODE_RECEIVE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LS_OPEN_FILES_MAX 16
#define LS_ACCEPT_MAX	  32

struct ls_limits {
	uint64_t max_file_size;		   /* bytes */
	uint64_t max_name_length;	   /* bytes, at most LS_WIRE_NAME_MAX */
	unsigned open_files;		   /* begun and not ended, at most LS_OPEN_FILES_MAX */
	uint64_t files_per_day;		   /* accepted in any 24 hours */
	uint64_t spool_size;		   /* bytes; at least 2 * max_file_size */
	unsigned gap_after;		   /* seconds */
	unsigned silence_after;		   /* seconds */
	size_t accept_count;		   /* 0: every name */
	const char *accept[LS_ACCEPT_MAX]; /* fnmatch patterns for a claimed name's last part */
};

void ls_limits_defaults(struct ls_limits *limits);

/* Whether a claimed name may be accepted; never true for a name with NUL when there are patterns.
 */
bool ls_limits_accept_name(const struct ls_limits *limits, const char *name, size_t size);

#endif
