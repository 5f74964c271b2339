/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/index_page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/hash.h"
#include "lib/base/text.h"

#define SHORT_HASH 12 /* hex digits shown; the whole is in the title */

static const char style[] =
	":root{color-scheme:light dark;--line:#8884;--soft:#777;--warn:#b45309}"
	"body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}"
	"h1{font-size:1.6rem;margin:0}"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1.2rem;margin:1rem 0}"
	"dt{color:var(--soft)}dd{margin:0}"
	".warn{border-left:4px solid var(--warn);padding:.4rem .8rem;margin:1rem 0}"
	".scroll{overflow-x:auto}"
	"table{border-collapse:collapse;width:100%}"
	"th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);"
	"vertical-align:top}"
	"th{position:sticky;top:0;background:Canvas}"
	"td.n{text-align:right;white-space:nowrap}td.t,td.f{white-space:nowrap}"
	"td.c{overflow-wrap:anywhere}code{font-size:.9em}tr.e td{color:var(--soft)}"
	"input{font:inherit;padding:.3rem .5rem;width:min(24rem,100%)}"
	"@media print{body{max-width:none;font-size:11px}label{display:none}th{position:static}}";

static const char script[] = "document.getElementById('filter').hidden=false;"
			     "document.getElementById('q').addEventListener('input',function(e){"
			     "var w=e.target.value.toLowerCase().split(/\\s+/);"
			     "document.querySelectorAll('tbody tr').forEach(function(r){"
			     "var t=r.textContent.toLowerCase();"
			     "r.hidden=!w.every(function(x){return t.indexOf(x)>=0})})});";

/* --- rows ---------------------------------------------------------------------- */

static void add_escaped(struct ls_buffer *out, const char *text)
{
	ls_html_escape(text, strlen(text), out);
}

/* 1234567 as "1,234,567" */
static void add_grouped(struct ls_buffer *out, uint64_t value)
{
	char digits[21];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	for (int i = 0; i < n; i++)
		ls_buffer_printf(out, "%s%c", i > 0 && (n - i) % 3 == 0 ? "," : "", digits[i]);
}

static void add_time(struct ls_buffer *out, int64_t seconds)
{
	char utc[LS_UTC_SIZE];
	ls_utc_format(seconds, utc);
	ls_buffer_printf(out, "<time datetime=\"%s\">%.10s %.8s</time>", utc, utc, utc + 11);
}

static void begin_row(const struct ls_item *item, const struct ls_record *record,
		      struct ls_buffer *out)
{
	char path[LS_ITEM_PATH_SIZE];
	ls_item_path(item, path);
	ls_buffer_printf(out, "<tr%s><td class=n><a href=\"", item->is_event ? " class=e" : "");
	add_escaped(out, path);
	ls_buffer_printf(out, "/\">%" PRIu64 "</a></td><td class=t>", item->seal);
	add_time(out, record->received / 1000);
	ls_buffer_add_str(out, "</td>");
}

static void add_link(struct ls_buffer *out, const char *path, const char *file, const char *text)
{
	ls_buffer_add_str(out, "<a href=\"");
	add_escaped(out, path);
	ls_buffer_add_str(out, "/");
	add_escaped(out, file);
	ls_buffer_printf(out, "\">%s</a> ", text);
}

static void end_row(const struct ls_item *item, struct ls_buffer *out)
{
	char path[LS_ITEM_PATH_SIZE];
	ls_item_path(item, path);
	ls_buffer_add_str(out, "<td class=f>");
	add_link(out, path, LS_FILE_RECORD, "record");
	add_link(out, path, LS_FILE_MANIFEST, "manifest");
	add_link(out, path, LS_FILE_SIGNATURE, "signature");
	add_link(out, path, LS_FILE_PROOF, "proof");
	ls_buffer_add_str(out, "</td></tr>\n");
}

/* The name that the guest gave it, with a link to what came. */
static void add_file_link(const struct ls_item *item, const struct ls_record_file *file,
			  struct ls_buffer *out)
{
	char path[LS_ITEM_PATH_SIZE];
	ls_buffer_add_str(out, "<a href=\"");
	add_escaped(out, ls_item_path(item, path));
	ls_buffer_add_str(out, "/");
	add_escaped(out, file->path);
	ls_buffer_add_str(out, "\">");
	add_escaped(out, file->claimed.name[0] ? file->claimed.name : file->path);
	ls_buffer_add_str(out, "</a>");
}

