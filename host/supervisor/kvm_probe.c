/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/kvm_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/supervisor/rundir.h"
#include "host/supervisor/state.h"
#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/number.h"
#include "lib/proc/child.h"

/* The firmware is mapped so that it ends at 4 GiB; the processor starts 16 bytes before its end. */
#define FIRMWARE_SIZE 65536
#define CODE_OFFSET   0xff00
#define GDT_OFFSET    0xff30
#define RESET_OFFSET  0xfff0

#define MEMORY_SIZE_MAX 512

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

/* --- what a probe that failed leaves for the next ---------------------------------------- */

/* What the answer hangs on, but for the time: this start of the kernel, this QEMU, this device. */
static int describe_machine(struct ls_buffer *out)
{
	char boot[LS_BOOT_ID_SIZE];
	struct stat qemu, kvm;
	if (!*ls_boot_id(boot) || stat(LS_EMULATOR, &qemu) < 0 || stat("/dev/kvm", &kvm) < 0)
		return -ENOENT;
	return ls_buffer_printf(out, "KVM gave no answer\nboot %s\nqemu %lld.%09ld %lld\n", boot,
				(long long)qemu.st_mtim.tv_sec, qemu.st_mtim.tv_nsec,
				(long long)qemu.st_size) < 0 ||
			       ls_buffer_printf(out, "kvm %lld.%09ld\nuser %lld\n",
						(long long)kvm.st_ctim.tv_sec, kvm.st_ctim.tv_nsec,
						(long long)geteuid()) < 0
		       ? -ENOMEM
		       : 0;
}

static uint64_t seconds_since_boot(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec;
}

bool ls_kvm_is_known_to_fail(int state_fd)
{
	_cleanup_buffer_ struct ls_buffer wanted, text;
	ls_buffer_init(&wanted, MEMORY_SIZE_MAX);
	ls_buffer_init(&text, MEMORY_SIZE_MAX);
	if (describe_machine(&wanted) < 0 ||
	    ls_file_read(state_fd, LS_STATE_KVM, &text, NULL) < 0 || text.size <= wanted.size ||
	    memcmp(text.data, wanted.data, wanted.size) != 0)
		return false;
	const char *digits = ls_buffer_str(&text) + wanted.size;
	uint64_t then, now = seconds_since_boot();
	return ls_parse_u64(digits, strcspn(digits, "\n"), &then) == 0 && then <= now &&
	       now - then <= LS_KVM_MEMORY_S;
}

/* That it cannot be kept costs the next one its time, and no more. */
void ls_kvm_note_failure(int state_fd)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, MEMORY_SIZE_MAX);
	if (describe_machine(&text) == 0 &&
	    ls_buffer_printf(&text, "%llu\n", (unsigned long long)seconds_since_boot()) == 0)
		ls_file_replace(state_fd, LS_STATE_KVM, text.data, text.size, 0600, NULL);
}

int ls_accelerator_choose(const struct ls_policy *policy, int state_fd, bool *ret_kvm,
			  struct ls_error *err)
{
	bool may_use_tcg = ls_policy_may_use_tcg(policy);
	if (policy->vm.type == LS_VM_TCG ||
	    (state_fd >= 0 && may_use_tcg && ls_kvm_is_known_to_fail(state_fd))) {
		*ret_kvm = false;
		return 0;
	}
	bool works;
	char reason[LS_KVM_REASON_SIZE];
	int rc = ls_kvm_probe(&works, reason, err);
	if (rc < 0)
		return rc;
	if (!works && state_fd >= 0 && may_use_tcg)
		ls_kvm_note_failure(state_fd);
	if (!works && !may_use_tcg)
		return ls_fail(err, -EOPNOTSUPP, "kvm.unusable",
			       "KVM does not work on this machine (%s), and the policy does not "
			       "allow emulation: TCG is no isolation boundary",
			       reason);
	*ret_kvm = works;
	return 0;
}
