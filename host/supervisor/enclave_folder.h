/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder that a PKCS#11 module reads while it works, copied into the enclave's root: it
 * cannot be measured, since a token's files change with every key that is added, and need
 * not be, since they are data. As a copy nobody outside changes it under the enclave.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_ENCLAVE_FOLDER_H
#define LABSEAL_HOST_SUPERVISOR_ENCLAVE_FOLDER_H

#include "lib/base/error.h"

#define LS_ENCLAVE_FOLDER_FILES_MAX 4096
#define LS_ENCLAVE_FOLDER_DEPTH_MAX 4

/*
 * Copy the folder at this absolute path to the same path below the root's descriptor:
 * files 0444, folders 0755.  -EINVAL ("enclave.folder"): it holds what is neither file nor
 * folder, too many of them, or too deep; else the errno of copying.
 */
int ls_enclave_folder_copy(const char *path, int root, struct ls_error *err);

#endif
