/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/demo_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "host/command/demo_child.h"
#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "policy/policy.h"

#define POLICY_SIZE_MAX 65536

/* The guest keeps its files in memory: read, saved and in the outbox, and the initrd at its start.
 */
#define MEMORY_LEAST_MIB 256
#define MEMORY_OWN_MIB	 128
#define MEMORY_COPIES	 4
#define MEMORY_STEP_MIB	 64
#define MEMORY_MOST_MIB	 16384

#define LOCK_LOOK_MS 100
#define LOCK_WAIT_MS 20000 /* for an earlier labseald to end */

/* --- paths --------------------------------------------------------------------- */

static int join(char buffer[static PATH_MAX], const char *folder, const char *name,
		struct ls_error *err)
{
	int n = snprintf(buffer, PATH_MAX, "%s/%s", folder, name);
	if (n < 0 || n >= PATH_MAX)
		return ls_fail(err, -ENAMETOOLONG, "demo.path", "the path '%s/%s' is too long",
			       folder, name);
	return 0;
}

/* BUILD/images/NAME, for BUILD/labseal. */
static int default_image(char buffer[static PATH_MAX], const char *name, struct ls_error *err)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return ls_fail_errno(err, errno, "demo.path", "cannot tell where this program is");
	self[n] = '\0';
	char *slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	char images[PATH_MAX];
	int rc = join(images, self, "images", err);
	return rc == 0 ? join(buffer, images, name, err) : rc;
}

/* given, or the default; absolute; there. */
static int resolve(char ret_path[static PATH_MAX], const char *given, const char *name,
		   const char *advice, struct ls_error *err)
{
	char path[PATH_MAX];
	if (!given) {
		int rc = default_image(path, name, err);
		if (rc < 0)
			return rc;
		given = path;
	}
	if (!realpath(given, ret_path))
		return ls_fail_errno(err, errno, "demo.path", "%s; '%s'", advice, given);
	return 0;
}

static int resolve_output(struct ls_demo_paths *p, const char *given, struct ls_error *err)
{
	const char *output = given ? given : "labseal-demo";
	int rc = ls_make_dirs(AT_FDCWD, output, 0755, err);
	if (rc < 0)
		return rc;
	if (!realpath(output, p->output))
		return ls_fail_errno(err, errno, "demo.path", "cannot use the folder '%s'", output);
	return 0;
}

