/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that has the virtual machine (machine.h).  It lives as long as
 * the supervisor's end of the channel is open and takes the machine with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "host/supervisor/domain.h"
#include "host/supervisor/machine.h"
#include "host/supervisor/signals.h"
#include "lib/base/exit.h"
#include "lib/base/log.h"
#include "lib/base/reader.h"
#include "lib/proc/protocol.h"

#define CHECK_MS     1000      /* events may be lost with a connection: look anyway */
#define XML_MAX	     (1 << 18) /* bytes */
#define GRACE_MAX_MS 600000

struct process {
	struct ls_domain *domain;
	struct ls_message_stream stream;
	struct ls_machine_report last; /* sent */
	struct ls_violations judged;   /* sent */
	bool is_judged;
	int signals;
	bool started;
};

static int send_failure(uint32_t type, const struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	struct ls_failed failed = {
		.id = { (const uint8_t *)err->id, strlen(err->id) },
		.message = { (const uint8_t *)err->message, strlen(err->message) },
	};
	int rc = ls_encode_failed(&failed, &body);
	return rc < 0 ? rc
		      : ls_message_send(LS_MACHINE_CHANNEL_FD, type, body.data, body.size, NULL);
}

static int send_report(const struct ls_machine_report *report, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	if (ls_machine_report_encode(report, &body) < 0)
		return ls_fail(err, -ENOMEM, "machine.memory", "out of memory");
	return ls_message_send(LS_MACHINE_CHANNEL_FD, LS_MSG_MACHINE_REPORT, body.data, body.size,
			       err);
}

static int report_if_changed(struct process *p, struct ls_error *err)
{
	struct ls_machine_report now;
	if (!p->started)
		return 0;
	int rc = ls_domain_report(p->domain, &now, err);
	if (rc < 0 || memcmp(&now, &p->last, sizeof(now)) == 0)
		return rc;
	p->last = now;
	return send_report(&now, err);
}

/* Malformed XML of libvirt's, or no memory, ends the conversation as any other failure does. */
static int judge_if_changed(struct process *p, struct ls_error *err)
{
	static struct ls_violations now;
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	if (!p->started)
		return 0;
	int rc = ls_domain_judge(p->domain, &now, err);
	if (rc < 0 || (p->is_judged && ls_violations_equal(&now, &p->judged)))
		return rc;
	p->judged = now;
	p->is_judged = true;
	if (ls_machine_judged_encode(&now, &body) < 0)
		return ls_fail(err, -ENOMEM, "machine.memory", "out of memory");
	return ls_message_send(LS_MACHINE_CHANNEL_FD, LS_MSG_MACHINE_JUDGED, body.data, body.size,
			       err);
}

static int malformed(struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "machine.message", "the supervisor's order is malformed");
}

/* Good until the next one; NULL: it is no text. */
static const char *read_xml(const struct ls_message *message)
{
	static char xml[XML_MAX];
	if (message->size >= sizeof(xml) || memchr(message->body, 0, message->size))
		return NULL;
	memcpy(xml, message->body, message->size);
	xml[message->size] = '\0';
	return xml;
}

static int start(struct process *p, const struct ls_message *message, struct ls_error *err)
{
	const char *xml = read_xml(message);
	if (p->started || !xml)
		return malformed(err);
	int rc = ls_domain_start(p->domain, xml, err);
	p->started = rc == 0;
	return rc < 0 ? rc : report_if_changed(p, err);
}

/* That a device cannot be had is no reason to end: it is told. */
static int change_usb(struct process *p, const struct ls_message *message, struct ls_error *err)
{
	struct ls_error why;
	const char *xml = read_xml(message);
	if (!p->started || !xml)
		return malformed(err);
	if (ls_domain_change_usb(p->domain, xml, &why) < 0)
		return send_failure(LS_MSG_MACHINE_USB_DONE, &why);
	return ls_message_send(LS_MACHINE_CHANNEL_FD, LS_MSG_MACHINE_USB_DONE, NULL, 0, err);
}

