/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/closure.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/reader.h"
#include "lib/proc/child.h"

#define PROGRAM_MAX (256u << 20) /* bytes of a program file: a sanitized one is large */

static int bad_elf(struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "closure.elf", "this is not a whole 64-bit ELF program");
}

/* Native byte order: the file is for the machine we run on. */
static bool take(const void *bytes, size_t size, uint64_t offset, void *part, size_t n)
{
	if (offset > size || n > size - offset)
		return false;
	memcpy(part, (const uint8_t *)bytes + offset, n);
	return true;
}

static int copy_interpreter(const void *elf, size_t size, const Elf64_Phdr *header,
			    char buffer[static LS_CLOSURE_PATH_SIZE], struct ls_error *err)
{
	char path[LS_CLOSURE_PATH_SIZE];
	if (header->p_filesz < 2 || header->p_filesz > sizeof(path) ||
	    !take(elf, size, header->p_offset, path, header->p_filesz) ||
	    strnlen(path, header->p_filesz) != header->p_filesz - 1 || path[0] != '/')
		return bad_elf(err);
	memcpy(buffer, path, header->p_filesz);
	return 0;
}

int ls_closure_interpreter(const void *elf, size_t size, char buffer[static LS_CLOSURE_PATH_SIZE],
			   struct ls_error *err)
{
	Elf64_Ehdr head;
	if (!take(elf, size, 0, &head, sizeof(head)) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_phentsize != sizeof(Elf64_Phdr))
		return bad_elf(err);
	for (unsigned i = 0; i < head.e_phnum; i++) {
		Elf64_Phdr header;
		/* e_phoff near 2^64 wraps to a place that take() refuses or that is in the file */
		if (!take(elf, size, head.e_phoff + (uint64_t)i * sizeof(header), &header,
			  sizeof(header)))
			return bad_elf(err);
		if (header.p_type == PT_INTERP)
			return copy_interpreter(elf, size, &header, buffer, err);
	}
	buffer[0] = '\0';
	return 0;
}

static int add_path(struct ls_closure *closure, const char *path, size_t n, struct ls_error *err)
{
	for (size_t i = 0; i < closure->count; i++)
		if (strlen(closure->paths[i]) == n && memcmp(closure->paths[i], path, n) == 0)
			return 0;
	if (n == 0 || n >= LS_CLOSURE_PATH_SIZE || path[0] != '/' || memchr(path, '\0', n))
		return ls_fail(err, -EBADMSG, "closure.path",
			       "the dynamic loader names a file in a way not understood");
	if (closure->count == LS_CLOSURE_MAX)
		return ls_fail(err, -E2BIG, "closure.many", "a program needs more than %d files",
			       LS_CLOSURE_MAX);
	memcpy(closure->paths[closure->count], path, n);
	closure->paths[closure->count++][n] = '\0';
	return 0;
}

/*
 * One line, without its tab and LF:
 *     "NAME => PATH (0x...)", "PATH (0x...)", "NAME => not found", or the
 *     kernel's "linux-vdso.so.1 (0x...)", which is no file.
 */
static int parse_line(const char *line, size_t n, struct ls_closure *closure, struct ls_error *err)
{
	static const char missing[] = " => not found";
	if (n > sizeof(missing) - 1 &&
	    memcmp(line + n - (sizeof(missing) - 1), missing, sizeof(missing) - 1) == 0)
		return ls_fail(err, -ENOENT, "closure.missing",
			       "the library '%.*s' is not installed where the loader looks for it "
			       "by itself (/lib, /usr/lib and their folders for this machine)",
			       (int)(n - (sizeof(missing) - 1)), line);
	const char *arrow = memmem(line, n, " => ", 4);
	const char *path = arrow ? arrow + 4 : line;
	const char *end = memmem(path, n - (size_t)(path - line), " (0x", 4);
	if (!end)
		return ls_fail(err, -EBADMSG, "closure.line",
			       "the dynamic loader's answer '%.*s' is not understood",
			       (int)(n < 200 ? n : 200), line);
	if (!arrow && path[0] != '/')
		return 0;
	return add_path(closure, path, (size_t)(end - path), err);
}

