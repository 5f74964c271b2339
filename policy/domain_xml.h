/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one virtual machine that a policy describes, as libvirt's domain XML.
 *
 * The same policy, accelerator and paths give the same bytes, always.  What is
 * measured is the canonical form: it has the symbolic paths of
 * ls_domain_paths_canonical where a real run has folders of its own, so that
 * one approval holds for every start.  The files behind those paths are
 * measured by their content (base image, kernel, initrd) or made by measured
 * code (FIFO, overlay), never by name.  The actual form differs from the
 * canonical one in these paths and nothing else, but for the USB devices:
 * it has those that are plugged in now, and where.
 */
#ifndef LABSEAL_POLICY_DOMAIN_XML_H
#define LABSEAL_POLICY_DOMAIN_XML_H

#include <stdbool.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "policy/policy.h"

/* Where a USB device is now, as Linux counts: /dev/bus/usb/BUS/DEVICE; 0: not plugged in. */
struct ls_usb_place {
	unsigned bus, device;
};

/*
 * The install phase: the same hardware under another name (NAME-install), with a CD and a
 * floppy where they are named, and without the channel: its port is there and leads nowhere.
 */
#define LS_DOMAIN_INSTALL "-install"
struct ls_domain_install {
	const char *cdrom, *floppy; /* absolute paths, or NULL */
};

/* Where a run keeps the files that the machine uses.  Absolute paths. */
struct ls_domain_paths {
	const char *fifo; /* results leave here: QEMU's descriptor is write-only; install: NULL */
	const char *overlay; /* qcow2 over the base image; the image itself is never written */
	const char *kernel;  /* direct boot only (policy's vm.boot) */
	const char *initrd;
	const struct ls_usb_place *usb;		 /* policy's vm.usb_count of them; NULL: anywhere */
	const struct ls_domain_install *install; /* NULL: the locked machine, which is measured */
};

/* /run/labseal/results.fifo, .../disk.qcow2, .../kernel, .../initrd */
extern const struct ls_domain_paths ls_domain_paths_canonical;

/*
 * Append the XML to out.  kvm: the accelerator, as decided by probing.  Paths
 * that the policy does not use may be NULL.  0, -EINVAL (kvm is false and
 * the policy does not allow TCG, or a path is missing), -ENOMEM or -EFBIG.
 */
int ls_domain_xml(const struct ls_policy *policy, bool kvm, const struct ls_domain_paths *paths,
		  struct ls_buffer *out, struct ls_error *err);

#endif
