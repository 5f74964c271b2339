/* SPDX-License-Identifier: Apache-2.0 */
/* What libvirt 9.0 starts QEMU 7.2 with for a machine of labseal's, and what such a QEMU has open.
 */
#include <fcntl.h>
#include <limits.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/supervisor/qemu_process.h"

#define FOUND_SIZE 1024
#define START_ANEW "stop the machine and start it with 'labseal run'"
#define SANDBOX	   "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
#define ARGUMENT_WHY                                                                              \
	"QEMU was started with what no machine of labseal's needs: it can add any device or way " \
	"out"

/* clang-format off */
static const struct argument {
	const char *option;
	const char *value; /* extended regular expression for all of it; NULL: it has none */
	bool is_needed;
} arguments[] = {
	{ "-name", "guest=.*", false },
	{ "-S", NULL, false },
	{ "-object", "\\{\"qom-type\":\"(secret|memory-backend-ram)\".*", false },
	{ "-machine", "pc-i440fx-7\\.2,.*", false },
	{ "-accel", "kvm|tcg", false },
	{ "-cpu", ".*", false },
	{ "-m", ".*", false },
	{ "-overcommit", "mem-lock=off", false },
	{ "-smp", "1,.*", false },
	{ "-uuid", ".*", false },
	{ "-display", "none", false },
	{ "-no-user-config", NULL, true },
	{ "-nodefaults", NULL, true },
	{ "-chardev", "socket,id=charmonitor,fd=[0-9]+,server=on,wait=off", false },
	{ "-chardev", "file,id=char(channel|serial)[0-9]+,path=/dev/fdset/[0-9]+,append=on", false },
	{ "-chardev", "serial,id=charserial[0-9]+,path=/dev/.*", false },
	{ "-mon", "chardev=charmonitor,id=monitor,mode=control", false },
	{ "-rtc", "base=.*", false },
	{ "-no-hpet", NULL, false },
	{ "-no-shutdown", NULL, false },
	{ "-global", "(kvm-pit\\.lost_tick_policy|PIIX4_PM\\.disable_s[34])=.*", false },
	{ "-boot", "strict=on", false },
	{ "-kernel", "/.*", false },
	{ "-initrd", "/.*", false },
	{ "-append", ".*", false },
	{ "-device", "\\{\"driver\":\"(virtio-serial-pci|virtserialport|isa-serial|ide-hd|VGA|usb-host|"
		     "ich9-usb-ehci1|ich9-usb-uhci[123])\".*", false },
	{ "-blockdev", "\\{.*", false }, /* which files: by what it has open */
	{ "-add-fd", "set=[0-9]+,fd=[0-9]+,opaque=.*", false },
	{ "-audiodev", "\\{\"id\":\"audio1\",\"driver\":\"none\"\\}", false },
	{ "-vnc", "vnc=unix:/[^,]*/vnc\\.sock,share=allow-exclusive,audiodev=audio1", false },
	{ "-sandbox", SANDBOX, true },
	{ "-msg", "timestamp=on", false },
};
/* clang-format on */
#define ARGUMENTS (sizeof(arguments) / sizeof(arguments[0]))