static void add_file_row(const struct ls_item *item, const struct ls_record *record,
			 const struct ls_record_file *file, struct ls_buffer *out)
{
	char hex[LS_DIGEST_HEX_SIZE];
	begin_row(item, record, out);
	ls_buffer_add_str(out, "<td class=c>");
	add_file_link(item, file, out);
	ls_buffer_add_str(out, "</td><td class=n>");
	add_grouped(out, file->size);
	ls_digest_hex(&file->sha256, hex);
	ls_buffer_printf(out, "</td><td><code title=\"%s\">%.*s</code></td>", hex, SHORT_HASH, hex);
	end_row(item, out);
}

/* Many results: the first by name, the others in the folder and its record. */
static void add_summary_row(const struct ls_item *item, const struct ls_record *record,
			    struct ls_buffer *out)
{
	char path[LS_ITEM_PATH_SIZE];
	uint64_t bytes = 0;
	begin_row(item, record, out);
	ls_buffer_printf(out, "<td class=c>%zu results: ", record->count);
	for (size_t i = 0; i < record->count; i++) {
		bytes += record->files[i].size;
		if (i < LS_INDEX_FILES)
			add_file_link(item, &record->files[i], out);
		if (i < LS_INDEX_FILES)
			ls_buffer_add_str(out, ", ");
	}
	ls_buffer_add_str(out, "<a href=\"");
	add_escaped(out, ls_item_path(item, path));
	ls_buffer_printf(out, "/" LS_ORIGINAL_PREFIX "\">and %zu more</a></td><td class=n>",
			 record->count - LS_INDEX_FILES);
	add_grouped(out, bytes);
	ls_buffer_add_str(out, "</td><td></td>");
	end_row(item, out);
}

static void add_event_row(const struct ls_item *item, const struct ls_record *record,
			  struct ls_buffer *out)
{
	begin_row(item, record, out);
	ls_buffer_add_str(out, "<td class=c>event: ");
	add_escaped(out, record->event[0] ? record->event : item->label);
	ls_buffer_add_str(out, "</td><td></td><td></td>");
	end_row(item, out);
}

int ls_index_row(const struct ls_item *item, const struct ls_record *record, struct ls_buffer *out)
{
	if (record->count == 0)
		add_event_row(item, record, out);
	if (record->count > LS_INDEX_FILES)
		add_summary_row(item, record, out);
	for (size_t i = 0; record->count <= LS_INDEX_FILES && i < record->count; i++)
		add_file_row(item, record, &record->files[i], out);
	return ls_buffer_error(out);
}

/* --- pages --------------------------------------------------------------------- */

const char *ls_index_path(uint64_t block, char buffer[static LS_INDEX_PATH_SIZE])
{
	snprintf(buffer, LS_INDEX_PATH_SIZE, "index/%06" PRIu64 "-%06" PRIu64 ".html",
		 (block - 1) * LS_INDEX_ROWS + 1, block * LS_INDEX_ROWS);
	return buffer;
}

/* 'sha256-BASE64', by which the page's policy allows this text and no other. */
static void add_source_hash(struct ls_buffer *out, const char *text)
{
	struct ls_digest d;
	ls_sha256_buffer(text, strlen(text), &d);
	ls_buffer_add_str(out, "'sha256-");
	ls_base64_encode(d.bytes, sizeof(d.bytes), out);
	ls_buffer_add_str(out, "'");
}

static void add_head(const struct ls_index_state *s, uint64_t block, struct ls_buffer *out)
{
	ls_buffer_add_str(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
			       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
			       "'none'; style-src ");
	add_source_hash(out, style);
	ls_buffer_add_str(out, "; script-src ");
	add_source_hash(out, script);
	ls_buffer_add_str(out, "\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
			       "<meta name=\"referrer\" content=\"no-referrer\">\n");
	if (block)
		ls_buffer_add_str(out, "<base href=\"../\">\n");
	ls_buffer_add_str(out, "<title>Results of ");
	add_escaped(out, s->instrument[0] ? s->instrument : "the instrument");
	ls_buffer_printf(out, "</title>\n<style>%s</style></head><body>\n", style);
}

static const char *vm_words(const char *event)
{
	if (strcmp(event, "vm-start") == 0)
		return "running";
	if (strcmp(event, "vm-stop") == 0)
		return "stopped";
	return strcmp(event, "drift") == 0 ? "CHANGED without approval" : "not known";
}

