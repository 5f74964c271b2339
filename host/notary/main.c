/* SPDX-License-Identifier: Apache-2.0 */
/* labseal-notary: time stamps and cosignatures for a log; alone in having a network
 * (labseal-notary(8)). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/notary/notary.h"
#include "lib/base/cleanup.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/net/http.h"
#include "lib/proc/confine.h"
#include "policy/policy.h"

#define USER	   "_labseal-notary"
#define FOLDER	   "notary"
#define PEM_MAX	   65536
#define MEMORY_MAX (1ull << 30)
#define FILES_MAX  64

static const char usage_text[] =
	"Usage: labseal-notary POLICY\n"
	"Asks the policy's time-stamping authority and witnesses to vouch for the log.\n";

static volatile sig_atomic_t stop;

static int64_t clock_s(void)
{
	return time(NULL);
}

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

/* --- what it needs, before it locks itself up ------------------------------------------- */

static int open_folder(const struct ls_policy *policy, struct ls_error *err)
{
	const struct passwd *user = geteuid() == 0 ? getpwnam(USER) : NULL;
	_cleanup_close_ int state = open(policy->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state < 0)
		return ls_fail_errno(
			err, errno, "notary.state",
			"cannot open the state folder '%s' (labseal provision makes it)",
			policy->state);
	int rc = ls_make_dirs(state, FOLDER, 0755, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int fd = openat(state, FOLDER,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (user && fchown(fd, user->pw_uid, user->pw_gid) < 0))
		return ls_fail_errno(err, errno, "notary.folder",
				     "cannot use the folder '%s/" FOLDER "'", policy->state);
	return ls_steal_fd(&fd);
}

static int load_tsa(const struct ls_policy *policy, struct ls_notary *n, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, PEM_MAX);
	ls_buffer_init(&n->tsa.ca_bytes, PEM_MAX);
	if (!policy->signing.timestamp.url[0])
		return 0;
	n->stamps = true;
	n->every = policy->signing.timestamp.every;
	n->tsa.url = policy->signing.timestamp.url;
	n->tsa.timeout_ms = LS_NOTARY_TIMEOUT_MS;
	int rc = ls_file_read(AT_FDCWD, policy->signing.timestamp.ca, &pem, err);
	if (rc == 0)
		rc = ls_time_stamp_cas_from_pem(pem.data, pem.size, &n->tsa.ca_bytes, n->tsa.cas,
						&n->tsa.ca_count, err);
	if (rc < 0)
		ls_error_prefix(err, "'signing.timestamp.ca', '%s'", policy->signing.timestamp.ca);
	return rc;
}

static int load_witnesses(const struct ls_policy *policy, struct ls_notary *n, struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < policy->signing.witness_count; i++) {
		const struct ls_policy_witness *from = &policy->signing.witnesses[i];
		struct ls_notary_witness *w = &n->witnesses[n->witness_count++];
		w->client.url = from->url;
		w->client.timeout_ms = LS_NOTARY_TIMEOUT_MS;
		ls_buffer_init(&w->line, LS_COSIGNATURES_MAX);
		rc = ls_witness_vkey_parse(from->vkey, strlen(from->vkey), &w->client.key, err);
	}
	return rc;
}

