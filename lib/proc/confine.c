/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/proc/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/exit.h"
#include "lib/base/log.h"

/* Rights that came after Debian 12's headers (Linux 6.1). */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#ifdef LABSEAL_SANITIZE
/*
 * The leak checker stops its own process with ptrace at exit, which a confined
 * one rightly does not allow: it would hang.  Leaks are looked for in the unit
 * tests, which run the same code unconfined.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                         \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |  \
	 LANDLOCK_ACCESS_FS_MAKE_REG)
#define FS_OTHER                                                       \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |   \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

static int limit(int resource, uint64_t value, struct ls_error *err)
{
	struct rlimit l = { .rlim_cur = value, .rlim_max = value };
	if (setrlimit(resource, &l) < 0)
		return ls_fail_errno(err, errno, "confine.limit", "cannot set a resource limit");
	return 0;
}

static int set_limits(const struct ls_confinement *c, struct ls_error *err)
{
	int rc = limit(RLIMIT_CORE, 0, err);
	if (rc == 0 && c->files_max)
		rc = limit(RLIMIT_NOFILE, c->files_max, err);
#ifndef LABSEAL_SANITIZE /* AddressSanitizer maps terabytes of shadow memory */
	if (rc == 0 && c->memory_max)
		rc = limit(RLIMIT_AS, c->memory_max, err);
#endif
	return rc;
}

static int become_user(const char *user, unsigned *missing, struct ls_error *err)
{
	int death_signal = 0;
	if (!user)
		return 0;
	const struct passwd *pw = geteuid() == 0 ? getpwnam(user) : NULL;
	if (!pw) {
		*missing |= LS_CONFINE_USER;
		return 0;
	}
	prctl(PR_GET_PDEATHSIG, &death_signal);
	if (setgroups(0, NULL) < 0 || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0)
		return ls_fail_errno(err, errno, "confine.user", "cannot become user '%s'", user);
	/* the change of user clears it, and the parent may have died meanwhile: its channels tell
	 */
	if (death_signal && prctl(PR_SET_PDEATHSIG, death_signal) < 0)
		return ls_fail_errno(err, errno, "confine.signal",
				     "cannot ask to end with the supervisor");
	return 0;
}

/*
 * Where the limit allows all that the process may ever have: a smaller one would be
 * met later, as memory that runs out.  Pages are locked as they are used.
 */
static void lock_memory(const struct ls_confinement *c, unsigned *missing)
{
#ifndef LABSEAL_SANITIZE
	struct rlimit limit;
	if (!c->lock_memory)
		return;
	bool enough = getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
		      (geteuid() == 0 || limit.rlim_cur >= c->memory_max);
	if (!enough || mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		*missing |= LS_CONFINE_MEMORY;
#else
	(void)c;
	(void)missing;
#endif
}

static int landlock_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* What this kernel can handle: rights it does not know make the call fail. */
static uint64_t known_rights(int abi)
{
	uint64_t rights = FS_READ | FS_WRITE | FS_OTHER;
	if (abi >= 2)
		rights |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
	return rights;
}

static int allow_path(int ruleset, const struct ls_confine_path *path, uint64_t known,
		      struct ls_error *err)
{
	uint64_t wanted = FS_READ;
	if (path->writable)
		wanted |= FS_WRITE | LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_TRUNCATE;
	struct landlock_path_beneath_attr rule = {
		.allowed_access = wanted & known,
		.parent_fd = path->dirfd,
	};
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return ls_fail_errno(err, errno, "confine.landlock",
				     "cannot allow a folder under Landlock");
	return 0;
}

/*
 * A ruleset with TCP handled and nothing allowed, where the ABI (4 and later) has it,
 * and from ABI 6 with signals and abstract sockets kept to the process's own domain.
 */
static int create_ruleset(int abi, uint64_t known, bool connects)
{
	struct {
		uint64_t handled_access_fs;
		/* newer than Debian 12's header: */
		uint64_t handled_access_net; /* bind, connect */
		uint64_t scoped;	     /* abstract UNIX sockets, signals */
	} attr = { .handled_access_fs = known,
		   .handled_access_net = connects ? 1 : 3,
		   .scoped = 3 };
	size_t size = abi >= 6	 ? sizeof(attr)
		      : abi >= 4 ? offsetof(__typeof__(attr), scoped)
				 : sizeof(attr.handled_access_fs);
	return (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
}

static int lock_file_system(const struct ls_confinement *c, unsigned *missing, struct ls_error *err)
{
	int abi = landlock_abi();
	if (abi < 1) {
		*missing |= LS_CONFINE_LANDLOCK;
		return 0;
	}
	uint64_t known = known_rights(abi);
	_cleanup_close_ int ruleset = create_ruleset(abi, known, c->connects);
	if (ruleset < 0)
		return ls_fail_errno(err, errno, "confine.landlock",
				     "cannot make a Landlock ruleset");
	for (size_t i = 0; i < c->path_count; i++) {
		int rc = allow_path(ruleset, &c->paths[i], known, err);
		if (rc < 0)
			return rc;
	}
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return ls_fail_errno(err, errno, "confine.landlock", "Landlock refused");
	return 0;
}

/* Those that can make memory executable; the protection is the third argument of both. */
static bool makes_code(const char *name)
{
	return strcmp(name, "mmap") == 0 || strcmp(name, "mprotect") == 0;
}

/* A name that this architecture does not have cannot be called either. */
static int allow_syscall(scmp_filter_ctx filter, const char *name, bool no_new_code)
{
	int number = seccomp_syscall_resolve_name(name);
	if (number == __NR_SCMP_ERROR)
		return 0;
	if (no_new_code && makes_code(name))
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1,
					SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
}

/* What reading a file takes, as a library does that may lock it meanwhile; nothing that writes. */
static int allow_reading(scmp_filter_ctx filter)
{
	static const char *const whole[] = { "newfstatat", "fstat", "lseek" };
	static const int locks[] = { F_GETFL, F_SETLK, F_SETLKW };
	const uint64_t not_reading = O_ACCMODE | O_CREAT | O_TRUNC;
	int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
				  SCMP_A2(SCMP_CMP_MASKED_EQ, not_reading, O_RDONLY));
	for (size_t i = 0; rc == 0 && i < sizeof(locks) / sizeof(locks[0]); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				      SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)locks[i], 0));
	for (size_t i = 0; rc == 0 && i < sizeof(whole) / sizeof(whole[0]); i++)
		rc = allow_syscall(filter, whole[i], false);
	return rc;
}

