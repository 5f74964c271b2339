/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mutation campaign over a share: change one thing at a time, audit, put it
 * back.  No change may end VERIFIED, and each must be found where it was made.
 *
 *     mutate_share [--step N] SHARE TRUST
 *
 * Changes: each N-th byte of each sealed file flipped in its lowest and in its
 * highest bit; each file cut short, lengthened, emptied, removed; each pair of
 * files exchanged; each file and each numbered folder doubled under other names.  Files that no
 * seal covers (README.txt, index.html, verify.html, trust/) are left alone.  Ends with `N passed, N
 * failed`; a change that went unnoticed is a line "UNNOTICED file: what", one of which no finding
 * names the file is "UNNAMED file: what".
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/verify/audit.h"
#include "lib/base/buffer.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

#define FILES_MAX      1000
#define SIZE_MAX_BYTES (1024 * 1024)

static char *files[FILES_MAX];
static size_t file_count;
static char *folders[FILES_MAX]; /* of a seal, or of evidence */
static size_t folder_count;
static const char *share, *trust;
static uint64_t passed, unnoticed, unnamed, undecided;
static uint64_t step = 1;

static int collect(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	(void)st;
	const char *below = path + strlen(share);
	below += strspn(below, "/");
	bool sealed = strncmp(below, "results/", 8) == 0 || strncmp(below, "events/", 7) == 0 ||
		      strncmp(below, "log/", 4) == 0;
	if (type == FTW_F && sealed && file_count < FILES_MAX)
		files[file_count++] = strdup(path);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether a finding is about what was changed, or a file in it. */
static bool is_named(const struct ls_report *report, const char *path)
{
	const char *below = path + strlen(share);
	below += strspn(below, "/");
	size_t n = strlen(below);
	for (size_t i = 0; i < report->findings[LS_FINDING_FAILED].count; i++) {
		const char *file = report->findings[LS_FINDING_FAILED].items[i].file;
		if (strncmp(file, below, n) == 0 && (file[n] == '\0' || file[n] == '/'))
			return true;
	}
	return false;
}

static void audit(const char *file, const char *what, uint64_t where)
{
	struct ls_report report;
	struct ls_audit_options options = { .target = share, .trust = trust };
	ls_report_init(&report);
	if (ls_audit_unattended(&options, NULL, &report) < 0) {
		fprintf(stderr, "mutate_share: out of memory\n");
		exit(4);
	}
	enum ls_verdict verdict = ls_report_verdict(&report);
	if (verdict == LS_VERIFIED) {
		unnoticed++;
		printf("UNNOTICED %s: %s %" PRIu64 "\n", file, what, where);
	} else if (!is_named(&report, file)) {
		unnamed++;
		printf("UNNAMED %s: %s %" PRIu64 "\n", file, what, where);
	} else {
		passed++;
	}
	if (verdict == LS_COULD_NOT_CHECK) {
		undecided++;
		printf("could not check %s: %s %" PRIu64 "\n", file, what, where);
	}
	ls_report_free(&report);
}

static void put(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || ls_write_all(fd, bytes, n) < 0) {
		fprintf(stderr, "mutate_share: cannot write '%s': %s\n", path, strerror(errno));
		exit(4);
	}
	close(fd);
}

static void get(const char *path, struct ls_buffer *b)
{
	struct ls_error err = { 0 };
	if (ls_file_read(AT_FDCWD, path, b, &err) < 0) {
		fprintf(stderr, "mutate_share: %s\n", err.message);
		exit(4);
	}
}

static void flip_bytes(const char *path, struct ls_buffer *b)
{
	static const uint8_t bits[] = { 0x01, 0x80 };
	for (size_t i = 0; i < b->size; i += step)
		for (size_t j = 0; j < sizeof(bits); j++) {
			b->data[i] ^= bits[j];
			put(path, b->data, b->size);
			audit(path, j ? "high bit of byte" : "low bit of byte", i);
			b->data[i] ^= bits[j];
		}
}

static void change_size(const char *path, struct ls_buffer *b)
{
	for (size_t n = b->size; n-- > 0;) {
		if (n % step != 0 && n + 1 != b->size && n != 0)
			continue;
		put(path, b->data, n);
		audit(path, "cut to size", n);
	}
	static const char extra[] = { '\n', ' ', '\0', 'x' };
	for (size_t i = 0; i < sizeof(extra); i++) {
		size_t n = b->size;
		ls_buffer_add(b, &extra[i], 1);
		put(path, b->data, b->size);
		audit(path, "lengthened by byte", (uint8_t)extra[i]);
		b->size = n;
	}
}

static void remove_it(const char *path)
{
	unlink(path);
	audit(path, "removed", 0);
}

static void mutate(const char *path)
{
	struct ls_buffer b;
	ls_buffer_init(&b, SIZE_MAX_BYTES);
	get(path, &b);
	flip_bytes(path, &b);
	change_size(path, &b);
	remove_it(path);
	put(path, b.data, b.size);
	ls_buffer_free(&b);
}

