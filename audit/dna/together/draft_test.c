/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/together/draft.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

#define CORPUS "tests/corpus/dna_draft/"

static int round_trip(const char *name, const struct ls_buffer *bytes, struct ls_buffer *again,
		      struct ls_error *err)
{
	static struct ls_dna_part part;
	_cleanup_dna_draft_ struct ls_dna_draft draft;
	ls_dna_draft_init(&draft);
	if (strstr(name, "part")) {
		int rc = ls_dna_part_parse(bytes->data, bytes->size, &part, err);
		return rc < 0 ? rc : ls_dna_part_format(&part, again);
	}
	int rc = ls_dna_draft_parse(bytes->data, bytes->size, &draft, err);
	return rc < 0 ? rc : ls_dna_draft_format(&draft, again);
}

TEST(the_corpus_is_as_its_names_say)
{
	DIR *folder = opendir(CORPUS);
	unsigned count = 0;
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		char path[512];
		_cleanup_buffer_ struct ls_buffer bytes, again;
		struct ls_error err = { 0 };
		const char *name = entry->d_name;
		ls_buffer_init(&bytes, LS_DNA_DRAFT_MAX);
		ls_buffer_init(&again, LS_DNA_DRAFT_MAX);
		if (name[0] == '.')
			continue;
		snprintf(path, sizeof(path), CORPUS "%s", name);
		CHECK_INT_EQ(ls_file_read(AT_FDCWD, path, &bytes, &err), 0);
		bool good = strncmp(name, "good-", 5) == 0;
		int rc = round_trip(name, &bytes, &again, &err);
		if (good && (rc < 0 || again.size != bytes.size ||
			     memcmp(again.data, bytes.data, bytes.size) != 0))
			TEST_FAIL("%s: %s", name, rc < 0 ? err.message : "another spelling");
		if (!good && (rc != -EBADMSG || !err.message[0]))
			TEST_FAIL("%s: is taken, or not told why not (%d)", name, rc);
		count++;
	}
	if (folder)
		closedir(folder);
	CHECK(count > 15);
}

TEST_MAIN()
