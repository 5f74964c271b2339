/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/rundir.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

#define RANDOM_CHARACTERS 6
#define PROC_FILE_MAX	  65536

static void json_unref(json_t **json)
{
	json_decref(*json);
}
#define _cleanup_json_ __attribute__((cleanup(json_unref)))

static int read_proc(pid_t pid, const char *name, struct ls_buffer *out)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	ls_buffer_init(out, PROC_FILE_MAX);
	return ls_file_read(AT_FDCWD, path, out, NULL);
}

uint64_t ls_process_start(pid_t pid)
{
	_cleanup_buffer_ struct ls_buffer stat;
	if (pid <= 0 || read_proc(pid, "stat", &stat) < 0)
		return 0;
	/* the name in parentheses may hold anything: count from the last ')' (field 2) */
	const char *text = ls_buffer_str(&stat), *place = strrchr(text, ')');
	for (int field = 2; place && field < 22; field++) {
		place = strchr(place, ' ');
		place = place ? place + 1 : NULL;
	}
	uint64_t start;
	return place && ls_parse_u64(place, strspn(place, "0123456789"), &start) == 0 ? start : 0;
}

const char *ls_boot_id(char buffer[static LS_BOOT_ID_SIZE])
{
	_cleanup_buffer_ struct ls_buffer id;
	ls_buffer_init(&id, LS_BOOT_ID_SIZE - 1);
	buffer[0] = '\0';
	if (ls_file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", &id, NULL) == 0)
		snprintf(buffer, LS_BOOT_ID_SIZE, "%.*s", (int)strcspn(ls_buffer_str(&id), "\n"),
			 ls_buffer_str(&id));
	return buffer;
}

static int write_note(const struct ls_run *run, struct ls_error *err)
{
	char boot[LS_BOOT_ID_SIZE];
	_cleanup_json_ json_t *processes = json_array();
	for (size_t i = 0; processes && i < run->count; i++) {
		const struct ls_run_process *p = &run->processes[i];
		json_array_append_new(processes,
				      json_pack("{s:s, s:i, s:I}", "name", p->name, "pid",
						(int)p->pid, "start", (json_int_t)p->start));
	}
	_cleanup_json_ json_t *note = json_pack("{s:s, s:s, s:O}", "folder", run->folder, "boot",
						ls_boot_id(boot), "processes", processes);
	_cleanup_free_ char *text = note ? json_dumps(note, JSON_INDENT(1)) : NULL;
	if (!text)
		return ls_fail(err, -ENOMEM, "run.memory", "out of memory");
	return ls_file_replace(run->state_fd, LS_STATE_RUN, text, strlen(text), 0600, err);
}

static int random_name(char folder[static LS_RUN_FOLDER_SIZE])
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEF"; /* 32: no bias */
	uint8_t bytes[RANDOM_CHARACTERS];
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -EIO;
	int n = snprintf(folder, LS_RUN_FOLDER_SIZE, "%s", LS_RUN_FOLDER_PREFIX);
	for (size_t i = 0; i < sizeof(bytes); i++)
		folder[n++] = alphabet[bytes[i] & 31];
	folder[n] = '\0';
	return 0;
}

int ls_run_create(int state_fd, struct ls_run *ret_run, struct ls_error *err)
{
	struct ls_run run = { .state_fd = state_fd };
	for (int tries = 0; tries < 100; tries++) {
		if (random_name(run.folder) < 0)
			break;
		int rc = write_note(&run, err);
		if (rc < 0)
			return rc;
		if (mkdir(run.folder, 0700) == 0) {
			if (chmod(run.folder, 0711) < 0)
				break;
			*ret_run = run;
			return 0;
		}
		if (errno != EEXIST)
			break;
	}
	int saved = errno;
	unlinkat(state_fd, LS_STATE_RUN, 0);
	return ls_fail_errno(err, saved, "run.folder", "cannot make a run folder '%s'", run.folder);
}

static struct ls_run_process *find_name(struct ls_run *run, const char *name)
{
	for (size_t i = 0; i < run->count; i++)
		if (strcmp(run->processes[i].name, name) == 0)
			return &run->processes[i];
	return NULL;
}

int ls_run_note(struct ls_run *run, const char *name, pid_t pid, struct ls_error *err)
{
	struct ls_run_process *p = find_name(run, name);
	if (!p && pid == 0)
		return 0;
	if (!p && run->count == LS_RUN_PROCESSES_MAX)
		return ls_fail(err, -E2BIG, "run.processes", "too many processes in a run");
	if (pid == 0) {
		*p = run->processes[--run->count];
		return write_note(run, err);
	}
	if (!p)
		p = &run->processes[run->count++];
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->pid = pid;
	p->start = ls_process_start(pid);
	return write_note(run, err);
}

int ls_run_remove(struct ls_run *run, struct ls_error *err)
{
	if (run->folder[0] == '\0')
		return 0;
	int rc = ls_remove_tree(AT_FDCWD, run->folder, err);
	if (rc < 0)
		return rc;
	if (unlinkat(run->state_fd, LS_STATE_RUN, 0) < 0 && errno != ENOENT)
		return ls_fail_errno(err, errno, "run.note", "cannot remove '%s'", LS_STATE_RUN);
	run->folder[0] = '\0';
	return 0;
}

/* Only a name that random_name could have made: the note could be anyone's in an old backup. */
static bool is_run_folder(const char *folder)
{
	size_t prefix = strlen(LS_RUN_FOLDER_PREFIX), n = strlen(folder);
	if (n != prefix + RANDOM_CHARACTERS || strncmp(folder, LS_RUN_FOLDER_PREFIX, prefix) != 0)
		return false;
	for (size_t i = prefix; i < n; i++)
		if (!isalpha((unsigned char)folder[i]))
			return false;
	return true;
}