static void add_field(struct ls_buffer *out, const char *name, uint64_t value)
{
	ls_buffer_printf(out, "<dt>%s</dt><dd>", name);
	if (value)
		add_grouped(out, value);
	else
		ls_buffer_add_str(out, "none");
	ls_buffer_add_str(out, "</dd>\n");
}

static void add_state(const struct ls_index_state *s, struct ls_buffer *out)
{
	ls_buffer_printf(out, "<dl><dt>Instrument&#39;s computer</dt><dd>%s", vm_words(s->vm));
	if (s->vm[0]) {
		ls_buffer_add_str(out, ", since ");
		add_time(out, s->vm_since);
	}
	ls_buffer_add_str(out, "</dd>\n<dt>Last seal</dt><dd>");
	if (s->last)
		add_time(out, s->last);
	else
		ls_buffer_add_str(out, "none yet");
	ls_buffer_add_str(out, "</dd>\n");
	add_field(out, "Results", s->results);
	add_field(out, "Events", s->events);
	add_field(out, "Gaps", s->gaps);
	add_field(out, "Refused", s->refused);
	if (s->key_kind)
		ls_buffer_printf(out, "<dt>Signing key</dt><dd>%s</dd>\n",
				 ls_key_kind_name(s->key_kind));
	ls_buffer_add_str(out, "</dl>\n");
}

static void add_intro(const struct ls_index_state *s, struct ls_buffer *out)
{
	ls_buffer_add_str(out, "<h1>Results of ");
	add_escaped(out, s->instrument[0] ? s->instrument : "the instrument");
	ls_buffer_add_str(out, "</h1>\n");
	if (s->development)
		ls_buffer_add_str(out, "<p class=warn>Development setup: these seals prove how "
				       "labseal works, not where the results come from.</p>\n");
	add_state(s, out);
	ls_buffer_printf(
		out,
		"<p>This page proves nothing: it lies beside the results and could be changed with "
		"them. <a href=\"README.txt\">README.txt</a> tells how to check them%s. "
		"Times are UTC, by the host&#39;s clock; names are as the instrument&#39;s "
		"computer gave them.</p>\n",
		s->has_trust_copies ? "; <a href=\"trust/\">trust/</a> holds copies of the keys, "
				      "for convenience only"
				    : "");
}

/* Links to the pages of the full thousands, the newest twenty; a page links to the one before it.
 */
static void add_pages(uint64_t full, uint64_t block, struct ls_buffer *out)
{
	char path[LS_INDEX_PATH_SIZE];
	if (block)
		ls_buffer_add_str(out, "<p><a href=\"index.html\">newest</a>");
	else if (full)
		ls_buffer_add_str(out, "<p>all, by thousands:");
	else
		return;
	uint64_t last = block ? block - 1 : full;
	for (uint64_t b = last; b > 0 && b + 20 > last; b--)
		ls_buffer_printf(out, " <a href=\"%s\">%" PRIu64 "&ndash;%" PRIu64 "</a>",
				 ls_index_path(b, path), (b - 1) * LS_INDEX_ROWS + 1,
				 b * LS_INDEX_ROWS);
	ls_buffer_add_str(out, "</p>\n");
}

static void add_table(const struct ls_buffer *const *rows, size_t count, struct ls_buffer *out)
{
	ls_buffer_add_str(out, "<label id=filter hidden>Filter <input id=q type=search></label>\n"
			       "<div class=scroll><table><thead><tr><th>Seal</th><th>Received</th>"
			       "<th>Name</th><th>Bytes</th><th>SHA-256</th><th>Files</th></tr>"
			       "</thead><tbody>\n");
	for (size_t i = 0; i < count; i++)
		ls_buffer_add(out, rows[i]->data, rows[i]->size);
	ls_buffer_add_str(out, "</tbody></table></div>\n");
}

int ls_index_page(const struct ls_index_state *state, const struct ls_buffer *const *rows,
		  size_t count, uint64_t block, struct ls_buffer *out)
{
	add_head(state, block, out);
	if (block)
		ls_buffer_printf(out, "<h1>Seals %" PRIu64 " to %" PRIu64 "</h1>\n",
				 (block - 1) * LS_INDEX_ROWS + 1, block * LS_INDEX_ROWS);
	else
		add_intro(state, out);
	add_pages(state->seals / LS_INDEX_ROWS, block, out);
	add_table(rows, count, out);
	ls_buffer_printf(out, "<script>%s</script></body></html>\n", script);
	return ls_buffer_error(out);
}
