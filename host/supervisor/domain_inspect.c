/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/domain_inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/supervisor/domain_look.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

#define PATH_SIZE 1024

static int fail(struct ls_error *err, const char *name, const char *what)
{
	const virError *e = virGetLastError();
	bool gone = e && e->code == VIR_ERR_NO_DOMAIN;
	return ls_fail(err, gone ? -ENOENT : -EIO, gone ? "domain.none" : "domain.read",
		       "cannot read the %s of the machine '%s': %s", what, name,
		       e && e->message ? e->message : "libvirt does not say why");
}

pid_t ls_domain_pid(const char *pid_folder, const char *name)
{
	char path[PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer text;
	uint64_t pid;
	ls_buffer_init(&text, 32);
	snprintf(path, sizeof(path), "%s/%s.pid", pid_folder, name);
	if (ls_file_read(AT_FDCWD, path, &text, NULL) < 0 ||
	    ls_parse_u64(ls_buffer_str(&text), strcspn(ls_buffer_str(&text), "\n"), &pid) < 0 ||
	    pid > INT32_MAX)
		return 0;
	return (pid_t)pid;
}

/* What a driver does not have (the embedded one's old versions) is not there. */
static int none_if_unsupported(int count)
{
	return count < 0 && virGetLastErrorCode() == VIR_ERR_NO_SUPPORT ? 0 : count;
}

static int read_kept(virDomainPtr domain, struct ls_inspection *i, struct ls_error *err)
{
	const char *name = virDomainGetName(domain);
	int autostart = 0;
	i->snapshots = none_if_unsupported(virDomainSnapshotNum(domain, 0));
	i->checkpoints = none_if_unsupported(virDomainListAllCheckpoints(domain, NULL, 0));
	int saved = none_if_unsupported(virDomainHasManagedSaveImage(domain, 0));
	if (i->snapshots < 0 || i->checkpoints < 0)
		return fail(err, name, "snapshots");
	if (saved < 0)
		return fail(err, name, "saved memory");
	if (virDomainIsPersistent(domain) == 1 && virDomainGetAutostart(domain, &autostart) < 0)
		return fail(err, name, "autostart");
	i->managed_save = saved > 0;
	i->autostart = autostart != 0;
	return 0;
}

static int read_taints(virDomainPtr domain, struct ls_inspection *i, struct ls_error *err)
{
	char **messages = NULL;
	int count = virDomainGetMessages(domain, &messages, VIR_DOMAIN_MESSAGE_TAINTING);
	if (count < 0)
		return fail(err, virDomainGetName(domain), "taints");
	for (int n = 0; n < count; n++) {
		if (i->taint_count < LS_TAINTS_MAX)
			snprintf(i->taints[i->taint_count++], sizeof(i->taints[0]), "%s",
				 messages[n]);
		free(messages[n]);
	}
	free(messages);
	return 0;
}

/* Only while it runs. */
static int read_live(virDomainPtr domain, const char *pid_folder, struct ls_inspection *i,
		     struct ls_error *err)
{
	const char *name = virDomainGetName(domain);
	if (virDomainIsActive(domain) != 1)
		return 0;
	i->live = virDomainGetXMLDesc(domain, 0);
	if (!i->live && virDomainIsActive(domain) != 1)
		return 0; /* it ended between two looks */
	if (!i->live)
		return fail(err, name, "running state");
	int rc = read_taints(domain, i, err);
	if (rc == 0)
		rc = ls_qemu_process_read(ls_domain_pid(pid_folder, name), &i->process, err);
	return rc;
}

int ls_domain_inspect(virConnectPtr connection, virDomainPtr domain, const char *pid_folder,
		      struct ls_inspection *ret_inspection, struct ls_error *err)
{
	struct ls_inspection *i = ret_inspection;
	memset(i, 0, sizeof(*i));
	if (virConnectGetLibVersion(connection, &i->libvirt) < 0 ||
	    virConnectGetVersion(connection, &i->qemu) < 0)
		return fail(err, virDomainGetName(domain), "versions");
	int rc = read_live(domain, pid_folder, i, err);
	if (rc == 0)
		rc = read_kept(domain, i, err);
	if (rc < 0 || virDomainIsPersistent(domain) == 0)
		return rc;
	i->inactive = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
	return i->inactive ? 0 : fail(err, virDomainGetName(domain), "definition");
}

/* --- for a command ------------------------------------------------------------ */

static void say_nothing(void *context, virErrorPtr error)
{
	(void)context;
	(void)error;
}

int ls_domain_look(const char *uri, const char *name, struct ls_inspection *ret_inspection,
		   struct ls_error *err)
{
	memset(ret_inspection, 0, sizeof(*ret_inspection));
	virSetErrorFunc(NULL, say_nothing);
	virConnectPtr connection = virInitialize() < 0 ? NULL : virConnectOpenReadOnly(uri);
	if (!connection) {
		const virError *e = virGetLastError();
		return ls_fail(err, -EIO, "domain.connect", "cannot connect to libvirt at '%s': %s",
			       uri, e && e->message ? e->message : "libvirt does not say why");
	}
	virDomainPtr domain = virDomainLookupByName(connection, name);
	int rc = domain ? ls_domain_inspect(connection, domain, LS_LIBVIRT_RUN, ret_inspection, err)
			: fail(err, name, "definition");
	if (domain)
		virDomainFree(domain);
	virConnectClose(connection);
	return rc;
}
