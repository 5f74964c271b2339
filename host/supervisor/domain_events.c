/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/domain_events.h"

#include <errno.h>
#include <fcntl.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RETRY_US 100000
#define UNUSED	 __attribute__((unused))

static int fail(struct ls_error *err, const char *id, const char *what)
{
	const virError *e = virGetLastError();
	return ls_fail(err, -EIO, id, "%s: %s", what,
		       e && e->message ? e->message : "libvirt does not say why");
}

/* In the event loop's thread. */
static void wake(const struct ls_domain_events *events)
{
	ssize_t ignored = write(events->fds[1], "", 1);
	(void)ignored; /* a full pipe wakes as well */
}

/* --- one listener for each form that libvirt calls in --------------------------------------- */

static int on_life(UNUSED virConnectPtr c, UNUSED virDomainPtr d, UNUSED int event,
		   UNUSED int detail, void *context)
{
	wake(context);
	return 0;
}

static void on_close(UNUSED virConnectPtr c, UNUSED int reason, void *context)
{
	wake(context);
}

static void on_reboot(UNUSED virConnectPtr c, UNUSED virDomainPtr d, void *context)
{
	struct ls_domain_events *events = context;
	atomic_fetch_add(&events->reboots, 1);
	wake(events);
}

/* name(what comes after the domain): all that is used is the context. */
#define LISTENER(name, ...)                                                          \
	static void name(UNUSED virConnectPtr c, UNUSED virDomainPtr d, __VA_ARGS__) \
	{                                                                            \
		wake(context);                                                       \
	}

LISTENER(on_nothing, void *context)
LISTENER(on_number, UNUSED int reason, void *context)
LISTENER(on_numbers, UNUSED int state, UNUSED int reason, void *context)
LISTENER(on_clock, UNUSED long long offset, void *context)
LISTENER(on_size, UNUSED unsigned long long size, void *context)
LISTENER(on_device, UNUSED const char *alias, void *context)
LISTENER(on_tray, UNUSED const char *alias, UNUSED int reason, void *context)
LISTENER(on_job, UNUSED const char *disk, UNUSED int type, UNUSED int status, void *context)
LISTENER(on_medium, UNUSED const char *from, UNUSED const char *to, UNUSED const char *alias,
	 UNUSED int reason, void *context)
LISTENER(on_io_error, UNUSED const char *path, UNUSED const char *alias, UNUSED int action,
	 UNUSED const char *reason, void *context)
LISTENER(on_metadata, UNUSED int type, UNUSED const char *uri, void *context)
LISTENER(on_parameters, UNUSED virTypedParameterPtr p, UNUSED int count, void *context)
LISTENER(on_viewer, UNUSED int phase, UNUSED const virDomainEventGraphicsAddress *local,
	 UNUSED const virDomainEventGraphicsAddress *remote, UNUSED const char *scheme,
	 UNUSED const virDomainEventGraphicsSubject *subject, void *context)
LISTENER(on_memory, UNUSED int recipient, UNUSED int action, UNUSED unsigned flags, void *context)
LISTENER(on_memory_device, UNUSED const char *alias, UNUSED unsigned long long size, void *context)

