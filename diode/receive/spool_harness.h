/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests alone: a spool in a folder of its own, and the calls by which it
 * writes, which are looked at on their way: what is written and not durable yet
 * is known, and a disk can be full or broken.
 */
#ifndef LABSEAL_DIODE_RECEIVE_SPOOL_HARNESS_H
#define LABSEAL_DIODE_RECEIVE_SPOOL_HARNESS_H

#include "diode/receive/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

static const char *place = "/tmp";
static char dir[64];
static int dirfd_ = -1;

/* --- the disk --------------------------------------------------------------------------- */

#define INODES_MAX 64

static struct {
	ino_t unsynced[INODES_MAX]; /* files with bytes that are not durable */
	size_t count;
	int durable_names; /* in the folder, when it was synced last */
	int syncs;
	int sync_error, write_error, reserve_error; /* errnos, 0: none */
} disk;

/* Names that a receiver would take up. */
static int names_of(const char *types)
{
	int count = 0;
	DIR *d = opendir(dir);
	for (const struct dirent *e; (e = readdir(d));)
		count += e->d_name[0] != '.' && strchr(types, e->d_name[0]) && e->d_name[1] == '-';
	closedir(d);
	return count;
}

static ino_t inode_of(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static void note_write(ino_t inode)
{
	for (size_t i = 0; i < disk.count; i++)
		if (disk.unsynced[i] == inode)
			return;
	REQUIRE(disk.count < INODES_MAX);
	disk.unsynced[disk.count++] = inode;
}

static void note_sync(int fd, bool everything)
{
	ino_t inode = inode_of(fd);
	size_t left = 0;
	for (size_t i = 0; i < disk.count && !everything; i++)
		if (disk.unsynced[i] != inode)
			disk.unsynced[left++] = disk.unsynced[i];
	disk.count = left;
	if (everything || inode == inode_of(dirfd_))
		disk.durable_names = names_of("fes");
}

static int pass_sync(long call, int fd)
{
	disk.syncs++;
	if (disk.sync_error) {
		errno = disk.sync_error;
		return -1;
	}
	int rc = (int)syscall(call, fd);
	if (rc == 0)
		note_sync(fd, call == SYS_syncfs);
	return rc;
}

int syncfs(int fd)
{
	return pass_sync(SYS_syncfs, fd);
}

int fsync(int fd)
{
	return pass_sync(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return pass_sync(SYS_fdatasync, fd);
}

/* A full disk takes a few bytes still. */
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
	note_write(inode_of(fd));
	if (disk.write_error && n <= 10) {
		errno = disk.write_error;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, bytes, disk.write_error ? n / 2 : n, offset);
}

int fallocate(int fd, int mode, off_t offset, off_t n)
{
	if (disk.reserve_error) {
		errno = disk.reserve_error;
		return -1;
	}
	return (int)syscall(SYS_fallocate, fd, mode, offset, n);
}

/* --- the spool ------------------------------------------------------------------------------ */

static void begin(void)
{
	memset(&disk, 0, sizeof(disk));
	snprintf(dir, sizeof(dir), "%s/spool-test-XXXXXX", place);
	REQUIRE(mkdtemp(dir) != NULL);
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void end(void)
{
	close(dirfd_);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

static struct ls_spool *open_spool(uint64_t max, size_t removed)
{
	struct ls_spool *s = NULL;
	struct ls_error err = { 0 };
	size_t seen = 0;
	if (ls_spool_open(dirfd_, max, &s, &seen, &err) < 0)
		TEST_FAIL("%s", err.message);
	CHECK_INT_EQ(seen, removed);
	if (!s)
		abort();
	return s;
}

static struct ls_delivery delivery_of(uint64_t number, const void *bytes, size_t n)
{
	struct ls_delivery d = { .key.number = number, .size = n };
	d.name = (struct ls_bytes){ .data = (const uint8_t *)"n", .size = 1 };
	ls_sha256_buffer(bytes, n, &d.key.sha256);
	return d;
}

static int receive_bytes(struct ls_spool *s, unsigned slot, uint64_t number, const void *bytes,
			 size_t n)
{
	struct ls_delivery d = delivery_of(number, bytes, n);
	int rc = ls_spool_begin(s, slot, d.size, NULL);
	if (rc == 0 && n > 0)
		rc = ls_spool_write(s, slot, bytes, n, NULL);
	return rc ? rc : ls_spool_finish(s, slot, &d, NULL);
}

static int receive(struct ls_spool *s, unsigned slot, uint64_t number, const char *bytes)
{
	return receive_bytes(s, slot, number, bytes, strlen(bytes));
}

/* Bytes of which no two files have the same. */
static uint8_t *content(uint64_t number, size_t n)
{
	uint8_t *bytes = malloc(n + 1);
	if (!bytes)
		abort();
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)((i * 2654435761u + number * 40503u) >> 11);
	return bytes;
}

static int receive_sized(struct ls_spool *s, unsigned slot, uint64_t number, size_t n)
{
	_cleanup_free_ uint8_t *bytes = content(number, n);
	return receive_bytes(s, slot, number, bytes, n);
}

/* What counts is durable: its bytes and its name. */
static void check_durable(void *context, const struct ls_spool_entry *entry)
{
	(void)entry;
	CHECK_INT_EQ(disk.count, 0);
	CHECK_INT_EQ(disk.durable_names, names_of("fes"));
	CHECK_INT_EQ(names_of("t"), 0);
	++*(int *)context;
}

static int sync_all(struct ls_spool *s)
{
	int counted = 0;
	uint64_t bytes;
	size_t pending = ls_spool_pending(s, &bytes);
	int rc = ls_spool_sync(s, check_durable, &counted, NULL);
	if (rc == 0)
		CHECK_INT_EQ(counted, pending);
	return rc;
}

static void check_bytes(struct ls_spool *s, const struct ls_spool_entry *entry, uint64_t number,
			const void *bytes, size_t n)
{
	_cleanup_buffer_ struct ls_buffer body;
	_cleanup_close_ int fd = -1;
	_cleanup_free_ uint8_t *seen = malloc(n + 1);
	struct ls_delivery d;
	ls_buffer_init(&body, 4096);
	REQUIRE(entry != NULL && seen != NULL);
	REQUIRE(ls_spool_read(s, entry, &body, &fd, NULL) == 0);
	struct ls_message m = { .type = LS_MSG_DELIVERY_BEGIN,
				.body = body.data,
				.size = body.size };
	REQUIRE(ls_decode_delivery(&m, &d, NULL) == 0);
	CHECK_INT_EQ(d.key.number, number);
	CHECK_INT_EQ(d.size, n);
	CHECK_INT_EQ(entry->size, n);
	CHECK_INT_EQ(read(fd, seen, n), n);
	CHECK(memcmp(seen, bytes, n) == 0);
}

static void check_content(struct ls_spool *s, const struct ls_spool_entry *entry, uint64_t number,
			  const char *bytes)
{
	check_bytes(s, entry, number, bytes, strlen(bytes));
}

static void check_sized(struct ls_spool *s, const struct ls_spool_entry *entry, uint64_t number,
			size_t n)
{
	_cleanup_free_ uint8_t *bytes = content(number, n);
	check_bytes(s, entry, number, bytes, n);
}

#endif
