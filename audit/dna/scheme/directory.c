/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/scheme/aggregate.h"
#include "lib/base/cleanup.h"
#include "lib/base/pem.h"
#include "lib/base/search.h"

#define VERSION 1

void ls_directory_free(struct ls_dna_directory *directory)
{
	free(directory->entries);
	directory->entries = NULL;
	directory->count = 0;
}

static int compare_orcid(const void *entry, const void *orcid)
{
	return strcmp(((const struct ls_directory_entry *)entry)->orcid.text,
		      ((const struct ls_orcid *)orcid)->text);
}

/* Where an ORCID iD is, or would go. */
static size_t place_of(const struct ls_dna_directory *d, const struct ls_orcid *orcid)
{
	return ls_lower_bound(orcid, d->entries, d->count, sizeof(d->entries[0]), compare_orcid);
}

static bool is_at(const struct ls_dna_directory *d, size_t place, const struct ls_orcid *orcid)
{
	return place < d->count && strcmp(d->entries[place].orcid.text, orcid->text) == 0;
}

struct ls_directory_entry *ls_directory_find(const struct ls_dna_directory *directory,
					     const struct ls_orcid *orcid)
{
	size_t place = place_of(directory, orcid);
	return is_at(directory, place, orcid) ? &directory->entries[place] : NULL;
}

int ls_directory_key(struct ls_directory_entry *entry, blst_p2_affine *ret)
{
	blst_p2_affine key;
	blst_p1_affine proof;
	if (ls_g2_read(entry->key, &key) < 0)
		return -EBADMSG;
	if (!__atomic_load_n(&entry->proven, __ATOMIC_RELAXED)) {
		if (ls_g1_read(entry->proof, &proof) < 0 || !ls_bls_proven(&key, &proof))
			return -EBADMSG;
		__atomic_store_n(&entry->proven, true, __ATOMIC_RELAXED);
	}
	*ret = key;
	return 0;
}

static void add_entry(const struct ls_directory_entry *entry, struct ls_buffer *out)
{
	ls_buffer_add(out, entry->orcid.text, LS_ORCID_SIZE - 1);
	ls_buffer_add(out, entry->key, LS_G2_SIZE);
	ls_buffer_add(out, entry->proof, LS_G1_SIZE);
}

static int read_entry(struct ls_reader *r, struct ls_directory_entry *ret)
{
	char text[LS_ORCID_SIZE] = { 0 };
	if (ls_read_into(r, text, LS_ORCID_SIZE - 1) < 0 ||
	    ls_read_into(r, ret->key, LS_G2_SIZE) < 0 ||
	    ls_read_into(r, ret->proof, LS_G1_SIZE) < 0 ||
	    ls_orcid_parse(text, &ret->orcid, NULL) < 0 || strcmp(text, ret->orcid.text) != 0)
		return -EBADMSG;
	return 0;
}

bool ls_directory_entry_proven(struct ls_directory_entry *entry)
{
	blst_p2_affine key;
	return ls_directory_key(entry, &key) == 0;
}

bool ls_directory_entry_signed(struct ls_directory_entry *entry, const struct ls_digest *authority,
			       const struct ls_digest *digest,
			       const uint8_t signature[static LS_SIGNATURE_BYTES_MAX])
{
	blst_p2_affine key;
	blst_p1_affine point;
	return ls_directory_key(entry, &key) == 0 &&
	       ls_bits_zero(signature, LS_SIGNATURE_BYTES_MAX, LS_G1_BITS) &&
	       ls_g1_from_bits(signature, 0, &point) == 0 &&
	       ls_bls_verify(&key, LS_BLS_MOLECULE, authority, digest, &point);
}

void ls_request_entry(const struct ls_dna_key *key, struct ls_directory_entry *ret)
{
	blst_p1_affine proof;
	*ret = (struct ls_directory_entry){ .orcid = key->orcid };
	ls_bls_prove(&key->own_key, &proof);
	blst_p1_affine_compress(ret->proof, &proof);
	blst_p2_affine_compress(ret->key, &key->own_public);
}

