/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/domain.h"

#include <errno.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/supervisor/domain_events.h"
#include "host/supervisor/domain_hands.h"
#include "host/supervisor/domain_inspect.h"
#include "host/supervisor/domain_look.h"
#include "host/supervisor/kvm_probe.h"
#include "host/supervisor/usb_change.h"
#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "policy/domain_audit.h"

#define URI_SIZE  512
#define PATH_SIZE 512
#define POLL_MS	  100

struct ls_domain {
	virConnectPtr connection;
	virDomainPtr domain;
	struct ls_domain_events events;
	char pid_folder[PATH_SIZE]; /* where libvirt keeps NAME.pid */
	bool is_defined;
	char *expected; /* the XML that it was started with; owned */
	unsigned start_flags;
};

/* libvirt prints errors on stderr unless told not to; we word them ourselves. */
static void say_nothing(void *context, virErrorPtr error)
{
	(void)context;
	(void)error;
}

static int fail(struct ls_error *err, const char *id, const char *what)
{
	const virError *e = virGetLastError();
	const char *why = e && e->message ? e->message : "libvirt does not say why";
	return ls_fail(err, -EIO, id, "%s: %s", what, why);
}

/* The root is part of a URI: only what needs no quoting there. */
static int make_uri(const char *uri, const char *embed_root, char buffer[static URI_SIZE],
		    struct ls_error *err)
{
	int n = snprintf(buffer, URI_SIZE, "%s%s%s", uri, embed_root ? "?root=" : "",
			 embed_root ? embed_root : "");
	bool plain = !embed_root || embed_root[strspn(embed_root, "abcdefghijklmnopqrstuvwxyz"
								  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
								  "0123456789/._-")] == '\0';
	if (n < 0 || n >= URI_SIZE || !plain)
		return ls_fail(err, -EINVAL, "domain.uri", "'%s' cannot be libvirt's folder",
			       embed_root ? embed_root : uri);
	return 0;
}

static int connect_to(struct ls_domain *d, const char *uri, struct ls_error *err)
{
	d->connection = virConnectOpen(uri);
	return d->connection ? ls_domain_events_open(d->connection, &d->events, err)
			     : fail(err, "domain.connect", "cannot connect to libvirt");
}

int ls_domain_open(const char *uri, const char *embed_root, struct ls_domain **ret_domain,
		   struct ls_error *err)
{
	char full[URI_SIZE];
	virSetErrorFunc(NULL, say_nothing);
	int rc = make_uri(uri, embed_root, full, err);
	if (rc == 0)
		rc = ls_domain_events_run(err);
	if (rc < 0)
		return rc;
	struct ls_domain *d = calloc(1, sizeof(*d));
	if (!d)
		return ls_fail(err, -ENOMEM, "domain.memory", "out of memory");
	d->events.fds[0] = d->events.fds[1] = -1;
	snprintf(d->pid_folder, sizeof(d->pid_folder), "%s", LS_LIBVIRT_RUN);
	if (embed_root)
		snprintf(d->pid_folder, sizeof(d->pid_folder), "%s/run/qemu", embed_root);
	/* A saved memory image that somebody planted is thrown away.  libvirt's daemon ends the
	 * machine when we die; the embedded driver cannot, and its QEMU is the guard's. */
	d->start_flags = VIR_DOMAIN_START_FORCE_BOOT;
	if (!embed_root)
		d->start_flags |= VIR_DOMAIN_START_AUTODESTROY;
	rc = connect_to(d, full, err);
	if (rc < 0) {
		ls_domain_close(d);
		return rc;
	}
	*ret_domain = d;
	return 0;
}

void ls_domain_warm_up(struct ls_domain *d)
{
	free(virConnectGetDomainCapabilities(d->connection, LS_EMULATOR, "x86_64", NULL, NULL, 0));
	virResetLastError();
}

/*
 * One that writes to the FIFO of this very run was started by us: libvirt's daemon went away and
 * left it.  It is ended, as nobody watched it meanwhile.
 */
static bool is_left_over(virDomainPtr domain, const struct ls_domain_facts *ours)
{
	struct ls_domain_facts theirs;
	_cleanup_free_ char *xml = virDomainGetXMLDesc(domain, 0);
	return xml && ls_domain_read_facts(xml, &theirs, NULL) == 0 && ours->path[0] &&
	       strcmp(theirs.path, ours->path) == 0;
}

