/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/difference.h"

#include <inttypes.h>

#include "host/supervisor/measure.h"

static bool is_same(const struct ls_measurement *a, const struct ls_measurement *b)
{
	return a->size == b->size && ls_digest_equal(&a->sha256, &b->sha256);
}

static void print_record(FILE *to, const char *what, const struct ls_measurement *m)
{
	char hex[LS_DIGEST_HEX_SIZE];
	fprintf(to, "%-8s  %-12s  %-36s  %s  %" PRIu64 " bytes\n", what, ls_measured_name(m->event),
		m->path, ls_digest_hex(&m->sha256, hex), m->size);
}

static void print_change(FILE *to, const struct ls_measurement *old, const struct ls_measurement *m)
{
	char hex[LS_DIGEST_HEX_SIZE];
	print_record(to, "changed", m);
	fprintf(to, "%-8s  %-12s  %-36s  %s  %" PRIu64 " bytes\n", "", "", "was",
		ls_digest_hex(&old->sha256, hex), old->size);
}

size_t ls_difference_print(const struct ls_event_log *approved, const struct ls_event_log *now,
			   FILE *to)
{
	static const struct ls_event_log none = { 0 };
	const struct ls_event_log *before = approved ? approved : &none;
	size_t differences = 0, same = 0;
	for (size_t i = 0; i < now->count; i++) {
		const struct ls_measurement *m = &now->records[i],
					    *old = ls_measured_find(before, m);
		if (old && is_same(old, m)) {
			same++;
			continue;
		}
		if (old)
			print_change(to, old, m);
		else
			print_record(to, "added", m);
		differences++;
	}
	for (size_t i = 0; i < before->count; i++)
		if (!ls_measured_find(now, &before->records[i])) {
			print_record(to, "removed", &before->records[i]);
			differences++;
		}
	fprintf(to, "%-8s  %zu of %zu records\n", "same", same, now->count);
	return differences;
}
