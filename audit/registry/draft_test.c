/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/draft.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

#define CORPUS "tests/corpus/draft/"

static void check_file(const char *name)
{
	char path[512];
	bool good = strncmp(name, "good-", 5) == 0;
	struct ls_error err = { 0 };
	_cleanup_cal_record_ struct ls_cal_record record = { .kind = LS_CAL_HEARTBEAT };
	_cleanup_buffer_ struct ls_buffer bytes, again;
	ls_buffer_init(&bytes, LS_DRAFT_SIZE_MAX);
	ls_buffer_init(&again, LS_DRAFT_SIZE_MAX);
	snprintf(path, sizeof(path), CORPUS "%s", name);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, path, &bytes, &err), 0);
	int rc = ls_draft_parse(bytes.data, bytes.size, &record, &err);
	if (rc == 0 && good)
		rc = ls_draft_format(&record, &again, &err);
	if (good &&
	    (rc < 0 || again.size != bytes.size || memcmp(again.data, bytes.data, bytes.size) != 0))
		TEST_FAIL("%s: %s", name, rc < 0 ? err.message : "another spelling comes out");
	if (!good && (rc != -EBADMSG || !err.message[0]))
		TEST_FAIL("%s: is taken, or not told why not (%d)", name, rc);
}

TEST(the_corpus_is_as_its_names_say)
{
	DIR *folder = opendir(CORPUS);
	unsigned count = 0;
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (entry->d_name[0] != '.') {
			check_file(entry->d_name);
			count++;
		}
	if (folder)
		closedir(folder);
	CHECK_INT_EQ(count > 10, 1);
}

TEST(each_signs_in_turn_and_then_it_is_a_record)
{
	struct ls_error err = { 0 };
	struct ls_p256_key *key = NULL;
	struct ls_signer signer;
	_cleanup_cal_record_ struct ls_cal_record record = { .kind = LS_CAL_HEARTBEAT };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_DRAFT_SIZE_MAX);
	CHECK_INT_EQ(ls_p256_key_generate(&key, &err), 0);
	ls_p256_key_signer(key, &signer);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, CORPUS "good-two-missing", &bytes, &err), 0);
	CHECK_INT_EQ(ls_draft_parse(bytes.data, bytes.size, &record, &err), 0);
	for (int i = 0; i < 2; i++) {
		struct ls_cal_record taken = { .kind = LS_CAL_HEARTBEAT };
		ls_buffer_clear(&bytes);
		CHECK_INT_EQ(ls_draft_format(&record, &bytes, &err), 0);
		ls_cal_record_free(&record);
		CHECK_INT_EQ(ls_draft_parse(bytes.data, bytes.size, &taken, &err), 0);
		record = taken;
		enum ls_cal_role role = ls_cal_record_role(&record, record.signature_count);
		CHECK_INT_EQ(ls_cal_record_sign(&record, role, &signer, &err), 0);
	}
	CHECK_INT_EQ(ls_draft_format(&record, &bytes, &err), -EINVAL);
	ls_buffer_clear(&bytes);
	CHECK_INT_EQ(ls_cal_record_format(&record, ls_draft_shows_details(&record), &bytes, &err),
		     0);
	ls_p256_key_free(key);
}

TEST_MAIN()
