/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/usb_device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define VALUE_SIZE 128 /* of an attribute; longer ones are no device's of ours */

static void folder_close(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}
#define _cleanup_folder_ __attribute__((cleanup(folder_close)))

struct device {
	char port[NAME_MAX + 1]; /* its folder's name */
	char id[10];
	char serial[VALUE_SIZE];
	struct ls_usb_place place;
	const char *refused; /* what it is that no guest gets, or NULL */
};

/* An attribute without its line end; "" when there is none. */
static const char *attribute(int sysfs, const char *device, const char *name,
			     char value[static VALUE_SIZE])
{
	char path[2 * NAME_MAX];
	value[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s", device, name);
	_cleanup_close_ int fd = openat(sysfs, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, value, VALUE_SIZE - 1);
	value[n < 0 ? 0 : n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return value;
}

static unsigned number(int sysfs, const char *device, const char *name)
{
	char text[VALUE_SIZE];
	uint64_t value = 0;
	attribute(sysfs, device, name, text);
	return ls_parse_u64(text, strlen(text), &value) == 0 && value < 1000 ? (unsigned)value : 0;
}

/* Class codes of usb.org; protocol 1 of a human interface device is the boot keyboard. */
static const char *refused_class(const char *class, const char *protocol)
{
	if (strcmp(class, "08") == 0)
		return "mass storage";
	if (strcmp(class, "09") == 0)
		return "a hub";
	return strcmp(class, "03") == 0 && strcmp(protocol, "01") == 0 ? "a keyboard" : NULL;
}

/* Its interfaces are folders beside it: PORT:CONFIGURATION.INTERFACE. */
static const char *refused_interface(DIR *folder, const char *port)
{
	char class[VALUE_SIZE], protocol[VALUE_SIZE];
	const char *refused = NULL;
	size_t length = strlen(port);
	rewinddir(folder);
	for (struct dirent *e; !refused && (e = readdir(folder));)
		if (strncmp(e->d_name, port, length) == 0 && e->d_name[length] == ':')
			refused = refused_class(
				attribute(dirfd(folder), e->d_name, "bInterfaceClass", class),
				attribute(dirfd(folder), e->d_name, "bInterfaceProtocol",
					  protocol));
	return refused;
}

static bool read_device(int sysfs, const char *name, struct device *ret_device)
{
	char vendor[VALUE_SIZE], product[VALUE_SIZE];
	struct device d = { 0 };
	attribute(sysfs, name, "idVendor", vendor);
	attribute(sysfs, name, "idProduct", product);
	if (strlen(vendor) != 4 || strlen(product) != 4)
		return false; /* an interface */
	snprintf(d.port, sizeof(d.port), "%s", name);
	snprintf(d.id, sizeof(d.id), "%.4s:%.4s", vendor, product);
	attribute(sysfs, name, "serial", d.serial);
	d.place.bus = number(sysfs, name, "busnum");
	d.place.device = number(sysfs, name, "devnum");
	d.refused = refused_class(attribute(sysfs, name, "bDeviceClass", vendor), "");
	*ret_device = d;
	return d.place.bus > 0 && d.place.device > 0;
}

static bool is_chosen(const struct ls_policy_usb *usb, const struct device *d)
{
	return (!usb->port[0] || strcmp(usb->port, d->port) == 0) &&
	       (!usb->serial[0] || strcmp(usb->serial, d->serial) == 0);
}

static int refuse_class(const struct ls_policy_usb *usb, const struct device *d,
			struct ls_error *err)
{
	return ls_fail(err, -EPERM, "usb.class",
		       "the USB device '%s' in port %s is %s, which no guest gets; "
		       "take it out of 'vm.usb'",
		       usb->id, d->port, d->refused);
}

/* What the guest would get is the one that the policy means, or nothing. */
static int choose(const struct ls_policy_usb *usb, const struct device *found, size_t count,
		  const char *other, struct ls_usb_place *ret_place, struct ls_error *err)
{
	if (count > 1)
		return ls_fail(
			err, -ENOTUNIQ, "usb.several",
			"there are %zu USB devices '%s' and 'vm.usb' does not say which: add "
			"its 'port' (one is in port %s) or 'serial'",
			count, usb->id, found->port);
	if (count == 0 && other[0])
		return ls_fail(err, -ENODEV, "usb.other",
			       "the USB device '%s' that 'vm.usb' chooses by port or serial number "
			       "is not there, but another of its kind is, in port %s: connect the "
			       "right one, or disconnect both",
			       usb->id, other);
	*ret_place = count ? found->place : (struct ls_usb_place){ 0, 0 };
	return 0;
}

static int find_in(DIR *folder, DIR *interfaces, const struct ls_policy_usb *usb,
		   struct ls_usb_place *ret_place, struct ls_error *err)
{
	char other[NAME_MAX + 1] = "";
	size_t count = 0;
	struct device d, found;
	rewinddir(folder);
	for (struct dirent *e; (e = readdir(folder));) {
		if (!read_device(dirfd(folder), e->d_name, &d) || strcmp(d.id, usb->id) != 0)
			continue;
		if (!is_chosen(usb, &d)) {
			snprintf(other, sizeof(other), "%s", d.port);
			continue;
		}
		if (!d.refused)
			d.refused = refused_interface(interfaces, d.port);
		if (d.refused)
			return refuse_class(usb, &d, err);
		found = d;
		count++;
	}
	return choose(usb, &found, count, other, ret_place, err);
}

int ls_usb_find_one(const char *sysfs, const struct ls_policy_usb *usb,
		    struct ls_usb_place *ret_place, struct ls_error *err)
{
	_cleanup_folder_ DIR *folder = opendir(sysfs);
	_cleanup_folder_ DIR *interfaces = opendir(sysfs);
	return folder && interfaces
		       ? find_in(folder, interfaces, usb, ret_place, err)
		       : ls_fail_errno(err, errno, "usb.bus",
				       "cannot read '%s': this host shows no USB", sysfs);
}

int ls_usb_find(const char *sysfs, const struct ls_policy *policy,
		struct ls_usb_place ret_places[static LS_POLICY_USB_MAX], struct ls_error *err)
{
	struct ls_usb_place places[LS_POLICY_USB_MAX] = { 0 };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < policy->vm.usb_count; i++)
		rc = ls_usb_find_one(sysfs, &policy->vm.usb[i], &places[i], err);
	if (rc == 0)
		memcpy(ret_places, places, sizeof(places));
	return rc;
}
