/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/countersign.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/proc/child.h"
#include "lib/seal/countersignature.h"
#include "lib/seal/record.h"

#define PROGRAM_SIZE 4096
#define ENTRIES_MAX  10000 /* names that are looked at in the folder */
#define DOMAIN	     "labseal/countersignature-event/v1\n"

/* --- the folder ------------------------------------------------------------------------ */

static int open_folder(const struct ls_countersign_place *place)
{
	int fd = openat(place->state_fd, LS_STATE_COUNTERSIGN,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool is_handed_in(const char *name)
{
	size_t n = strlen(name), suffix = strlen(LS_COUNTERSIGN_SUFFIX);
	return n > suffix && n < LS_COUNTERSIGN_NAME_SIZE && name[0] != '.' &&
	       strcmp(name + n - suffix, LS_COUNTERSIGN_SUFFIX) == 0;
}

/* Whoever writes it is done: nobody waits for a file that says it is of tomorrow. */
static bool is_settled(const struct stat *st)
{
	time_t now = time(NULL);
	return st->st_mtime > now || now - st->st_mtime > LS_COUNTERSIGN_SETTLED_S;
}

/* The first by name that has settled; "" when there is none. */
static void find_one(int folder, char name[static LS_COUNTERSIGN_NAME_SIZE])
{
	struct stat st;
	int copy = dup(folder);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	name[0] = '\0';
	if (!dir && copy >= 0)
		close(copy);
	if (!dir)
		return;
	rewinddir(dir);
	const struct dirent *e;
	for (int i = 0; i < ENTRIES_MAX && (e = readdir(dir)); i++)
		if (is_handed_in(e->d_name) && (!name[0] || strcmp(e->d_name, name) < 0) &&
		    fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_settled(&st))
			snprintf(name, LS_COUNTERSIGN_NAME_SIZE, "%s", e->d_name);
	closedir(dir);
}

static size_t count_names(int folder)
{
	size_t n = 0;
	int copy = dup(folder);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	if (!dir && copy >= 0)
		close(copy);
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n > 2 ? n - 2 : 0;
}

/* Out of the way: 0, kept for whoever handed it in, or, when there is no more room, 1, deleted. */
static int put_aside(const struct ls_countersign_place *place, const char *name)
{
	_cleanup_close_ int folder = open_folder(place);
	if (folder < 0)
		return folder;
	if (mkdirat(folder, LS_COUNTERSIGN_REFUSED, 0700) < 0 && errno != EEXIST)
		return -errno;
	_cleanup_close_ int refused = openat(folder, LS_COUNTERSIGN_REFUSED,
					     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (refused >= 0 && count_names(refused) < LS_COUNTERSIGN_REFUSED_MAX &&
	    renameat(folder, name, refused, name) == 0)
		return 0;
	return unlinkat(folder, name, 0) == 0 || errno == ENOENT ? 1 : -errno;
}

static int refuse(struct ls_countersign *c, const struct ls_countersign_place *place,
		  const char *why, int64_t now, struct ls_error *err)
{
	char shown[LS_SAFE_NAME_SIZE];
	const char *name = ls_safe_name(c->name, strlen(c->name), shown);
	int rc = put_aside(place, c->name);
	c->name[0] = '\0';
	if (rc < 0) {
		c->next = now + LS_COUNTERSIGN_AGAIN_MS;
		return ls_fail_errno(err, -rc, "countersign.refused",
				     "the countersignature '%s' is refused, and cannot be put "
				     "aside: %s",
				     name, why);
	}
	return ls_fail(err, -EBADMSG, "countersign.refused",
		       "the countersignature '%s' is refused, and %s the state folder's %s/%s: %s",
		       name, rc == 0 ? "lies in" : "deleted, as there are too many in",
		       LS_STATE_COUNTERSIGN, LS_COUNTERSIGN_REFUSED, why);
}

static int later(struct ls_countersign *c, int64_t now)
{
	c->name[0] = '\0';
	c->next = now + LS_COUNTERSIGN_AGAIN_MS;
	return 0;
}

/* --- the process ------------------------------------------------------------------------ */

/* What it may write and no more, however long it would go on. */
static int make_answer(void)
{
	int fd = memfd_create("labseal-countersign", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 && ftruncate(fd, LS_RECORD_DETAIL_MAX) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
		return fd;
	int rc = -errno;
	if (fd >= 0)
		close(fd);
	return rc;
}

static int spawn(struct ls_countersign *c, const struct ls_countersign_place *place, int request,
		 int persons, struct ls_error *err)
{
	char program[PROGRAM_SIZE];
	int rc = ls_program_path(LS_COUNTERSIGN_PROGRAM, program, sizeof(program), err);
	if (rc < 0)
		return rc;
	const char *argv[] = { program, "--instrument", place->instrument,
			       place->development ? "--development" : NULL, NULL };
	const struct ls_child_fd fds[] = {
		{ request, 3 }, { place->share_fd, 4 }, { c->answer, 5 }, { persons, 6 }
	};
	const struct ls_child_spec spec = {
		.path = program,
		.argv = argv,
		.fds = fds,
		.fd_count = persons >= 0 ? 4 : 3,
		.death_signal = SIGKILL,
		.own_group = true,
	};
	return ls_child_spawn(&spec, &c->pid, err);
}

static void close_answer(struct ls_countersign *c)
{
	if (c->answer > 0)
		close(c->answer);
	c->answer = 0;
}

static int start(struct ls_countersign *c, const struct ls_countersign_place *place, int request,
		 int64_t now, struct ls_error *err)
{
	int answer = make_answer();
	if (answer < 0)
		return ls_fail_errno(err, -answer, "countersign.memory",
				     "there is no memory for a countersignature");
	c->answer = answer;
	_cleanup_close_ int persons = openat(place->state_fd, LS_STATE_PERSONS,
					     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int rc = spawn(c, place, request, persons, err);
	if (rc < 0)
		close_answer(c);
	c->since = now;
	return rc;
}

/* Regular, and of one name: nobody's other file is handed in by a link. */
static int open_request(int folder, const char *name)
{
	struct stat st;
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    st.st_size <= LS_COUNTERSIGN_REQUEST_MAX)
		return fd;
	close(fd);
	return -EBADMSG;
}

static int look_at(struct ls_countersign *c, const struct ls_countersign_place *place, int folder,
		   int64_t now, struct ls_error *err)
{
	_cleanup_close_ int request = open_request(folder, c->name);
	if (request == -ENOENT) /* taken back meanwhile */
		return later(c, now);
	if (request == -EBADMSG || request == -ELOOP || request == -ENXIO || request == -ENODEV)
		return refuse(c, place, "it is no file of its own, or larger than 28672 bytes", now,
			      err);
	int rc = request < 0 ? ls_fail_errno(err, -request, "countersign.open",
					     "cannot open a countersignature that was handed in")
			     : start(c, place, request, now, err);
	if (rc < 0)
		later(c, now);
	return rc;
}

int ls_countersign_look(struct ls_countersign *c, const struct ls_countersign_place *place,
			int64_t now, struct ls_error *err)
{
	if (c->pid > 0 && now - c->since > LS_COUNTERSIGN_JUDGE_MS)
		kill(c->pid, SIGKILL); /* its end is told like every other */
	if (c->name[0] || now < c->next)
		return 0;
	c->next = now + LS_COUNTERSIGN_LOOK_MS;
	_cleanup_close_ int folder = open_folder(place);
	if (folder < 0)
		return folder == -ENOENT ? 0
					 : ls_fail_errno(err, -folder, "countersign.folder",
							 "cannot open the state folder's '%s'",
							 LS_STATE_COUNTERSIGN);
	find_one(folder, c->name);
	return c->name[0] ? look_at(c, place, folder, now, err) : 0;
}

/* --- what came of it --------------------------------------------------------------------- */

static int read_answer(int fd, struct ls_buffer *out)
{
	char bytes[LS_RECORD_DETAIL_MAX + 1];
	ssize_t n = pread(fd, bytes, LS_RECORD_DETAIL_MAX, 0);
	if (n < 0)
		return -errno;
	bytes[n] = '\0';
	return ls_buffer_add_str(out, bytes); /* what was not written is zero */
}

static void make_key(struct ls_countersign *c, const struct ls_buffer *detail)
{
	_cleanup_sha256_ struct ls_sha256 hash = { NULL };
	if (ls_sha256_init(&hash) < 0)
		return; /* then a repeat is sealed twice, which says the same */
	ls_sha256_update(&hash, DOMAIN, strlen(DOMAIN));
	ls_sha256_update(&hash, detail->data, detail->size);
	ls_sha256_final(&hash, &c->key);
}

/* Why it was refused, which quotes what came from outside. */
static int refuse_as_said(struct ls_countersign *c, const struct ls_countersign_place *place,
			  const struct ls_buffer *said, int64_t now, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer shown;
	ls_buffer_init(&shown, 3 * LS_ERROR_MESSAGE_SIZE);
	size_t size = said->size < LS_ERROR_MESSAGE_SIZE / 2 ? said->size
							     : LS_ERROR_MESSAGE_SIZE / 2;
	ls_text_escape(ls_buffer_str(said), size, &shown);
	return refuse(c, place, ls_buffer_str(&shown), now, err);
}

int ls_countersign_judged(struct ls_countersign *c, const struct ls_countersign_place *place,
			  int status, int64_t now, struct ls_buffer *detail, struct ls_error *err)
{
	char how[64];
	_cleanup_buffer_ struct ls_buffer said;
	ls_buffer_init(&said, LS_RECORD_DETAIL_MAX);
	int rc = read_answer(c->answer, &said);
	c->pid = 0;
	close_answer(c);
	bool ended = rc == 0 && WIFEXITED(status);
	if (ended && WEXITSTATUS(status) == LS_EXIT_HOLDS && said.size > 0) {
		make_key(c, &said);
		rc = ls_buffer_add(detail, said.data, said.size);
		return rc < 0 ? ls_fail(err, rc, "countersign.memory",
					"there is no memory for a countersignature")
			      : 0;
	}
	if (ended && WEXITSTATUS(status) == LS_EXIT_DOES_NOT_HOLD)
		return refuse_as_said(c, place, &said, now, err);
	/* one that makes it crash, or that it cannot end with, would do so again and again */
	if (WIFSIGNALED(status))
		return refuse(c, place, ls_child_describe(status, how, sizeof(how)), now, err);
	later(c, now);
	return ls_fail(err, -EIO, "countersign.unable",
		       "a countersignature could not be looked at, and will be again: %s %s",
		       LS_COUNTERSIGN_PROGRAM, ls_child_describe(status, how, sizeof(how)));
}

void ls_countersign_sent(struct ls_countersign *c)
{
	c->is_sent = true;
}

int ls_countersign_sealed(struct ls_countersign *c, const struct ls_countersign_place *place,
			  const struct ls_digest *key, struct ls_error *err)
{
	if (!c->is_sent || !ls_digest_equal(&c->key, key))
		return 0;
	_cleanup_close_ int folder = open_folder(place);
	int rc = folder < 0 ? folder : unlinkat(folder, c->name, 0) < 0 ? -errno : 0;
	c->is_sent = false;
	c->name[0] = '\0';
	c->next = 0; /* the next one need not wait */
	if (rc < 0 && rc != -ENOENT)
		return ls_fail_errno(
			err, -rc, "countersign.remove",
			"a countersignature is sealed, and its file cannot be removed");
	return 1;
}

void ls_countersign_again(struct ls_countersign *c)
{
	c->is_sent = false;
	if (c->pid == 0)
		c->name[0] = '\0';
}

void ls_countersign_stop(struct ls_countersign *c)
{
	ls_child_stop(c->pid, 0);
	c->pid = 0;
	close_answer(c);
}
