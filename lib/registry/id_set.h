/* SPDX-License-Identifier: Apache-2.0 */
/* A set of ids, in memory: what was appended and is not in the index yet. */
#ifndef LABSEAL_LIB_REGISTRY_ID_SET_H
#define LABSEAL_LIB_REGISTRY_ID_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"

struct ls_id_set {
	size_t count, room;	 /* room is zero or a power of two */
	struct ls_digest *slots; /* owned; zero: free */
};

bool ls_id_set_has(const struct ls_id_set *set, const struct ls_digest *id);
/* id is not in it, and not zero.  0 or -ENOMEM. */
int ls_id_set_add(struct ls_id_set *set, const struct ls_digest *id, struct ls_error *err);
void ls_id_set_free(struct ls_id_set *set); /* empty, and to be used again */

#endif
