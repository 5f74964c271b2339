/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/document/translation.h"

#include <errno.h>
#include <string.h>

#include "audit/dna/document/tokens.h"
#include "audit/dna/molecule/base.h"
#include "audit/dna/molecule/location.h"
#include "lib/base/number.h"

#define INDENT	   "                     "
#define KEY	   "     CDS             "
#define QUALIFIER  INDENT "/translation=\""
#define CODONS_MAX 100000

/* How a translation is written beyond the plain one; the digit is the sum. */
enum {
	STARTS_WITH_M = 1, /* another start codon, which begins with methionine all the same */
	SHOWS_STOP = 2,	   /* '*' for the codon at the end */
	VARIANTS = 4,
};

/* In the order of bases a, c, g, t. */
static const char code[] = "KNKNTTTTRSRSIIMIQHQHPPPPRRRRLLLLEDEDAAAAGGGGVVVV*Y*YSSSS*CWCLFLF";

static bool begins(const uint8_t *text, size_t n, const char *with)
{
	size_t length = strlen(with);
	return n >= length && memcmp(text, with, length) == 0;
}

static size_t line_size(const uint8_t *text, size_t n)
{
	const uint8_t *end = memchr(text, '\n', n);
	return end ? (size_t)(end - text) : n;
}

/* A feature's lines: those that begin with its indent. */
static size_t feature_size(const uint8_t *text, size_t n)
{
	size_t size = line_size(text, n) + 1;
	while (size < n && (text[size] == LS_TOKEN_TRANSLATION || text[size] == LS_TOKEN_AS_IT_IS ||
			    begins(text + size, n - size, INDENT)))
		size += line_size(text + size, n - size) + 1;
	return size < n ? size : n;
}

/* The reading frame: 0, 1 or 2 bases before the first codon. */
static size_t frame_of(const uint8_t *feature, size_t n)
{
	static const char name[] = INDENT "/codon_start=";
	for (size_t at = 0; at < n; at += line_size(feature + at, n - at) + 1) {
		const uint8_t *line = feature + at;
		size_t size = line_size(line, n - at);
		uint64_t start;
		if (begins(line, size, name) &&
		    ls_parse_u64((const char *)line + sizeof(name) - 1, size - sizeof(name) + 1,
				 &start) == 0 &&
		    start >= 1 && start <= 3)
			return (size_t)start - 1;
	}
	return 0;
}

static void add_span(const struct ls_span *span, const struct ls_translated *m,
		     struct ls_buffer *out)
{
	size_t size = span->first <= span->last ? span->last - span->first + 1
						: m->n - span->first + 1 + span->last;
	for (size_t i = 0; i < size; i++) {
		size_t at = span->complement ? span->last - 1 + m->n - i : span->first - 1 + i;
		uint8_t base = m->bases[at % m->n];
		ls_buffer_add_u8(out, span->complement ? LS_BASE_COMPLEMENT(base) : base);
	}
}

/* The bases that a feature codes with. */
static int coding(const uint8_t *feature, size_t n, const struct ls_translated *m,
		  struct ls_buffer *out)
{
	_cleanup_location_ struct ls_location l = { .count = 0 };
	size_t size = line_size(feature, n), key = sizeof(KEY) - 1;
	if (size <= key || m->n == 0 ||
	    ls_location_parse((const char *)feature + key, size - key, m->n, m->circular, &l,
			      NULL) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < l.count; i++)
		if (!l.spans[i].between)
			add_span(&l.spans[i], m, out);
	return ls_buffer_error(out);
}

