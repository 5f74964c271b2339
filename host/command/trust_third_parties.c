/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/trust_third_parties.h"

#include <fcntl.h>
#include <string.h>

#include "lib/base/files.h"

#define PEM_MAX 65536 /* bytes */

static int add_cas(const char *path, struct ls_third_parties *parties, struct ls_error *err)
{
	struct ls_der der[LS_TIME_STAMP_CAS_MAX];
	size_t count = 0;
	_cleanup_buffer_ struct ls_buffer pem, bytes;
	ls_buffer_init(&pem, PEM_MAX);
	ls_buffer_init(&bytes, PEM_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &pem, err);
	if (rc == 0)
		rc = ls_time_stamp_cas_from_pem(pem.data, pem.size, &bytes, der, &count, err);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = ls_third_parties_add_ca(parties, der[i], err);
	if (rc < 0)
		ls_error_prefix(err, "'signing.timestamp.ca', '%s'", path);
	return rc;
}

int ls_trust_third_parties(const struct ls_policy *policy, struct ls_third_parties *ret,
			   struct ls_error *err)
{
	int rc = 0;
	if (policy->signing.timestamp.url[0])
		rc = add_cas(policy->signing.timestamp.ca, ret, err);
	for (size_t i = 0; rc == 0 && i < policy->signing.witness_count; i++) {
		const char *vkey = policy->signing.witnesses[i].vkey;
		rc = ls_third_parties_read_witness(ret, vkey, strlen(vkey), err);
	}
	ret->quorum = (unsigned)policy->signing.quorum;
	return rc;
}