static int name_outputs(struct ls_demo_paths *p, struct ls_error *err)
{
	const struct {
		char *path;
		const char *name;
	} names[] = {
		{ p->policy, "policy.yaml" }, { p->state, "state" },
		{ p->share, "share" },	      { p->initrd, "state/guest.initrd" },
		{ p->trust, "trust.txt" },    { p->log, "labseald.log" },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int rc = join(names[i].path, p->output, names[i].name, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int ls_demo_paths_init(struct ls_demo_paths *ret_paths, const char *input, const char *output,
		       const char *kernel, const char *base, struct ls_error *err)
{
	struct ls_demo_paths *p = ret_paths;
	int rc = resolve(p->kernel, kernel, "vmlinuz",
			 "there is no kernel for the guest: 'make image' makes one, or name one "
			 "by --kernel",
			 err);
	if (rc == 0)
		rc = resolve(p->base, base, "base.cpio",
			     "there is no initrd for the guest: 'make image' makes one, or name "
			     "one by --initrd",
			     err);
	if (rc == 0)
		rc = resolve(p->input, input, "input",
			     "there are no files to seal: name a folder by --input, or "
			     "'make demo-input' makes some up",
			     err);
	if (rc == 0)
		rc = resolve_output(p, output, err);
	if (rc == 0)
		rc = name_outputs(p, err);
	return rc == 0 ? ls_make_dirs(AT_FDCWD, p->state, 0700, err) : rc;
}

/* --- the lock ------------------------------------------------------------------ */

/*
 * Whether the state's lock is free, without ever keeping it.  (labseald may be
 * ending on the signal that it got when an earlier demo was killed.)
 */
static bool state_is_free(const struct ls_demo_paths *paths)
{
	char path[PATH_MAX];
	if (join(path, paths->state, "lock", NULL) < 0)
		return true;
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0;
}

int ls_demo_lock(const struct ls_demo_paths *paths, struct ls_error *err)
{
	_cleanup_close_ int fd = open(paths->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ls_fail_errno(err, errno, "demo.lock", "cannot open '%s'", paths->output);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return ls_fail(err, -EBUSY, "demo.lock",
			       "another demo is running in '%s'; wait for it, or use another "
			       "--output",
			       paths->output);
	int waited = 0;
	while (!state_is_free(paths) && waited < LOCK_WAIT_MS && !ls_demo_signal()) {
		ls_demo_sleep(LOCK_LOOK_MS);
		waited += LOCK_LOOK_MS;
	}
	return ls_steal_fd(&fd); /* provision says it if the state is still not free */
}

/* --- the guest's memory -------------------------------------------------------- */

/* "MemAvailable:   12345 kB" (proc(5)); 0 when it cannot be read. */
static uint64_t available_mib(void)
{
	static const char name[] = "MemAvailable:";
	_cleanup_file_ FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	uint64_t kib = 0;
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, name, sizeof(name) - 1) != 0)
			continue;
		const char *digits = line + strcspn(line, "0123456789");
		if (ls_parse_u64(digits, strspn(digits, "0123456789"), &kib) == 0)
			break;
	}
	return kib / 1024;
}

int ls_demo_memory(const struct ls_demo_input *input, uint64_t *ret_mib, struct ls_error *err)
{
	uint64_t files = (input->bytes >> 20) + 1;
	uint64_t mib = MEMORY_OWN_MIB + MEMORY_COPIES * files + input->file_count / 64;
	if (mib < MEMORY_LEAST_MIB)
		mib = MEMORY_LEAST_MIB;
	mib = (mib + MEMORY_STEP_MIB - 1) / MEMORY_STEP_MIB * MEMORY_STEP_MIB;
	uint64_t free_mib = available_mib();
	if (mib > MEMORY_MOST_MIB || (free_mib && mib > free_mib))
		return ls_fail(err, -ENOMEM, "demo.memory",
			       "the guest keeps its files in memory: %llu MiB of files need a "
			       "guest of %llu MiB, and this machine has %llu MiB free; give it "
			       "fewer files",
			       (unsigned long long)files, (unsigned long long)mib,
			       (unsigned long long)free_mib);
	*ret_mib = mib;
	return 0;
}

/* --- the policy ---------------------------------------------------------------- */

/* YAML 1.2, 7.3.1: in double quotes, with '"' and '\' escaped, and control characters. */
static void add_quoted(struct ls_buffer *out, const char *text)
{
	ls_buffer_add_u8(out, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			ls_buffer_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			ls_buffer_printf(out, "\\x%02x", c);
		else
			ls_buffer_add_u8(out, c);
	}
	ls_buffer_add_u8(out, '"');
}

static void add_path(struct ls_buffer *out, const char *key, const char *path)
{
	ls_buffer_add_str(out, key);
	add_quoted(out, path);
	ls_buffer_add_u8(out, '\n');
}

static void add_policy(const struct ls_demo_paths *p, uint64_t memory_mib, struct ls_buffer *out)
{
	ls_buffer_add_str(out,
			  "# What 'labseal demo' runs: a Linux guest that stands in for the\n"
			  "# instrument's computer. Not for production; every result says so.\n"
			  "version: 1\n"
			  "instrument:\n"
			  "  id: demo-7500\n"
			  "  maker: labseal\n"
			  "  model: stand-in guest\n");
	add_path(out, "state: ", p->state);
	ls_buffer_printf(out,
			 "vm:\n"
			 "  connection: qemu:///embed\n"
			 "  type: auto\n"
			 "  cpu: qemu64\n"
			 "  clock: utc\n"
			 "  display: none\n"
			 "  memory: %llu MiB\n"
			 "  boot:\n",
			 (unsigned long long)memory_mib);
	add_path(out, "    kernel: ", p->kernel);
	add_path(out, "    initrd: ", p->initrd);
	/* Linux stops for good where no timer interrupt came within its first 10 ms, which on a
	 * busy host is so now and then without KVM; with KVM it does not look either. */
	ls_buffer_add_str(out, "    cmdline: quiet no_timer_check\n"
			       "channel:\n"
			       "  type: virtio\n"
			       "  max-file-size: 4 GiB\n"
			       "  max-name-length: 1024\n"
			       "  spool-size: 16 GiB\n"
			       "signing:\n"
			       "  tpm: embedded\n"
			       "publish:\n");
	add_path(out, "  share: ", p->share);
	ls_buffer_add_str(out, "development: true\n");
}

int ls_demo_policy_write(const struct ls_demo_paths *paths, uint64_t memory_mib,
			 struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, POLICY_SIZE_MAX);
	add_policy(paths, memory_mib, &text);
	if (ls_buffer_error(&text) < 0)
		return ls_fail(err, ls_buffer_error(&text), "demo.memory",
			       "out of memory for the policy");
	return ls_file_replace(AT_FDCWD, paths->policy, text.data, text.size, 0644, err);
}
