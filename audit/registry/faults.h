/* SPDX-License-Identifier: Apache-2.0 */
/* All that is wrong with what a person asks for, told at once and not one after the other. */
#ifndef LABSEAL_AUDIT_REGISTRY_FAULTS_H
#define LABSEAL_AUDIT_REGISTRY_FAULTS_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_FAULTS_MAX 64 /* told of one record; more are counted */

struct ls_faults {
	unsigned count;
	struct ls_buffer text; /* owned; a line each */
};

void ls_faults_init(struct ls_faults *faults);
void ls_faults_free(struct ls_faults *faults);
#define _cleanup_faults_ __attribute__((cleanup(ls_faults_free)))

void ls_faults_add(struct ls_faults *faults, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Each on a line of standard error: "PREFIX: FAULT". */
void ls_faults_tell(const struct ls_faults *faults, const char *prefix);

#endif