static bool matches(const char *pattern, const char *value)
{
	char whole[512];
	regex_t regex;
	if (snprintf(whole, sizeof(whole), "^(%s)$", pattern) >= (int)sizeof(whole) ||
	    regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	bool is = regexec(&regex, value, 0, NULL, 0) == 0;
	regfree(&regex);
	return is;
}

/* The next argument, or NULL after the last one. */
static const char *next_argument(const struct ls_buffer *all, size_t *at)
{
	if (*at >= all->size)
		return NULL;
	const char *argument = (const char *)all->data + *at;
	*at += strlen(argument) + 1; /* a buffer is followed by a NUL */
	return argument;
}

/* 1: it takes a value; 0: it takes none; -1: no option of ours. */
static int takes_value(const char *option)
{
	for (size_t i = 0; i < ARGUMENTS; i++)
		if (strcmp(arguments[i].option, option) == 0)
			return arguments[i].value != NULL;
	return -1;
}

static bool is_allowed(const char *option, const char *value, bool seen[static ARGUMENTS])
{
	for (size_t i = 0; i < ARGUMENTS; i++)
		if (strcmp(arguments[i].option, option) == 0 &&
		    (!arguments[i].value || (value && matches(arguments[i].value, value)))) {
			seen[i] = true;
			return true;
		}
	return false;
}

static void judge_arguments(const struct ls_qemu_process *p, struct ls_violations *list)
{
	char found[FOUND_SIZE];
	bool seen[ARGUMENTS] = { false };
	size_t at = 0;
	next_argument(&p->arguments, &at); /* the program */
	for (const char *option; (option = next_argument(&p->arguments, &at));) {
		const char *value = takes_value(option) == 1 ? next_argument(&p->arguments, &at)
							     : NULL;
		if (is_allowed(option, value, seen))
			continue;
		snprintf(found, sizeof(found), "%.500s%s%.500s", option, value ? " " : "",
			 value ? value : "");
		ls_violation_add(list, "process.argument", "/process/arguments", found, "nothing",
				 ARGUMENT_WHY, START_ANEW);
	}
	for (size_t i = 0; i < ARGUMENTS; i++) {
		if (!arguments[i].is_needed || seen[i])
			continue;
		snprintf(found, sizeof(found), "%s%s%s", arguments[i].option,
			 arguments[i].value ? " " : "",
			 arguments[i].value ? arguments[i].value : "");
		ls_violation_add(
			list, "process.argument", "/process/arguments", "nothing", found,
			"without it QEMU is not locked up, or takes settings from elsewhere",
			"set seccomp_sandbox = 1 in qemu.conf and start the machine anew");
	}
}

/* --- rights ------------------------------------------------------------------ */

static void judge_rights(const struct ls_qemu_process *p, struct ls_violations *list)
{
	char found[FOUND_SIZE];
	bool is_root = false;
	for (size_t i = 0; i < 4; i++)
		is_root = is_root || p->uids[i] == 0 || p->uids[i] == UINT32_MAX;
	snprintf(found, sizeof(found), "%u %u %u %u", p->uids[0], p->uids[1], p->uids[2],
		 p->uids[3]);
	if (is_root)
		ls_violation_add(list, "process.user", "/process/uid", found, "a user of its own",
				 "a guest that breaks out of QEMU would be root",
				 "set user and group to libvirt-qemu in qemu.conf");
	snprintf(found, sizeof(found), "%016llx", (unsigned long long)p->capabilities);
	if (p->capabilities != 0)
		ls_violation_add(list, "process.capabilities", "/process/capabilities", found, "0",
				 "a guest that breaks out of QEMU would have rights over the host",
				 "set clear_emulator_capabilities = 1 in qemu.conf");
	if (!p->no_new_privileges)
		ls_violation_add(
			list, "process.no-new-privileges", "/process/no-new-privileges", "0", "1",
			"QEMU could start programs that have more rights than it", START_ANEW);
	snprintf(found, sizeof(found), "%d", p->seccomp);
	if (p->seccomp != 2)
		ls_violation_add(list, "process.seccomp", "/process/seccomp", found, "2",
				 "a guest that breaks out of QEMU could make any system call",
				 "set seccomp_sandbox = 1 in qemu.conf and start the machine anew");
	snprintf(found, sizeof(found), "%u sockets", p->network);
	if (p->network > 0)
		ls_violation_add(
			list, "process.network", "/process/network", found, "none",
			"QEMU talks to the network: results or commands pass the channel by",
			START_ANEW);
	snprintf(found, sizeof(found), "%u", p->viewers);
	if (p->viewers > 1)
		ls_violation_add(list, "display.viewers", "/process/viewers", found, "one at most",
				 "somebody looks on, or types along, in another viewer",
				 "close the viewers but for the operator's");
}

/* --- descriptors ------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
	size_t a = strlen(text), b = strlen(end);
	return a >= b && strcmp(text + a - b, end) == 0;
}

/* What every QEMU has: nothing of these leads anywhere but to libvirt and the kernel. */
static bool is_harmless(const struct ls_qemu_descriptor *d, const char *machine)
{
	static const char *const kinds[] = { "/dev/null",   "/dev/kvm",	     "/dev/urandom",
					     "anon_inode:", "socket:[",	     "pipe:[",
					     "/memfd:",	    "/dev/shm/qemu_" };
	char log[96], pid[96];
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(d->target, kinds[i], strlen(kinds[i])) == 0)
			return true;
	snprintf(log, sizeof(log), "/qemu/%s.log", machine);
	snprintf(pid, sizeof(pid), "/qemu/%s.pid", machine);
	return d->mode == O_WRONLY && (ends_with(d->target, log) || ends_with(d->target, pid));
}