static int translate(const uint8_t *feature, size_t n, const struct ls_translated *m,
		     unsigned variant, struct ls_buffer *out)
{
	_cleanup_buffer_ struct ls_buffer bases;
	ls_buffer_init(&bases, 3 * CODONS_MAX + 3);
	int rc = coding(feature, n, m, &bases);
	if (rc < 0)
		return rc;
	size_t begin = out->size;
	for (size_t at = frame_of(feature, n); at + 3 <= bases.size; at += 3) {
		const uint8_t *c = bases.data + at;
		ls_buffer_add_u8(out, (uint8_t)code[16 * c[0] + 4 * c[1] + c[2]]);
	}
	if (ls_buffer_error(out) || out->size == begin)
		return -EBADMSG;
	if (variant & STARTS_WITH_M)
		out->data[begin] = 'M';
	if (!(variant & SHOWS_STOP) && out->data[out->size - 1] == '*')
		out->data[--out->size] = '\0';
	return 0;
}

/* The variant that gives this line, or VARIANTS. */
static unsigned variant_of(const uint8_t *line, size_t size, const uint8_t *feature, size_t n,
			   const struct ls_translated *m)
{
	_cleanup_buffer_ struct ls_buffer made;
	ls_buffer_init(&made, CODONS_MAX + 64);
	for (unsigned variant = 0; variant < VARIANTS; variant++) {
		ls_buffer_clear(&made);
		ls_buffer_add_str(&made, QUALIFIER);
		if (translate(feature, n, m, variant, &made) < 0 ||
		    ls_buffer_add_u8(&made, '"') < 0)
			continue;
		if (made.size == size && memcmp(made.data, line, size) == 0)
			return variant;
	}
	return VARIANTS;
}

static void drop_from_feature(const uint8_t *feature, size_t n, const struct ls_translated *m,
			      struct ls_buffer *out)
{
	for (size_t at = 0; at < n;) {
		const uint8_t *line = feature + at;
		size_t size = line_size(line, n - at);
		unsigned variant = VARIANTS;
		if (begins(line, size, QUALIFIER))
			variant = variant_of(line, size, feature, n, m);
		if (variant < VARIANTS)
			ls_buffer_printf(out, "%c%c", LS_TOKEN_TRANSLATION, '0' + variant);
		else
			ls_buffer_add(out, line, size);
		at += size + 1;
		if (at <= n)
			ls_buffer_add_u8(out, '\n');
	}
}

static int restore_feature(const uint8_t *feature, size_t n, const struct ls_translated *m,
			   struct ls_buffer *out)
{
	for (size_t at = 0; at < n;) {
		const uint8_t *line = feature + at;
		size_t size = line_size(line, n - at);
		if (size == 2 && line[0] == LS_TOKEN_TRANSLATION && line[1] >= '0' &&
		    line[1] < '0' + VARIANTS) {
			ls_buffer_add_str(out, QUALIFIER);
			int rc = translate(feature, n, m, line[1] - '0', out);
			if (rc < 0)
				return rc;
			ls_buffer_add_u8(out, '"');
		} else
			ls_buffer_add(out, line, size);
		at += size + 1;
		if (at <= n)
			ls_buffer_add_u8(out, '\n');
	}
	return ls_buffer_error(out);
}

/* Feature by feature; what is none is taken line by line. */
static int walk(const uint8_t *text, size_t n, const struct ls_translated *m, bool restore,
		struct ls_buffer *out)
{
	int rc = 0;
	for (size_t at = 0, size; rc == 0 && at < n; at += size) {
		bool feature = begins(text + at, n - at, KEY);
		size = feature ? feature_size(text + at, n - at) : line_size(text + at, n - at) + 1;
		if (size > n - at)
			size = n - at;
		if (!feature)
			rc = ls_buffer_add(out, text + at, size);
		else if (restore)
			rc = restore_feature(text + at, size, m, out);
		else
			drop_from_feature(text + at, size, m, out);
	}
	return rc < 0 ? rc : ls_buffer_error(out);
}

int ls_translations_drop(const uint8_t *text, size_t n, const struct ls_translated *molecule,
			 struct ls_buffer *out)
{
	return walk(text, n, molecule, /* restore: */ false, out);
}

int ls_translations_restore(const uint8_t *text, size_t n, const struct ls_translated *molecule,
			    struct ls_buffer *out)
{
	return walk(text, n, molecule, /* restore: */ true, out);
}
