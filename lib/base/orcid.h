/* SPDX-License-Identifier: Apache-2.0 */
/* ORCID iDs: 16 digits, the last a check digit (ISO 7064 MOD 11-2) that may be X. */
#ifndef LABSEAL_LIB_BASE_ORCID_H
#define LABSEAL_LIB_BASE_ORCID_H

#include <stdint.h>

#include "lib/base/error.h"

#define LS_ORCID_SIZE	20			   /* "0000-0001-5000-0007" and a NUL */
#define LS_ORCID_DIGITS 15			   /* without the check digit */
#define LS_ORCID_LIMIT	UINT64_C(1000000000000000) /* 10^15 */

struct ls_orcid {
	char text[LS_ORCID_SIZE]; /* canonical: with hyphens, X upper-case */
};

/* With or without hyphens and "https://orcid.org/".  0 or -EINVAL: its form, or its check digit. */
int ls_orcid_parse(const char *text, struct ls_orcid *ret, struct ls_error *err);

/* The number without the check digit, below LS_ORCID_LIMIT; and back. */
uint64_t ls_orcid_number(const struct ls_orcid *orcid);
void ls_orcid_from_number(uint64_t number, struct ls_orcid *ret);

#endif
