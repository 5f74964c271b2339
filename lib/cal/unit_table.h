/* SPDX-License-Identifier: Apache-2.0 */
/* The names that lib/cal/unit.c knows: units, prefixes, and the quantities of dimensions. */
#ifndef LABSEAL_LIB_CAL_UNIT_TABLE_H
#define LABSEAL_LIB_CAL_UNIT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cal/unit.h"

struct ls_unit_name {
	const char *name;   /* without the backslash */
	const char *symbol; /* SI Brochure, table 4 ff. */
	int8_t exponent[LS_DIMENSION_COUNT];
	double factor;
	double offset;	  /* when it stands alone */
	bool logarithmic; /* stands alone only */
};

struct ls_unit_prefix {
	const char *name, *symbol;
	double factor;
};

/* NULL when there is none of this name. */
const struct ls_unit_name *ls_unit_name_find(const char *name, size_t length);
const struct ls_unit_prefix *ls_unit_prefix_find(const char *name, size_t length);

#endif
