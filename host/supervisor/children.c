/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/children.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/proc/child.h"

#define PROGRAM_SIZE 4096
#define NUMBER_SIZE  24
#define ARGS_MAX     (24 + 2 * LS_POLICY_NAMES_MAX)
#define SEQUENCE_FD  7 /* the publisher's, of the first sample */

#define POLL_MS 10

static const struct {
	const char *name, *user;
} children[LS_CHILD_COUNT] = {
	[LS_CHILD_DIODE] = { "labseal-diode", "_labseal-diode" },
	[LS_CHILD_ENCLAVE] = { LS_ENCLAVE_PROGRAM, LS_ENCLAVE_USER },
	[LS_CHILD_PUBLISH] = { "labseal-publish", "_labseal-publish" },
};

const char *ls_child_name(enum ls_child child)
{
	return children[child].name;
}

/* An argument vector with room for the numbers in it. */
struct arguments {
	const char *argv[ARGS_MAX + 1];
	size_t count;
	char numbers[8][NUMBER_SIZE];
	size_t number_count;
	char trust[sizeof(((struct ls_policy *)NULL)->state) + sizeof(LS_STATE_TRUST)];
	char digests[LS_SAMPLES_MAX][LS_DIGEST_HEX_SIZE];
};

static void add(struct arguments *a, const char *word)
{
	if (a->count < ARGS_MAX)
		a->argv[a->count++] = word;
}

static void add_number(struct arguments *a, const char *option, uint64_t value)
{
	char *text = a->numbers[a->number_count++];
	snprintf(text, NUMBER_SIZE, "%" PRIu64, value);
	add(a, option);
	add(a, text);
}

static void diode_arguments(const struct ls_policy *policy, struct arguments *a)
{
	add_number(a, "--max-file-size", policy->channel.max_file_size);
	add_number(a, "--max-name-length", policy->channel.max_name_length);
	add_number(a, "--open-files", policy->channel.open_files);
	add_number(a, "--files-per-day", policy->channel.files_per_day);
	add_number(a, "--spool-size", policy->channel.spool_size);
	add_number(a, "--gap-after", policy->channel.gap_after);
	add_number(a, "--silence-after", policy->channel.silence_after);
	for (size_t i = 0; i < policy->results.count; i++) {
		add(a, "--accept");
		add(a, policy->results.names[i]);
	}
	add(a, "--user");
	add(a, children[LS_CHILD_DIODE].user);
	if (policy->development)
		add(a, "--development");
}

static void publish_arguments(const struct ls_policy *policy, bool report, struct arguments *a)
{
	add(a, "--instrument");
	add(a, policy->instrument.id);
	/* read before it gives up its rights; a state of an earlier version has none */
	snprintf(a->trust, sizeof(a->trust), "%s/%s", policy->state, LS_STATE_TRUST);
	if (access(a->trust, R_OK) == 0) {
		add(a, "--trust");
		add(a, a->trust);
	}
	if (report)
		add(a, "--report");
	if (policy->development)
		add(a, "--development");
}

/* The samples' files, and what each must be; returns how many descriptors there are then. */
static size_t give_samples(const struct ls_sample_files *files, struct arguments *a,
			   struct ls_child_fd *fds, size_t count)
{
	for (size_t i = 0; i < files->samples.count; i++) {
		add(a, "--sequence");
		add(a, ls_digest_hex(&files->samples.list[i].sha256, a->digests[i]));
		fds[count++] = (struct ls_child_fd){ files->fds[i], SEQUENCE_FD + (int)i };
	}
	return count;
}

/* Without it results have no report.html, and are sealed.  Returns the publisher's end, or -1. */
static int open_reporter(const struct ls_policy *policy, struct ls_reporter *reporter)
{
	char program[PROGRAM_SIZE];
	struct ls_error err = { 0 };
	int asker = -1;
	if (ls_program_path(LS_REPORTER_PROGRAM, program, sizeof(program), &err) < 0 ||
	    ls_reporter_open(reporter, program, policy->development, &asker, &err) < 0)
		ls_log(LS_LOG_WARNING, "reporter.start", "results have no report.html: %s",
		       err.message);
	return asker;
}

static int spawn(struct ls_children *c, enum ls_child child, struct arguments *a,
		 const struct ls_child_fd *fds, size_t fd_count, struct ls_error *err)
{
	char program[PROGRAM_SIZE];
	int rc = ls_program_path(children[child].name, program, sizeof(program), err);
	if (rc < 0)
		return rc;
	a->argv[0] = program;
	struct ls_child_spec spec = {
		.path = program,
		.argv = a->argv,
		.fds = fds,
		.fd_count = fd_count,
		.death_signal = SIGKILL,
		.own_group = true,
	};
	return ls_child_spawn(&spec, &c->pids[child], err);
}

/* The three socket pairs; [0] is the end nearer to the guest, or labseald's. */
struct sockets {
	int in[2], out[2], supervisor[2];
};

