/* SPDX-License-Identifier: Apache-2.0 */
/* A list that is taken has names that can be removed, and nothing beyond its size. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/command/made.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ls_made made;
	memset(&made, 0, sizeof(made));
	if (ls_made_parse(data, size, &made) < 0)
		return 0;
	if (made.count > LS_MADE_MAX || !memchr(made.root, 0, sizeof(made.root)))
		abort();
	for (size_t i = 0; i < made.count; i++) {
		const struct ls_made_thing *thing = &made.things[i];
		bool is_path = thing->kind == LS_MADE_FILE || thing->kind == LS_MADE_FOLDER;
		if (!ls_made_kind_name(thing->kind) || !thing->name[0] ||
		    !memchr(thing->name, 0, sizeof(thing->name)) ||
		    (is_path && thing->name[0] != '/') || thing->digest_count > LS_MADE_DIGESTS)
			abort();
	}
	return 0;
}
