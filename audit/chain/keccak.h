/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keccak-256 as Ethereum uses it: Keccak[c=512] with the padding of the original submission
 * (0x01), not that of SHA3-256 in FIPS 202 (0x06).  OpenSSL 3.0 has only the latter.
 * Nothing here is secret: the code takes the same time for the same length, and no pains beyond.
 */
#ifndef LABSEAL_AUDIT_CHAIN_KECCAK_H
#define LABSEAL_AUDIT_CHAIN_KECCAK_H

#include <stddef.h>

#include "lib/base/hash.h"

void ls_keccak256(const void *bytes, size_t n, struct ls_digest *ret_digest);

#endif
