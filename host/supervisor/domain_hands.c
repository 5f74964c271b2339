/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/domain_hands.h"

#include <errno.h>
#include <libvirt/virterror.h>
#include <stdbool.h>
#include <unistd.h>

#define GONE_MS 5000 /* a guest is not asked whether it lets go of a USB device */
#define LOOK_MS 50

static int fail(struct ls_error *err, const char *id, const char *what)
{
	const virError *e = virGetLastError();
	return ls_fail(err, -EIO, id, "%s: %s", what,
		       e && e->message ? e->message : "libvirt does not say why");
}

int ls_domain_attach(virDomainPtr domain, const char *device, struct ls_error *err)
{
	if (virDomainAttachDeviceFlags(domain, device, VIR_DOMAIN_AFFECT_LIVE) == 0)
		return 0;
	return fail(err, "usb.attach", "the device cannot be plugged into the virtual machine");
}

/* libvirt 9.0 says VIR_ERR_OPERATION_FAILED of a USB device that the machine has not. */
static bool is_out(void)
{
	int code = virGetLastErrorCode();
	return code == VIR_ERR_DEVICE_MISSING || code == VIR_ERR_OPERATION_FAILED;
}

int ls_domain_detach(virDomainPtr domain, const char *device, struct ls_error *err)
{
	/* the first one asks QEMU; those after it find the device gone, or on its way */
	for (int waited = 0; waited < GONE_MS; waited += LOOK_MS) {
		if (virDomainDetachDeviceFlags(domain, device, VIR_DOMAIN_AFFECT_LIVE) < 0 &&
		    is_out())
			return 0;
		usleep(LOOK_MS * 1000);
	}
	return fail(err, "usb.detach", "the device does not leave the virtual machine");
}