int ls_request_to_pem(const struct ls_dna_key *key, struct ls_buffer *out)
{
	struct ls_directory_entry entry;
	_cleanup_buffer_ struct ls_buffer content;
	ls_buffer_init(&content, LS_KEY_FILE_MAX);
	ls_request_entry(key, &entry);
	ls_buffer_add_u8(&content, VERSION);
	ls_buffer_add(&content, key->params.id.bytes, LS_DIGEST_SIZE);
	add_entry(&entry, &content);
	int rc = ls_buffer_error(&content);
	return rc < 0 ? rc : ls_pem_encode(LS_REQUEST_LABEL, content.data, content.size, out);
}

int ls_request_from_pem(const void *text, size_t n, const struct ls_dna_params *params,
			struct ls_directory_entry *ret, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer content;
	struct ls_directory_entry entry = { 0 };
	struct ls_digest authority;
	struct ls_reader r;
	uint8_t version;
	blst_p2_affine key;
	ls_buffer_init(&content, LS_KEY_FILE_MAX);
	int rc = ls_dna_file_content(text, n, LS_REQUEST_LABEL, &content, err);
	if (rc < 0)
		return rc;
	ls_reader_init(&r, content.data, content.size);
	if (ls_read_u8(&r, &version) < 0 || version != VERSION ||
	    ls_read_into(&r, authority.bytes, LS_DIGEST_SIZE) < 0 || read_entry(&r, &entry) < 0 ||
	    ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "dna.request.form", "the request is malformed");
	if (!ls_digest_equal(&authority, &params->id))
		return ls_fail(err, -EKEYREJECTED, "dna.request.authority",
			       "the request is to another authority than '%s'", params->name);
	if (ls_directory_key(&entry, &key) < 0)
		return ls_fail(
			err, -EBADMSG, "dna.request.proof",
			"whoever made the request for '%s' does not have its key: the proof of "
			"possession does not hold",
			entry.orcid.text);
	*ret = entry;
	return 0;
}

int ls_directory_add(struct ls_dna_directory *directory, const struct ls_directory_entry *entry,
		     struct ls_error *err)
{
	size_t place = place_of(directory, &entry->orcid);
	for (size_t i = 0; i < directory->count; i++)
		if (memcmp(directory->entries[i].key, entry->key, LS_G2_SIZE) == 0 &&
		    !is_at(directory, i, &entry->orcid))
			return ls_fail(err, -EEXIST, "dna.directory.shared",
				       "'%s' has this key already",
				       directory->entries[i].orcid.text);
	if (is_at(directory, place, &entry->orcid)) {
		directory->entries[place] = *entry;
		return 0;
	}
	if (directory->count >= LS_DIRECTORY_KEYS_MAX)
		return ls_fail(err, -EFBIG, "dna.directory.full", "a directory has at most %d keys",
			       LS_DIRECTORY_KEYS_MAX);
	struct ls_directory_entry *grown = reallocarray(directory->entries, directory->count + 1,
							sizeof(*grown));
	if (!grown)
		return ls_fail(err, -ENOMEM, "dna.memory", "out of memory");
	directory->entries = grown;
	memmove(grown + place + 1, grown + place, (directory->count - place) * sizeof(*grown));
	grown[place] = *entry;
	directory->count++;
	return 0;
}

int ls_directory_to_pem(const struct ls_dna_directory *directory,
			const struct ls_dna_master *master, struct ls_buffer *out,
			struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer content;
	struct ls_digest digest;
	blst_p1_affine point;
	uint8_t signature[LS_G1_SIZE];
	ls_buffer_init(&content, LS_DIRECTORY_FILE_MAX);
	ls_buffer_add_u8(&content, VERSION);
	ls_buffer_add(&content, master->params.id.bytes, LS_DIGEST_SIZE);
	ls_buffer_add_be64(&content, directory->number);
	ls_buffer_add_be64(&content, (uint64_t)directory->made);
	ls_buffer_add_be32(&content, (uint32_t)directory->count);
	for (size_t i = 0; i < directory->count; i++) {
		ls_buffer_add_u8(&content, directory->entries[i].withdrawn);
		add_entry(&directory->entries[i], &content);
	}
	ls_sha256_buffer(content.data, content.size, &digest);
	ls_bls_sign(&master->directory, LS_BLS_DIRECTORY, &master->params.id, &digest, &point);
	blst_p1_affine_compress(signature, &point);
	ls_buffer_add(&content, signature, sizeof(signature));
	int rc = ls_buffer_error(&content);
	if (rc == 0)
		rc = ls_pem_encode(LS_DIRECTORY_LABEL, content.data, content.size, out);
	return rc < 0 ? ls_fail(err, rc, "dna.directory.size",
				"the directory cannot be written: out of memory")
		      : 0;
}

