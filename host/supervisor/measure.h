/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a start of the instrument consists of, hashed: the records that go into
 * PCR 23, in the order that lib/attest/event_log.h fixes.
 *
 *     supervisor     labseald                    the program file
 *     enclave-file   /usr/lib/...                labseal-enclave, its dynamic loader and every
 *                    labseal-enclave             library the loader gives it
 *     policy         policy.yaml                 the policy file's bytes
 *     domain-xml     domain.xml                  the canonical XML (policy/domain_xml.h)
 *     base-image     disk, initrd, kernel        what the machine boots, as far as it has them
 *
 * `labseal provision` measures to ask for an approval, labseald measures to
 * compare with it: both call this, and the same files give the same bytes.
 * The accelerator is in the domain's XML and so in the measurement: a machine
 * approved under TCG is not approved under KVM, nor the other way round.
 * Nothing here needs libvirt or a TPM.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_MEASURE_H
#define LABSEAL_HOST_SUPERVISOR_MEASURE_H

#include <stdbool.h>

#include "host/supervisor/enclave_files.h"
#include "lib/attest/event_log.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "policy/policy.h"

/* Names in the event log. */
#define LS_MEASURED_NAME_POLICY "policy.yaml"
#define LS_MEASURED_NAME_XML	"domain.xml"
#define LS_MEASURED_NAME_DISK	"disk"
#define LS_MEASURED_NAME_INITRD "initrd"
#define LS_MEASURED_NAME_KERNEL "kernel"

/*
 * What labseald measures in place of the files on the disk: its own copies of what the
 * machine boots, and what is in the enclave's root, hashed there (enclave_root.h).
 */
struct ls_measured_files {
	const char *disk, *initrd, *kernel;	/* NULL: the policy's path */
	const struct ls_enclave_files *enclave; /* NULL: the installed files are found and hashed */
	struct ls_hash_watch watch;		/* of the images, which may be large */
};

struct ls_measured_state {
	struct ls_event_log log;
	struct ls_digest pcr23;	     /* the log replayed */
	struct ls_digest policy;     /* SHA-256 of the policy file */
	struct ls_digest domain_xml; /* SHA-256 of the canonical XML */
	/* One base image: its SHA-256.  None: zero.  Several: SHA-256 over the lines that
	 * sha256sum would print for them, in the log's order ("<hex>  initrd\n<hex>  kernel\n"). */
	struct ls_digest base_image;
	bool kvm;
};
void ls_measured_state_free(struct ls_measured_state *state); /* NULL is fine */
#define _cleanup_measured_ __attribute__((cleanup(ls_measured_state_free)))

/*
 * Hash everything.  files may be NULL.  A disk whose hash is not the policy's
 * vm.disk.sha256 is -EBADMSG ("measure.disk"); a program or image that is
 * missing is -ENOENT; -EINTR: the watch ended it; else the errno of reading.  Large images take as
 * long as reading them.
 */
int ls_measure(const struct ls_policy *policy, bool kvm, const struct ls_measured_files *files,
	       struct ls_measured_state *ret_state, struct ls_error *err);

/* The record of this event and path, or NULL. */
const struct ls_measurement *ls_measured_find(const struct ls_event_log *log,
					      const struct ls_measurement *like);

/*
 * In which records two logs differ, for a person: "domain-xml 'domain.xml' was
 * changed; enclave-file '/usr/lib/...' is new".  "nothing" when they are equal.
 * Returns buffer.
 */
const char *ls_measured_difference(const struct ls_event_log *approved,
				   const struct ls_event_log *now, char *buffer, size_t size);

#endif
