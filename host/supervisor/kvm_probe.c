/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/kvm_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/proc/child.h"

/* The firmware is mapped so that it ends at 4 GiB; the processor starts 16 bytes before its end. */
#define FIRMWARE_SIZE 65536
#define CODE_OFFSET   0xff00
#define GDT_OFFSET    0xff30
#define RESET_OFFSET  0xfff0

#define ANSWER	      0x11
#define ANSWER_STATUS (2 * ANSWER + 1) /* what isa-debug-exit makes of it */

static const uint8_t code[] = {
	/* 16 bits, real mode, cs base 0xffff0000 */
	0xfa,						/* ff00: cli */
	0x2e, 0x66, 0x0f, 0x01, 0x16, 0x40, 0xff,	/* ff01: lgdtl %cs:0xff40 */
	0x0f, 0x20, 0xc0,				/* ff08: mov %cr0,%eax */
	0x0c, 0x01,					/* ff0b: or $1,%al */
	0x0f, 0x22, 0xc0,				/* ff0d: mov %eax,%cr0 */
	0x66, 0xea, 0x18, 0xff, 0xff, 0xff, 0x08, 0x00, /* ff10: ljmpl $8,$0xffffff18 */
	/* 32 bits, protected mode, flat */
	0xb9, 0x00, 0xe1, 0xf5, 0x05, /* ff18: mov $100000000,%ecx */
	0x49,			      /* ff1d: dec %ecx */
	0x75, 0xfd,		      /* ff1e: jnz ff1d */
	0x66, 0xba, 0xf4, 0x00,	      /* ff20: mov $0xf4,%dx */
	0xb0, ANSWER,		      /* ff24: mov $ANSWER,%al */
	0xee,			      /* ff26: out %al,%dx */
	0xf4,			      /* ff27: hlt */
	0xeb, 0xfd,		      /* ff28: jmp ff27 */
};

static const uint8_t gdt[] = {
	0,    0,    0,	  0,	0,    0,    0,	  0, /* ff30: null */
	0xff, 0xff, 0,	  0,	0,    0x9a, 0xcf, 0, /* ff38: code, 4 GiB, 32 bits */
	15,   0,    0x30, 0xff, 0xff, 0xff,	     /* ff40: its size and address, for lgdt */
};

static const uint8_t reset[] = { 0xe9, 0x0d, 0xff }; /* fff0: jmp ff00 */

static int make_firmware(struct ls_error *err)
{
	static uint8_t image[FIRMWARE_SIZE];
	memcpy(image + CODE_OFFSET, code, sizeof(code));
	memcpy(image + GDT_OFFSET, gdt, sizeof(gdt));
	memcpy(image + RESET_OFFSET, reset, sizeof(reset));
	_cleanup_close_ int fd = memfd_create("labseal-kvm-probe", MFD_CLOEXEC);
	int rc = fd < 0 ? -errno : ls_write_all(fd, image, sizeof(image));
	if (rc < 0)
		return ls_fail_errno(err, -rc, "kvm.firmware", "cannot make the KVM probe");
	return ls_steal_fd(&fd);
}

static int start_qemu(int firmware, const char *accelerator, pid_t *ret_pid, struct ls_error *err)
{
	const char *argv[] = { LS_EMULATOR,
			       "-accel",
			       accelerator,
			       "-display",
			       "none",
			       "-nodefaults",
			       "-no-user-config",
			       "-no-reboot",
			       "-m",
			       "16",
			       "-bios",
			       "/proc/self/fd/3",
			       "-device",
			       "isa-debug-exit,iobase=0xf4,iosize=1",
			       NULL };
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct ls_child_fd fds[] = { { .from = firmware, .to = 3 }, { .from = null, .to = 2 } };
	struct ls_child_spec spec = {
		.path = LS_EMULATOR,
		.argv = argv,
		.fds = fds,
		.fd_count = null < 0 ? 1 : 2,
		.death_signal = SIGKILL,
	};
	return ls_child_spawn(&spec, ret_pid, err);
}

int ls_kvm_probe_with(const char *accelerator, bool *ret_works,
		      char reason[static LS_KVM_REASON_SIZE], struct ls_error *err)
{
	_cleanup_close_ int firmware = make_firmware(err);
	if (firmware < 0)
		return firmware;
	pid_t pid;
	int status = 0;
	int rc = start_qemu(firmware, accelerator, &pid, err);
	if (rc < 0)
		return rc;
	rc = ls_child_wait(pid, LS_KVM_PROBE_MS, &status);
	if (rc == 0)
		ls_child_stop(pid, 0);
	reason[0] = '\0';
	*ret_works = rc == 1 && WIFEXITED(status) && WEXITSTATUS(status) == ANSWER_STATUS;
	char how[64];
	if (rc == 0)
		snprintf(reason, LS_KVM_REASON_SIZE, "the probe gave no answer within %d s",
			 LS_KVM_PROBE_MS / 1000);
	else if (!*ret_works)
		snprintf(reason, LS_KVM_REASON_SIZE, "the probe %s",
			 ls_child_describe(status, how, sizeof(how)));
	return 0;
}

int ls_kvm_probe(bool *ret_works, char reason[static LS_KVM_REASON_SIZE], struct ls_error *err)
{
	if (access("/dev/kvm", R_OK | W_OK) < 0) {
		snprintf(reason, LS_KVM_REASON_SIZE, "/dev/kvm: %s", strerror(errno));
		*ret_works = false;
		return 0;
	}
	return ls_kvm_probe_with("kvm", ret_works, reason, err);
}

int ls_accelerator_choose(const struct ls_policy *policy, bool *ret_kvm, struct ls_error *err)
{
	if (policy->vm.type == LS_VM_TCG) {
		*ret_kvm = false;
		return 0;
	}
	bool works;
	char reason[LS_KVM_REASON_SIZE];
	int rc = ls_kvm_probe(&works, reason, err);
	if (rc < 0)
		return rc;
	if (!works && !ls_policy_may_use_tcg(policy))
		return ls_fail(err, -EOPNOTSUPP, "kvm.unusable",
			       "KVM does not work on this machine (%s), and the policy does not "
			       "allow emulation: TCG is no isolation boundary",
			       reason);
	*ret_kvm = works;
	return 0;
}
