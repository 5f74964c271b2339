/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/relay.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/reader.h"
#include "lib/proc/child.h"
#include "lib/tpm/exchange.h"

#define SOCKET	   3 /* where the child has the two */
#define DEVICE	   4
#define COMMAND_MS (10 * 60 * 1000) /* it is not this process that loses patience */

/* One whole command.  0: there are no more; or it is none. */
static size_t read_command(uint8_t *command)
{
	size_t have = 0;
	uint32_t size = LS_TPM_HEADER_SIZE;
	while (have < size) {
		ssize_t n = read(SOCKET, command + have, size - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		have += (size_t)n;
		if (have != LS_TPM_HEADER_SIZE)
			continue;
		struct ls_reader r;
		uint16_t tag;
		ls_reader_init(&r, command, have);
		if (ls_read_be16(&r, &tag) < 0 || ls_read_be32(&r, &size) < 0 ||
		    size < LS_TPM_HEADER_SIZE || size > LS_TPM_BUFFER_SIZE)
			return 0;
	}
	return have;
}

_Noreturn static void relay(void)
{
	uint8_t command[LS_TPM_BUFFER_SIZE], response[LS_TPM_BUFFER_SIZE];
	size_t size, got;
	while ((size = read_command(command)) > 0 &&
	       ls_tpm_exchange(DEVICE, COMMAND_MS, command, size, response, &got, NULL) == 0 &&
	       ls_write_all(SOCKET, response, got) == 0)
		;
	_exit(0);
}

_Noreturn static void begin_child(int socket, int device, pid_t parent)
{
	struct ls_child_fd fds[] = { { .from = socket, .to = SOCKET },
				     { .from = device, .to = DEVICE } };
	int keep = socket; /* nobody is told how it went: our parent sees the socket close */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	prctl(PR_SET_NAME, LS_TPM_RELAY_NAME);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setpgid(0, 0); /* a terminal's Ctrl-C is for our parent */
	ls_child_reset_signals();
	if (ls_child_arrange_fds(fds, 2, &keep) < 0 || close_range(DEVICE + 1, ~0u, 0) < 0)
		_exit(1);
	relay();
}

int ls_tpm_relay_start(int device, struct ls_tpm_relay *ret_relay, struct ls_error *err)
{
	int pair[2];
	int rc = ls_socket_pair(pair, err);
	if (rc < 0)
		return rc;
	pid_t parent = getpid(), pid = fork();
	if (pid == 0)
		begin_child(pair[1], device, parent);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return ls_fail_errno(err, errno, "tpm.relay", "cannot start a process for the TPM");
	}
	*ret_relay = (struct ls_tpm_relay){ .pid = pid, .fd = pair[0] };
	return 0;
}

pid_t ls_tpm_relay_end(struct ls_tpm_relay *relay)
{
	pid_t pid = relay->pid > 0 ? relay->pid : 0;
	if (relay->pid != 0)
		close(relay->fd);
	if (pid > 0)
		kill(pid, SIGKILL);
	*relay = (struct ls_tpm_relay){ .fd = -1 };
	return pid;
}