static void close_pair(int *pair)
{
	for (int i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
}

static void close_sockets(struct sockets *s)
{
	close_pair(s->in);
	close_pair(s->out);
	close_pair(s->supervisor);
}

static int make_sockets(struct sockets *s, struct ls_error *err)
{
	int rc = ls_socket_pair(s->in, err);
	if (rc == 0)
		rc = ls_socket_pair(s->out, err);
	if (rc == 0)
		rc = ls_socket_pair(s->supervisor, err);
	return rc;
}

static int start_enclave(struct ls_children *c, struct ls_enclave_process *prepared,
			 const struct sockets *s, struct ls_error *err)
{
	struct arguments none = { .count = 1 };
	const struct ls_child_fd fds[] = { { s->in[1], 3 },
					   { s->out[0], 4 },
					   { s->supervisor[1], 5 } };
	if (prepared->pid > 0)
		return ls_enclave_process_run(prepared, fds, 3, &c->pids[LS_CHILD_ENCLAVE], err);
	return spawn(c, LS_CHILD_ENCLAVE, &none, fds, 3, err);
}

static int spawn_all(const struct ls_policy *policy, struct ls_enclave_process *enclave, int fifo,
		     int spool_fd, int share_fd, int notary, const struct ls_sample_files *samples,
		     const struct sockets *s, struct ls_children *c, struct ls_error *err)
{
	struct arguments publish = { .count = 1 }, diode = { .count = 1 };
	_cleanup_close_ int asker = open_reporter(policy, &c->reporter);
	if (notary >= 0)
		add(&publish, "--notary");
	publish_arguments(policy, asker >= 0, &publish);
	diode_arguments(policy, &diode);
	struct ls_child_fd publish_fds[4 + LS_SAMPLES_MAX] = { { s->out[1], 3 }, { share_fd, 4 } };
	const struct ls_child_fd diode_fds[] = { { fifo, 3 }, { s->in[0], 4 }, { spool_fd, 5 } };
	size_t publish_count = 2;
	if (asker >= 0)
		publish_fds[publish_count++] = (struct ls_child_fd){ asker, 5 };
	if (notary >= 0)
		publish_fds[publish_count++] = (struct ls_child_fd){ notary, 6 };
	publish_count = give_samples(samples, &publish, publish_fds, publish_count);
	int rc = spawn(c, LS_CHILD_PUBLISH, &publish, publish_fds, publish_count, err);
	if (rc == 0)
		rc = start_enclave(c, enclave, s, err);
	if (rc == 0)
		rc = spawn(c, LS_CHILD_DIODE, &diode, diode_fds, 3, err);
	return rc;
}

int ls_children_start(const struct ls_policy *policy, struct ls_enclave_process *enclave, int fifo,
		      int spool_fd, int share_fd, int notary_fd,
		      const struct ls_sample_files *samples, struct ls_children *ret_children,
		      struct ls_error *err)
{
	struct ls_children c = { .channel = -1 };
	struct sockets s = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	int rc = make_sockets(&s, err);
	if (rc == 0)
		rc = spawn_all(policy, enclave, fifo, spool_fd, share_fd, notary_fd, samples, &s,
			       &c, err);
	if (rc == 0 && fcntl(s.supervisor[0], F_SETFL, O_NONBLOCK) < 0)
		rc = ls_fail_errno(err, errno, "children.channel", "cannot talk to the enclave");
	if (rc == 0)
		c.channel = ls_steal_fd(&s.supervisor[0]);
	close_sockets(&s);
	if (rc < 0) {
		ls_children_stop(&c, 0);
		return rc;
	}
	ls_message_stream_init(&c.stream, c.channel);
	*ret_children = c;
	return 0;
}

static bool all_gone(struct ls_children *c)
{
	bool gone = true;
	for (int i = 0; i < LS_CHILD_COUNT; i++) {
		int status;
		if (c->pids[i] > 0 && ls_child_wait(c->pids[i], 0, &status) != 0)
			c->pids[i] = 0;
		gone = gone && c->pids[i] == 0;
	}
	return gone;
}

void ls_children_stop(struct ls_children *c, int grace_ms)
{
	if (c->channel > 0) {
		ls_message_stream_free(&c->stream);
		close(c->channel);
	}
	c->channel = -1;
	/* the enclave is number 1 of its namespace, which no SIGTERM reaches; it holds nothing */
	for (int i = 0; i < LS_CHILD_COUNT; i++)
		if (c->pids[i] > 0)
			kill(c->pids[i], i == LS_CHILD_ENCLAVE ? SIGKILL : SIGTERM);
	for (int waited = 0; !all_gone(c) && waited < grace_ms; waited += POLL_MS)
		nanosleep(&(struct timespec){ .tv_nsec = POLL_MS * 1000000L }, NULL);
	for (int i = 0; i < LS_CHILD_COUNT; i++)
		ls_child_stop(c->pids[i], 0);
	ls_reporter_close(&c->reporter);
	memset(c->pids, 0, sizeof(c->pids));
}

int ls_children_folder(int at, const char *path, mode_t mode, enum ls_child child,
		       struct ls_error *err)
{
	int rc = ls_make_dirs(at, path, mode, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct passwd *user = geteuid() == 0 ? getpwnam(children[child].user) : NULL;
	if (fd < 0 || (user && fchown(fd, user->pw_uid, user->pw_gid) < 0))
		return ls_fail_errno(err, errno, "children.folder", "cannot use the folder '%s'",
				     path);
	return ls_steal_fd(&fd);
}
