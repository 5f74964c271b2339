/* SPDX-License-Identifier: Apache-2.0 */
/* How far a copy goes for documents: what is named, and not there, is bounded. */
#include "audit/registry/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/base/test.h"
#include "lib/registry/rig_test.h"

#define LINKED "tests/corpus/dcc/good-linked" /* names another by its signature's digest */

struct copy {
	struct rig source;
	char mirror[96];
	struct ls_sync_options options;
	struct ls_sync_result result;
};

static int copy(struct copy *c)
{
	const struct ls_registry_trusted trusted = { .key = c->source.key };
	struct ls_sync_source *source = NULL;
	int rc = ls_sync_source_open(c->source.registry, 10, &source, &c->source.err);
	if (rc == 0)
		rc = ls_sync(source, c->mirror, &trusted, &c->options, &c->result, &c->source.err);
	ls_sync_source_free(source);
	if (rc < 0)
		printf("  copy: %s\n", c->source.err.message);
	return rc;
}

static void begin(struct copy *c)
{
	memset(c, 0, sizeof(*c));
	rig_begin(&c->source);
	CHECK_INT_EQ(rig_grow(&c->source, 0, 3), 0);
	snprintf(c->mirror, sizeof(c->mirror), "%s/mirror", c->source.path);
	c->options = (struct ls_sync_options){
		.max_bytes = 1 << 20, .max_names = 100, .max_linked = 100, .max_misses = 100
	};
	CHECK_INT_EQ(copy(c), 0);
}

static struct ls_digest name(unsigned number)
{
	struct ls_digest digest;
	memset(digest.bytes, 0, sizeof(digest.bytes));
	memcpy(digest.bytes + LS_DIGEST_SIZE - sizeof(number), &number, sizeof(number));
	return digest;
}

static void mirror_path(const struct copy *c, const char *of, char path[static 256])
{
	snprintf(path, 256, "%s/documents/%s", c->mirror, of);
}

/* documents/wanted has names 1 to count, and a line that is none. */
static void want(const struct copy *c, unsigned count)
{
	char path[256], hex[LS_DIGEST_HEX_SIZE];
	mirror_path(c, "wanted", path);
	FILE *f = fopen(path, "we");
	if (!f)
		abort();
	fputs("no name\n", f);
	for (unsigned i = 1; i <= count; i++) {
		struct ls_digest digest = name(i);
		fprintf(f, "%s\n", ls_digest_hex(&digest, hex));
	}
	fclose(f);
}

/* Its lines; the first is of this name. */
static unsigned wanted(const struct copy *c, unsigned first)
{
	char path[256], line[128], hex[LS_DIGEST_HEX_SIZE];
	unsigned count = 0;
	struct ls_digest digest = name(first);
	mirror_path(c, "wanted", path);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (count++ == 0)
			CHECK_STR_EQ(line, ls_digest_hex(&digest, hex));
	}
	if (f)
		fclose(f);
	return count;
}

TEST(what_is_not_there_is_asked_for_in_turn)
{
	struct copy c;
	begin(&c);
	want(&c, 25);
	c.options.max_misses = 10;
	CHECK_INT_EQ(copy(&c), 0);
	CHECK_INT_EQ(c.result.missing, 10);
	CHECK_INT_EQ(c.result.unasked, 15);
	CHECK_INT_EQ(c.result.left_out, 0);
	CHECK_INT_EQ(wanted(&c, 11), 25);
	CHECK_INT_EQ(copy(&c), 0);
	CHECK_INT_EQ(wanted(&c, 21), 25);
	CHECK_INT_EQ(copy(&c), 0);
	CHECK_INT_EQ(wanted(&c, 6), 25); /* 21 to 25, 1 to 5: each was asked for once */
	c.options.max_misses = 100;
	CHECK_INT_EQ(copy(&c), 0);
	CHECK_INT_EQ(c.result.missing, 25);
	CHECK_INT_EQ(c.result.unasked, 0);
	rig_end(&c.source);
}

TEST(more_names_than_are_gone_through_stop_no_copy)
{
	struct copy c;
	begin(&c);
	want(&c, 25);
	c.options.max_names = 20;
	CHECK_INT_EQ(rig_grow(&c.source, 3, 5), 0);
	CHECK_INT_EQ(copy(&c), 0);
	CHECK_INT_EQ(c.result.size, 5);
	CHECK_INT_EQ(c.result.missing, 20);
	CHECK_INT_EQ(c.result.left_out, 5);
	CHECK_INT_EQ(wanted(&c, 1), 20);
	rig_end(&c.source);
}

/* LINKED, as if it named the other one by its file's SHA-256. */
static void read_linked(struct ls_buffer *bytes)
{
	static const char by_digest[] = "c14n-sha256";
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, LINKED, bytes, &err), 0);
	char *at = strstr((char *)bytes->data, by_digest);
	if (!at)
		abort();
	size_t end = strlen(by_digest) - strlen("sha256");
	memmove(at, at + end, bytes->size - (size_t)(at + end - (char *)bytes->data));
	bytes->size -= end;
}

/* That certificate lies in the mirror, and is wanted: what it names is, then. */
static void want_linked(const struct copy *c)
{
	char path[256], hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, 1 << 20);
	read_linked(&bytes);
	ls_sha256_buffer(bytes.data, bytes.size, &digest);
	mirror_path(c, ls_digest_hex(&digest, hex), path);
	CHECK_INT_EQ(ls_file_replace(AT_FDCWD, path, bytes.data, bytes.size, 0644, &err), 0);
	mirror_path(c, "wanted", path);
	FILE *f = fopen(path, "we");
	if (!f)
		abort();
	fprintf(f, "%s\n", hex);
	fclose(f);
}

TEST(what_certificates_alone_name_has_a_limit_of_its_own)
{
	struct copy c;
	if (access(LINKED, R_OK) != 0)
		TEST_SKIP("no " LINKED " here");
	begin(&c);
	want_linked(&c);
	CHECK_INT_EQ(copy(&c), 0);
	CHECK_INT_EQ(c.result.missing, 1);
	CHECK_INT_EQ(c.result.left_out, 0);
	want_linked(&c);
	c.options.max_linked = 0;
	CHECK_INT_EQ(copy(&c), 0);
	CHECK_INT_EQ(c.result.missing, 0);
	CHECK_INT_EQ(c.result.left_out, 1);
	rig_end(&c.source);
}

TEST(names_through_a_link_are_not_read)
{
	struct copy c;
	char path[256];
	begin(&c);
	mirror_path(&c, "wanted", path);
	CHECK_INT_EQ(symlink("/etc/hostname", path), 0);
	printf("  to be refused; ");
	CHECK(copy(&c) < 0);
	rig_end(&c.source);
}

TEST_MAIN()
