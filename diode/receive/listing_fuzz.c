/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any parts of lists, against a ledger that has some of the files: what is told
 * of a gap is bounded.  A part is size (15 bits), payload; with the first bit set
 * its digest is made right for a list of that part alone.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diode/receive/listing.h"

static const uint8_t session[LS_SESSION_SIZE] = "fuzz";

static struct ls_ledger *new_ledger(void)
{
	char dir[] = "/tmp/listing-fuzz-XXXXXX";
	struct ls_ledger *ledger = NULL;
	int fd = mkdtemp(dir) ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd < 0 || ls_ledger_open(fd, NULL, NULL, &ledger, NULL) < 0)
		abort();
	struct ls_ledger_record record = { .kind = LS_LEDGER_RECEIVED };
	memcpy(record.key.session, session, sizeof(session));
	for (record.key.number = 1; record.key.number < 50; record.key.number += 3)
		ls_ledger_append(ledger, &record, NULL);
	unlinkat(fd, "ledger", 0); /* it stays open */
	rmdir(dir);
	return ledger;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct ls_ledger *ledger;
	static struct ls_listing listing;
	struct ls_listing_budget budget = { .lookups = 100000, .filled = 1 };
	ledger = ledger ? ledger : new_ledger();
	for (size_t at = 0, size; n - at >= 2; at += 2 + size) {
		struct ls_manifest part;
		struct ls_manifest_entry other;
		size = (size_t)(data[at] & 0x7f) << 8 | data[at + 1];
		if (size > n - at - 2 || ls_decode_manifest(data + at + 2, size, &part, NULL) < 0)
			break;
		if (data[at] & 0x80)
			ls_sha256_buffer(part.entries, (size_t)part.count * LS_WIRE_ENTRY_SIZE,
					 &part.outbox);
		ls_listing_take(&listing, &part, session, 60, ledger, &budget, &other);
	}
	json_t *missing = json_pack("[[i,i],[i,i]]", 2, 40, 45, 90);
	json_t *held = ls_listing_held(&listing, missing),
	       *gone = ls_listing_gone(&listing, missing);
	if (json_array_size(held) > LS_LISTING_MISSING_MAX || !held != !gone)
		abort();
	json_decref(held);
	json_decref(gone);
	json_decref(missing);
	ls_listing_free(&listing);
	return 0;
}
