/* SPDX-License-Identifier: Apache-2.0 */
/* What labseald makes of what the machine's process reports; that process is played. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/supervisor/supervisor.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/base/test.h"
#include "lib/proc/child.h"

static char dir[] = "/tmp/labseal-machine-XXXXXX";
static struct ls_supervisor s;
static struct ls_policy policy;
static struct ls_run run;
static struct ls_error err;
static int process = -1; /* the machine's process's end of the channel */
static pid_t qemu;

/* One that holds the channel as QEMU does, or with a mode of the test's. */
static pid_t play_qemu(const char *fifo, int mode)
{
	char said;
	int ready[2];
	if (pipe(ready) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open(fifo, mode);
		ls_fifo_close(&s.fifo);
		if (fd < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	bool is = read(ready[0], &said, 1) == 1;
	close(ready[0]);
	close(ready[1]);
	return is ? pid : -1;
}

static bool begin(int mode)
{
	int pair[2];
	char fifo[64];
	struct ls_vm_user user = { .uid = geteuid(), .gid = getegid() };
	memset(&s, 0, sizeof(s));
	memset(&run, 0, sizeof(run));
	snprintf(policy.vm.name, sizeof(policy.vm.name), "labseal-t");
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	unlink(fifo);
	run.state_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s.policy = &policy;
	s.run = &run;
	s.children.channel = s.tpm.fd = -1;
	ls_log_init("test", LS_LOG_ERROR - 1);
	if (ls_fifo_create(fifo, &user, &s.fifo, &err) < 0 || chmod(fifo, 0600) < 0 ||
	    ls_socket_pair(pair, &err) < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0)
		return false;
	s.machine_fd = pair[0];
	process = pair[1];
	ls_message_stream_init(&s.machine_stream, s.machine_fd);
	qemu = play_qemu(fifo, mode);
	return qemu > 0;
}

static void end(void)
{
	kill(qemu, SIGKILL);
	waitpid(qemu, NULL, 0);
	ls_message_stream_free(&s.machine_stream);
	ls_fifo_close(&s.fifo);
	close(s.machine_fd);
	close(process);
	close(run.state_fd);
}

static void report(const char *state, pid_t pid, unsigned reboots)
{
	struct ls_machine_report r = { .pid = pid,
				       .reboots = reboots,
				       .facts = { .type = "qemu", .channel = "file" } };
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	snprintf(r.state, sizeof(r.state), "%s", state);
	CHECK_INT_EQ(ls_machine_report_encode(&r, &body), 0);
	CHECK_INT_EQ(ls_message_send(process, LS_MSG_MACHINE_REPORT, body.data, body.size, &err),
		     0);
	ls_machine_serve(&s);
}

static const char *sealed(size_t i)
{
	return i < s.events.count ? s.events.pending[i].kind : "nothing";
}

TEST(its_start_is_on_record_with_the_first_word_that_it_runs)
{
	REQUIRE(begin(O_WRONLY));
	report("running", qemu, 0);
	report("running", qemu, 0);
	CHECK_INT_EQ(s.events.count, 1);
	CHECK_STR_EQ(sealed(0), "vm-start");
	CHECK(s.was_running && !s.machine_failed);
	end();
}

/* labseald asked it to start, and was itself asked to end before it heard that it had. */
TEST(a_start_that_is_overtaken_by_an_end_is_on_record)
{
	REQUIRE(begin(O_WRONLY));
	s.stop = s.is_stopping = true;
	report("running", qemu, 0);
	report("stopped", 0, 0);
	CHECK_STR_EQ(sealed(0), "vm-start");
	CHECK(s.was_running); /* so that its stop is sealed */
	end();
}

TEST(so_is_that_of_a_machine_whose_channel_is_two_way)
{
	REQUIRE(begin(O_RDWR));
	report("running", qemu, 0);
	CHECK_STR_EQ(sealed(0), "vm-start");
	CHECK(s.machine_failed);
	CHECK_STR_EQ(s.machine_error.id, "channel.two-way");
	end();
}

TEST(what_never_ran_has_no_start)
{
	REQUIRE(begin(O_WRONLY));
	report("stopped", 0, 0);
	CHECK_INT_EQ(s.events.count, 0);
	CHECK(!s.was_running);
	end();
}

TEST(a_guest_that_restarts_itself_is_told_and_sealed_and_not_each_time)
{
	REQUIRE(begin(O_WRONLY));
	report("running", qemu, 0);
	report("running", qemu, 1);
	CHECK_INT_EQ(s.events.count, 2);
	CHECK_STR_EQ(sealed(1), "vm-reboot");
	CHECK_STR_HAS(s.events.pending[1].detail, "\"reason\": \"guest, times: 1\"");
	for (unsigned n = 2; n < 6; n++)
		report("running", qemu, n);
	CHECK_INT_EQ(s.events.count, 2);
	s.reboots_next = 0; /* a while later */
	ls_machine_tell_reboots(&s);
	CHECK_INT_EQ(s.events.count, 3);
	CHECK_STR_HAS(s.events.pending[2].detail, "\"reason\": \"guest, times: 4\"");
	ls_machine_tell_reboots(&s);
	CHECK_INT_EQ(s.events.count, 3);
	end();
}

__attribute__((constructor)) static void make(void)
{
	if (!mkdtemp(dir))
		dir[0] = '\0';
}

__attribute__((destructor)) static void clean(void)
{
	ls_remove_tree(AT_FDCWD, dir, NULL);
}

TEST_MAIN()
