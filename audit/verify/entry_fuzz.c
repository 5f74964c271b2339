/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_entry_head head;
	struct ls_manifest manifest;
	int rc = ls_entry_head_parse(data, size, &head, NULL);
	/* what the whole parser takes, the one of the head takes, too, and reads alike */
	if (ls_manifest_parse(data, size, &manifest, NULL) < 0)
		return 0;
	if (rc < 0 || head.seal != manifest.seal || head.received != manifest.received ||
	    head.kind != manifest.kind)
		__builtin_trap();
	ls_manifest_free(&manifest);
	return 0;
}