static bool is_mode(enum ls_domain_access access, int mode)
{
	switch (access) {
	case LS_DOMAIN_READS: return mode == O_RDONLY;
	case LS_DOMAIN_SENDS: return mode == O_WRONLY;
	default: return mode >= 0;
	}
}

/* By-id names are links: the kernel shows where they lead. */
static bool is_path(const char *path, const char *target)
{
	char *real = strcmp(path, target) == 0 ? NULL : realpath(path, NULL);
	bool is = strcmp(path, target) == 0 || (real && strcmp(real, target) == 0);
	free(real);
	return is;
}

static const struct ls_domain_file *file_of(const struct ls_domain_files *files, const char *target)
{
	for (size_t i = 0; i < files->count; i++)
		if (is_path(files->at[i].path, target))
			return &files->at[i];
	return NULL;
}

static void judge_descriptor(const struct ls_qemu_descriptor *d,
			     const struct ls_domain_files *files, struct ls_violations *list)
{
	static const char *const modes[] = { "reads", "writes", "reads and writes" };
	const struct ls_domain_file *file = file_of(files, d->target);
	char found[FOUND_SIZE];
	bool is_usb = files->has_usb && (strncmp(d->target, "/dev/bus/usb/", 13) == 0 ||
					 strncmp(d->target, "/sys/bus/usb/", 13) == 0 ||
					 strncmp(d->target, "/sys/devices/", 13) == 0);
	if (is_usb || (!file && is_harmless(d, files->name)) ||
	    (file && is_mode(file->access, d->mode)))
		return;
	snprintf(found, sizeof(found), "%s %s", d->mode < 0 ? "has open" : modes[d->mode],
		 d->target);
	if (file && file->access == LS_DOMAIN_SENDS)
		ls_violation_add(list, "channel.two-way", "/process/descriptors", found,
				 "writes only",
				 "the guest could be sent something over the channel", START_ANEW);
	else if (file)
		ls_violation_add(list, "process.descriptor", "/process/descriptors", found,
				 "reads only", "the measured base image can be written",
				 START_ANEW);
	else
		ls_violation_add(
			list, "process.descriptor", "/process/descriptors", found, "nothing",
			"a file or device that is not the machine's is a way in or out past "
			"the channel",
			START_ANEW);
}

static void judge_channel(const struct ls_qemu_process *p, const struct ls_domain_files *files,
			  struct ls_violations *list)
{
	for (size_t i = 0; i < p->fd_count; i++) {
		const struct ls_domain_file *file = file_of(files, p->fds[i].target);
		if (file && file->access == LS_DOMAIN_SENDS)
			return;
	}
	ls_violation_add(list, "channel.missing", "/process/descriptors", "nothing",
			 "a descriptor of the channel", "no result can leave the machine",
			 START_ANEW);
}

void ls_qemu_process_judge(const struct ls_qemu_process *p, const struct ls_domain_files *files,
			   struct ls_violations *list)
{
	if (p->pid == 0)
		return;
	judge_rights(p, list);
	judge_arguments(p, list);
	for (size_t i = 0; i < p->fd_count; i++)
		judge_descriptor(&p->fds[i], files, list);
	if (p->more_fds)
		ls_violation_add(list, "process.descriptor", "/process/descriptors",
				 "more than can be looked at", "some dozen",
				 "what is not looked at may be anything", START_ANEW);
	judge_channel(p, files, list);
}