/* Before anything is defined: defining a running machine anew would change it. */
static int check_not_active(struct ls_domain *d, const char *xml, struct ls_error *err)
{
	struct ls_domain_facts facts;
	int rc = ls_domain_read_facts(xml, &facts, err);
	if (rc < 0)
		return rc;
	virDomainPtr old = virDomainLookupByName(d->connection, facts.name);
	int active = old ? virDomainIsActive(old) : 0;
	if (active == 1 && is_left_over(old, &facts) && virDomainDestroy(old) == 0) {
		ls_log(LS_LOG_WARNING, "domain.left",
		       "the virtual machine '%s' of this run was left behind by libvirt's daemon "
		       "and is ended",
		       facts.name);
		active = 0;
	}
	if (old)
		virDomainFree(old);
	return active != 1 ? 0
			   : ls_fail(err, -EBUSY, "domain.active",
				     "the virtual machine '%s' is running already; stop it first",
				     facts.name);
}

static int audit_kept(const char *xml, const char *kept, struct ls_error *err)
{
	_cleanup_free_ struct ls_violations *list = calloc(1, sizeof(*list));
	if (!list)
		return ls_fail(err, -ENOMEM, "domain.memory", "out of memory");
	int rc = ls_domain_audit(xml, false, kept, strlen(kept), list, err);
	if (rc < 0 || list->count == 0)
		return rc;
	const struct ls_violation *v = &list->at[0];
	return ls_fail(err, -EBADMSG, "domain.differs",
		       "libvirt did not keep the machine as it was defined: '%s' is \"%s\" and not "
		       "\"%s\"",
		       v->path, v->found, v->expected);
}

/* What libvirt keeps must be what was defined. */
static int check_definition(struct ls_domain *d, const char *xml, struct ls_error *err)
{
	_cleanup_free_ char *kept = virDomainGetXMLDesc(d->domain, VIR_DOMAIN_XML_INACTIVE);
	if (!kept)
		return fail(err, "domain.read", "cannot read the domain back");
	return audit_kept(xml, kept, err);
}

static void undefine(struct ls_domain *d)
{
	if (d->domain && d->is_defined &&
	    virDomainUndefineFlags(d->domain, VIR_DOMAIN_UNDEFINE_MANAGED_SAVE |
						      VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA) < 0)
		virDomainUndefine(d->domain);
	d->is_defined = false;
	if (d->domain)
		virDomainFree(d->domain);
	d->domain = NULL;
}

int ls_domain_start(struct ls_domain *d, const char *xml, struct ls_error *err)
{
	int rc = check_not_active(d, xml, err);
	if (rc < 0)
		return rc;
	d->domain = virDomainDefineXMLFlags(d->connection, xml, VIR_DOMAIN_DEFINE_VALIDATE);
	if (!d->domain)
		return fail(err, "domain.define", "libvirt does not accept the virtual machine");
	d->is_defined = true;
	rc = check_definition(d, xml, err);
	if (rc == 0)
		rc = ls_domain_events_watch(&d->events, d->domain, err);
	if (rc == 0 && virDomainCreateWithFlags(d->domain, d->start_flags) < 0)
		rc = fail(err, "domain.start", "the virtual machine does not start");
	if (rc < 0) {
		undefine(d);
		return rc;
	}
	free(d->expected);
	d->expected = strdup(xml);
	return d->expected ? 0 : ls_fail(err, -ENOMEM, "domain.memory", "out of memory");
}

/* --- USB devices -------------------------------------------------------------------------- */

static int attach_hand(void *context, const char *hostdev, struct ls_error *err)
{
	const struct ls_domain *d = context;
	return ls_domain_attach(d->domain, hostdev, err);
}

static int detach_hand(void *context, const char *hostdev, struct ls_error *err)
{
	const struct ls_domain *d = context;
	return ls_domain_detach(d->domain, hostdev, err);
}

/* The definition follows what runs, both are looked at, and that is the machine from now on. */
static int define_hand(void *context, const char *xml, struct ls_error *err)
{
	struct ls_domain *d = context;
	virDomainPtr defined = virDomainDefineXMLFlags(d->connection, xml,
						       VIR_DOMAIN_DEFINE_VALIDATE);
	if (!defined)
		return fail(err, "domain.define", "libvirt does not accept the virtual machine");
	virDomainFree(defined);
	_cleanup_free_ char *live = virDomainGetXMLDesc(d->domain, 0);
	int rc = check_definition(d, xml, err);
	if (rc == 0)
		rc = live ? audit_kept(xml, live, err)
			  : fail(err, "domain.read", "cannot read the running domain");
	char *copy = rc == 0 ? strdup(xml) : NULL;
	if (rc == 0 && !copy)
		rc = ls_fail(err, -ENOMEM, "domain.memory", "out of memory");
	if (rc < 0)
		return rc;
	free(d->expected);
	d->expected = copy;
	return 0;
}

