/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/link.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/search.h"
#include "lib/base/text.h"

struct key {
	size_t size;
	bool is_signed; /* of the signed document, not of the file */
	uint8_t hash[LS_DCC_HASH_MAX];
	size_t candidate;
};

struct ls_dcc_hash_index {
	const struct ls_dcc_candidate *candidates;
	size_t candidate_count, count;
	struct key keys[];
};

/* --- what a link says ---------------------------------------------------------------------- */

/* Letters and digits alone, in lower case: "SHA-256" and "sha256" are one. */
static void simplify(const char *text, char simple[static 64])
{
	size_t n = 0;
	for (const char *t = text ? text : ""; *t && n < 63; t++)
		if (isalnum((unsigned char)*t))
			simple[n++] = (char)tolower((unsigned char)*t);
	simple[n] = '\0';
}

static bool ends(const char *text, const char *tail)
{
	size_t n = strlen(text), m = strlen(tail);
	return n >= m && strcmp(text + n - m, tail) == 0;
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* The procedure less what says that a canonical form was hashed. */
static const char *strip_c14n(const char *simple, bool *ret_signed)
{
	static const char *const before[] = { "excc14n", "xmlc14n11", "c14n11", "c14n",
					      "xmlexcc14n" };
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (strncmp(simple, before[i], strlen(before[i])) == 0) {
			*ret_signed = true;
			return simple + strlen(before[i]);
		}
	*ret_signed = false;
	return simple;
}

static enum ls_dcc_link_form form_of(const char *procedure, size_t *ret_size)
{
	static const char *const sha256[] = { "sha256", "sha2256",
					      "httpwwww3org200104xmlencsha256" };
	static const char *const sha512[] = { "sha512", "sha2512",
					      "httpwwww3org200104xmlencsha512" };
	char simple[64];
	bool is_signed;
	simplify(procedure, simple);
	const char *rest = strip_c14n(simple, &is_signed);
	*ret_size = is_one_of(rest, sha256, 3) ? 32 : is_one_of(rest, sha512, 3) ? 64 : 0;
	if (*ret_size)
		return is_signed ? LS_DCC_LINK_SIGNED : LS_DCC_LINK_FILE;
	if (ends(rest, "md5") || ends(rest, "sha1"))
		return LS_DCC_LINK_WEAK;
	return LS_DCC_LINK_UNKNOWN;
}

static bool decode(const char *value, struct ls_dcc_target *t)
{
	char lower[2 * LS_DCC_HASH_MAX + 1];
	size_t n = strlen(value), size = 0;
	if (n == 2 * t->size) {
		for (size_t i = 0; i <= n; i++)
			lower[i] = (char)tolower((unsigned char)value[i]);
		return ls_hex_decode(lower, n, t->hash) == 0;
	}
	return ls_base64_decode(value, n, t->hash, sizeof(t->hash), &size) == 0 && size == t->size;
}

static bool is_analogue(const char *word)
{
	return word && (strcasecmp(word, "analogue") == 0 || strcasecmp(word, "analog") == 0 ||
			strcasecmp(word, "analogous") == 0);
}

struct ls_dcc_target ls_dcc_link_target(const struct ls_dcc_link *link)
{
	struct ls_dcc_target t = { .form = LS_DCC_LINK_NONE };
	if (!link->named)
		return t;
	if (is_analogue(link->procedure) || is_analogue(link->value)) {
		t.form = LS_DCC_LINK_ANALOGUE;
		return t;
	}
	t.form = form_of(link->procedure, &t.size);
	if (t.size && (!link->value || !decode(link->value, &t)))
		t.form = LS_DCC_LINK_PLACEHOLDER;
	if (!link->value || !*link->value)
		t.form = LS_DCC_LINK_PLACEHOLDER;
	return t;
}

bool ls_dcc_link_is_parent(const struct ls_dcc_link *link)
{
	static const char *const standards[] = { "basic_normalUsed", "basic_standardUsed",
						 "basic_measurementStandard",
						 "basic_referenceStandard" };
	if (link->kind != LS_DCC_EQUIPMENT && link->kind != LS_DCC_CONDITION)
		return false;
	if (link->named)
		return true;
	for (size_t i = 0; i < sizeof(standards) / sizeof(standards[0]); i++)
		if (ls_dcc_has_type(link->ref_type, standards[i]))
			return true;
	return false;
}

/* --- what it names ------------------------------------------------------------------------- */

static int compare_hashes(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if (x->is_signed != y->is_signed)
		return x->is_signed ? 1 : -1;
	return memcmp(x->hash, y->hash, x->size);
}

/* Equal hashes by the candidate's own: of two files that are one signed document, always one. */
static int compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = compare_hashes(a, b);
	if (order == 0 && x->candidate != y->candidate)
		order = x->candidate < y->candidate ? -1 : 1;
	return order;
}

static void add(struct ls_dcc_hash_index *index, size_t candidate, bool is_signed,
		const uint8_t *hash, size_t size)
{
	struct key *key = &index->keys[index->count++];
	*key = (struct key){ .size = size, .is_signed = is_signed, .candidate = candidate };
	memcpy(key->hash, hash, size);
}

