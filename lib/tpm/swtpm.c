/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/swtpm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/proc/child.h"
#include "lib/tpm/transport.h"

#define LOG_NAME      "swtpm.log"
#define LOG_MAX	      (1 << 20)
#define PATH_SIZE     512
#define START_WAIT_MS 10000
#define STOP_WAIT_MS  2000
#define CHILD_FD      3 /* where swtpm finds its end of the pair */

static const char *find_swtpm(void)
{
	static const char *const paths[] = { "/usr/bin/swtpm", "/usr/local/bin/swtpm" };
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

/* The whole argument vector as swtpm 0.7 and later take it. */
static int spawn(const char *program, const char *state_dir, int fd, pid_t *ret_pid,
		 struct ls_error *err)
{
	char state[PATH_SIZE], log[PATH_SIZE], channel[16];
	int n = snprintf(state, sizeof(state), "dir=%s,mode=0600", state_dir);
	int m = snprintf(log, sizeof(log), "file=%s/" LOG_NAME ",level=1,truncate", state_dir);
	if (state_dir[0] != '/' || strchr(state_dir, ',') || n >= PATH_SIZE || m >= PATH_SIZE)
		return ls_fail(err, -EINVAL, "swtpm.path",
			       "the software TPM's folder '%s' must be an absolute path without "
			       "a comma and shorter than %d bytes",
			       state_dir, PATH_SIZE - 40);
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return ls_fail_errno(err, errno, "swtpm.null", "cannot open '/dev/null'");
	snprintf(channel, sizeof(channel), "%d", CHILD_FD);
	const char *argv[] = { "swtpm", "socket",  "--tpm2",
			       "--fd",	channel,   "--tpmstate",
			       state,	"--flags", "not-need-init,startup-clear",
			       "--log", log,	   NULL };
	/* it says on stderr what is in its log too */
	struct ls_child_fd fds[] = { { .from = fd, .to = CHILD_FD }, { .from = null, .to = 2 } };
	struct ls_child_spec spec = {
		.path = program,
		.argv = argv,
		.fds = fds,
		.fd_count = 2,
		.death_signal = SIGKILL,
		.own_group = true,
	};
	return ls_child_spawn(&spec, ret_pid, err);
}

/* TPM2_SelfTest(fullTest NO): any response at all means that it is there. */
static int first_answer(int fd, struct ls_error *err)
{
	static const uint8_t self_test[] = { 0x80, 0x01, 0, 0, 0, 11, 0, 0, 0x01, 0x43, 0 };
	uint8_t response[LS_TPM_BUFFER_SIZE];
	size_t size;
	int rc = ls_tpm_exchange(fd, START_WAIT_MS, self_test, sizeof(self_test), response, &size,
				 err);
	if (rc < 0)
		return rc;
	if (size == LS_TPM_HEADER_SIZE && memcmp(response + 6, "\0\0\0\0", 4) == 0)
		return 0;
	return ls_fail(err, -EIO, "swtpm.start", "it is in failure mode");
}

/* swtpm's log; empty when there is none. */
static void read_log(const char *state_dir, struct ls_buffer *log)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "%s/" LOG_NAME, state_dir);
	if (ls_file_read(AT_FDCWD, path, log, NULL) < 0)
		ls_buffer_clear(log);
	for (; log->size > 0 && log->data[log->size - 1] == '\n'; log->size--)
		log->data[log->size - 1] = '\0';
}

static int start_failed(const char *state_dir, const struct ls_error *why, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer log;
	ls_buffer_init(&log, LOG_MAX);
	read_log(state_dir, &log);
	const char *text = ls_buffer_str(&log), *last = strrchr(text, '\n');
	if (strstr(text, "Could not lock"))
		return ls_fail(err, -EBUSY, "swtpm.busy",
			       "another process uses the software TPM in '%s'; is labseal running "
			       "already?",
			       state_dir);
	return ls_fail(err, -EIO, "swtpm.start",
		       "the software TPM in '%s' did not come up: %s; its log ends: %s", state_dir,
		       why->message, last ? last + 1 : text);
}

int ls_swtpm_start(const char *state_dir, struct ls_swtpm *ret_swtpm, struct ls_error *err)
{
	const char *program = find_swtpm();
	int pair[2];
	pid_t pid = -1;
	struct ls_error why = { 0 };
	if (!program)
		return ls_fail(err, -ENOENT, "swtpm.missing",
			       "the software TPM is not installed; install the package 'swtpm'");
	int rc = ls_socket_pair(pair, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int ours = pair[0];
	int theirs = pair[1];
	rc = spawn(program, state_dir, theirs, &pid, err);
	close(theirs);
	if (rc < 0)
		return rc;
	if (first_answer(ours, &why) < 0) {
		ls_child_stop(pid, 0);
		return start_failed(state_dir, &why, err);
	}
	*ret_swtpm = (struct ls_swtpm){ .pid = pid, .fd = ls_steal_fd(&ours) };
	return 0;
}

void ls_swtpm_stop(struct ls_swtpm *swtpm)
{
	int status;
	if (swtpm->pid <= 0)
		return;
	/* TPM2_Shutdown(CLEAR); nothing depends on its answer */
	static const uint8_t shutdown[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x45, 0, 0 };
	uint8_t response[LS_TPM_BUFFER_SIZE];
	size_t size;
	ls_tpm_exchange(swtpm->fd, STOP_WAIT_MS, shutdown, sizeof(shutdown), response, &size, NULL);
	close(swtpm->fd); /* it ends when its only client is gone */
	if (ls_child_wait(swtpm->pid, STOP_WAIT_MS, &status) == 0)
		ls_child_stop(swtpm->pid, 0);
	*swtpm = (struct ls_swtpm){ .fd = -1 };
}

void ls_swtpm_kill(struct ls_swtpm *swtpm)
{
	if (swtpm->pid <= 0)
		return;
	close(swtpm->fd);
	ls_child_stop(swtpm->pid, 0);
	*swtpm = (struct ls_swtpm){ .fd = -1 };
}
