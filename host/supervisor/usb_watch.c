/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/usb_watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/supervisor/supervisor.h"
#include "host/supervisor/usb_device.h"
#include "lib/base/log.h"
#include "lib/proc/protocol.h"

static bool is_same(const struct ls_usb_place *a, const struct ls_usb_place *b)
{
	return a->bus == b->bus && a->device == b->device;
}

static const char *id_of(const struct ls_supervisor *s, size_t i)
{
	return s->policy->vm.usb[i].id;
}

static void wait_a_while(struct ls_usb_watch *w)
{
	w->next_try = ls_now_ms() + ls_back_off_next(&w->back_off, ls_now_ms());
}

/* Once, until it is another trouble or none. */
static void tell_trouble(struct ls_usb_watch *w, size_t i, const struct ls_error *err)
{
	if (strcmp(w->trouble[i], err->id) == 0)
		return;
	snprintf(w->trouble[i], sizeof(w->trouble[i]), "%s", err->id);
	ls_log(LS_LOG_WARNING, err->id, "%s", err->message);
}

/* What may not be the guest's is as good as unplugged. */
static struct ls_usb_place place_now(struct ls_supervisor *s, size_t i)
{
	struct ls_error err;
	struct ls_usb_place place = { 0, 0 };
	if (ls_usb_find_one(s->usb.sysfs, &s->policy->vm.usb[i], &place, &err) < 0)
		tell_trouble(&s->usb, i, &err);
	else if (place.bus == 0)
		s->usb.trouble[i][0] = '\0';
	return place;
}

int ls_usb_watch_start(struct ls_supervisor *s, struct ls_error *err)
{
	struct ls_usb_watch *w = &s->usb;
	*w = (struct ls_usb_watch){ .sysfs = w->sysfs ? w->sysfs : LS_USB_SYSFS };
	int rc = ls_usb_find(w->sysfs, s->policy, w->attached, err);
	for (size_t i = 0; rc == 0 && i < s->policy->vm.usb_count; i++)
		if (w->attached[i].bus == 0)
			ls_log(LS_LOG_WARNING, "usb.absent",
			       "the USB device '%s' is not plugged in; the guest gets it when it "
			       "is",
			       id_of(s, i));
	return rc;
}

static void ask(struct ls_supervisor *s, size_t i, const struct ls_usb_place *place)
{
	struct ls_usb_watch *w = &s->usb;
	struct ls_error err;
	struct ls_usb_place places[LS_POLICY_USB_MAX];
	_cleanup_buffer_ struct ls_buffer xml;
	memcpy(places, w->attached, sizeof(places));
	places[i] = *place;
	int rc = ls_machine_xml(s, places, &xml, &err);
	if (rc == 0)
		rc = ls_message_send(s->machine_fd, LS_MSG_MACHINE_USB, xml.data, xml.size, &err);
	if (rc < 0) {
		tell_trouble(w, i, &err);
		wait_a_while(w);
		return;
	}
	w->is_asked = true;
	w->changing = i;
	w->wanted = *place;
}

/* One that is elsewhere now was unplugged in between. */
void ls_usb_watch_look(struct ls_supervisor *s)
{
	static const struct ls_usb_place nowhere = { 0, 0 };
	struct ls_usb_watch *w = &s->usb;
	if (w->is_asked || s->machine_fd < 0 || s->is_stopping ||
	    strcmp(s->status.vm.state, "running") != 0 || ls_now_ms() < w->next_try)
		return;
	for (size_t i = 0; i < s->policy->vm.usb_count && !w->is_asked; i++) {
		struct ls_usb_place now = place_now(s, i);
		if (!is_same(&now, &w->attached[i]))
			ask(s, i, w->attached[i].bus > 0 ? &nowhere : &now);
	}
}

static void tell_change(struct ls_supervisor *s, size_t i, const struct ls_usb_place *old,
			const struct ls_usb_place *new)
{
	char reason[64];
	bool has_come = new->bus > 0;
	const struct ls_usb_place *at = has_come ? new : old;
	if (has_come)
		ls_log(LS_LOG_INFO, "usb.plugged",
		       "the USB device '%s' is plugged in, and the guest's (bus %u, device %u)",
		       id_of(s, i), at->bus, at->device);
	else
		ls_log(LS_LOG_WARNING, "usb.unplugged",
		       "the USB device '%s' was unplugged (bus %u, device %u); the guest gets it "
		       "again when it is plugged in",
		       id_of(s, i), at->bus, at->device);
	snprintf(reason, sizeof(reason), "%s, bus %u, device %u", id_of(s, i), at->bus, at->device);
	ls_seal_event(s, has_come ? "usb-plugged" : "usb-unplugged", reason);
}

static int failure(const struct ls_message *m, struct ls_error *err)
{
	struct ls_failed failed;
	char id[LS_ERROR_ID_SIZE];
	int rc = ls_decode_failed(m, &failed, err);
	if (rc < 0)
		return rc;
	snprintf(id, sizeof(id), "%.*s", (int)failed.id.size, (const char *)failed.id.data);
	ls_fail(err, -EIO, id, "%.*s", (int)failed.message.size, (const char *)failed.message.data);
	return 0;
}

int ls_usb_watch_take(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err)
{
	struct ls_usb_watch *w = &s->usb;
	struct ls_error why;
	size_t i = w->changing;
	if (!w->is_asked)
		return ls_fail(err, -EPROTO, "usb.answer",
			       "the virtual machine's process answers what was not asked");
	w->is_asked = false;
	if (m->size > 0) {
		int rc = failure(m, err);
		why = *err;
		if (rc == 0)
			tell_trouble(w, i, &why);
		wait_a_while(w);
		return rc;
	}
	struct ls_usb_place old = w->attached[i];
	w->attached[i] = w->wanted;
	w->trouble[i][0] = '\0';
	tell_change(s, i, &old, &w->wanted);
	/* one with a loose contact is not followed at its pace */
	if (w->wanted.bus == 0)
		wait_a_while(w);
	return ls_machine_note_xml(s, w->attached, err);
}
