/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement, by what could be seen; a QEMU that runs: domain_inspect_test.c. */
#include "host/supervisor/qemu_process.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/test.h"

static struct ls_qemu_process process;
static struct ls_violations list;
static const struct ls_domain_files files = {
	.name = "vm-1",
	.count = 4,
	.at = { { LS_DOMAIN_SENDS, "/r/results.fifo" },
		{ LS_DOMAIN_WRITES, "/r/disk.qcow2" },
		{ LS_DOMAIN_READS, "/i/base" },
		{ LS_DOMAIN_DEVICE, "/dev/serial/by-id/a" } },
};

static void argument(const char *text)
{
	ls_buffer_add(&process.arguments, text, strlen(text) + 1);
}

static void descriptor(int mode, const char *target)
{
	struct ls_qemu_descriptor *d = &process.fds[process.fd_count++];
	d->mode = mode;
	snprintf(d->target, sizeof(d->target), "%s", target);
}

/* As libvirt starts it. */
static void good(void)
{
	static const char *const arguments[] = {
		"/usr/bin/qemu-system-i386",
		"-name",
		"guest=vm-1,debug-threads=on",
		"-S",
		"-no-user-config",
		"-nodefaults",
		"-append",
		"-netdev user",
		"-sandbox",
		"on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
		"-device",
		"{\"driver\":\"isa-serial\",\"chardev\":\"charserial0\"}"
	};
	ls_qemu_process_free(&process);
	memset(&process, 0, sizeof(process));
	memset(&list, 0, sizeof(list));
	ls_buffer_init(&process.arguments, LS_QEMU_ARGUMENTS_MAX);
	process.pid = 1;
	for (size_t i = 0; i < 4; i++)
		process.uids[i] = 64055;
	process.no_new_privileges = true;
	process.seccomp = 2;
	process.viewers = 1;
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
		argument(arguments[i]);
	descriptor(O_RDWR, "/dev/null");
	descriptor(O_RDWR, "anon_inode:[eventfd]");
	descriptor(O_RDWR, "socket:[1]");
	descriptor(O_WRONLY, "/var/log/libvirt/qemu/vm-1.log");
	descriptor(O_WRONLY, "/run/libvirt/qemu/vm-1.pid");
	descriptor(O_WRONLY, "/r/results.fifo");
	descriptor(O_RDWR, "/r/disk.qcow2");
	descriptor(O_RDONLY, "/i/base");
	descriptor(O_RDWR, "/dev/serial/by-id/a");
}

static void must_be(const char *id, const char *path, const char *found)
{
	ls_qemu_process_judge(&process, &files, &list);
	CHECK_INT_EQ(list.count, 1);
	CHECK_STR_EQ(list.at[0].id, id);
	CHECK_STR_EQ(list.at[0].path, path);
	CHECK_STR_HAS(list.at[0].found, found);
	CHECK(list.at[0].why[0] && list.at[0].remedy[0]);
}

TEST(as_libvirt_starts_it_there_is_nothing_to_say)
{
	good();
	ls_qemu_process_judge(&process, &files, &list);
	for (size_t i = 0; i < list.count; i++)
		TEST_FAIL("%s: %s", list.at[i].id, list.at[i].found);
	process.pid = 0;
	process.seccomp = 0;
	ls_qemu_process_judge(&process, &files, &list);
	CHECK_INT_EQ(list.count, 0); /* it does not run */
}

TEST(rights_that_it_should_not_have)
{
	good();
	process.uids[2] = 0;
	must_be("process.user", "/process/uid", "64055 64055 0 64055");
	good();
	process.capabilities = UINT64_C(1) << 12;
	must_be("process.capabilities", "/process/capabilities", "0000000000001000");
	good();
	process.no_new_privileges = false;
	must_be("process.no-new-privileges", "/process/no-new-privileges", "0");
	good();
	process.seccomp = 0;
	must_be("process.seccomp", "/process/seccomp", "0");
	good();
	process.network = 2;
	must_be("process.network", "/process/network", "2 sockets");
	good();
	process.viewers = 2;
	must_be("display.viewers", "/process/viewers", "2");
}

TEST(arguments_that_no_machine_of_ours_has)
{
	static const struct {
		const char *option, *value;
	} cases[] = {
		{ "-netdev", NULL },
		{ "-nic", NULL },
		{ "-incoming", NULL },
		{ "-gdb", NULL },
		{ "-monitor", NULL },
		{ "-device", "{\"driver\":\"ne2k_pci\"}" },
		{ "-device", "usb-storage" },
		{ "-device", "{\"id\":\"x\",\"driver\":\"isa-serial\"}" },
		{ "-chardev", "socket,id=charchannel0,path=/tmp/x" },
		{ "-chardev", "file,id=charchannel1,path=/tmp/x" },
		{ "-chardev", "pipe,id=charchannel0,path=/tmp/x" },
		{ "-vnc", "0.0.0.0:0" },
		{ "-sandbox", "off" },
		{ "-display", "gtk" },
		{ "-audiodev", "{\"id\":\"audio1\",\"driver\":\"pa\"}" },
		{ "-machine", "q35" },
		{ "-smp", "2" },
		{ "-mon", "chardev=x,mode=readline" },
		{ "-object", "{\"qom-type\":\"rng-random\"}" },
		{ "-global", "isa-fdc.driveA=x" },
		{ "file.img", NULL },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		good();
		argument(cases[i].option);
		if (cases[i].value)
			argument(cases[i].value);
		must_be("process.argument", "/process/arguments", cases[i].option);
	}
}