static int compare_keys(const void *a, const void *b)
{
	return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, LS_G2_SIZE);
}

/* Each key once: who has two names could sign for both. */
static int check_keys_differ(const struct ls_dna_directory *d)
{
	_cleanup_free_ const uint8_t **keys = calloc(d->count + 1, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i < d->count; i++)
		keys[i] = d->entries[i].key;
	qsort(keys, d->count, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < d->count; i++)
		if (memcmp(keys[i - 1], keys[i], LS_G2_SIZE) == 0)
			return -EBADMSG;
	return 0;
}

static int read_entries(struct ls_reader *r, struct ls_dna_directory *d)
{
	uint32_t count;
	if (ls_read_be32(r, &count) < 0 || count > LS_DIRECTORY_KEYS_MAX)
		return -EBADMSG;
	d->entries = calloc(count + 1u, sizeof(*d->entries));
	if (!d->entries)
		return -ENOMEM;
	for (; d->count < count; d->count++) {
		struct ls_directory_entry *e = &d->entries[d->count];
		uint8_t state;
		if (ls_read_u8(r, &state) < 0 || state > 1 || read_entry(r, e) < 0 ||
		    (d->count > 0 && strcmp(e[-1].orcid.text, e->orcid.text) >= 0))
			return -EBADMSG;
		e->withdrawn = state;
	}
	return check_keys_differ(d);
}

static int read_head(struct ls_reader *r, struct ls_dna_directory *d)
{
	uint8_t version;
	uint64_t made;
	if (ls_read_u8(r, &version) < 0 || version != VERSION ||
	    ls_read_into(r, d->authority.bytes, LS_DIGEST_SIZE) < 0 ||
	    ls_read_be64(r, &d->number) < 0 || ls_read_be64(r, &made) < 0 || made > INT64_MAX ||
	    d->number == 0)
		return -EBADMSG;
	d->made = (int64_t)made;
	return 0;
}

static int check_signature(struct ls_reader *r, const struct ls_dna_params *params)
{
	const uint8_t *bytes;
	struct ls_digest digest;
	blst_p1_affine point;
	ls_sha256_buffer(r->data, r->pos, &digest);
	if (ls_read_bytes(r, LS_G1_SIZE, &bytes) < 0 || ls_reader_end(r) < 0)
		return -EBADMSG;
	bool good = ls_g1_read(bytes, &point) == 0 &&
		    ls_bls_verify(&params->directory, LS_BLS_DIRECTORY, &params->id, &digest,
				  &point);
	return good ? 0 : -EKEYREJECTED;
}

int ls_directory_from_pem(const void *text, size_t n, const struct ls_dna_params *params,
			  struct ls_dna_directory *ret, struct ls_error *err)
{
	_cleanup_directory_ struct ls_dna_directory d = { 0 };
	_cleanup_buffer_ struct ls_buffer content;
	struct ls_reader r;
	ls_buffer_init(&content, LS_DIRECTORY_FILE_MAX);
	int rc = ls_dna_file_content(text, n, LS_DIRECTORY_LABEL, &content, err);
	if (rc < 0)
		return rc;
	ls_reader_init(&r, content.data, content.size);
	rc = read_head(&r, &d);
	if (rc == 0 && !ls_digest_equal(&d.authority, &params->id))
		return ls_fail(err, -ENOKEY, "dna.directory.authority",
			       "the directory is another authority's than that of '%s'",
			       params->name);
	if (rc == 0)
		rc = read_entries(&r, &d);
	if (rc == 0)
		rc = check_signature(&r, params);
	if (rc == -EKEYREJECTED)
		return ls_fail(err, rc, "dna.directory.signature",
			       "'%s' did not sign this directory", params->name);
	if (rc < 0)
		return ls_fail(err, rc, "dna.directory.form", "the directory is malformed");
	*ret = d;
	d = (struct ls_dna_directory){ 0 };
	return 0;
}
