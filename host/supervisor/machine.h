/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual machine, as the supervisor sees it: a process of its own (this
 * same program, started with --machine) that alone talks to libvirt and, in
 * the demo, has libvirt's QEMU driver in it, under a user of its own.  What
 * libvirt parses (XML, QEMU's monitor) is so kept away from the process that
 * holds the TPM.
 *
 * Messages (framing: lib/proc/message.h):
 *
 *     supervisor -> machine   START   the domain's XML
 *                             USB     the same XML with other USB devices; answered by USB_DONE
 *                             STOP    u32 milliseconds to let the guest shut down in
 *     machine -> supervisor   REPORT  at each change: struct ls_machine_report as JSON
 *                             JUDGED  at the first look and each change: {"more": bool,
 *                                     "violations": [...]} (violations_json.h)
 *                             USB_DONE    empty: it has them; or struct ls_failed: it has not
 *                             FAILED  struct ls_failed; the last message
 */
#ifndef LABSEAL_HOST_SUPERVISOR_MACHINE_H
#define LABSEAL_HOST_SUPERVISOR_MACHINE_H

#include <stdint.h>
#include <sys/types.h>

#include "host/supervisor/domain_facts.h"
#include "host/supervisor/vm_user.h"
#include "lib/base/error.h"
#include "lib/proc/message.h"
#include "policy/violations.h"

enum ls_machine_message {
	LS_MSG_MACHINE_START = 0x0401,
	LS_MSG_MACHINE_STOP = 0x0402,
	LS_MSG_MACHINE_USB = 0x0403,
	LS_MSG_MACHINE_REPORT = 0x0481,
	LS_MSG_MACHINE_FAILED = 0x0482,
	LS_MSG_MACHINE_JUDGED = 0x0483,
	LS_MSG_MACHINE_USB_DONE = 0x0484,
};

/* What came in a JUDGED message; the list is replaced.  -EBADMSG: malformed. */
int ls_machine_judged_encode(const struct ls_violations *list, struct ls_buffer *out);
int ls_machine_judged_decode(const struct ls_message *message, struct ls_violations *ret_list,
			     struct ls_error *err);

#define LS_MACHINE_CHANNEL_FD 3
#define LS_MACHINE_FIFO_FD                                                 \
	4 /* held, never used: libvirt's open of the FIFO would wait for a \
	     reader for ever if the supervisor died at that moment */
#define LS_MACHINE_WORD_SIZE 24

struct ls_machine_report {
	char state[LS_MACHINE_WORD_SIZE];  /* "running", "paused", "stopped", ... */
	char reason[LS_MACHINE_WORD_SIZE]; /* of a stop: "shutdown", "destroyed", "crashed", ... */
	pid_t pid;			   /* QEMU's; 0 when it does not run */
	unsigned reboots;		   /* that the guest made since the machine was started */
	struct ls_domain_facts facts;	   /* of the live XML; empty when it does not run */
};

int ls_machine_report_encode(const struct ls_machine_report *report, struct ls_buffer *out);
int ls_machine_report_decode(const struct ls_message *message, struct ls_machine_report *ret_report,
			     struct ls_error *err);

/* The folder that the embedded driver has for its own, below the run folder. */
#define LS_MACHINE_FOLDER "vm"

struct ls_machine_place {
	const char *uri;    /* "qemu:///system", or "qemu:///embed": the folder is added */
	const char *folder; /* RUN/vm, absolute; at most 55 bytes, for libvirt's sockets */
};

/*
 * Make the folder and libvirt's qemu.conf in it; both the VM user's.  What an
 * earlier process left there is removed, but for what libvirt found out about
 * QEMU: a new embedded driver would look for the old one's machine.
 */
int ls_machine_prepare(const struct ls_machine_place *place, const struct ls_vm_user *user,
		       struct ls_error *err);

/* Start the process.  fifo: a holder of the FIFO.  *ret_fd: the channel, non-blocking, O_CLOEXEC.
 */
int ls_machine_spawn(const struct ls_machine_place *place, int fifo, pid_t *ret_pid, int *ret_fd,
		     struct ls_error *err);

/* The process: labseald --machine URI FOLDER.  Returns an exit status. */
int ls_domain_process(int argc, char **argv);

#endif
