/* SPDX-License-Identifier: Apache-2.0 */
/* Which files and devices of the host a machine works with, read from the XML that labseal made for
 * it. */
#ifndef LABSEAL_POLICY_DOMAIN_FILES_H
#define LABSEAL_POLICY_DOMAIN_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

#define LS_DOMAIN_FILES_MAX 16

enum ls_domain_access {
	LS_DOMAIN_READS,  /* base image */
	LS_DOMAIN_WRITES, /* overlay, results disk: read, too */
	LS_DOMAIN_SENDS,  /* the results channel: write-only */
	LS_DOMAIN_DEVICE, /* an instrument's serial port: both ways */
};

struct ls_domain_file {
	enum ls_domain_access access;
	char path[512];
};

struct ls_domain_files {
	char name[64]; /* of the machine */
	bool has_usb;  /* it may have devices of /dev/bus/usb, plugged in or not */
	size_t count;
	struct ls_domain_file at[LS_DOMAIN_FILES_MAX];
};

/* xml: of ls_domain_xml.  0, or -EINVAL ("domain.xml"): it is none. */
int ls_domain_files(const char *xml, struct ls_domain_files *ret_files, struct ls_error *err);

#endif
