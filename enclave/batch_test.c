/* SPDX-License-Identifier: Apache-2.0 */
#include "enclave/batch.h"

#include <errno.h>

#include "lib/base/test.h"

static struct ls_batch batch; /* large */

static struct ls_delivery delivery(uint64_t number, const char *name, size_t length)
{
	struct ls_delivery d = { .size = 1,
				 .name = { (const uint8_t *)name, length },
				 .guest_mtime = 1700000000123000000,
				 .guest_clock = 1700000000123000001,
				 .host_began = INT64_MAX / 4,
				 .host_received = 1 };
	memset(d.key.session, 0x5e, sizeof(d.key.session));
	memset(d.parent.bytes, 0xee, sizeof(d.parent.bytes));
	d.key.number = number;
	d.key.sha256.bytes[31] = 1;
	return d;
}

static int add(uint64_t number, const char *name)
{
	struct ls_delivery d = delivery(number, name, strlen(name));
	struct ls_error err = { 0 };
	return ls_batch_has_room(&batch, &d) ? ls_batch_add(&batch, &d, &err) : -EAGAIN;
}

TEST(names_are_distinct_whoever_chose_them)
{
	char longest[LS_SAFE_NAME_SIZE];
	memset(longest, 'n', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ls_batch_clear(&batch);
	for (uint64_t n = 1; n <= 100; n++) {
		char name[32];
		snprintf(name, sizeof(name), "%llu-a", (unsigned long long)n);
		CHECK_INT_EQ(add(1, name), 0);
		CHECK_INT_EQ(add(1, n % 2 ? "a" : "A"), 0);
		CHECK_INT_EQ(add(n, longest), 0);
	}
	for (size_t i = 0; i < batch.count; i++) {
		const char *name = batch.files[i].path + strlen(LS_ORIGINAL_PREFIX);
		CHECK(ls_is_safe_name(name, strlen(name)));
		for (size_t k = 0; k < i; k++)
			CHECK(strcasecmp(batch.files[k].path, batch.files[i].path) != 0);
	}
}

/* Fill it with files of this name; what it then holds must fit manifest and record. */
static size_t fill(uint64_t first, const char *name, size_t length)
{
	struct ls_error err = { 0 };
	static struct ls_manifest_file files[LS_MANIFEST_FILES_MAX];
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_RECORD_SIZE_MAX + 1);
	ls_batch_clear(&batch);
	for (uint64_t n = first;; n++) {
		struct ls_delivery d = delivery(n, name, length);
		d.size = INT64_MAX;
		if (!ls_batch_has_room(&batch, &d))
			break;
		CHECK_INT_EQ(ls_batch_add(&batch, &d, &err), 0);
		files[batch.count] = (struct ls_manifest_file){ .sha256 = d.key.sha256 };
		snprintf(files[batch.count].path, sizeof(files[0].path), "%s",
			 batch.files[batch.count - 1].path);
	}
	struct ls_record record = { .kind = LS_SEAL_RESULT,
				    .seal = INT64_MAX,
				    .received = 253402300799999,
				    .count = batch.count,
				    .files = batch.files,
				    .approval_version = INT64_MAX,
				    .pcr23.bytes = { 1 },
				    .policy.bytes = { 1 },
				    .domain_xml.bytes = { 1 },
				    .base_image.bytes = { 1 },
				    .key_kind = LS_KEY_SOFTWARE_TPM };
	struct ls_manifest manifest = { .kind = LS_SEAL_RESULT,
					.seal = UINT64_MAX,
					.received = 1700000000,
					.count = batch.count + 1,
					.files = files };
	memset(record.instrument, 'i', LS_INSTRUMENT_SIZE - 1);
	memset(manifest.instrument, 'i', LS_INSTRUMENT_SIZE - 1);
	snprintf(files[0].path, sizeof(files[0].path), "%s", LS_FILE_RECORD);
	CHECK_INT_EQ(ls_record_format(&record, &text, &err), 0);
	ls_buffer_clear(&text);
	CHECK_INT_EQ(ls_manifest_format(&manifest, &text, &err), 0);
	CHECK_STR_EQ(err.message, "");
	return batch.count;
}

TEST(what_there_is_room_for_fits_whatever_the_names)
{
	static char worst[LS_NAME_MAX];
	CHECK_INT_EQ(fill(1000, "plate7.eds", 10), LS_BATCH_MAX);
	CHECK_INT_EQ(fill(1000, "2026-03-04 run 17 second shift, p7.eds", 38), LS_BATCH_MAX);
	memset(worst, 'x', sizeof(worst)); /* long */
	CHECK(fill(INT64_MAX - 1000, worst, sizeof(worst)) > 50);
	memset(worst, '"', sizeof(worst)); /* doubled by JSON */
	CHECK(fill(INT64_MAX - 1000, worst, sizeof(worst)) > 50);
	memset(worst, 1, sizeof(worst)); /* three times as long when escaped */
	CHECK(fill(INT64_MAX - 1000, worst, sizeof(worst)) > 50);
}

TEST(a_batch_is_of_one_session)
{
	struct ls_delivery d = delivery(1, "a", 1), other = delivery(2, "b", 1);
	other.key.session[15] ^= 1;
	ls_batch_clear(&batch);
	CHECK_INT_EQ(ls_batch_add(&batch, &d, NULL), 0);
	CHECK(!ls_batch_has_room(&batch, &other));
	ls_batch_clear(&batch);
	CHECK(ls_batch_has_room(&batch, &other));
}

TEST(what_no_record_holds_is_refused_and_changes_nothing)
{
	struct ls_delivery good = delivery(1, "a", 1), bad = delivery(UINT64_MAX, "b", 1);
	struct ls_digest key;
	ls_batch_clear(&batch);
	CHECK_INT_EQ(ls_batch_add(&batch, &good, NULL), 0);
	CHECK_INT_EQ(ls_batch_add(&batch, &bad, NULL), -EINVAL);
	CHECK_INT_EQ(batch.count, 1);
	ls_delivery_key_digest(&good.key, &key);
	CHECK(ls_batch_has(&batch, &key));
	ls_delivery_key_digest(&bad.key, &key);
	CHECK(!ls_batch_has(&batch, &key));
	CHECK_STR_EQ(ls_batch_last_name(&batch), "a");
}

TEST_MAIN()
