/* SPDX-License-Identifier: Apache-2.0 */
/* Challenges and responses: what parses must format to the same bytes. */
#include "lib/attest/enrolment_challenge.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_enrolment_challenge challenge;
	struct ls_enrolment_response response;
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, LS_ENROLMENT_CHALLENGE_MAX);
	int rc = ls_enrolment_challenge_parse(data, size, &challenge, NULL);
	if (rc == 0)
		rc = ls_enrolment_challenge_format(&challenge, &out);
	else if ((rc = ls_enrolment_response_parse(data, size, &response, NULL)) == 0)
		rc = ls_enrolment_response_format(&response, &out);
	else
		return 0;
	if (rc < 0 || out.size != size || memcmp(out.data, data, size) != 0)
		abort();
	return 0;
}
