/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

static char place[] = "/tmp/labseal-test-XXXXXX";

static int open_state(void)
{
	memcpy(place, "/tmp/labseal-test-XXXXXX", sizeof(place));
	return mkdtemp(place) ? open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static void close_state(int fd)
{
	close(fd);
	ls_remove_tree(AT_FDCWD, place, NULL);
}

static bool exists(int fd, const char *path)
{
	return faccessat(fd, path, F_OK, 0) == 0;
}

static pid_t sleeper(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid;
}

static int ended_by(pid_t pid)
{
	int status = 0;
	for (int i = 0; i < 6000 && waitpid(pid, &status, WNOHANG) != pid; i++)
		usleep(10000);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(a_run_makes_its_folder_and_leaves_nothing)
{
	struct ls_error err = { 0 };
	struct ls_run run;
	int fd = open_state();
	REQUIRE(fd >= 0);
	CHECK_INT_EQ(ls_run_create(fd, &run, &err), 0);
	struct stat st;
	CHECK(stat(run.folder, &st) == 0 && (st.st_mode & 07777) == 0711);
	CHECK(strlen(run.folder) <= 19);
	CHECK(exists(fd, LS_STATE_RUN));
	CHECK_INT_EQ(ls_run_remove(&run, &err), 0);
	CHECK(stat(place, &st) == 0 && !exists(fd, LS_STATE_RUN));
	CHECK_INT_EQ(ls_run_remove(&run, &err), 0);
	close_state(fd);
}

TEST(the_next_run_kills_what_was_noted_and_removes_the_folder)
{
	struct ls_error err = { 0 };
	struct ls_run run;
	int killed = 0, fd = open_state();
	REQUIRE(fd >= 0 && ls_run_create(fd, &run, &err) == 0);
	pid_t pid = sleeper();
	CHECK_INT_EQ(ls_run_note(&run, "qemu", pid, &err), 0);
	CHECK_INT_EQ(ls_file_write_new(AT_FDCWD, run.folder, "", 0, 0600, NULL), -EEXIST);
	CHECK_INT_EQ(ls_run_clear(fd, &killed, &err), 0);
	CHECK_INT_EQ(killed, 1);
	CHECK_INT_EQ(ended_by(pid), SIGKILL);
	CHECK(access(run.folder, F_OK) < 0);
	CHECK(!exists(fd, LS_STATE_RUN));
	CHECK_INT_EQ(ls_run_clear(fd, &killed, &err), 0);
	CHECK_INT_EQ(killed, 0);
	close_state(fd);
}

TEST(how_the_last_run_ended_is_known)
{
	static const char other_boot[] = "{\"folder\": \"/tmp/labseal-none\", \"boot\": "
					 "\"another\", \"processes\": []}";
	struct ls_error err = { 0 };
	struct ls_run run;
	int fd = open_state();
	REQUIRE(fd >= 0);
	CHECK_INT_EQ(ls_run_last_end(fd), LS_RUN_ENDED);
	CHECK_INT_EQ(ls_run_create(fd, &run, &err), 0);
	CHECK_INT_EQ(ls_run_last_end(fd), LS_RUN_KILLED);
	CHECK_INT_EQ(ls_run_remove(&run, &err), 0);
	CHECK_INT_EQ(ls_run_last_end(fd), LS_RUN_ENDED);
	CHECK_INT_EQ(
		ls_file_write_new(fd, LS_STATE_RUN, other_boot, strlen(other_boot), 0600, &err), 0);
	CHECK_INT_EQ(ls_run_last_end(fd), LS_RUN_REBOOTED);
	CHECK_INT_EQ(ls_file_replace(fd, LS_STATE_RUN, "{", 1, 0600, &err), 0);
	CHECK_INT_EQ(ls_run_last_end(fd), LS_RUN_KILLED);
	close_state(fd);
}

TEST(a_process_that_only_has_the_number_lives)
{
	struct ls_error err = { 0 };
	struct ls_run run;
	int killed = 0, fd = open_state();
	REQUIRE(fd >= 0 && ls_run_create(fd, &run, &err) == 0);
	pid_t pid = sleeper();
	/* as if an earlier process of this number had been noted */
	run.count = 1;
	run.processes[0] = (struct ls_run_process){ .name = "qemu",
						    .pid = pid,
						    .start = ls_process_start(pid) - 1 };
	CHECK_INT_EQ(ls_run_note(&run, "other", getpid(), &err), 0);
	CHECK_INT_EQ(ls_run_note(&run, "other", 0, &err), 0);
	CHECK_INT_EQ(ls_run_clear(fd, &killed, &err), 0);
	CHECK_INT_EQ(killed, 0);
	CHECK_INT_EQ(kill(pid, 0), 0);
	kill(pid, SIGKILL);
	CHECK_INT_EQ(ended_by(pid), SIGKILL);
	close_state(fd);
}

/* A program of our kind that belongs to no run, in the test's folder; 0: it does not start. */
static pid_t bystander(void)
{
	char link[64], target[256];
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c",
		      "cp /bin/sleep \"$0/labseal-sleep\" && exec \"$0/labseal-sleep\" 60", place,
		      (char *)NULL);
		_exit(127);
	}
	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	for (int i = 0; i < 6000; i++) {
		ssize_t n = readlink(link, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (strstr(target, "/labseal-sleep"))
			return pid;
		usleep(10000);
	}
	return 0;
}

/* A run that ended before it had a folder has an empty name, and that is in every command line. */
TEST(who_uses_no_runs_folder_lives)
{
	static const char *const folders[] = { "", "/", "/tmp", "/tmp/labseal-",
					       "/tmp/labseal-a/b" };
	int fd = open_state();
	REQUIRE(fd >= 0);
	pid_t pid = bystander();
	REQUIRE(pid > 0);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		CHECK_INT_EQ(ls_run_kill_users(folders[i]), 0);
	CHECK_INT_EQ(kill(pid, 0), 0);
	kill(pid, SIGKILL);
	CHECK_INT_EQ(ended_by(pid), SIGKILL);
	close_state(fd);
}

/* A note can be anything: none of these may remove a folder or kill. */
TEST(a_note_that_is_not_one_is_dropped_and_nothing_touched)
{
	static const char *const notes[] = {
		"",
		"{",
		"[]",
		"{\"folder\": \"/tmp\", \"boot\": \"x\", \"processes\": []}",
		"{\"folder\": \"/tmp/labseal-../../x\", \"boot\": \"x\", \"processes\": []}",
		"{\"folder\": \"/tmp/labseal-test/a\", \"boot\": \"x\", \"processes\": []}",
		"{\"folder\": \"/tmp/labseal-abcdef\", \"boot\": 1, \"processes\": []}",
		"{\"folder\":\"/tmp/labseal-abcdeZ\",\"boot\":\"x\",\"processes\":[{\"pid\":-1}]}",
	};
	struct ls_error err = { 0 };
	int killed = 1, fd = open_state();
	REQUIRE(fd >= 0);
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		REQUIRE(ls_file_replace(fd, LS_STATE_RUN, notes[i], strlen(notes[i]), 0600, &err) ==
			0);
		CHECK_INT_EQ(ls_run_clear(fd, &killed, &err), 0);
		CHECK_INT_EQ(killed, 0);
		CHECK(!exists(fd, LS_STATE_RUN));
	}
	close_state(fd);
}

