/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal-calibration: asks the local mirror of a registry of calibrations whether a device is
 * traceable now, and writes what it finds on its answer's descriptor.  labseald starts it, at
 * intervals; it can open nothing but files of the mirror, for reading, and has no network.  With
 * --watch it then waits until the mirror is renewed: mirror and trust file may lie on a file system
 * that does not answer any more, so that labseald itself must not look at them.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/calibration/answer.h"
#include "lib/base/cleanup.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/proc/confine.h"
#include "lib/registry/folder.h"
#include "lib/registry/registry.h"

#define ANSWER_FD  3
#define MEMORY_MAX (2ull << 30)
#define FILES_MAX  64
#define LOOK_NS	   500000000 /* between two looks at whether the mirror was renewed */

struct arguments {
	struct ls_calibration_question question;
	const char *registry, *trust;
	bool development, watch;
};

static const char usage_text[] =
	"Usage: labseal-calibration --device NAME --registry FOLDER --trust FILE --max-age "
	"SECONDS [--quantity QUANTITY] [--watch] [--development]\n"
	"labseald starts this program, with descriptor 3 (answer).\n";

static int usage(void)
{
	fputs(usage_text, stderr);
	return LS_EXIT_USAGE;
}

static int parse_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "registry", required_argument, NULL, 'r' },
		{ "trust", required_argument, NULL, 't' },
		{ "max-age", required_argument, NULL, 'a' },
		{ "quantity", required_argument, NULL, 'q' },
		{ "watch", no_argument, NULL, 'w' },
		{ "development", no_argument, NULL, 'D' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t age = 0;
	struct stat st;
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'd': a->question.device = optarg; break;
		case 'r': a->registry = optarg; break;
		case 't': a->trust = optarg; break;
		case 'q': a->question.quantity = optarg; break;
		case 'w': a->watch = true; break;
		case 'D': a->development = true; break;
		case 'a':
			if (ls_parse_u64(optarg, strlen(optarg), &age) < 0 || age > INT32_MAX)
				return usage();
			break;
		default: return usage();
		}
	a->question.max_age = (int64_t)age;
	a->question.now = time(NULL);
	return optind != argc || !a->question.device || !a->registry || !a->trust || age == 0 ||
			       fstat(ANSWER_FD, &st) < 0
		       ? usage()
		       : 0;
}

/* folder: -1 where there is none; nothing can be opened then. */
static int confine(const struct arguments *a, int folder)
{
	/* a cache that cannot be written, by who it is and by Landlock, is made in memory */
	static const char *const syscalls[] = { LS_CONFINE_BASIC_SYSCALLS,
						"openat",
						"openat2",
						"pread64",
						"pwrite64",
						"stat",
						"lstat",
						"statx",
						"access",
						"faccessat",
						"faccessat2",
						"getcwd",
						"readlink",
						"geteuid",
						"getuid",
						"getdents64",
						"mkdirat",
						"flock",
						"unlink",
						"unlinkat",
						"renameat",
						"renameat2",
						"ftruncate",
						"fsync",
						"fdatasync",
						"fchmod",
						"fchown",
						"memfd_create",
						"sysinfo",
						NULL };
	const struct ls_confine_path mirror = { .dirfd = folder, .writable = false };
	const struct ls_confinement c = { .user = "_labseal-calibration",
					  .paths = &mirror,
					  .path_count = folder >= 0 ? 1 : 0,
					  .syscalls = syscalls,
					  .memory_max = MEMORY_MAX,
					  .files_max = FILES_MAX };
	return ls_confine_or_refuse(&c, "calibration.unconfined", a->development);
}

/* Before it is confined: the file lies where only root may look, perhaps.  Not a fifo's writer is
 * waited for. */
static int open_trust(const char *path, struct ls_error *err)
{
	struct stat st;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return ls_fail_errno(err, errno, "calibration.trust",
				     "cannot open the calibration trust file '%s'", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return ls_fail(err, -EINVAL, "calibration.trust",
			       "the calibration trust file '%s' is no regular file", path);
	return ls_steal_fd(&fd);
}

static int read_trust(int fd, struct ls_cal_trust *ret_trust, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_CAL_TRUST_SIZE_MAX);
	int rc = ls_read_all(fd, &text);
	if (rc < 0)
		ls_fail_errno(err, -rc, "calibration.trust",
			      "cannot read the calibration trust file");
	else
		rc = ls_cal_trust_parse(text.data, text.size, ret_trust, err);
	if (rc == 0 && !ret_trust->has_registry)
		rc = ls_fail(err, -EINVAL, "calibration.trust",
			     "the calibration trust file names no registry");
	return rc;
}