static void exchange(const char *left, const char *right)
{
	struct ls_buffer a, b;
	ls_buffer_init(&a, SIZE_MAX_BYTES);
	ls_buffer_init(&b, SIZE_MAX_BYTES);
	get(left, &a);
	get(right, &b);
	if (a.size != b.size || memcmp(a.data, b.data, a.size) != 0) {
		put(left, b.data, b.size);
		put(right, a.data, a.size);
		audit(left, "exchanged with another", 0);
		put(left, a.data, a.size);
		audit(right, "doubled in place of this", 0);
		put(right, b.data, b.size);
	}
	ls_buffer_free(&a);
	ls_buffer_free(&b);
}

static void run(const char *const argv[])
{
	pid_t child;
	int status = 0;
	if (posix_spawnp(&child, argv[0], NULL, NULL, (char **)argv, environ) != 0 ||
	    waitpid(child, &status, 0) < 0 || status != 0) {
		fprintf(stderr, "mutate_share: %s %s failed\n", argv[0], argv[2]);
		exit(4);
	}
}

/* A file or a folder, once more, as this name beside it. */
static void double_as(const char *path, const char *name)
{
	char copy[PATH_MAX];
	struct stat st;
	snprintf(copy, sizeof(copy), "%.*s/%s", (int)(strrchr(path, '/') - path), path, name);
	if (lstat(copy, &st) == 0)
		return;
	run((const char *[]){ "cp", "-r", path, copy, NULL });
	audit(copy, "is one too many", 0);
	run((const char *[]){ "rm", "-r", copy, NULL });
}

static void double_file(const char *path)
{
	char name[NAME_MAX + 8];
	const char *own = strrchr(path, '/') + 1;
	snprintf(name, sizeof(name), "%s.bak", own);
	double_as(path, name);
	snprintf(name, sizeof(name), "%s", own);
	for (char *c = name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	double_as(path, name);
	if (own[strspn(own, "0123456789")] == '\0')
		double_as(path, "1"); /* a tile that is narrower than it says */
}

/* "000002-plate2.eds" under a number of nobody's, one of another's, a name of its own, no safe one.
 */
static void double_folder(const char *path)
{
	static const char *const numbers[] = { "000001", "000002", "000099" };
	const char *own = strrchr(path, '/') + 1, *label = strchr(own, '-');
	char name[NAME_MAX + 8];
	for (size_t i = 0; label && i < sizeof(numbers) / sizeof(*numbers); i++) {
		snprintf(name, sizeof(name), "%s%s", numbers[i], label);
		double_as(path, name);
	}
	snprintf(name, sizeof(name), "%sx", own);
	double_as(path, name);
	snprintf(name, sizeof(name), "%s (copy)", own);
	double_as(path, name);
	if (!label) {
		double_as(path, "1"); /* evidence */
		double_as(path, "99");
	}
}

static int each_numbered(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	if (type == FTW_D && isdigit((unsigned char)path[ftw->base]) && folder_count < FILES_MAX &&
	    (strchr(path + ftw->base, '-') || strstr(path, "/log/evidence/")))
		folders[folder_count++] = strdup(path);
	return 0;
}

static void double_all(void)
{
	for (size_t i = 0; i < file_count; i++)
		double_file(files[i]);
	nftw(share, each_numbered, 16, FTW_PHYS);
	for (size_t i = 0; i < folder_count; i++) {
		double_folder(folders[i]);
		free(folders[i]);
	}
}

static uint64_t number(const char *text)
{
	uint64_t value;
	if (ls_parse_u64(text, strlen(text), &value) < 0 || value == 0)
		exit(2);
	return value;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "step", 1, NULL, 's' }, { 0 } };
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 's')
			return 2;
		step = number(optarg);
	}
	if (optind + 2 != argc) {
		fprintf(stderr, "Usage: mutate_share [--step N] SHARE TRUST\n");
		return 2;
	}
	share = argv[optind];
	trust = argv[optind + 1];
	nftw(share, collect, 16, FTW_PHYS);
	qsort(files, file_count, sizeof(*files), by_name);
	for (size_t i = 0; i < file_count; i++)
		chmod(files[i], 0644);
	for (size_t i = 0; i < file_count; i++)
		mutate(files[i]);
	for (size_t i = 0; i < file_count; i++)
		for (size_t j = i + 1; j < file_count; j++)
			exchange(files[i], files[j]);
	double_all();
	for (size_t i = 0; i < file_count; i++)
		free(files[i]);
	printf("mutation: %" PRIu64 " changes, %" PRIu64 " could not be checked\n",
	       passed + unnoticed + unnamed, undecided);
	printf("mutation: %" PRIu64 " passed, %" PRIu64 " failed, 0 skipped\n", passed,
	       unnoticed + unnamed);
	return unnoticed + unnamed > 0;
}
