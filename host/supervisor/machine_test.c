/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

static int decode(const char *text, struct ls_machine_report *r, struct ls_error *err)
{
	struct ls_message m = { .type = LS_MSG_MACHINE_REPORT,
				.body = (const uint8_t *)text,
				.size = strlen(text) };
	return ls_machine_report_decode(&m, r, err);
}

TEST(a_report_arrives_as_it_was_sent)
{
	struct ls_error err = { 0 };
	struct ls_machine_report a = { .state = "running",
				       .pid = 42,
				       .reboots = 3,
				       .facts = { .name = "x",
						  .type = "qemu",
						  .channel = "file",
						  .path = "/r/f",
						  .other_ways = 2 } };
	struct ls_machine_report b;
	struct ls_buffer text;
	ls_buffer_init(&text, 4096);
	CHECK_INT_EQ(ls_machine_report_encode(&a, &text), 0);
	CHECK_INT_EQ(decode(ls_buffer_str(&text), &b, &err), 0);
	CHECK_STR_EQ(b.state, "running");
	CHECK_INT_EQ(b.pid, 42);
	CHECK_INT_EQ(b.reboots, 3);
	CHECK_STR_EQ(b.facts.path, "/r/f");
	CHECK_INT_EQ(b.facts.other_ways, 2);
	ls_buffer_free(&text);
}

#define REPORT(state, pid, more)                                                                \
	"{\"name\": \"x\", \"state\": " state ", \"reason\": \"\", \"pid\": " pid               \
	", \"reboots\": 0, \"type\": \"\", \"channel\": \"\", \"path\": \"\", \"other_ways\": " \
	"0" more "}"

TEST(a_malformed_report_is_refused)
{
	static const char *const bad[] = {
		"",
		"{}",
		REPORT("1", "1", ""),
		REPORT("\"running\"", "-1", ""),
		REPORT("\"running\"", "1", ", \"more\": 1"),
		REPORT("\"a word that is longer than it may be\"", "1", ""),
	};
	struct ls_machine_report r;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(decode(REPORT("\"running\"", "1", ""), &r, &err), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT_EQ(decode(bad[i], &r, &err), -EBADMSG);
}

TEST(its_folder_is_the_vm_users_alone_and_made_anew)
{
	struct ls_error err = { 0 };
	struct ls_vm_user user = { .uid = geteuid(), .gid = getegid() };
	char place[64] = "/tmp/labseal-test-XXXXXX", folder[128], stale[160], conf[160];
	struct stat st;
	REQUIRE(mkdtemp(place));
	snprintf(folder, sizeof(folder), "%s/%s", place, LS_MACHINE_FOLDER);
	snprintf(conf, sizeof(conf), "%s/etc/qemu.conf", folder);
	snprintf(stale, sizeof(stale), "%s/run/qemu", folder);
	const struct ls_machine_place where = { .uri = "qemu:///embed", .folder = folder };
	CHECK_INT_EQ(ls_machine_prepare(&where, &user, &err), 0);
	CHECK(stat(folder, &st) == 0 && (st.st_mode & 07777) == 0700);
	CHECK(stat(conf, &st) == 0 && (st.st_mode & 07777) == 0444);
	CHECK_INT_EQ(ls_make_dirs(AT_FDCWD, stale, 0700, &err), 0);
	CHECK_INT_EQ(ls_machine_prepare(&where, &user, &err), 0);
	CHECK(stat(stale, &st) < 0);
	ls_remove_tree(AT_FDCWD, place, NULL);
}

TEST(libvirts_sockets_have_room_in_the_run_folder)
{
	/* RUN/vm/lib/qemu/domain-1-<20 bytes>/monitor.sock is at most 107 bytes */
	CHECK(strlen("/tmp/labseal-XXXXXX/" LS_MACHINE_FOLDER) <= 55);
}

TEST(root_never_runs_the_machine)
{
	struct ls_vm_user user;
	ls_vm_user_find(&user);
	CHECK(user.uid != 0);
	CHECK(geteuid() == 0 || user.uid == geteuid());
}

/* A process of the VM's user puts a link to a folder of root's where "etc" is made, again and
 * again. */
static void put_links(const char *folder, const char *target, uid_t uid)
{
	if (setgid(uid) < 0 || setuid(uid) < 0 || chdir(folder) < 0)
		_exit(1);
	for (;;) {
		rename("etc", "away");
		if (symlink(target, "etc") < 0)
			unlink("away/qemu.conf");
		rmdir("away");
	}
}

TEST(the_vms_user_from_the_run_before_gets_no_folder_of_roots)
{
	char base[] = "/tmp/labseal-machine-XXXXXX", folder[64], target[64];
	struct ls_vm_user user = { .uid = 65534, .gid = 65534 };
	struct ls_error err = { 0 };
	struct stat st;
	if (geteuid() != 0)
		TEST_SKIP("only root hands folders over");
	CHECK(mkdtemp(base) != NULL && chmod(base, 0755) == 0);
	snprintf(folder, sizeof(folder), "%s/machine", base);
	snprintf(target, sizeof(target), "%s/roots", base);
	CHECK_INT_EQ(mkdir(target, 0755), 0);
	const struct ls_machine_place place = { .folder = folder };
	CHECK_INT_EQ(ls_machine_prepare(&place, &user, &err), 0);
	pid_t pid = fork();
	if (pid == 0)
		put_links(folder, target, 65534);
	for (int i = 0; i < 300; i++)
		ls_machine_prepare(&place, &user, &err); /* may be in its way, and says so */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK_INT_EQ(stat(target, &st), 0);
	CHECK_INT_EQ(st.st_uid, 0);
	ls_remove_tree(AT_FDCWD, base, &err);
}

TEST_MAIN()
