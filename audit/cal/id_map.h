/* SPDX-License-Identifier: Apache-2.0 */
/* A set of ids, each with a number.  Zero is no id. */
#ifndef LABSEAL_AUDIT_CAL_ID_MAP_H
#define LABSEAL_AUDIT_CAL_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/hash.h"

struct ls_id_map {
	struct ls_id_place {
		struct ls_digest id; /* zero: empty */
		size_t number;
	} * places; /* owned */
	size_t count, capacity;
};

/* The number of this id, or NULL.  Valid until the next addition. */
size_t *ls_id_map_find(const struct ls_id_map *map, const struct ls_digest *id);

/* 1: added; 0: it was there and stays as it was; -ENOMEM. */
int ls_id_map_add(struct ls_id_map *map, const struct ls_digest *id, size_t number);

void ls_id_map_free(struct ls_id_map *map);
#define _cleanup_id_map_ __attribute__((cleanup(ls_id_map_free)))

#endif
