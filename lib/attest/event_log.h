/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event log: what was measured into PCR 23, in order.
 *
 * CEL-JSON (TCG Canonical Event Log Format 1.0, section 5.2), one record a
 * line, one spelling per content:
 *
 *     {"recnum":0,"pcr":23,"digests":[{"hashAlg":"sha256","digest":"<64 hex>"}],
 *      "content_type":"labseal","content":{"event":"supervisor","path":"labseald",
 *      "sha256":"<64 hex>","size":81234}}                        (one line, then LF)
 *
 * The record's digest, which is what the PCR is extended with, is SHA-256 over
 *
 *     labseal/measured/v1 LF EVENT LF SHA256-HEX LF SIZE LF PATH LF
 *
 * so it covers the whole content: nothing in a line can be changed without
 * changing the PCR, and no file's bytes can pass for another event.
 *
 * Pure functions over bytes: signer, verifier and tests use the same ones.
 */
#ifndef LABSEAL_LIB_ATTEST_EVENT_LOG_H
#define LABSEAL_LIB_ATTEST_EVENT_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_MEASURED_PCR		 23	      /* the PCR of all records */
#define LS_EVENT_LOG_RECORDS_MAX 256	      /* records in a log */
#define LS_EVENT_LOG_SIZE_MAX	 (512 * 1024) /* bytes of a log */
#define LS_MEASUREMENT_PATH_SIZE 256	      /* with the final NUL */

/* In the order in which they are measured. */
enum ls_measured {
	LS_MEASURED_SUPERVISOR = 1, /* "supervisor": once, first */
	LS_MEASURED_ENCLAVE_FILE,   /* "enclave-file": at least one; sorted by path */
	LS_MEASURED_POLICY,	    /* "policy": once */
	LS_MEASURED_DOMAIN_XML,	    /* "domain-xml": once */
	LS_MEASURED_BASE_IMAGE,	    /* "base-image": any number; sorted by path */
};

/* "supervisor", "enclave-file", ... */
const char *ls_measured_name(enum ls_measured event);

struct ls_measurement {
	enum ls_measured event;
	/* The name it goes by, part of what is measured, so it must be the same on every start
	 * (a file's base name, or the path the enclave loads it from).  UTF-8, 1 to 255 bytes,
	 * no control characters. */
	char path[LS_MEASUREMENT_PATH_SIZE];
	struct ls_digest sha256; /* of the object's bytes */
	uint64_t size;		 /* of the object, bytes */
};

/* What the PCR is extended with for this measurement. */
void ls_measurement_digest(const struct ls_measurement *m, struct ls_digest *ret_digest);

/* PCR_new = SHA-256(PCR_old || digest): TPM 2.0 Part 3, TPM2_PCR_Extend. */
void ls_pcr_extend(struct ls_digest *pcr, const struct ls_digest *digest);

/* Zero it before the first use; free with ls_event_log_free. */
struct ls_event_log {
	size_t count;
	struct ls_measurement *records; /* owned */
};
void ls_event_log_free(struct ls_event_log *log); /* leaves an empty log; NULL is fine */
#define _cleanup_event_log_ __attribute__((cleanup(ls_event_log_free)))

/*
 * Append a copy of m.  -EINVAL: out of order (see enum ls_measured) or a path
 * that breaks the rule; -E2BIG: LS_EVENT_LOG_RECORDS_MAX; -ENOMEM.
 */
int ls_event_log_add(struct ls_event_log *log, const struct ls_measurement *m,
		     struct ls_error *err);

/* Whether all that must be measured is there.  0 or -EINVAL. */
int ls_event_log_check_complete(const struct ls_event_log *log, struct ls_error *err);

/* The value of PCR 23 after these records, from its reset value (32 zero bytes). */
void ls_event_log_replay(const struct ls_event_log *log, struct ls_digest *ret_pcr);

/* Appends the text.  0 or the buffer's error. */
int ls_event_log_format(const struct ls_event_log *log, struct ls_buffer *out);

/*
 * Strict: exactly what ls_event_log_format writes, each digest that of its
 * content, the order kept; completeness is a separate question.
 * 0, -EBADMSG (err names the line), -ENOMEM.
 */
int ls_event_log_parse(const void *bytes, size_t size, struct ls_event_log *ret_log,
		       struct ls_error *err);

#endif
