/* SPDX-License-Identifier: Apache-2.0 */
/* Tile paths and entry bundles of any bytes; the first byte is the width, less one, of the bundle.
 */
#include "lib/log/tiles.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ls_bundle bundle;
	struct ls_tile tile;
	char path[LS_TILE_PATH_SIZE];
	if (ls_tile_path_parse((const char *)data, size, &tile, NULL) == 0 &&
	    strlen(ls_tile_path(&tile, path)) != size)
		abort();
	if (size == 0 || ls_bundle_parse(data + 1, size - 1, data[0] + 1u, &bundle, NULL) < 0)
		return 0;
	size_t total = 1;
	for (unsigned i = 0; i < bundle.count; i++)
		total += 2 + bundle.entries[i].size;
	if (total != size)
		abort();
	return 0;
}
