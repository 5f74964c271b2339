/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person's signature over the first result of a made-up share, and what may be wrong
 * with it.  For make_share alone.
 */
#ifndef LABSEAL_TESTS_TOOLS_MAKE_COUNTERSIGNATURE_H
#define LABSEAL_TESTS_TOOLS_MAKE_COUNTERSIGNATURE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/seal/ca.h"
#include "lib/seal/cms.h"
#include "lib/seal/countersignature.h"
#include "lib/seal/trust.h"

#define COUNTERSIGNER "Ada Lovelace"

struct countersign_fault {
	const char *how;
	bool unknown_ca, no_ca, device, revoked, other_name, other_manifest, other_instrument, cut,
		over_manifest;
	uint64_t seal;		  /* that it names; 0: the first result's */
	int64_t until, signed_at; /* seconds from when it is sealed; 0: long, a minute before */
};

/* A person with a CA; the device signs as one where that is what is wrong. */
struct countersigner {
	const struct countersign_fault *fault; /* NULL: nobody countersigns */
	struct ls_p256_key *ca_key, *key;
	struct ls_buffer ca, certificate;
	struct ls_signer signer;
	struct ls_countersignature said; /* instrument, seal and manifest of the first result */
};

static inline const struct countersign_fault *countersign_find(const char *how)
{
	static const struct countersign_fault faults[] = {
		{ .how = "good" },
		{ .how = "unknown-ca", .unknown_ca = true },
		{ .how = "no-ca", .no_ca = true },
		{ .how = "device", .device = true },
		{ .how = "revoked", .revoked = true },
		{ .how = "expired", .until = -1 },
		{ .how = "other-name", .other_name = true },
		{ .how = "other-manifest", .other_manifest = true },
		{ .how = "other-instrument", .other_instrument = true },
		{ .how = "other-result", .seal = 2 },
		{ .how = "event", .seal = 3 },
		{ .how = "later-result", .seal = 1000 },
		{ .how = "signed-later", .signed_at = 3600 },
		{ .how = "cut", .cut = true },
		{ .how = "over-manifest", .over_manifest = true },
	};
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (strcmp(faults[i].how, how) == 0)
			return &faults[i];
	fprintf(stderr, "make_share: '%s' is no way to countersign\n", how);
	exit(2);
}

static inline void countersign_must(int rc, const struct ls_error *err)
{
	if (rc < 0) {
		fprintf(stderr, "make_share: countersignature: %s\n", err->message);
		exit(4);
	}
}

/* device: the signer of the seals; sealed: when the event with it will be received. */
static inline void countersign_init(struct countersigner *c, const struct countersign_fault *fault,
				    struct ls_signer device, int64_t sealed)
{
	struct ls_error err = { 0 };
	ls_buffer_init(&c->ca, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&c->certificate, LS_CERTIFICATE_SIZE_MAX);
	c->fault = fault;
	countersign_must(ls_p256_key_generate(&c->ca_key, &err), &err);
	countersign_must(ls_p256_key_generate(&c->key, &err), &err);
	ls_p256_key_signer(c->key, &c->signer);
	if (fault->device)
		c->signer = device;
	countersign_must(ls_ca_create(c->ca_key, "Test staff CA", sealed - 100000000,
				      sealed + 100000000, &c->ca, &err),
			 &err);
	countersign_must(ls_ca_issue(c->ca_key, (struct ls_der){ c->ca.data, c->ca.size },
				     &c->signer.key, COUNTERSIGNER, sealed - 1000000,
				     sealed + (fault->until ? fault->until : 1000000),
				     &c->certificate, &err),
			 &err);
}

/* What the trust file says of persons. */
static inline void countersign_trust(const struct countersigner *c, struct ls_persons *persons,
				     int64_t sealed)
{
	struct ls_error err = { 0 };
	struct ls_digest digest;
	struct ls_der ca = { c->ca.data, c->ca.size };
	_cleanup_buffer_ struct ls_buffer other;
	ls_buffer_init(&other, LS_CERTIFICATE_SIZE_MAX);
	if (!c->fault || c->fault->no_ca)
		return;
	if (c->fault->unknown_ca) {
		struct ls_p256_key *key;
		countersign_must(ls_p256_key_generate(&key, &err), &err);
		countersign_must(
			ls_ca_create(key, "Test staff CA", sealed - 1, sealed + 1, &other, &err),
			&err);
		ls_p256_key_free(key);
		ca = (struct ls_der){ other.data, other.size };
	}
	countersign_must(ls_persons_add_authority(persons, ca, &err), &err);
	ls_sha256_buffer(c->certificate.data, c->certificate.size, &digest);
	if (c->fault->revoked)
		countersign_must(ls_persons_revoke(persons, &digest, sealed, &err), &err);
}

/* The detail of the event that seals it; owned by the caller. */
static inline char *countersign_detail(const struct countersigner *c, int64_t sealed)
{
	struct ls_error err = { 0 };
	struct ls_countersignature said = c->said;
	const struct countersign_fault *f = c->fault;
	_cleanup_buffer_ struct ls_buffer text, signature, json;
	ls_buffer_init(&text, LS_COUNTERSIGNATURE_SIZE_MAX);
	ls_buffer_init(&signature, LS_CMS_SIZE_MAX);
	ls_buffer_init(&json, LS_COUNTERSIGN_REQUEST_MAX);
	said.meaning = LS_MEANING_APPROVAL;
	said.signed_at = sealed + (f->signed_at ? f->signed_at : -60);
	said.seal = f->seal ? f->seal : said.seal;
	said.manifest.bytes[0] ^= f->other_manifest;
	snprintf(said.name, sizeof(said.name), "%s",
		 f->other_name ? "Charles Babbage" : COUNTERSIGNER);
	if (f->other_instrument)
		snprintf(said.instrument, sizeof(said.instrument), "another");
	countersign_must(ls_countersignature_format(&said, &text, &err), &err);
	countersign_must(ls_cms_sign(text.data, f->over_manifest ? 5 : text.size,
				     (struct ls_der){ c->certificate.data, c->certificate.size },
				     said.signed_at, &c->signer, &signature, &err),
			 &err);
	if (f->cut)
		signature.size--;
	countersign_must(ls_countersign_request_format(&text, &signature, &json, &err), &err);
	return strdup(ls_buffer_str(&json));
}

#endif
