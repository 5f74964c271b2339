/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver's own files in the spool folder: what it did not make itself it does not follow. */
#ifndef LABSEAL_DIODE_RECEIVE_OWN_FILE_H
#define LABSEAL_DIODE_RECEIVE_OWN_FILE_H

#include "lib/base/error.h"

/*
 * Before a file is opened: 0 when it is a regular one, or is not there; -EEXIST: it is a
 * folder, a link, a FIFO (opening one would wait for ever).
 */
int ls_own_file_check(int dirfd, const char *name, struct ls_error *err);

#endif
