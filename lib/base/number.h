/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in text, strictly.  (Apart from text.h: the exporter for Windows XP has it, too.) */
#ifndef LABSEAL_LIB_BASE_NUMBER_H
#define LABSEAL_LIB_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Decimal, no sign, no leading zero, no white space, at most UINT64_MAX.  0 or -EBADMSG. */
int ls_parse_u64(const char *text, size_t length, uint64_t *ret_value);

#endif