/* Libraries of others log by syslog(3), which does without when it gets none. */
static int refuse_log_socket(scmp_filter_ctx filter)
{
	const uint64_t type = ~(uint64_t)(SOCK_CLOEXEC | SOCK_NONBLOCK);
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 2,
				SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0),
				SCMP_A1(SCMP_CMP_MASKED_EQ, type, SOCK_DGRAM));
}

static int allow_all(scmp_filter_ctx filter, const struct ls_confinement *c)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && c->syscalls[i]; i++)
		rc = allow_syscall(filter, c->syscalls[i], c->no_new_code);
	if (rc == 0 && c->reads_files)
		rc = allow_reading(filter);
	if (rc == 0 && c->logs_nowhere)
		rc = refuse_log_socket(filter);
#ifdef LABSEAL_SANITIZE
	static const char *const sanitizer[] = { "sigaltstack", "readlink",  "openat",	   "prctl",
						 "clone",	"wait4",     "getdents64", "ptrace",
						 "tgkill",	"prlimit64", NULL };
	for (size_t i = 0; rc == 0 && sanitizer[i]; i++)
		rc = allow_syscall(filter, sanitizer[i], false);
#endif
	return rc;
}

static int lock_syscalls(const struct ls_confinement *c, unsigned *missing, struct ls_error *err)
{
	if (!c->syscalls)
		return 0;
	if (prctl(PR_GET_SECCOMP) < 0) {
		*missing |= LS_CONFINE_SECCOMP;
		return 0;
	}
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return ls_fail(err, -ENOMEM, "confine.seccomp",
			       "out of memory for a seccomp filter");
	int rc = allow_all(filter, c);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc < 0 ? ls_fail_errno(err, -rc, "confine.seccomp", "cannot load the seccomp filter")
		      : 0;
}

int ls_confine(const struct ls_confinement *c, unsigned *ret_missing, struct ls_error *err)
{
	unsigned missing = 0;
	int rc = set_limits(c, err);
	if (rc == 0)
		rc = become_user(c->user, &missing, err);
	if (rc == 0)
		lock_memory(c, &missing);
	/* after the change of user: setresuid resets it */
	if (rc == 0 &&
	    (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0))
		rc = ls_fail_errno(err, errno, "confine.prctl", "cannot give up privileges");
	if (rc == 0)
		rc = lock_file_system(c, &missing, err);
	if (rc == 0)
		rc = lock_syscalls(c, &missing, err);
	if (rc == 0)
		*ret_missing = missing;
	return rc;
}

const char *ls_confine_missing_text(unsigned missing, char *buffer, size_t size)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ LS_CONFINE_USER, "own user" },	{ LS_CONFINE_LANDLOCK, "Landlock" },
		{ LS_CONFINE_SECCOMP, "seccomp" },	{ LS_CONFINE_ROOT, "own root" },
		{ LS_CONFINE_MEMORY, "locked memory" },
	};
	size_t used = 0;
	snprintf(buffer, size, "nothing");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(missing & names[i].bit) || used >= size)
			continue;
		int n = snprintf(buffer + used, size - used, "%s%s", used ? ", " : "",
				 names[i].name);
		used += n > 0 ? (size_t)n : 0;
	}
	return buffer;
}

int ls_confine_or_refuse(const struct ls_confinement *c, const char *event, bool development)
{
	struct ls_error err = { 0 };
	unsigned missing = 0;
	char text[64];
	if (ls_confine(c, &missing, &err) < 0) {
		ls_log_error(&err);
		return LS_EXIT_FAILED;
	}
	if (missing == 0)
		return 0;
	ls_log(development ? LS_LOG_INFO : LS_LOG_ERROR, event, "this machine does not offer: %s%s",
	       ls_confine_missing_text(missing, text, sizeof(text)),
	       development ? " (development)" : "; refusing to work without");
	return development ? 0 : LS_EXIT_UNCONFINED;
}
