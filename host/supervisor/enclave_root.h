/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enclave's root: a tmpfs of its own that holds the enclave's files and
 * nothing else.
 *
 * It is filled while it is mounted nowhere, then its superblock is made
 * read-only, which the kernel refuses as long as anyone could still write into
 * it, and only then is it hashed.  So between what was hashed and what is loaded
 * there is no moment in which a file could change: not by who may write the
 * originals, and not by anyone else.
 *
 * Both run in the process that becomes the enclave (enclave_process.h), in
 * mount namespace of its own and with the right to mount in it.  What the
 * machine does not offer is -EOPNOTSUPP, and err says what lab IT can do.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_ENCLAVE_ROOT_H
#define LABSEAL_HOST_SUPERVISOR_ENCLAVE_ROOT_H

#include "host/supervisor/enclave_files.h"
#include "lib/base/error.h"

#define LS_ENCLAVE_ROOT_MAX "512m" /* bytes of the tmpfs; it takes what its files take */

/*
 * Copy all files, and their folder, into a new tmpfs, make it read-only, hash it: files get the
 * digests and sizes of the copies.  Returns the mount's descriptor (O_CLOEXEC).
 * -EOPNOTSUPP ("enclave.tmpfs"); else the errno of copying or hashing.
 */
int ls_enclave_root_build(struct ls_enclave_files *files, struct ls_error *err);

/*
 * Make it this process's root and working directory and detach everything that
 * was there.  -EOPNOTSUPP ("enclave.root").
 */
int ls_enclave_root_enter(int mount, struct ls_error *err);

#endif