static int set_up(const struct ls_policy *policy, struct ls_notary *n, struct ls_error *err)
{
	int rc = load_tsa(policy, n, err);
	if (rc == 0)
		rc = load_witnesses(policy, n, err);
	if (rc == 0)
		rc = n->folder_fd = open_folder(policy, err);
	if (rc < 0)
		return rc;
	n->share_fd = open(policy->publish.share, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (n->share_fd < 0)
		return ls_fail_errno(err, errno, "notary.share",
				     "cannot open the share '%s' (labseal provision makes it)",
				     policy->publish.share);
	ls_http_end_when(&stop);
	return ls_http_init(err);
}

/* --- confinement -------------------------------------------------------------------------- */

/* Names of hosts: where the system says how they are looked up. */
static size_t add_resolver(struct ls_confine_path *paths, size_t count)
{
	static const char *const folders[] = { "/etc", "/run/systemd/resolve", "/usr/lib", "/lib" };
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		int fd = open(folders[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			paths[count++] = (struct ls_confine_path){ fd, false };
	}
	return count;
}

static int confine(const struct ls_policy *policy, const struct ls_notary *n, struct ls_error *err)
{
	static const char *const syscalls[] = {
		LS_CONFINE_BASIC_SYSCALLS,
		"openat",
		"openat2",
		"unlinkat",
		"renameat",
		"renameat2",
		"faccessat",
		"faccessat2",
		"fsync",
		"fchmod",
		"readlink",
		"statx",
		"getdents64",
		"socket",
		"connect",
		"getsockopt",
		"setsockopt",
		"getsockname",
		"getpeername",
		"sendmmsg",
		"shutdown",
		"socketpair",
		"ioctl",
		"uname",
		"pipe2",
		"eventfd2",
		"clone",
		"clone3",
		"set_robust_list",
		"rseq",
		"rt_sigaction",
		"sigaltstack",
		"tgkill",
		"dup",
		"getuid",
		"geteuid",
		"getgid",
		"getegid",
		"access",
		"stat",
		"bind",
		NULL,
	};
	struct ls_confine_path paths[8] = { { n->share_fd, false }, { n->folder_fd, true } };
	const struct ls_confinement c = {
		.user = USER,
		.paths = paths,
		.path_count = add_resolver(paths, 2),
		.syscalls = syscalls,
		.memory_max = MEMORY_MAX,
		.files_max = FILES_MAX,
		.connects = true,
	};
	unsigned missing = 0;
	char text[64];
	int rc = ls_confine(&c, &missing, err);
	for (size_t i = 2; i < c.path_count; i++)
		close(paths[i].dirfd);
	if (rc < 0 || missing == 0)
		return rc;
	ls_confine_missing_text(missing, text, sizeof(text));
	if (!policy->development)
		return ls_fail(err, -EPERM, "notary.unconfined",
			       "this machine does not offer: %s; refusing to work without", text);
	ls_log(LS_LOG_INFO, "notary.unconfined", "this machine does not offer: %s (development)",
	       text);
	return 0;
}

/* --- running -------------------------------------------------------------------------------- */

static int run(const struct ls_policy *policy, struct ls_notary *n, struct ls_error *err)
{
	int rc = set_up(policy, n, err);
	if (rc == 0)
		rc = confine(policy, n, err);
	if (rc < 0)
		return rc;
	ls_log(LS_LOG_INFO, "notary.ready", "%s, %zu witness%s",
	       n->stamps ? "a time-stamping authority" : "no time-stamping authority",
	       n->witness_count, n->witness_count == 1 ? "" : "es");
	ls_notary_begin(n);
	while (!stop) {
		ls_notary_look(n);
		if (!stop)
			poll(NULL, 0, LS_NOTARY_TICK_MS);
	}
	ls_notary_end(n);
	return 0;
}

static int serve(const char *path)
{
	_cleanup_policy_ struct ls_policy *policy = NULL;
	struct ls_policy_faults faults;
	struct ls_error err = { 0 };
	static struct ls_notary n; /* large, and one in a process */
	n.share_fd = n.folder_fd = -1;
	n.clock = clock_s;
	int rc = ls_policy_load(path, &policy, &faults, &err);
	if (rc < 0) {
		ls_log_error(&err);
		return LS_EXIT_COULD_NOT_CHECK;
	}
	if (!policy->signing.timestamp.url[0] && policy->signing.witness_count == 0) {
		ls_log(LS_LOG_INFO, "notary.idle",
		       "the policy names neither 'signing.timestamp' nor 'signing.witnesses': "
		       "there "
		       "is nothing to ask");
		return LS_EXIT_HOLDS;
	}
	rc = run(policy, &n, &err);
	if (rc < 0)
		ls_log_error(&err);
	ls_notary_free(&n);
	return rc == 0 ? LS_EXIT_HOLDS : rc == -EBADMSG ? LS_EXIT_COULD_NOT_CHECK : LS_EXIT_FAILED;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	ls_command_keep_standard();
	ls_log_init("labseal-notary", LS_LOG_INFO);
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("labseal-notary %s\n", LABSEAL_VERSION);
		return LS_EXIT_HOLDS;
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage_text, stdout);
		return LS_EXIT_HOLDS;
	}
	if (argc != 2 || argv[1][0] == '-') {
		fputs(usage_text, stderr);
		return LS_EXIT_USAGE;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	return serve(argv[1]);
}