/* The handle comes before the check, so that what is killed is what was checked. */
static bool kill_if(pid_t pid, bool (*is_it)(pid_t, const void *), const void *context)
{
	_cleanup_close_ int handle = (int)syscall(SYS_pidfd_open, pid, 0);
	if (handle < 0 || !is_it(pid, context))
		return false;
	return syscall(SYS_pidfd_send_signal, handle, SIGKILL, NULL, 0) == 0;
}

static bool has_start(pid_t pid, const void *context)
{
	const struct ls_run_process *p = context;
	return p->start != 0 && ls_process_start(pid) == p->start;
}

static bool is_kind_of_ours(pid_t pid)
{
	char link[64], target[4096];
	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	ssize_t n = readlink(link, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	const char *slash = strrchr(target, '/');
	return slash &&
	       (strncmp(slash + 1, "qemu-", 5) == 0 || strncmp(slash + 1, "swtpm", 5) == 0 ||
		strncmp(slash + 1, "labseal", 7) == 0);
}

/* The folder's name is random, so a command line that has it is of that run. */
static bool uses_folder(pid_t pid, const void *context)
{
	const char *folder = context;
	_cleanup_buffer_ struct ls_buffer words;
	return pid != getpid() && read_proc(pid, "cmdline", &words) == 0 && words.size > 0 &&
	       memmem(words.data, words.size, folder, strlen(folder)) != NULL &&
	       is_kind_of_ours(pid);
}

/* A run's folder or one in it: each command line has an empty name in it, and many have "/tmp". */
static bool is_of_a_run(const char *folder)
{
	char name[LS_RUN_FOLDER_SIZE];
	snprintf(name, sizeof(name), "%.*s",
		 (int)(strlen(LS_RUN_FOLDER_PREFIX) + RANDOM_CHARACTERS), folder);
	return is_run_folder(name);
}

int ls_run_kill_users(const char *folder)
{
	int killed = 0;
	if (!is_of_a_run(folder))
		return 0;
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	while (proc && (entry = readdir(proc))) {
		uint64_t pid;
		if (ls_parse_u64(entry->d_name, strlen(entry->d_name), &pid) == 0 && pid > 1 &&
		    pid < INT32_MAX)
			killed += kill_if((pid_t)pid, uses_folder, folder);
	}
	if (proc)
		closedir(proc);
	return killed;
}

static int kill_noted(const json_t *processes)
{
	int killed = 0;
	size_t i;
	json_t *entry;
	json_array_foreach((json_t *)processes, i, entry)
	{
		int pid = 0;
		json_int_t start = 0;
		if (json_unpack(entry, "{s:i, s:I}", "pid", &pid, "start", &start) < 0 || pid <= 1)
			continue;
		struct ls_run_process p = { .pid = pid, .start = (uint64_t)start };
		killed += kill_if(p.pid, has_start, &p);
	}
	return killed;
}

static int clear_noted(json_t *note, int *killed, struct ls_error *err)
{
	const char *folder, *boot;
	char now[LS_BOOT_ID_SIZE];
	json_t *processes;
	if (json_unpack(note, "{s:s, s:s, s:o}", "folder", &folder, "boot", &boot, "processes",
			&processes) < 0 ||
	    !is_run_folder(folder))
		return 0;
	if (strcmp(boot, ls_boot_id(now)) == 0)
		*killed += kill_noted(processes) + ls_run_kill_users(folder);
	struct stat st;
	if (lstat(folder, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return 0;
	/* a process that was just killed may still be making files */
	int rc = -1;
	for (int tries = 0; rc < 0 && tries < 20; tries++) {
		rc = ls_remove_tree(AT_FDCWD, folder, err);
		if (rc < 0)
			usleep(50000);
	}
	return rc;
}

enum ls_run_end ls_run_last_end(int state_fd)
{
	char now[LS_BOOT_ID_SIZE];
	const char *boot = NULL;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_RUN_FILE_SIZE_MAX);
	if (ls_file_read(state_fd, LS_STATE_RUN, &text, NULL) == -ENOENT)
		return LS_RUN_ENDED;
	_cleanup_json_ json_t *note = json_loads(ls_buffer_str(&text), 0, NULL);
	if (json_unpack(note, "{s:s}", "boot", &boot) < 0)
		return LS_RUN_KILLED;
	return strcmp(boot, ls_boot_id(now)) == 0 ? LS_RUN_KILLED : LS_RUN_REBOOTED;
}

int ls_run_clear(int state_fd, int *ret_killed, struct ls_error *err)
{
	int killed = 0;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_RUN_FILE_SIZE_MAX);
	int rc = ls_file_read(state_fd, LS_STATE_RUN, &text, err);
	if (rc == -ENOENT)
		rc = 0;
	else if (rc < 0 && rc != -EFBIG)
		return rc;
	_cleanup_json_ json_t *note = rc == 0 && text.size ? json_loadb((const char *)text.data,
									text.size, 0, NULL)
							   : NULL;
	rc = note ? clear_noted(note, &killed, err) : 0;
	if (rc == 0 && unlinkat(state_fd, LS_STATE_RUN, 0) < 0 && errno != ENOENT)
		rc = ls_fail_errno(err, errno, "run.note", "cannot remove '%s'", LS_STATE_RUN);
	if (ret_killed)
		*ret_killed = killed;
	return rc;
}
