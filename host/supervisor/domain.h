/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One libvirt domain, through libvirt's C API: the only code here that uses
 * libvirt.  It never sends a QEMU monitor command.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_DOMAIN_H
#define LABSEAL_HOST_SUPERVISOR_DOMAIN_H

#include "host/supervisor/machine.h"
#include "lib/base/error.h"
#include "policy/violations.h"

struct ls_domain;

/*
 * Connect; starts libvirt's event loop in a thread of its own, which lives as
 * long as the process.  embed_root: the embedded driver's folder, or NULL.
 */
int ls_domain_open(const char *uri, const char *embed_root, struct ls_domain **ret_domain,
		   struct ls_error *err);

/* Let libvirt ask QEMU what it can (about 2 s, once), so that the start need not wait for it. */
void ls_domain_warm_up(struct ls_domain *domain);

/*
 * Define the domain, with libvirt's schema validation (without it, unknown
 * elements vanish silently), read it back and compare, start it without any
 * saved memory.  -EBUSY ("domain.active"): a machine of that name runs already.
 * Whatever fails, nothing stays defined.
 */
int ls_domain_start(struct ls_domain *domain, const char *xml, struct ls_error *err);

/* A descriptor that becomes readable at each event of the domain or the connection. */
int ls_domain_event_fd(const struct ls_domain *domain);

/* How it is now; takes the events off the descriptor. */
int ls_domain_report(struct ls_domain *domain, struct ls_machine_report *ret_report,
		     struct ls_error *err);

/*
 * Look at all of it (inspection.h) and judge it against the XML that it was
 * started with.  The list is emptied first; of a machine that is gone nothing is
 * said.  Nothing of it but reading is done to the machine.
 */
int ls_domain_judge(struct ls_domain *domain, struct ls_violations *list, struct ls_error *err);

/*
 * Plug USB devices in and out, so that it is the machine of xml (ls_domain_xml's),
 * which differs in nothing else and is what the next judgement goes by.  Where
 * somebody else changed the definition nothing is done (-EBADMSG "domain.differs");
 * otherwise as ls_usb_change.  On failure it is judged by what was before.
 */
int ls_domain_change_usb(struct ls_domain *domain, const char *xml, struct ls_error *err);

/* Let the guest shut down within grace_ms (0: not at all), destroy it, forget its definition. */
int ls_domain_stop(struct ls_domain *domain, int grace_ms, struct ls_error *err);

void ls_domain_close(struct ls_domain *domain); /* NULL is fine */

#endif