/* A line; of several the last one counts. */
static int answer(const struct ls_calibration_status *status, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_CALIBRATION_STATUS_MAX + 1);
	int rc = ls_calibration_status_format(status, &text, err);
	if (rc == 0)
		rc = ls_buffer_add_str(&text, "\n");
	if (rc == 0 && (rc = ls_write_all(ANSWER_FD, text.data, text.size)) < 0)
		ls_fail_errno(err, -rc, "calibration.answer", "cannot answer");
	return rc;
}

/* The index of a large mirror takes minutes: what is known meanwhile is said before. */
static int say_behind(const struct arguments *a, const struct ls_cal_trust *trust,
		      struct ls_error *err)
{
	struct ls_error why = { 0 };
	struct ls_calibration_status status;
	uint64_t behind = 0;
	int rc = ls_registry_behind(a->registry, &trust->registry, &behind, err);
	if (rc < 0 || behind == 0)
		return rc;
	ls_fail(&why, -EAGAIN, LS_CALIBRATION_INDEX,
		"the index of the mirror's %" PRIu64
		" entries is being rebuilt, in memory; 'labseal "
		"cal sync' makes one that stays",
		behind);
	ls_calibration_unable(&a->question, &why, &status);
	return answer(&status, err);
}

/* trust_fd: the file; or a negative errno, and err says why it is not open. */
static void ask(const struct arguments *a, int trust_fd, struct ls_error *err,
		struct ls_calibration_status *status)
{
	_cleanup_cal_trust_ struct ls_cal_trust trust = { .has_registry = false };
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	int rc = trust_fd < 0 ? trust_fd : read_trust(trust_fd, &trust, err);
	if (rc == 0)
		rc = say_behind(a, &trust, err);
	if (rc == 0)
		rc = ls_registry_store_open(a->registry, &trust, &store, err);
	if (rc < 0)
		ls_calibration_unable(&a->question, err, status);
	else
		ls_calibration_ask(&a->question, &trust, store, status);
}

/* When the mirror's checkpoint was put there; what it says is not looked at. */
static struct timespec mirror_time(const char *registry)
{
	struct stat st;
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/" LS_REGISTRY_CHECKPOINT, registry);
	return n < (int)sizeof(path) && stat(path, &st) == 0 ? st.st_mtim : (struct timespec){ 0 };
}

/* Until the mirror is another one than then; labseald ends it before, perhaps. */
static void wait_for_renewal(const char *registry, struct timespec then)
{
	struct timespec t = then;
	while (t.tv_sec == then.tv_sec && t.tv_nsec == then.tv_nsec) {
		const struct timespec pause = { .tv_nsec = LOOK_NS };
		nanosleep(&pause, NULL);
		t = mirror_time(registry);
	}
}

int main(int argc, char **argv)
{
	struct arguments a = { .registry = NULL };
	struct ls_calibration_status status;
	struct ls_error err = { 0 }, why = { 0 };
	if (ls_command_answered("labseal-calibration", usage_text, argc, argv))
		return LS_EXIT_HOLDS;
	ls_log_init("labseal-calibration", LS_LOG_INFO);
	int rc = parse_arguments(argc, argv, &a);
	if (rc != 0)
		return rc;
	int trust = open_trust(a.trust, &why);
	int folder = open(a.registry, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = confine(&a, folder);
	if (rc != 0)
		return rc;
	const struct timespec then = mirror_time(a.registry);
	ask(&a, trust, &why, &status);
	if (answer(&status, &err) < 0) {
		ls_log_error(&err);
		return LS_EXIT_FAILED;
	}
	close(ANSWER_FD); /* which is how labseald knows that this is all */
	if (a.watch)
		wait_for_renewal(a.registry, then);
	return LS_EXIT_HOLDS;
}