TEST(an_option_that_is_cut_short_is_no_other)
{
	good();
	argument("-device"); /* the last one: its value is missing */
	must_be("process.argument", "/process/arguments", "-device");
}

TEST(what_locks_it_up_has_to_be_there)
{
	static const char *const needed[] = { "-nodefaults", "-no-user-config", "-sandbox" };
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		good();
		char *at = memmem(process.arguments.data, process.arguments.size, needed[i],
				  strlen(needed[i]));
		REQUIRE(at);
		memcpy(at, i < 2 ? "-S\0-S\0-S\0" : "-append", i < 2 ? 9 : 8);
		ls_qemu_process_judge(&process, &files, &list);
		bool found = false;
		for (size_t n = 0; n < list.count; n++)
			found = found ||
				(strcmp(list.at[n].found, "nothing") == 0 &&
				 strncmp(list.at[n].expected, needed[i], strlen(needed[i])) == 0);
		if (!found)
			TEST_FAIL("without %s nothing is said", needed[i]);
	}
}

TEST(descriptors_that_lead_elsewhere)
{
	static const struct {
		int mode;
		const char *target, *id;
	} cases[] = {
		{ O_WRONLY, "/tmp/evil.out", "process.descriptor" },
		{ O_RDONLY, "/home/it/software.iso", "process.descriptor" },
		{ O_RDWR, "/dev/net/tun", "process.descriptor" },
		{ O_RDWR, "/dev/bus/usb/001/002", "process.descriptor" },
		{ O_RDWR, "/i/base", "process.descriptor" },
		{ O_RDONLY, "/var/log/libvirt/qemu/vm-1.log", "process.descriptor" },
		{ O_WRONLY, "/var/log/libvirt/qemu/vm-2.log", "process.descriptor" },
		{ -1, "/r/results.fifo", "channel.two-way" },
		{ O_RDWR, "/r/results.fifo", "channel.two-way" },
		{ O_RDONLY, "/r/results.fifo", "channel.two-way" },
		{ O_RDONLY, "/r/disk.qcow2 (deleted)", "process.descriptor" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		good();
		descriptor(cases[i].mode, cases[i].target);
		must_be(cases[i].id, "/process/descriptors", cases[i].target);
	}
	good();
	process.more_fds = true;
	must_be("process.descriptor", "/process/descriptors", "more than can be looked at");
}

TEST(usb_devices_are_open_only_where_the_policy_has_some)
{
	struct ls_domain_files with = files;
	with.has_usb = true;
	good();
	descriptor(O_RDWR, "/dev/bus/usb/001/002");
	ls_qemu_process_judge(&process, &with, &list);
	CHECK_INT_EQ(list.count, 0);
}

TEST(without_the_channel_no_result_leaves)
{
	good();
	process.fds[5].target[1] = 'x';
	ls_qemu_process_judge(&process, &files, &list);
	CHECK_INT_EQ(list.count, 2);
	CHECK_STR_EQ(list.at[1].id, "channel.missing");
}

/* This process: what proc(5) says of it can be checked against what we know. */
TEST(a_process_is_read_as_the_kernel_shows_it)
{
	struct ls_error err;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	REQUIRE(bind(tcp, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(tcp, 1) == 0);
	int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	ls_qemu_process_free(&process);
	REQUIRE(ls_qemu_process_read(getpid(), &process, &err) == 0);
	CHECK_INT_EQ(process.pid, getpid());
	CHECK_INT_EQ(process.uids[1], geteuid());
	CHECK_INT_EQ(process.network, 1);
	CHECK_INT_EQ(process.viewers, 0);
	CHECK(strstr((const char *)process.arguments.data, "qemu_process_test"));
	bool found = false;
	for (size_t i = 0; i < process.fd_count; i++)
		found = found || (process.fds[i].mode == O_WRONLY &&
				  strcmp(process.fds[i].target, "/dev/null") == 0);
	CHECK(found);
	close(tcp);
	close(out);
	ls_qemu_process_free(&process);
	CHECK_INT_EQ(ls_qemu_process_read(0, &process, &err), 0);
	CHECK_INT_EQ(ls_qemu_process_read(INT32_MAX, &process, &err), 0);
	CHECK_INT_EQ(process.pid, 0);
}

__attribute__((destructor)) static void end(void)
{
	ls_qemu_process_free(&process);
}

/* Somebody else's way to see them: 0 when the dead one is gone and the living one may not be seen.
 */
static int see_as_another(pid_t dead, pid_t alive)
{
	struct ls_qemu_process p;
	if (setresuid(65534, 65534, 65534) < 0)
		return 4;
	if (ls_qemu_process_read(dead, &p, NULL) != 0 || p.pid != 0)
		return 1;
	ls_qemu_process_free(&p);
	return ls_qemu_process_read(alive, &p, NULL) == -EACCES ? 0 : 2;
}

/* What has ended and is not waited for shows no descriptors to others: that is no drift. */
TEST(a_process_that_ended_is_none_though_it_hides_its_descriptors)
{
	siginfo_t ended;
	int status = -1;
	if (geteuid() != 0)
		TEST_SKIP("only root can be somebody else");
	pid_t dead = fork();
	if (dead == 0)
		_exit(0);
	REQUIRE(waitid(P_PID, (id_t)dead, &ended, WEXITED | WNOWAIT) == 0);
	pid_t looker = fork();
	if (looker == 0)
		_exit(see_as_another(dead, getppid()));
	waitpid(looker, &status, 0);
	waitpid(dead, NULL, 0);
	CHECK_INT_EQ(WEXITSTATUS(status), 0);
}

TEST_MAIN()
