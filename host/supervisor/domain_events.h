/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libvirt tells of a machine by itself.  Events are triggers and nothing
 * more: each has the machine looked at again, at once.  The truth is what that look
 * finds; most of what can be done to a machine comes without an event, and the
 * looks go on without any.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_DOMAIN_EVENTS_H
#define LABSEAL_HOST_SUPERVISOR_DOMAIN_EVENTS_H

#include <libvirt/libvirt.h>
#include <stdatomic.h>

#include "lib/base/error.h"

#define LS_DOMAIN_EVENTS_MAX 32

/* Listeners hold its address: it stays where it is while it is open. */
struct ls_domain_events {
	int fds[2];		  /* a pipe, both ends non-blocking: a byte for what happened */
	virConnectPtr connection; /* borrowed */
	int ids[LS_DOMAIN_EVENTS_MAX];
	size_t count;
	atomic_uint reboots; /* of the guest's own doing, of the domain that is watched */
};

/* Run libvirt's event loop in a thread of its own, which lives as long as the process: once. */
int ls_domain_events_run(struct ls_error *err);

/*
 * Tell of the connection's end and of each domain's life ("domain.events",
 * "domain.pipe").  The caller closes it in either case, before the connection.
 */
int ls_domain_events_open(virConnectPtr connection, struct ls_domain_events *ret_events,
			  struct ls_error *err);

/* Tell also of everything else that libvirt 9.0 says of this domain, in place of the last one. */
int ls_domain_events_watch(struct ls_domain_events *events, virDomainPtr domain,
			   struct ls_error *err);

/* Takes what was told off the descriptor. */
void ls_domain_events_drain(const struct ls_domain_events *events);

void ls_domain_events_close(struct ls_domain_events *events);

#endif