int ls_closure_parse(const char *text, size_t size, struct ls_closure *closure,
		     struct ls_error *err)
{
	struct ls_reader r;
	ls_reader_init(&r, text, size);
	while (ls_reader_left(&r) > 0) {
		const char *line;
		size_t n;
		int rc = ls_read_line(&r, &line, &n);
		if (rc < 0)
			return ls_fail(err, -EBADMSG, "closure.line",
				       "the dynamic loader's answer is cut short");
		if (n == 0)
			continue;
		if (line[0] == '\t')
			rc = parse_line(line + 1, n - 1, closure, err);
		else
			rc = parse_line(line, n, closure, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int read_answer(int fd, struct ls_buffer *answer)
{
	for (;;) {
		uint8_t *place = ls_buffer_reserve(answer, 4096);
		if (!place)
			return ls_buffer_error(answer);
		ssize_t n = read(fd, place, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		ls_buffer_commit(answer, (size_t)n);
	}
}

static int run_loader(const char *loader, const char *program, struct ls_buffer *answer,
		      struct ls_error *err)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return ls_fail_errno(err, errno, "closure.pipe", "cannot run '%s'", loader);
	_cleanup_close_ int in = fds[0];
	_cleanup_close_ int out = fds[1];
	const char *argv[] = { loader, "--inhibit-cache", "--list", program, NULL };
	struct ls_child_fd map[] = { { .from = out, .to = 1 } };
	struct ls_child_spec spec = { .path = loader, .argv = argv, .fds = map, .fd_count = 1 };
	pid_t pid;
	int rc = ls_child_spawn(&spec, &pid, err);
	if (rc < 0)
		return rc;
	close(ls_steal_fd(&out));
	rc = read_answer(in, answer);
	close(ls_steal_fd(&in));
	int status = 0;
	ls_child_wait(pid, -1, &status);
	if (rc < 0)
		return ls_fail_errno(err, -rc, "closure.read", "cannot read what '%s' says",
				     loader);
	/* a missing library is in the answer, whatever the status says */
	if (status != 0 && answer->size == 0)
		return ls_fail(err, -EIO, "closure.loader",
			       "the dynamic loader '%s' does not list what '%s' needs", loader,
			       program);
	return 0;
}

static int find_interpreter(const char *program, char buffer[static LS_CLOSURE_PATH_SIZE],
			    struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer elf;
	ls_buffer_init(&elf, PROGRAM_MAX);
	int rc = ls_file_read(AT_FDCWD, program, &elf, err);
	if (rc < 0)
		return rc;
	rc = ls_closure_interpreter(elf.data, elf.size, buffer, err);
	if (rc < 0)
		ls_error_prefix(err, "'%s'", program);
	return rc;
}

/* What the loader gives to a program or library, and the loader itself. */
static int add_loaded(struct ls_closure *closure, const char *file, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer answer;
	ls_buffer_init(&answer, LS_CLOSURE_LIST_MAX);
	int rc = run_loader(closure->loader, file, &answer, err);
	if (rc == 0)
		rc = ls_closure_parse(ls_buffer_str(&answer), answer.size, closure, err);
	if (rc == 0)
		rc = add_path(closure, closure->loader, strlen(closure->loader), err);
	if (rc < 0)
		ls_error_prefix(err, "what '%s' loads", file);
	return rc;
}

int ls_closure_of(const char *program, struct ls_closure *ret_closure, struct ls_error *err)
{
	ret_closure->count = 0;
	ret_closure->loader[0] = '\0';
	int rc = add_path(ret_closure, program, strlen(program), err);
	if (rc == 0)
		rc = find_interpreter(program, ret_closure->loader, err);
	if (rc < 0 || ret_closure->loader[0] == '\0')
		return rc;
	return add_loaded(ret_closure, program, err);
}

int ls_closure_add_library(struct ls_closure *closure, const char *library, struct ls_error *err)
{
	if (closure->loader[0] == '\0')
		return ls_fail(err, -EINVAL, "closure.static",
			       "a static program cannot load the library '%s'", library);
	int rc = add_path(closure, library, strlen(library), err);
	return rc < 0 ? rc : add_loaded(closure, library, err);
}