TEST(a_link_in_the_folders_place_is_not_followed)
{
	struct ls_error err = { 0 };
	struct ls_run run;
	int fd = open_state();
	REQUIRE(fd >= 0 && ls_run_create(fd, &run, &err) == 0);
	CHECK_INT_EQ(ls_file_write_new(fd, "kept", "x", 1, 0600, &err), 0);
	CHECK(rmdir(run.folder) == 0 && symlink(place, run.folder) == 0);
	CHECK_INT_EQ(ls_run_clear(fd, NULL, &err), 0);
	CHECK(exists(fd, "kept"));
	unlink(run.folder);
	close_state(fd);
}

TEST(the_lock_has_one_owner)
{
	struct ls_error err = { 0 };
	int fd = open_state();
	int lock = ls_state_lock(fd, place, &err);
	CHECK(lock >= 0);
	CHECK_INT_EQ(ls_state_lock(fd, place, &err), -EBUSY);
	CHECK_STR_EQ(err.id, "state.locked");
	CHECK_STR_HAS(err.message, "is in use by process ");
	close(lock);
	lock = ls_state_lock(fd, place, &err);
	CHECK(lock >= 0);
	close(lock);
	close_state(fd);
}

/* Who may rename what is in it could put in keys, approvals and links. */
TEST(a_state_folder_that_others_may_change_is_not_used)
{
	static const struct {
		mode_t mode;
		uid_t owner;
		int rc;
	} cases[] = { { 0700, 0, 0 },	   { 0755, 0, 0 },	   { 0777, 0, -EPERM },
		      { 0720, 0, -EPERM }, { 0702, 0, -EPERM },	   { 01777, 0, -EPERM },
		      { 0700, 1, -EPERM }, { 0755, 65534, -EPERM } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ls_error err = { 0 };
		if (cases[i].owner != 0 && geteuid() != 0)
			continue;
		int fd = open_state();
		CHECK_INT_EQ(fchmod(fd, cases[i].mode), 0);
		if (cases[i].owner != 0)
			CHECK_INT_EQ(fchown(fd, cases[i].owner, (gid_t)-1), 0);
		int lock = ls_state_lock(fd, place, &err);
		CHECK_INT_EQ(lock < 0 ? lock : 0, cases[i].rc);
		CHECK_STR_EQ(err.id, cases[i].rc ? "state.rights" : "");
		if (lock >= 0)
			close(lock);
		close_state(fd);
	}
}

TEST_MAIN()
