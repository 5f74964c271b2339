/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/run_memory.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "lib/base/buffer.h"
#include "lib/base/text.h"

#define CHUNK_SIZE ((size_t)64 << 10)

/* --- memory: chunks in a list, let go of together --- */

struct chunk {
	struct chunk *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

void ls_run_memory_free(struct ls_run_memory *memory)
{
	while (memory->chunks) {
		struct chunk *next = memory->chunks->next;
		free(memory->chunks);
		memory->chunks = next;
	}
	memory->held = 0;
}

static void note(struct ls_run_memory *memory, int code, size_t limit, const char *what)
{
	if (memory->failed)
		return;
	memory->failed = code;
	memory->limit = limit;
	memory->limit_of = what;
}

void *ls_run_memory_take(struct ls_run_memory *memory, size_t n, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(n, size, &bytes) || bytes > LS_RUN_MEMORY_MAX - CHUNK_SIZE) {
		note(memory, -EFBIG, LS_RUN_MEMORY_MAX, "bytes of memory");
		return NULL;
	}
	bytes = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct chunk *c = memory->chunks;
	if (!c || c->size - c->used < bytes) {
		size_t room = bytes > CHUNK_SIZE / 4 ? bytes : CHUNK_SIZE;
		if (room > LS_RUN_MEMORY_MAX - memory->held) {
			note(memory, -EFBIG, LS_RUN_MEMORY_MAX, "bytes of memory");
			return NULL;
		}
		c = calloc(1, sizeof(*c) + room);
		if (!c) {
			note(memory, -ENOMEM, 0, NULL);
			return NULL;
		}
		c->size = room;
		memory->held += room;
		/* a large one goes behind the chunk that still has room */
		bool behind = room != CHUNK_SIZE && memory->chunks;
		struct chunk **place = behind ? &memory->chunks->next : &memory->chunks;
		c->next = *place;
		*place = c;
	}
	void *taken = c->bytes + c->used;
	c->used += bytes;
	return taken;
}

void *ls_run_alloc(struct ls_run *run, size_t n, size_t size)
{
	return ls_run_memory_take(run->memory, n, size);
}

struct ls_run *ls_run_new(enum ls_run_source source)
{
	struct ls_run *run = calloc(1, sizeof(*run));
	if (!run)
		return NULL;
	run->memory = calloc(1, sizeof(*run->memory));
	if (!run->memory) {
		free(run);
		return NULL;
	}
	run->source = source;
	run->memory->targets.max = LS_RUN_TARGETS_MAX;
	run->protocol.volume = run->protocol.cover = NAN;
	return run;
}

void ls_run_free(struct ls_run *run)
{
	if (!run)
		return;
	ls_run_memory_free(run->memory);
	free(run->memory);
	free(run);
}

void ls_run_limit(struct ls_run *run, size_t limit, const char *what)
{
	note(run->memory, -EFBIG, limit, what);
}

bool ls_run_failed(const struct ls_run *run)
{
	return run->memory->failed != 0;
}

/*
 * The room of an array is the power of two above its count: so it needs no field, and the old
 * array is left to the chunks.
 */
static void *larger(struct ls_run *run, const void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return (void *)items;
	void *more = ls_run_alloc(run, count ? 2 * count : 1, size);
	if (more && count)
		memcpy(more, items, count * size);
	return more;
}

void *ls_run_grow(struct ls_run *run, void *items, size_t *count, size_t size, size_t max,
		  const char *what)
{
	void **place = items;
	if (*count >= max) {
		ls_run_limit(run, max, what);
		return NULL;
	}
	void *more = larger(run, *place, *count, size);
	if (!more)
		return NULL;
	*place = more;
	return (unsigned char *)more + (*count)++ * size;
}

/* --- text --- */

/* The plain text, "" for none, in a buffer that the caller frees; NULL when memory is out. */
static const char *plain_text(struct ls_run *run, const char *text, size_t length,
			      struct ls_buffer *plain)
{
	ls_buffer_init(plain, LS_RUN_TEXT_MAX);
	/* what is cut off need not be looked at; blanks in plenty are not text */
	size_t looked = length < 8 * LS_RUN_TEXT_MAX ? length : 8 * LS_RUN_TEXT_MAX;
	if (ls_text_plain(text, looked, LS_RUN_TEXT_MAX, plain) == 0)
		return ls_buffer_str(plain);
	note(run->memory, -ENOMEM, 0, NULL);
	return NULL;
}

static const char *keep(struct ls_run *run, const char *text, size_t length)
{
	char *copy = ls_run_alloc(run, length + 1, 1);
	if (copy && length)
		memcpy(copy, text, length);
	return copy;
}

const char *ls_run_text(struct ls_run *run, const char *text, size_t length)
{
	_cleanup_buffer_ struct ls_buffer plain;
	const char *said = plain_text(run, text, length, &plain);
	return said && plain.size ? keep(run, said, plain.size) : NULL;
}

void ls_run_set(struct ls_run *run, const char **field, const char *text, size_t length)
{
	const char *plain = ls_run_text(run, text, length);
	if (plain)
		*field = plain;
}

