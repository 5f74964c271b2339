/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "tests/hostile/attacks.h"

#define REPORT_MAX 65536
#define TRY_MS	   1500 /* for each way of reading */

static void wake(int signal_number)
{
	(void)signal_number;
}

/* Poll and read until the time is over; what came is counted. */
static void read_for_a_while(int fd, struct ls_buffer *report)
{
	char bytes[4096];
	uint64_t end = (uint64_t)guest_clock() + TRY_MS * 1000000ull;
	unsigned polls = 0, readable = 0, reads = 0;
	uint64_t came = 0;
	int error = 0;
	while ((uint64_t)guest_clock() < end) {
		struct pollfd p = { .fd = fd, .events = POLLIN | POLLPRI | POLLRDHUP };
		polls++;
		readable += poll(&p, 1, 100) > 0 && (p.revents & (POLLIN | POLLPRI));
		ssize_t n = read(fd, bytes, sizeof(bytes));
		reads++;
		came += n > 0 ? (uint64_t)n : 0;
		error = n < 0 ? errno : error;
	}
	ls_buffer_printf(report, " polls=%u readable=%u reads=%u bytes=%llu error=%s\n", polls,
			 readable, reads, (unsigned long long)came,
			 error ? strerrorname_np(error) : "none");
}

/* A read that waits is woken by a timer and says so. */
static void try_mode(const struct guest *g, const char *name, int flags, struct ls_buffer *report)
{
	struct sigaction action = { .sa_handler = wake };
	_cleanup_close_ int fd = open(g->port_path, flags | O_CLOEXEC);
	ls_buffer_printf(report, "read mode=%s", name);
	if (fd < 0) {
		ls_buffer_printf(report, " bytes=0 open=%s\n", strerrorname_np(errno));
		return;
	}
	int waiting = 0;
	ioctl(fd, FIONREAD, &waiting);
	void *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	ls_buffer_printf(report, " fionread=%d mmap=%s", waiting, map == MAP_FAILED ? "no" : "yes");
	sigaction(SIGALRM, &action, NULL);
	ualarm(400000, 400000);
	read_for_a_while(fd, report);
	ualarm(0, 0);
}

/* The other ways into this machine that its kernel knows. */
static void list(const char *what, const char *folder, struct ls_buffer *report)
{
	DIR *d = opendir(folder);
	ls_buffer_printf(report, "%s:", what);
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.')
			ls_buffer_printf(report, " %s", e->d_name);
	ls_buffer_add_str(report, "\n");
	if (d)
		closedir(d);
}

void attack_reads(struct guest *g)
{
	static const struct {
		const char *name;
		int flags;
	} modes[] = {
		{ "O_RDONLY|O_NONBLOCK", O_RDONLY | O_NONBLOCK },
		{ "O_RDWR|O_NONBLOCK", O_RDWR | O_NONBLOCK },
		{ "O_RDONLY", O_RDONLY },
		{ "O_RDWR", O_RDWR },
	};
	_cleanup_buffer_ struct ls_buffer report;
	ls_buffer_init(&report, REPORT_MAX);
	honest_file(g, "reading.txt", "from now on\n", 12);
	close(g->port); /* one at a time */
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		try_mode(g, modes[i].name, modes[i].flags, &report);
	list("virtio ports", "/sys/class/virtio-ports", &report);
	list("network", "/sys/class/net", &report);
	list("disks", "/sys/block", &report);
	list("usb", "/sys/bus/usb/devices", &report);
	guest_open(g);
	honest_file(g, "reads.txt", report.data, report.size);
}
