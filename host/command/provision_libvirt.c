/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two settings of the host's libvirt, in files that are not labseal's:
 *
 *   qemu.conf      stdio_handler = "file"         else virtlogd stands between QEMU and the FIFO,
 *                                                 cannot seek in it, and the machine does not start
 *   libvirtd.conf  access_drivers = [ "polkit" ]  else nobody asks the rule for operators
 *
 * libvirt reads no drop-ins for them, so they are looked at, and what is missing
 * is said; the first is written on demand, with a copy of the file before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/command/host.h"
#include "host/command/libvirt_conf.h"
#include "lib/base/files.h"

#define QEMU_CONF     "/etc/libvirt/qemu.conf"
#define LIBVIRTD_CONF "/etc/libvirt/libvirtd.conf"
#define STDIO_LINE    "stdio_handler = \"file\""
#define ACCESS_LINE   "access_drivers = [ \"polkit\" ]"
#define STDIO_WHY     "libvirt lets the FIFO be: the channel needs it"

static int read_conf(const struct ls_provision *p, const char *path, struct ls_buffer *out,
		     struct ls_error *err)
{
	char full[LS_HOST_FULL_SIZE];
	int rc = ls_host_path(p->made_things.root, path, full, sizeof(full), err);
	return rc < 0 ? rc : ls_file_read(AT_FDCWD, full, out, err);
}

/* --- qemu.conf --------------------------------------------------------------------------- */

static int conf_mode(const struct ls_provision *p, mode_t *ret_mode, struct ls_error *err)
{
	char full[LS_HOST_FULL_SIZE];
	struct stat st;
	int rc = ls_host_path(p->made_things.root, QEMU_CONF, full, sizeof(full), err);
	if (rc == 0 && lstat(full, &st) < 0)
		rc = ls_fail_errno(err, errno, "host.conf", "cannot look at '%s'", full);
	if (rc == 0)
		*ret_mode = st.st_mode & 0777;
	return rc;
}

/* The copy first: it is whole before the file is another one. */
static int write_qemu_conf(struct ls_provision *p, struct ls_buffer *conf, struct ls_error *err)
{
	struct ls_digest before;
	mode_t mode = 0600;
	ls_sha256_buffer(conf->data, conf->size, &before);
	int rc = conf_mode(p, &mode, err);
	if (rc == 0)
		rc = ls_host_write(p, QEMU_CONF LS_HOST_BACKUP, mode, conf, NULL, err);
	if (rc < 0)
		return rc;
	if (conf->size > 0 && conf->data[conf->size - 1] != '\n')
		ls_buffer_add_str(conf, "\n");
	ls_buffer_add_str(conf,
			  "\n# labseal: results leave through a FIFO, see labseal(1)\n" STDIO_LINE
			  "\n");
	if (ls_buffer_error(conf) < 0)
		return ls_fail(err, -ENOMEM, "host.memory", "there is no memory for '%s'",
			       QEMU_CONF);
	return ls_host_write(p, QEMU_CONF, mode, conf, NULL, err);
}

static int no_backup_there(const struct ls_provision *p, struct ls_error *err)
{
	struct ls_digest ignored;
	if (ls_made_find(&p->made_things, LS_MADE_FILE, QEMU_CONF LS_HOST_BACKUP) ||
	    ls_host_digest(p->made_things.root, QEMU_CONF LS_HOST_BACKUP, &ignored, err) == -ENOENT)
		return 0;
	return ls_fail(err, -EEXIST, "host.backup",
		       "'%s' is there and not of this instrument's making; move it away",
		       QEMU_CONF LS_HOST_BACKUP);
}

static int stdio_handler(struct ls_provision *p, struct ls_error *err)
{
	char value[64] = "";
	_cleanup_buffer_ struct ls_buffer conf;
	ls_buffer_init(&conf, LS_HOST_FILE_MAX);
	int rc = read_conf(p, QEMU_CONF, &conf, err);
	if (rc < 0 && (rc != -ENOENT || p->write_qemu_conf))
		return rc;
	ls_libvirt_conf_value(ls_buffer_str(&conf), "stdio_handler", value, sizeof(value));
	if (strcmp(value, "\"file\"") == 0) {
		ls_provision_say(p, true, QEMU_CONF, STDIO_WHY);
		return 0;
	}
	if (!p->write_qemu_conf) {
		printf("%-10s  %-34s  %s\n", "missing", QEMU_CONF,
		       "add: " STDIO_LINE "  (or --write-qemu-conf), and restart libvirtd");
		return 0;
	}
	if (value[0])
		return ls_fail(err, -EINVAL, "host.conf",
			       "'%s' sets stdio_handler to %s already; change that line to: "
			       "%s",
			       QEMU_CONF, value, STDIO_LINE);
	rc = p->dry_run ? 0 : no_backup_there(p, err);
	if (rc == 0 && !p->dry_run)
		rc = write_qemu_conf(p, &conf, err);
	if (rc == 0)
		ls_provision_say(p, false, QEMU_CONF, STDIO_WHY "; restart libvirtd");
	return rc;
}

/* --- libvirtd.conf ------------------------------------------------------------------------- */

static int access_drivers(struct ls_provision *p, struct ls_error *err)
{
	char value[256] = "";
	_cleanup_buffer_ struct ls_buffer conf;
	ls_buffer_init(&conf, LS_HOST_FILE_MAX);
	int rc = read_conf(p, LIBVIRTD_CONF, &conf, err);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	ls_libvirt_conf_value(ls_buffer_str(&conf), "access_drivers", value, sizeof(value));
	if (strstr(value, "\"polkit\""))
		ls_provision_say(p, true, LIBVIRTD_CONF, "libvirt asks polkit who may do what");
	else
		printf("%-10s  %-34s  %s\n", "missing", LIBVIRTD_CONF,
		       "set: " ACCESS_LINE "  and restart libvirtd; without it nobody asks the "
		       "rule for operators");
	return 0;
}

int ls_provision_libvirt(struct ls_provision *p, struct ls_error *err)
{
	if (!ls_host_is_needed(p->policy))
		return 0;
	int rc = stdio_handler(p, err);
	return rc < 0 ? rc : access_drivers(p, err);
}