/* What is not here tells nothing that could be drift, or is an older form of what is here. */
static const struct {
	int id;
	virConnectDomainEventGenericCallback listener;
} listeners[] = {
	{ VIR_DOMAIN_EVENT_ID_REBOOT, on_reboot },
	{ VIR_DOMAIN_EVENT_ID_RTC_CHANGE, VIR_DOMAIN_EVENT_CALLBACK(on_clock) },
	{ VIR_DOMAIN_EVENT_ID_WATCHDOG, VIR_DOMAIN_EVENT_CALLBACK(on_number) },
	{ VIR_DOMAIN_EVENT_ID_GRAPHICS, VIR_DOMAIN_EVENT_CALLBACK(on_viewer) },
	{ VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON, VIR_DOMAIN_EVENT_CALLBACK(on_io_error) },
	{ VIR_DOMAIN_EVENT_ID_CONTROL_ERROR, on_nothing },
	{ VIR_DOMAIN_EVENT_ID_DISK_CHANGE, VIR_DOMAIN_EVENT_CALLBACK(on_medium) },
	{ VIR_DOMAIN_EVENT_ID_TRAY_CHANGE, VIR_DOMAIN_EVENT_CALLBACK(on_tray) },
	{ VIR_DOMAIN_EVENT_ID_PMWAKEUP, VIR_DOMAIN_EVENT_CALLBACK(on_number) },
	{ VIR_DOMAIN_EVENT_ID_PMSUSPEND, VIR_DOMAIN_EVENT_CALLBACK(on_number) },
	{ VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE, VIR_DOMAIN_EVENT_CALLBACK(on_size) },
	{ VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK, VIR_DOMAIN_EVENT_CALLBACK(on_number) },
	{ VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, VIR_DOMAIN_EVENT_CALLBACK(on_device) },
	{ VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2, VIR_DOMAIN_EVENT_CALLBACK(on_job) },
	{ VIR_DOMAIN_EVENT_ID_TUNABLE, VIR_DOMAIN_EVENT_CALLBACK(on_parameters) },
	{ VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_numbers) },
	{ VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, VIR_DOMAIN_EVENT_CALLBACK(on_device) },
	{ VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, VIR_DOMAIN_EVENT_CALLBACK(on_number) },
	{ VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, VIR_DOMAIN_EVENT_CALLBACK(on_parameters) },
	{ VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED, VIR_DOMAIN_EVENT_CALLBACK(on_device) },
	{ VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, VIR_DOMAIN_EVENT_CALLBACK(on_metadata) },
	{ VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE, VIR_DOMAIN_EVENT_CALLBACK(on_memory) },
	{ VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE,
	  VIR_DOMAIN_EVENT_CALLBACK(on_memory_device) },
};
#define LISTENERS (sizeof(listeners) / sizeof(listeners[0]))
_Static_assert(LISTENERS < LS_DOMAIN_EVENTS_MAX, "there is room for each");

/* --- the loop ----------------------------------------------------------------------------- */

static void *run_events(void *context)
{
	for (;;)
		if (virEventRunDefaultImpl() < 0)
			usleep(RETRY_US);
	return context;
}

int ls_domain_events_run(struct ls_error *err)
{
	pthread_t thread;
	if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0)
		return fail(err, "domain.init", "cannot set libvirt up");
	int rc = pthread_create(&thread, NULL, run_events, NULL);
	if (rc != 0)
		return ls_fail_errno(err, rc, "domain.thread", "cannot run libvirt's events");
	pthread_detach(thread);
	return 0;
}

/* --- listening ---------------------------------------------------------------------------- */

static int listen_to(struct ls_domain_events *e, virDomainPtr domain, int id,
		     virConnectDomainEventGenericCallback listener, struct ls_error *err)
{
	int number = virConnectDomainEventRegisterAny(e->connection, domain, id, listener, e, NULL);
	if (number < 0)
		return fail(err, "domain.events", "cannot watch libvirt's events");
	e->ids[e->count++] = number;
	return 0;
}

int ls_domain_events_open(virConnectPtr connection, struct ls_domain_events *ret_events,
			  struct ls_error *err)
{
	struct ls_domain_events *e = ret_events;
	memset(e, 0, sizeof(*e));
	e->connection = connection;
	if (pipe2(e->fds, O_CLOEXEC | O_NONBLOCK) < 0) {
		e->fds[0] = e->fds[1] = -1;
		return ls_fail_errno(err, errno, "domain.pipe", "cannot watch libvirt's events");
	}
	if (virConnectRegisterCloseCallback(connection, on_close, e, NULL) < 0 &&
	    virGetLastErrorCode() != VIR_ERR_NO_SUPPORT)
		return fail(err, "domain.events", "cannot watch the connection to libvirt");
	return listen_to(e, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_life),
			 err);
}

/* Down to the first so many. */
static void forget(struct ls_domain_events *e, size_t first)
{
	while (e->count > first)
		virConnectDomainEventDeregisterAny(e->connection, e->ids[--e->count]);
}

int ls_domain_events_watch(struct ls_domain_events *e, virDomainPtr domain, struct ls_error *err)
{
	int rc = 0;
	forget(e, 1);
	atomic_store(&e->reboots, 0);
	for (size_t i = 0; rc == 0 && i < LISTENERS; i++)
		rc = listen_to(e, domain, listeners[i].id, listeners[i].listener, err);
	return rc;
}

void ls_domain_events_drain(const struct ls_domain_events *events)
{
	char bytes[64];
	while (read(events->fds[0], bytes, sizeof(bytes)) > 0)
		;
}

void ls_domain_events_close(struct ls_domain_events *e)
{
	if (!e->connection)
		return;
	forget(e, 0);
	virConnectUnregisterCloseCallback(e->connection, on_close);
	for (int i = 0; i < 2; i++)
		if (e->fds[i] >= 0)
			close(e->fds[i]);
	e->connection = NULL;
}