/* 1: the conversation is over. */
static int stop(struct process *p, const struct ls_message *message, struct ls_error *err)
{
	struct ls_reader r;
	uint32_t grace;
	ls_reader_init(&r, message->body, message->size);
	if (ls_read_be32(&r, &grace) < 0 || grace > GRACE_MAX_MS)
		grace = 0;
	struct ls_machine_report report = { .state = "stopped", .reason = "destroyed" };
	int rc = ls_domain_stop(p->domain, (int)grace, err);
	if (rc == 0 && p->started)
		rc = send_report(&report, err);
	p->started = false;
	return rc < 0 ? rc : 1;
}

static int handle(struct process *p, struct ls_error *err)
{
	struct ls_message message;
	int rc;
	while ((rc = ls_message_receive(&p->stream, &message, err)) == 1) {
		if (message.type == LS_MSG_MACHINE_START)
			rc = start(p, &message, err);
		else if (message.type == LS_MSG_MACHINE_USB)
			rc = change_usb(p, &message, err);
		else if (message.type == LS_MSG_MACHINE_STOP)
			rc = stop(p, &message, err);
		else
			rc = malformed(err);
		if (rc != 0)
			return rc;
	}
	/* 0: the supervisor is gone */
	return rc == -EAGAIN ? 0 : rc == 0 ? 1 : rc;
}

static int serve(struct process *p, struct ls_error *err)
{
	struct pollfd fds[] = {
		{ .fd = LS_MACHINE_CHANNEL_FD, .events = POLLIN },
		{ .fd = ls_domain_event_fd(p->domain), .events = POLLIN },
		{ .fd = p->signals, .events = POLLIN },
	};
	for (;;) {
		int rc = poll(fds, 3, CHECK_MS) < 0 && errno != EINTR
				 ? ls_fail_errno(err, errno, "machine.poll", "cannot wait")
				 : 0;
		if (rc == 0 && fds[2].revents)
			return 0;
		if (rc == 0)
			rc = report_if_changed(p, err);
		if (rc == 0)
			rc = judge_if_changed(p, err);
		if (rc == 0 && fds[0].revents)
			rc = handle(p, err);
		if (rc != 0)
			return rc < 0 ? rc : 0;
	}
}

static int run(const char *uri, const char *folder, struct ls_error *err)
{
	struct ls_vm_user user;
	bool embedded = strcmp(uri, "qemu:///embed") == 0;
	static struct process p;		 /* large, and one in a process */
	p.signals = ls_signals_take(false, err); /* libvirt's thread is made after it */
	if (p.signals < 0)
		return p.signals;
	if (fcntl(LS_MACHINE_CHANNEL_FD, F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(LS_MACHINE_CHANNEL_FD, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(LS_MACHINE_FIFO_FD, F_SETFD, FD_CLOEXEC) < 0)
		return ls_fail_errno(err, errno, "machine.channel", "cannot take up the channel");
	ls_vm_user_find(&user);
	/* libvirt's own daemon asks who we are: for that one we stay root */
	int rc = embedded ? ls_vm_user_become(&user, err) : 0;
	if (rc == 0)
		rc = ls_domain_open(uri, embedded ? folder : NULL, &p.domain, err);
	if (rc < 0)
		return rc;
	ls_domain_warm_up(p.domain);
	ls_message_stream_init(&p.stream, LS_MACHINE_CHANNEL_FD);
	rc = serve(&p, err);
	struct ls_error ignored;
	ls_domain_stop(p.domain, 0, rc < 0 ? &ignored : err);
	ls_message_stream_free(&p.stream);
	ls_domain_close(p.domain);
	return rc;
}

int ls_domain_process(int argc, char **argv)
{
	struct ls_error err = { 0 };
	ls_log_init("labseald-machine", LS_LOG_INFO);
	if (argc != 4)
		return LS_EXIT_USAGE;
	if (run(argv[2], argv[3], &err) == 0)
		return LS_EXIT_HOLDS;
	send_failure(LS_MSG_MACHINE_FAILED, &err);
	return LS_EXIT_FAILED;
}
