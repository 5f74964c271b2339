/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define ESCAPED_MAX (64 * 1024) /* bytes of one name or message */

void ls_report_init(struct ls_report *r)
{
	memset(r, 0, sizeof(*r));
	pthread_mutex_init(&r->lock, NULL);
	ls_rows_init(&r->rows);
	ls_heartbeats_init(&r->heartbeats);
	ls_countersigned_init(&r->countersigned);
	ls_sampled_init(&r->sampled);
}

static void free_facts(struct ls_report_facts *f)
{
	char *owned[] = { f->target,	 f->instrument,	       f->origin,	 f->key,
			  f->trust_file, f->trust_fingerprint, f->memory_file,	 f->memory_said,
			  f->root,	 f->first_received,    f->last_received, f->note_remembered,
			  f->note_seen };
	for (size_t i = 0; i < sizeof(owned) / sizeof(*owned); i++)
		free(owned[i]);
	ls_chain_free(f->chain);
}

void ls_report_free(struct ls_report *r)
{
	for (int kind = 0; kind < LS_FINDING_KINDS; kind++) {
		struct ls_finding_list *list = &r->findings[kind];
		for (size_t i = 0; i < list->count; i++) {
			free(list->items[i].file);
			free(list->items[i].message);
		}
		free(list->items);
	}
	free_facts(&r->facts);
	free(r->calibrated.registry);
	free(r->calibrated.trust);
	ls_rows_free(&r->rows);
	ls_heartbeats_free(&r->heartbeats);
	ls_countersigned_free(&r->countersigned);
	ls_sampled_free(&r->sampled);
	pthread_mutex_destroy(&r->lock);
	memset(r, 0, sizeof(*r));
}

void ls_report_phase(struct ls_report *r, enum ls_phase phase, uint64_t total)
{
	atomic_store(&r->progress.done, 0);
	atomic_store(&r->progress.total, total);
	atomic_store(&r->progress.phase, phase);
}

void ls_report_advance(struct ls_report *r, uint64_t n)
{
	atomic_fetch_add_explicit(&r->progress.done, n, memory_order_relaxed);
}

void ls_report_end(struct ls_report *r)
{
	pthread_mutex_lock(&r->lock);
	r->closed = true;
	pthread_mutex_unlock(&r->lock);
}

void ls_report_pass(struct ls_report *r, enum ls_check check, uint64_t n)
{
	atomic_fetch_add_explicit(&r->passed[check], n, memory_order_relaxed);
}

static char *escaped(const char *text)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, ESCAPED_MAX);
	ls_text_escape(text, strlen(text), &b);
	return ls_buffer_error(&b) ? NULL : strdup(ls_buffer_str(&b));
}

static bool make_room(struct ls_finding_list *list)
{
	if (list->count < list->capacity)
		return true;
	size_t capacity = list->capacity ? 2 * list->capacity : 16;
	struct ls_finding *items = realloc(list->items, capacity * sizeof(*items));
	if (!items)
		return false;
	list->items = items;
	list->capacity = capacity;
	return true;
}

static void add_locked(struct ls_report *r, enum ls_finding_kind kind, const char *id,
		       uint64_t seal, const char *file, const char *message)
{
	struct ls_finding_list *list = &r->findings[kind];
	list->total++;
	if (seal > 0 && (kind == LS_FINDING_FAILED || kind == LS_FINDING_UNABLE))
		ls_rows_mark(&r->rows, seal, kind == LS_FINDING_FAILED);
	if (kind == LS_FINDING_FAILED && seal > 0 &&
	    (r->first_failing_seal == 0 || seal < r->first_failing_seal))
		r->first_failing_seal = seal;
	if (list->count >= LS_REPORT_KEPT_MAX)
		return;
	struct ls_finding finding = { "", seal, escaped(file), escaped(message) };
	snprintf(finding.id, sizeof(finding.id), "%s", id);
	if (!finding.file || !finding.message || !make_room(list)) {
		free(finding.file);
		free(finding.message);
		r->out_of_memory = true;
		return;
	}
	list->items[list->count++] = finding;
}

__attribute__((format(printf, 6, 0))) static void add(struct ls_report *r,
						      enum ls_finding_kind kind, const char *id,
						      uint64_t seal, const char *file,
						      const char *format, va_list args)
{
	char message[LS_ERROR_MESSAGE_SIZE + 256];
	vsnprintf(message, sizeof(message), format, args);
	pthread_mutex_lock(&r->lock);
	if (!r->closed)
		add_locked(r, kind, id, seal, file ? file : "", message);
	pthread_mutex_unlock(&r->lock);
}

void ls_report_fail(struct ls_report *r, enum ls_check check, const char *id, uint64_t seal,
		    const char *file, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	atomic_fetch_add(&r->failed[check], 1);
	add(r, LS_FINDING_FAILED, id, seal, file, format, args);
	va_end(args);
}

void ls_report_unable(struct ls_report *r, enum ls_check check, const char *id, uint64_t seal,
		      const char *file, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	atomic_fetch_add(&r->unable[check], 1);
	add(r, LS_FINDING_UNABLE, id, seal, file, format, args);
	va_end(args);
}

void ls_report_warn(struct ls_report *r, const char *id, uint64_t seal, const char *file,
		    const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(r, LS_FINDING_WARNING, id, seal, file, format, args);
	va_end(args);
}

void ls_report_event(struct ls_report *r, const char *id, uint64_t seal, const char *file,
		     const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(r, LS_FINDING_EVENT, id, seal, file, format, args);
	va_end(args);
}

void ls_report_skip(struct ls_report *r, const char *id, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(r, LS_FINDING_SKIPPED, id, 0, "", format, args);
	va_end(args);
}

void ls_report_row(struct ls_report *r, const struct ls_row *row)
{
	struct ls_row safe = *row;
	if (!r->rows.wanted)
		return;
	_cleanup_free_ char *folder = escaped(row->folder);
	safe.folder = folder;
	if (folder)
		ls_rows_add(&r->rows, &safe);
	else
		r->out_of_memory = true;
}

static void set(struct ls_report *r, char **fact, char *value, bool wanted)
{
	pthread_mutex_lock(&r->lock);
	if (!r->closed) {
		char *before = *fact;
		*fact = value;
		value = before;
		r->out_of_memory = r->out_of_memory || (wanted && !*fact);
	}
	pthread_mutex_unlock(&r->lock);
	free(value);
}

void ls_report_set(struct ls_report *r, char **fact, const char *text)
{
	set(r, fact, text ? escaped(text) : NULL, text != NULL);
}

void ls_report_set_verbatim(struct ls_report *r, char **fact, const void *bytes, size_t size)
{
	set(r, fact, strndup(bytes, size), true);
}

static int by_place(const void *left, const void *right)
{
	const struct ls_finding *a = left, *b = right;
	if (a->seal != b->seal)
		return a->seal < b->seal ? -1 : 1;
	int order = strcmp(a->file, b->file);
	return order ? order : strcmp(a->id, b->id);
}

void ls_report_sort(struct ls_report *r)
{
	for (int kind = 0; kind < LS_FINDING_SKIPPED; kind++) {
		struct ls_finding_list *list = &r->findings[kind];
		if (list->count > 0)
			qsort(list->items, list->count, sizeof(*list->items), by_place);
	}
	ls_rows_sort(&r->rows);
	ls_heartbeats_sort(&r->heartbeats);
	r->out_of_memory = r->out_of_memory || r->rows.out_of_memory || r->heartbeats.out_of_memory;
	ls_countersigned_sort(&r->countersigned);
}