struct ls_dcc_hash_index *ls_dcc_hash_index_new(const struct ls_dcc_candidate *candidates,
						size_t count)
{
	struct ls_dcc_hash_index *index =
		calloc(1, sizeof(*index) + 3 * count * sizeof(index->keys[0]));
	if (!index)
		return NULL;
	index->candidates = candidates;
	index->candidate_count = count;
	for (size_t i = 0; i < count; i++) {
		const struct ls_dcc_candidate *c = &candidates[i];
		add(index, i, false, c->sha256.bytes, sizeof(c->sha256.bytes));
		add(index, i, false, c->sha512, sizeof(c->sha512));
		if (c->proven && c->digest_size)
			add(index, i, true, c->digest, c->digest_size);
	}
	qsort(index->keys, index->count, sizeof(index->keys[0]), compare_keys);
	return index;
}

void ls_dcc_hash_index_free(struct ls_dcc_hash_index *index)
{
	free(index);
}

/* The first key of this hash, or NULL. */
static const struct key *find(const struct ls_dcc_hash_index *index, const struct key *wanted)
{
	size_t i = ls_lower_bound(wanted, index->keys, index->count, sizeof(index->keys[0]),
				  compare_hashes);
	bool is_it = i < index->count && compare_hashes(&index->keys[i], wanted) == 0;
	return is_it ? &index->keys[i] : NULL;
}

bool ls_dcc_hash_index_file(const struct ls_dcc_hash_index *index, const struct ls_digest *sha256,
			    size_t *ret_candidate)
{
	struct key wanted = { .size = sizeof(sha256->bytes) };
	memcpy(wanted.hash, sha256->bytes, sizeof(sha256->bytes));
	const struct key *key = find(index, &wanted);
	if (key)
		*ret_candidate = key->candidate;
	return key != NULL;
}

static bool is_named(const struct ls_dcc_hash_index *index, const char *identifier)
{
	for (size_t i = 0; identifier && *identifier && i < index->candidate_count; i++)
		if (strcmp(index->candidates[i].unique_identifier, identifier) == 0)
			return true;
	return false;
}

static const char *shown(const char *text)
{
	return text && *text ? text : "(no name)";
}

const char *ls_dcc_link_form_words(enum ls_dcc_link_form form)
{
	static const char *const words[] = {
		[LS_DCC_LINK_NONE] = "no certificate of it is named",
		[LS_DCC_LINK_ANALOGUE] = "its certificate is on paper (\"analogue\"): nothing "
					 "can follow that",
		[LS_DCC_LINK_PLACEHOLDER] = "the hash of its certificate is a placeholder",
		[LS_DCC_LINK_WEAK] = "its certificate is named by MD5 or SHA-1, with which "
				     "another one can be made",
		[LS_DCC_LINK_UNKNOWN] = "its certificate is named by a procedure that is not known",
		[LS_DCC_LINK_SIGNED] = NULL, /* and _FILE */
	};
	return words[form];
}

static void say_form(const struct ls_dcc_link *link, enum ls_dcc_link_form form,
		     char words[static LS_CAL_WORDS_SIZE])
{
	const char *seen = form == LS_DCC_LINK_PLACEHOLDER ? shown(link->value)
			   : form == LS_DCC_LINK_UNKNOWN   ? shown(link->procedure)
							   : NULL;
	snprintf(words, LS_CAL_WORDS_SIZE, "'%.100s': %s%s%.60s%s", shown(link->of),
		 ls_dcc_link_form_words(form), seen ? " ('" : "", seen ? seen : "",
		 seen ? "')" : "");
}

enum ls_cal_outcome ls_dcc_link_follow(const struct ls_dcc_link *link,
				       const struct ls_dcc_hash_index *index, size_t *ret_candidate,
				       char words[static LS_CAL_WORDS_SIZE])
{
	struct ls_dcc_target t = ls_dcc_link_target(link);
	if (t.form < LS_DCC_LINK_FILE) {
		say_form(link, t.form, words);
		return LS_CAL_CANNOT;
	}
	struct key wanted = { .size = t.size, .is_signed = t.form == LS_DCC_LINK_SIGNED };
	memcpy(wanted.hash, t.hash, t.size);
	const struct key *key = find(index, &wanted);
	if (key) {
		*ret_candidate = key->candidate;
		words[0] = '\0';
		return LS_CAL_HOLDS;
	}
	if (is_named(index, link->referral_id)) {
		snprintf(
			words, LS_CAL_WORDS_SIZE,
			"'%.100s': the certificate '%.100s' that is here is not the one whose hash "
			"is named",
			shown(link->of), link->referral_id);
		return LS_CAL_FAILS;
	}
	snprintf(words, LS_CAL_WORDS_SIZE, "'%.100s': its certificate '%.100s' is not here",
		 shown(link->of), shown(link->referral_id));
	return LS_CAL_CANNOT;
}
