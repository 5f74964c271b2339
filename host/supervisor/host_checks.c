/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/host_checks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/supervisor/usb_device.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define PATH_SIZE 1024
#define FILE_MAX  (1 << 20)
#define CONF	  "/etc/libvirt/libvirtd.conf"

int ls_polkit_rule(const struct ls_policy *policy, struct ls_buffer *out)
{
	/* a name of a machine has nothing that JavaScript would read otherwise */
	return ls_buffer_printf(
		out,
		"// What labseal's operators may do with libvirt: see the machine %s, and open its "
		"screen.\n"
		"polkit.addRule(function(action, subject) {\n"
		"    if (!subject.isInGroup(\"" LS_OPERATORS_GROUP "\"))\n"
		"        return polkit.Result.NOT_HANDLED;\n"
		"    if (action.id == \"org.libvirt.unix.manage\" || action.id == "
		"\"org.libvirt.unix.monitor\")\n"
		"        return polkit.Result.YES;\n"
		"    if (action.id.indexOf(\"org.libvirt.api.\") != 0)\n"
		"        return polkit.Result.NOT_HANDLED;\n"
		"    if ([\"org.libvirt.api.connect.getattr\", \"org.libvirt.api.connect.read\",\n"
		"         \"org.libvirt.api.connect.search-domains\"].indexOf(action.id) >= 0)\n"
		"        return polkit.Result.YES;\n"
		"    if ([\"org.libvirt.api.domain.getattr\", \"org.libvirt.api.domain.read\",\n"
		"         \"org.libvirt.api.domain.open-graphics\"].indexOf(action.id) >= 0 &&\n"
		"        action.lookup(\"domain_name\") == \"%s\")\n"
		"        return polkit.Result.YES;\n"
		"    return polkit.Result.NO;\n"
		"});\n",
		policy->vm.name, policy->vm.name);
}

static void check_rule(const struct ls_policy *policy, const char *root, struct ls_violations *list)
{
	char path[PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer wanted, seen;
	ls_buffer_init(&wanted, FILE_MAX);
	ls_buffer_init(&seen, FILE_MAX);
	ls_polkit_rule(policy, &wanted);
	snprintf(path, sizeof(path), "%s/etc/polkit-1/rules.d/50-labseal-%s.rules", root,
		 policy->instrument.id);
	int rc = ls_file_read(AT_FDCWD, path, &seen, NULL);
	if (rc == 0 && strcmp(ls_buffer_str(&wanted), ls_buffer_str(&seen)) == 0)
		return;
	ls_violation_add(list, "host.polkit-rule", "/host/polkit",
			 rc < 0 ? "nothing" : "another rule", path + strlen(root),
			 "who may use libvirt at all may do everything with the machine",
			 "write it: labseal audit --polkit-rule POLICY");
}

/* "access_drivers = [ "polkit" ]", not in a comment. */
static bool asks_polkit(const char *conf)
{
	for (const char *line = conf; *line;) {
		size_t length = strcspn(line, "\n");
		const char *at = line + strspn(line, " \t");
		if (strncmp(at, "access_drivers", strlen("access_drivers")) == 0 &&
		    memmem(line, length, "\"polkit\"", strlen("\"polkit\"")))
			return true;
		line += length;
		line += *line == '\n';
	}
	return false;
}

static void check_libvirt(const char *root, struct ls_violations *list)
{
	char path[PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer conf;
	ls_buffer_init(&conf, FILE_MAX);
	snprintf(path, sizeof(path), "%s" CONF, root);
	if (ls_file_read(AT_FDCWD, path, &conf, NULL) == 0 && asks_polkit(ls_buffer_str(&conf)))
		return;
	ls_violation_add(list, "host.access-driver", "/host/libvirtd.conf",
			 "no access_drivers with polkit", "access_drivers = [ \"polkit\" ]",
			 "libvirt then asks nobody: who is in the group libvirt is as good as root",
			 "set it in " CONF " and restart libvirtd");
}

static int check_image(const struct ls_policy *policy, struct ls_violations *list,
		       struct ls_error *err)
{
	char found[LS_DIGEST_HEX_SIZE], wanted[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	if (!policy->vm.disk.path[0])
		return 0;
	_cleanup_close_ int fd = open(policy->vm.disk.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return ls_fail_errno(err, errno, "host.image", "cannot open the base image '%s'",
				     policy->vm.disk.path);
	int rc = ls_sha256_fd(fd, &digest, NULL, err);
	if (rc < 0 || ls_digest_equal(&digest, &policy->vm.disk.sha256))
		return rc;
	ls_violation_add(
		list, "host.image", "/host/image", ls_digest_hex(&digest, found),
		ls_digest_hex(&policy->vm.disk.sha256, wanted),
		"the machine starts from other software than was approved",
		"restore the image, or approve the new one: its SHA-256 in 'vm.disk.sha256'");
	return 0;
}

static int check_usb(const struct ls_policy *policy, const char *root, struct ls_violations *list,
		     struct ls_error *err)
{
	char path[PATH_SIZE];
	struct ls_usb_place places[LS_POLICY_USB_MAX];
	snprintf(path, sizeof(path), "%s" LS_USB_SYSFS, root);
	int rc = ls_usb_find(path, policy, places, err);
	if (rc != -EPERM && rc != -ENODEV && rc != -ENOTUNIQ)
		return rc;
	ls_violation_add(list, err->id, "/host/usb", err->message, NULL,
			 "such a device carries files, types, or brings further devices",
			 "connect the instrument alone, and name it in 'vm.usb'");
	return 0;
}

int ls_host_check(const struct ls_policy *policy, const char *root, struct ls_violations *list,
		  struct ls_error *err)
{
	int rc = check_image(policy, list, err);
	if (rc == 0)
		rc = check_usb(policy, root, list, err);
	if (rc < 0 || policy->vm.connection == LS_CONNECT_EMBED)
		return rc;
	check_rule(policy, root, list);
	check_libvirt(root, list);
	return 0;
}