void ls_run_warn(struct ls_run *run, const char *id, const char *format, ...)
{
	run->warning_total++;
	for (size_t i = 0; i < run->warning_count; i++)
		if (strcmp(run->warnings[i].id, id) == 0)
			return;
	if (run->warning_count >= LS_RUN_WARNINGS_MAX)
		return;
	char message[2 * LS_RUN_TEXT_MAX];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	struct ls_run_warning *w = n < 0 ? NULL
					 : ls_run_grow(run, &run->warnings, &run->warning_count,
						       sizeof(*w), LS_RUN_WARNINGS_MAX, "warnings");
	if (!w)
		return;
	snprintf(w->id, sizeof(w->id), "%s", id);
	w->message = ls_run_text(run, message, strlen(message));
	if (!w->message)
		w->message = "";
}

/* --- names --- */

static uint32_t hash(const char *text, size_t length)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	for (size_t i = 0; i < length; i++)
		h = (h ^ (uint8_t)text[i]) * 16777619u;
	return h;
}

/* The slot that holds the name, or the empty one where it belongs. */
static size_t slot_of(const struct ls_run_names *names, const char *text, size_t length)
{
	size_t i = hash(text, length) & (names->slot_count - 1);
	while (names->slots[i] != 0) {
		const char *name = names->names[names->slots[i] - 1];
		if (strlen(name) == length && memcmp(name, text, length) == 0)
			break;
		i = (i + 1) & (names->slot_count - 1);
	}
	return i;
}

size_t ls_run_name_find(const struct ls_run_names *names, const char *text, size_t length)
{
	if (names->slot_count == 0)
		return LS_RUN_NONE;
	uint32_t slot = names->slots[slot_of(names, text, length)];
	return slot ? slot - 1 : LS_RUN_NONE;
}

static bool make_room(struct ls_run *run, struct ls_run_names *names)
{
	if (2 * (names->count + 1) <= names->slot_count)
		return true;
	size_t count = names->slot_count ? 2 * names->slot_count : 16;
	uint32_t *slots = ls_run_alloc(run, count, sizeof(*slots));
	if (!slots)
		return false;
	names->slots = slots;
	names->slot_count = count;
	for (size_t i = 0; i < names->count; i++)
		slots[slot_of(names, names->names[i], strlen(names->names[i]))] = (uint32_t)i + 1;
	return true;
}

size_t ls_run_name(struct ls_run *run, struct ls_run_names *names, const char *text, size_t length,
		   const char *what)
{
	size_t known = ls_run_name_find(names, text, length); /* as a rule, it is plain */
	if (known != LS_RUN_NONE)
		return known;
	_cleanup_buffer_ struct ls_buffer plain;
	const char *said = plain_text(run, text, length, &plain);
	known = said ? ls_run_name_find(names, said, plain.size) : LS_RUN_NONE;
	if (known != LS_RUN_NONE || !said || !make_room(run, names))
		return known;
	const char **name = ls_run_grow(run, &names->names, &names->count, sizeof(*name),
					names->max, what);
	if (!name)
		return LS_RUN_NONE;
	*name = "";
	if (plain.size) {
		const char *kept = keep(run, said, plain.size);
		if (!kept)
			return LS_RUN_NONE;
		*name = kept;
	}
	names->slots[slot_of(names, said, plain.size)] = (uint32_t)names->count;
	return names->count - 1;
}

struct ls_run_target *ls_run_target(struct ls_run *run, const char *name, size_t length,
				    size_t *ret_index)
{
	size_t i = ls_run_name(run, &run->memory->targets, name, length, "targets");
	if (i == LS_RUN_NONE)
		return NULL;
	if (i == run->target_count) {
		struct ls_run_target *t = ls_run_grow(run, &run->targets, &run->target_count,
						      sizeof(*t), LS_RUN_TARGETS_MAX, "targets");
		if (!t)
			return NULL;
		t->name = run->memory->targets.names[i];
	}
	if (ret_index)
		*ret_index = i;
	return &run->targets[i];
}

/* Few names: dyes and filters. */
static size_t short_list(struct ls_run *run, const char ***list, size_t *count, size_t max,
			 const char *what, const char *name, size_t length)
{
	for (size_t i = 0; i < *count; i++)
		if (strlen((*list)[i]) == length && strncasecmp((*list)[i], name, length) == 0)
			return i;
	_cleanup_buffer_ struct ls_buffer plain;
	const char *said = plain_text(run, name, length, &plain);
	if (!said || plain.size == 0)
		return LS_RUN_NONE;
	for (size_t i = 0; i < *count; i++)
		if (strcasecmp((*list)[i], said) == 0)
			return i;
	const char *kept = keep(run, said, plain.size);
	const char **place = kept ? ls_run_grow(run, list, count, sizeof(*place), max, what) : NULL;
	if (!place)
		return LS_RUN_NONE;
	*place = kept;
	return *count - 1;
}

size_t ls_run_dye(struct ls_run *run, const char *name, size_t length)
{
	return short_list(run, &run->dyes, &run->dye_count, LS_RUN_DYES_MAX, "dyes", name, length);
}

size_t ls_run_filter(struct ls_run *run, const char *name, size_t length)
{
	return short_list(run, &run->filters, &run->filter_count, LS_RUN_FILTERS_MAX, "filters",
			  name, length);
}
