/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/id_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/spread.h"

static struct ls_digest *slot_of(const struct ls_id_set *set, const struct ls_digest *id)
{
	size_t at = ls_digest_spread(id) & (set->room - 1);
	for (;; at = (at + 1) & (set->room - 1))
		if (ls_digest_is_zero(&set->slots[at]) || ls_digest_equal(&set->slots[at], id))
			return &set->slots[at];
}

bool ls_id_set_has(const struct ls_id_set *set, const struct ls_digest *id)
{
	return set->room > 0 && ls_digest_equal(slot_of(set, id), id);
}

static int grow(struct ls_id_set *set, struct ls_error *err)
{
	struct ls_id_set larger = { .count = set->count, .room = set->room ? 2 * set->room : 64 };
	larger.slots = calloc(larger.room, sizeof(*larger.slots));
	if (!larger.slots)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for ids");
	for (size_t i = 0; i < set->room; i++)
		if (!ls_digest_is_zero(&set->slots[i]))
			*slot_of(&larger, &set->slots[i]) = set->slots[i];
	free(set->slots);
	*set = larger;
	return 0;
}

int ls_id_set_add(struct ls_id_set *set, const struct ls_digest *id, struct ls_error *err)
{
	int rc = 2 * set->count >= set->room ? grow(set, err) : 0;
	if (rc < 0)
		return rc;
	*slot_of(set, id) = *id;
	set->count++;
	return 0;
}

void ls_id_set_free(struct ls_id_set *set)
{
	free(set->slots);
	memset(set, 0, sizeof(*set));
}
