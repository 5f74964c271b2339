/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run folder: a short path of its own under /tmp (a path of at most 107
 * bytes fits a UNIX socket, and the policy's folders may lie below one that
 * only root can enter), and the note of it in the state folder, run.json, by
 * which the next run clears up after one that was killed:
 *
 *     {"folder": "/tmp/labseal-XXXXXX", "boot": "<boot id>",
 *      "processes": [{"name": "qemu", "pid": 123, "start": 456}, ...]}
 *
 * start is the process's start time in clock ticks since boot (proc(5), stat,
 * field 22): with the boot id it tells a process from a later one of its number.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_RUNDIR_H
#define LABSEAL_HOST_SUPERVISOR_RUNDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/error.h"

#define LS_RUN_FOLDER_SIZE   32 /* "/tmp/labseal-XXXXXX" */
#define LS_RUN_PROCESSES_MAX 16
#define LS_RUN_NAME_SIZE     24
#define LS_RUN_FILE_SIZE_MAX 8192
#define LS_RUN_FOLDER_PREFIX "/tmp/labseal-"

struct ls_run_process {
	char name[LS_RUN_NAME_SIZE];
	pid_t pid;
	uint64_t start;
};

struct ls_run {
	int state_fd; /* borrowed */
	char folder[LS_RUN_FOLDER_SIZE];
	size_t count;
	struct ls_run_process processes[LS_RUN_PROCESSES_MAX];
};

/*
 * Make a folder (0711, the caller's) and note it: the note is durable before
 * the folder is there, so that none is ever forgotten.
 */
int ls_run_create(int state_fd, struct ls_run *ret_run, struct ls_error *err);

/* Note a process of this run, or that a name's process has ended (pid 0). */
int ls_run_note(struct ls_run *run, const char *name, pid_t pid, struct ls_error *err);

/* Remove the folder and then the note.  An empty run: nothing. */
int ls_run_remove(struct ls_run *run, struct ls_error *err);

/* How the run before this one ended, by its note. */
enum ls_run_end {
	LS_RUN_ENDED,	 /* in order, or there was none */
	LS_RUN_KILLED,	 /* its note is still there */
	LS_RUN_REBOOTED, /* and the kernel has started since */
};

/* Before the note is cleared away.  One that is malformed tells of a killed run. */
enum ls_run_end ls_run_last_end(int state_fd);

/*
 * Clear up what an earlier run left: kill its processes that still are the
 * ones it noted, and every QEMU or program of ours that names its folder on
 * its command line; remove its folder and the note.  The caller holds the lock
 * of the state folder, so the earlier run is dead.  *ret_killed (may be NULL)
 * counts processes.  A note that is malformed is removed and nothing else is touched.
 */
int ls_run_clear(int state_fd, int *ret_killed, struct ls_error *err);

/*
 * Kill what names the folder, as above; returns how many.  Nobody, unless it is a run's
 * folder or one in it: a run that ended before it had one has an empty name.
 */
int ls_run_kill_users(const char *folder);

/* Start time of a process; 0 when there is none. */
uint64_t ls_process_start(pid_t pid);

#define LS_BOOT_ID_SIZE 64

/* The kernel's name for the time since it started; "" when it does not tell.  Returns buffer. */
const char *ls_boot_id(char buffer[static LS_BOOT_ID_SIZE]);

#endif
