/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a certificate: read, its signatures checked, shown, told as a report. */
#include "audit/dcc/document.h"
#include "audit/dcc/show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ls_dcc_trust nobody;

static void show(const uint8_t *data, size_t size)
{
	struct ls_dcc_file *file = NULL;
	struct ls_dcc_signatures all;
	struct ls_buffer out;
	if (ls_dcc_read(data, size, &file, NULL) < 0)
		__builtin_trap(); /* it was read before */
	if (ls_dcc_signature_check(file, &nobody, 1800000000, &all, NULL) == 0 &&
	    all.outcome == LS_DCC_HOLDS)
		__builtin_trap(); /* nobody is believed */
	const struct ls_dcc_shown shown = { ls_dcc_of(file), &all, NULL };
	ls_buffer_init(&out, 256 << 20);
	(void)ls_dcc_show_text(&shown, &out);
	(void)ls_dcc_show_json(&shown, &out);
	ls_buffer_free(&out);
	ls_dcc_file_free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_dcc_document *d = NULL;
	struct ls_cal_entry *entry = NULL;
	struct ls_error err = { 0 };
	if (ls_dcc_document_read(data, size, &nobody, 1800000000, &d, &err) < 0) {
		if (d || !err.id[0] || !err.message[0])
			__builtin_trap();
		return 0;
	}
	struct ls_dcc_hash_index *index = ls_dcc_hash_index_new(&d->candidate, 1);
	if (index && ls_dcc_document_settle(d, index, &d->candidate) == 0 &&
	    ls_dcc_document_entry(d, 1800000000, &entry) == 0)
		ls_cal_entry_unref(entry);
	ls_dcc_document_free(d);
	ls_dcc_hash_index_free(index);
	show(data, size);
	return 0;
}
