/* SPDX-License-Identifier: Apache-2.0 */
/* The details of approvals and retirements, which are sealed and may be by a hostile enclave. */
#include "audit/verify/order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/p256.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ls_trust *trust(void)
{
	static struct ls_trust_approved approved = { .version = 1, .counter = 1 };
	static struct ls_trust t = { .has_authority = true,
				     .policy_ref = "labseal-test",
				     .approved_count = 1,
				     .approved = &approved };
	static struct ls_p256_key *key;
	struct ls_signer signer;
	if (!key && ls_p256_key_generate(&key, NULL) < 0)
		abort();
	ls_p256_key_signer(key, &signer);
	t.authority = signer.key;
	return &t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const events[] = { "approval", "approval-retired" };
	char detail[LS_RECORD_DETAIL_MAX + 1];
	if (size > LS_RECORD_DETAIL_MAX)
		return 0;
	memcpy(detail, data, size);
	detail[size] = '\0';
	struct ls_order order;
	struct ls_report report;
	ls_report_init(&report);
	if (ls_order_init(&order, trust()) < 0)
		abort();
	for (size_t i = 0; i < 2; i++) {
		struct ls_record r = { .kind = LS_SEAL_EVENT, .seal = i + 1, .detail = detail };
		snprintf(r.event, sizeof(r.event), "%s", events[i]);
		ls_order_tell(&order, &r, "events/record.json", &report);
	}
	if (ls_order_check(&order, &report) < 0)
		abort();
	/* the authority's key is made anew: nothing in any file is approved by it */
	if (ls_report_verdict(&report) == LS_VERIFIED)
		abort();
	ls_order_free(&order);
	ls_report_free(&report);
	return 0;
}