int ls_domain_change_usb(struct ls_domain *d, const char *xml, struct ls_error *err)
{
	const struct ls_usb_hands hands = { d, detach_hand, attach_hand, define_hand };
	if (!d->domain || !d->expected)
		return ls_fail(err, -EINVAL, "usb.machine", "the virtual machine does not run");
	int rc = check_definition(d, d->expected, err);
	return rc < 0 ? rc : ls_usb_change(d->expected, xml, &hands, err);
}

/* --- looking ------------------------------------------------------------------------------ */

int ls_domain_event_fd(const struct ls_domain *domain)
{
	return domain->events.fds[0];
}

static const char *state_word(int state)
{
	switch (state) {
	case VIR_DOMAIN_RUNNING:
	case VIR_DOMAIN_BLOCKED: return "running";
	case VIR_DOMAIN_PAUSED: return "paused";
	case VIR_DOMAIN_SHUTDOWN: return "shutting down";
	case VIR_DOMAIN_PMSUSPENDED: return "suspended";
	default: return "stopped";
	}
}

static const char *stop_word(int state, int reason)
{
	if (state == VIR_DOMAIN_CRASHED)
		return "crashed";
	if (state != VIR_DOMAIN_SHUTOFF)
		return "";
	switch (reason) {
	case VIR_DOMAIN_SHUTOFF_SHUTDOWN: return "shutdown";
	case VIR_DOMAIN_SHUTOFF_DESTROYED: return "destroyed";
	case VIR_DOMAIN_SHUTOFF_CRASHED:
	case VIR_DOMAIN_SHUTOFF_FAILED: return "crashed";
	default: return "stopped";
	}
}

static int read_live(struct ls_domain *d, struct ls_machine_report *report, struct ls_error *err)
{
	_cleanup_free_ char *xml = virDomainGetXMLDesc(d->domain, 0);
	if (!xml)
		return fail(err, "domain.read", "cannot read the running domain");
	report->pid = ls_domain_pid(d->pid_folder, virDomainGetName(d->domain));
	return ls_domain_read_facts(xml, &report->facts, err);
}

int ls_domain_report(struct ls_domain *d, struct ls_machine_report *ret_report,
		     struct ls_error *err)
{
	struct ls_machine_report report = { .reboots = atomic_load(&d->events.reboots) };
	int state = VIR_DOMAIN_NOSTATE, reason = 0;
	ls_domain_events_drain(&d->events);
	if (!d->domain || virDomainGetState(d->domain, &state, &reason, 0) < 0)
		return fail(err, "domain.state", "cannot examine the virtual machine");
	snprintf(report.state, sizeof(report.state), "%s", state_word(state));
	snprintf(report.reason, sizeof(report.reason), "%s", stop_word(state, reason));
	if (strcmp(report.state, "stopped") != 0) {
		int rc = read_live(d, &report, err);
		if (rc < 0)
			return rc;
	}
	*ret_report = report;
	return 0;
}

int ls_domain_judge(struct ls_domain *d, struct ls_violations *list, struct ls_error *err)
{
	struct ls_inspection inspection;
	memset(list, 0, sizeof(*list));
	if (!d->domain || !d->expected)
		return 0;
	int rc = ls_domain_inspect(d->connection, d->domain, d->pid_folder, &inspection, err);
	if (rc == 0 && inspection.live)
		rc = ls_inspection_judge(&inspection, d->expected, false, list, err);
	ls_inspection_free(&inspection);
	if (rc == -EACCES)
		ls_violation_add(list, err->id, "/process", err->message, NULL,
				 "what cannot be looked at may be anything",
				 "run labseald as root, or as the user that QEMU runs as");
	return rc == -EACCES || rc == -ENOENT ? 0 : rc;
}

static void wait_inactive(struct ls_domain *d, int grace_ms)
{
	for (int waited = 0; waited < grace_ms && virDomainIsActive(d->domain) == 1;
	     waited += POLL_MS)
		usleep(POLL_MS * 1000);
}

int ls_domain_stop(struct ls_domain *d, int grace_ms, struct ls_error *err)
{
	int rc = 0;
	if (!d->domain)
		return 0;
	if (grace_ms > 0 && virDomainShutdown(d->domain) == 0)
		wait_inactive(d, grace_ms);
	if (virDomainIsActive(d->domain) == 1 && virDomainDestroy(d->domain) < 0 &&
	    virDomainIsActive(d->domain) == 1)
		rc = fail(err, "domain.stop", "the virtual machine does not stop");
	undefine(d);
	return rc;
}

void ls_domain_close(struct ls_domain *d)
{
	if (!d)
		return;
	free(d->expected);
	if (d->domain)
		virDomainFree(d->domain);
	ls_domain_events_close(&d->events);
	if (d->connection)
		virConnectClose(d->connection);
	free(d);
}
