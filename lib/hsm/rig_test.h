/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: a SoftHSM token of one's own, new, in a temporary folder. */
#ifndef LABSEAL_LIB_HSM_RIG_TEST_H
#define LABSEAL_LIB_HSM_RIG_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef LABSEAL_SANITIZE
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable()
#define __lsan_enable()
#endif

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/hsm/place.h"

#define HSM_RIG_MODULE "/usr/lib/softhsm/libsofthsm2.so"
#define HSM_RIG_PIN    "482913"

struct hsm_rig {
	char dir[64];
	struct ls_hsm_place place;
	struct ls_error err;
};

extern char **environ;

/* softhsm2-util --init-token: one token more, with this label. */
static inline int hsm_rig_add_token(const char *label)
{
	char name[64];
	pid_t pid;
	int status = -1;
	snprintf(name, sizeof(name), "%s", label);
	char *argv[] = { "softhsm2-util", "--init-token", "--free", "--label",	 name,
			 "--so-pin",	  "00000000",	  "--pin",  HSM_RIG_PIN, NULL };
	posix_spawn_file_actions_t quiet;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	int rc = posix_spawnp(&pid, argv[0], &quiet, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&quiet);
	if (rc != 0)
		return -rc;
	waitpid(pid, &status, 0);
	return status == 0 ? 0 : -EIO;
}

static inline int hsm_rig_set_up(struct hsm_rig *r)
{
	char text[512];
	memset(r, 0, sizeof(*r));
	snprintf(r->dir, sizeof(r->dir), "/tmp/labseal-test-XXXXXX");
	if (access(HSM_RIG_MODULE, R_OK) < 0)
		return -ENOENT;
	if (!mkdtemp(r->dir))
		return -errno;
	snprintf(r->place.module, sizeof(r->place.module), "%s", HSM_RIG_MODULE);
	snprintf(r->place.variable, sizeof(r->place.variable), "SOFTHSM2_CONF");
	snprintf(r->place.configuration, sizeof(r->place.configuration), "%s/softhsm2.conf",
		 r->dir);
	snprintf(r->place.folder, sizeof(r->place.folder), "%s/tokens", r->dir);
	snprintf(r->place.token, sizeof(r->place.token), "lab");
	snprintf(r->place.label, sizeof(r->place.label), "signer");
	int n = snprintf(text, sizeof(text),
			 "directories.tokendir = %s\nobjectstore.backend = file\n"
			 "log.level = ERROR\nslots.removable = false\n",
			 r->place.folder);
	int rc = ls_make_dirs(AT_FDCWD, r->place.folder, 0700, &r->err);
	if (rc == 0)
		rc = ls_file_write_new(AT_FDCWD, r->place.configuration, text, (size_t)n, 0644,
				       &r->err);
	setenv(r->place.variable, r->place.configuration, 1);
	return rc < 0 ? rc : hsm_rig_add_token(r->place.token);
}

static inline int hsm_rig_open_one(const char *path, const struct stat *st, int type,
				   struct FTW *where)
{
	(void)type;
	(void)where;
	return chmod(path, S_ISDIR(st->st_mode) ? 0755 : 0644);
}

/* Let another user read the token: the enclave's, where this machine has it. */
static inline void hsm_rig_let_read(struct hsm_rig *r)
{
	CHECK_INT_EQ(nftw(r->dir, hsm_rig_open_one, 8, FTW_PHYS), 0);
}

static inline void hsm_rig_tear_down(struct hsm_rig *r)
{
	if (r->place.module[0])
		ls_remove_tree(AT_FDCWD, r->dir, NULL);
}

#define HSM_RIG(r)                                                    \
	__attribute__((cleanup(hsm_rig_tear_down))) struct hsm_rig r; \
	int set_up_##r = hsm_rig_set_up(&r);                          \
	if (set_up_##r == -ENOENT)                                    \
		TEST_SKIP("softhsm2 is not installed");               \
	if (set_up_##r < 0)                                           \
		TEST_FAIL("set-up: %s", r.err.message);               \
	REQUIRE(set_up_##r == 0)

#endif
