/* SPDX-License-Identifier: Apache-2.0 */
/* A zip copy of a share, of any bytes: its names are walked, and each file is read. */
#include <string.h>

#include "audit/verify/read.h"

#define READ_MAX 65536 /* bytes of one file */

struct walk {
	struct ls_source *source;
	struct ls_buffer bytes;
	const char *folder;
	int depth;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int each(void *context, const char *name, unsigned type)
{
	struct walk *w = context;
	const char *folder = w->folder;
	char path[LS_WATCH_PATH_SIZE];
	/* what no share can hold is never a name */
	if (!name[0] || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		__builtin_trap();
	int n = snprintf(path, sizeof(path), "%s%s%s", folder, folder[0] ? "/" : "", name);
	if (n >= (int)sizeof(path))
		__builtin_trap();
	mode_t seen;
	if (ls_source_type(w->source, path, &seen) < 0 || seen != type)
		__builtin_trap();
	struct ls_read_result read = ls_share_read(w->source, path, &w->bytes);
	if (S_ISDIR(type) ? read.status != LS_READ_SPECIAL : read.status == LS_READ_MISSING)
		__builtin_trap();
	if (!S_ISDIR(type))
		return 0;
	w->folder = path;
	w->depth++;
	ls_each_name(w->source, path, each, w);
	w->depth--;
	w->folder = folder;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_report report;
	struct walk w = { .folder = "" };
	ls_report_init(&report);
	ls_buffer_init(&w.bytes, READ_MAX);
	if (ls_source_zip_memory(data, size, &report, &w.source, NULL) == 0)
		ls_each_name(w.source, ".", each, &w);
	ls_source_free(w.source);
	ls_buffer_free(&w.bytes);
	ls_report_free(&report);
	return 0;
}
