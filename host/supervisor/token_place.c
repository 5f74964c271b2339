/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/token_place.h"

#include <string.h>

/* A policy's texts are as long as a place's, and end in NUL. */
#define COPY(member)                                                                       \
	do {                                                                               \
		_Static_assert(sizeof(p->member) <= sizeof(ret_place->member), "it fits"); \
		memcpy(ret_place->member, p->member, sizeof(p->member));                   \
	} while (0)

void ls_token_place(const struct ls_policy *policy, struct ls_hsm_place *ret_place)
{
	const __typeof__(policy->signing.pkcs11) *p = &policy->signing.pkcs11;
	*ret_place = (struct ls_hsm_place){ .module = "" };
	COPY(module);
	COPY(variable);
	COPY(configuration);
	COPY(folder);
	COPY(token);
	COPY(serial);
	COPY(label);
}
