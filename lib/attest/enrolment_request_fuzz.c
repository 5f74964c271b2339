/* SPDX-License-Identifier: Apache-2.0 */
/* What parses must format to the same bytes. */
#include "lib/attest/enrolment_request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_enrolment_request request;
	struct ls_public_area endorsement;
	struct ls_attester attester;
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, LS_ENROLMENT_REQUEST_MAX);
	if (ls_enrolment_request_parse(data, size, &request, NULL) < 0)
		return 0;
	if (ls_enrolment_request_format(&request, &out) < 0 || out.size != size ||
	    memcmp(out.data, data, size) != 0)
		abort();
	ls_enrolment_request_check(&request, &endorsement, &attester, NULL);
	return 0;
}
