/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/id_map.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/spread.h"

static size_t place_of(const struct ls_id_map *map, const struct ls_digest *id)
{
	size_t i = ls_digest_spread(id) & (map->capacity - 1);
	while (!ls_digest_is_zero(&map->places[i].id) && !ls_digest_equal(&map->places[i].id, id))
		i = (i + 1) & (map->capacity - 1);
	return i;
}

size_t *ls_id_map_find(const struct ls_id_map *map, const struct ls_digest *id)
{
	if (map->count == 0)
		return NULL;
	size_t i = place_of(map, id);
	return ls_digest_is_zero(&map->places[i].id) ? NULL : &map->places[i].number;
}

static int grow(struct ls_id_map *map)
{
	struct ls_id_map larger = { .count = map->count,
				    .capacity = map->capacity ? 2 * map->capacity : 64 };
	larger.places = calloc(larger.capacity, sizeof(*larger.places));
	if (!larger.places)
		return -ENOMEM;
	for (size_t i = 0; i < map->capacity; i++)
		if (!ls_digest_is_zero(&map->places[i].id))
			larger.places[place_of(&larger, &map->places[i].id)] = map->places[i];
	free(map->places);
	*map = larger;
	return 0;
}

int ls_id_map_add(struct ls_id_map *map, const struct ls_digest *id, size_t number)
{
	if (2 * map->count >= map->capacity && grow(map) < 0)
		return -ENOMEM;
	size_t i = place_of(map, id);
	if (!ls_digest_is_zero(&map->places[i].id))
		return 0;
	map->places[i] = (struct ls_id_place){ *id, number };
	map->count++;
	return 1;
}

void ls_id_map_free(struct ls_id_map *map)
{
	free(map->places);
	*map = (struct ls_id_map){ .count = 0 };
}
