/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/document/document.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <zstd.h>

#include "audit/dna/document/dictionary.h"
#include "audit/dna/document/tokens.h"
#include "audit/dna/document/translation.h"
#include "audit/dna/document/varint.h"
#include "audit/dna/document/wrap.h"
#include "audit/dna/molecule/base.h"
#include "lib/base/cleanup.h"
#include "lib/base/reader.h"

/* First byte. */
enum {
	FLAG_CRLF = 1,	 /* all line ends are CR LF */
	FLAG_UPPER = 2,	 /* the first letter is upper-case */
	FLAG_MIXED = 4,	 /* and lengths of runs of one case follow the annotation */
	FLAG_TAIL = 8,	 /* the tail follows; else it is "//" and a line end */
	FLAG_PLAIN = 16, /* no rule makes the line breaks, and no translation is left out */
	FLAGS = 31,
};

#define MAGIC_SIZE  4 /* of a Zstandard frame (RFC 8878, 3.1.1): known, and so left out */
#define PLAIN_MAX   (2 * (size_t)LS_DOCUMENTED_MAX + 64)
#define ZSTD_EFFORT 22

void ls_document_free(struct ls_document *document)
{
	if (!document)
		return;
	ls_buffer_free(&document->annotation);
	ls_buffer_free(&document->letters);
	ls_buffer_free(&document->tail);
}

static void document_init(struct ls_document *d)
{
	ls_buffer_init(&d->annotation, LS_DOCUMENTED_MAX);
	ls_buffer_init(&d->letters, LS_DOCUMENTED_MAX);
	ls_buffer_init(&d->tail, LS_DOCUMENTED_MAX);
}

/* --- line ends and letters ----------------------------------------------- */

/* Whether each line ends in CR LF, and there is no other CR. */
static bool all_crlf(const uint8_t *text, size_t n)
{
	bool any = false;
	for (size_t i = 0; i < n; i++) {
		bool cr = i > 0 && text[i - 1] == '\r';
		if ((text[i] == '\n') != cr)
			return false;
		any |= cr;
	}
	return any && text[n - 1] != '\r';
}

static void add_without_cr(const uint8_t *text, size_t n, struct ls_buffer *out)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] != '\r')
			ls_buffer_add_u8(out, text[i]);
}

static void add_with_cr(const uint8_t *text, size_t n, struct ls_buffer *out)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			ls_buffer_add_u8(out, '\r');
		ls_buffer_add_u8(out, text[i]);
	}
}

/* Runs of letters of one case, the last one left out. */
static void add_runs(const uint8_t *letters, size_t n, struct ls_buffer *out)
{
	size_t begin = 0;
	for (size_t i = 1; i < n; i++) {
		if (!isupper(letters[i]) == !isupper(letters[begin]))
			continue;
		ls_varint_add(out, i - begin);
		begin = i;
	}
	ls_varint_add(out, 0);
}

static int take_letters(struct ls_reader *r, unsigned flags, const uint8_t *bases, size_t n,
			struct ls_buffer *out)
{
	bool upper = flags & FLAG_UPPER;
	for (size_t done = 0; done < n; upper = !upper) {
		uint64_t run = 0;
		if ((flags & FLAG_MIXED) && ls_varint_read(r, &run) < 0)
			return -EBADMSG;
		if (run == 0)
			run = n - done;
		if (run > n - done)
			return -EBADMSG;
		for (uint64_t i = 0; i < run; i++, done++) {
			char letter = ls_base_letter(bases[done]);
			ls_buffer_add_u8(out, (uint8_t)(upper ? toupper(letter) : letter));
		}
	}
	return ls_buffer_error(out);
}

/* --- Zstandard ----------------------------------------------------------- */

static int compress(const struct ls_buffer *dictionary, const struct ls_buffer *plain,
		    struct ls_buffer *out, struct ls_error *err)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	size_t room = ZSTD_compressBound(plain->size), size = 0;
	uint8_t *frame = malloc(room);
	int rc = z && frame ? 0 : ls_fail(err, -ENOMEM, "memory", "out of memory");
	if (rc == 0) {
		ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, ZSTD_EFFORT);
		ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, 0);
		ZSTD_CCtx_setParameter(z, ZSTD_c_dictIDFlag, 0);
		ZSTD_CCtx_loadDictionary(z, dictionary->data, dictionary->size);
		size = ZSTD_compress2(z, frame, room, plain->data, plain->size);
		if (ZSTD_isError(size) || size < MAGIC_SIZE)
			rc = ls_fail(err, -EIO, "dna.document.pack", "Zstandard failed: %s",
				     ZSTD_getErrorName(size));
	}
	if (rc == 0)
		rc = ls_buffer_add(out, frame + MAGIC_SIZE, size - MAGIC_SIZE);
	free(frame);
	ZSTD_freeCCtx(z);
	return rc;
}

/* Exactly `size` bytes; a frame that has more or less is none of ours. */
static int decompress(const struct ls_buffer *dictionary, const uint8_t *packed, size_t packed_size,
		      size_t size, struct ls_buffer *plain)
{
	static const uint8_t magic[MAGIC_SIZE] = { 0x28, 0xb5, 0x2f, 0xfd };
	ZSTD_DCtx *z = ZSTD_createDCtx();
	uint8_t *frame = malloc(packed_size + MAGIC_SIZE), *to = ls_buffer_reserve(plain, size + 1);
	int rc = z && frame && to ? 0 : -ENOMEM;
	if (rc == 0) {
		memcpy(frame, magic, MAGIC_SIZE);
		memcpy(frame + MAGIC_SIZE, packed, packed_size);
		ZSTD_DCtx_loadDictionary(z, dictionary->data, dictionary->size);
		size_t got = ZSTD_decompressDCtx(z, to, size, frame, packed_size + MAGIC_SIZE);
		rc = ZSTD_isError(got) || got != size ? -EBADMSG : 0;
	}
	if (rc == 0)
		ls_buffer_commit(plain, size);
	free(frame);
	ZSTD_freeDCtx(z);
	return rc;
}

/* --- packing ------------------------------------------------------------- */

/* The annotation as bytes for words, by its rules or as it is. */
static int condense(const struct ls_documented *d, unsigned flags, struct ls_wrap *ret_wrap,
		    struct ls_buffer *out)
{
	_cleanup_buffer_ struct ls_buffer text, lines, left;
	const struct ls_translated m = { d->bases, d->n, d->circular };
	ls_buffer_init(&text, PLAIN_MAX);
	ls_buffer_init(&lines, PLAIN_MAX);
	ls_buffer_init(&left, PLAIN_MAX);
	*ret_wrap = (struct ls_wrap){ .qualifiers = 0 };
	if (flags & FLAG_CRLF)
		add_without_cr(d->annotation, d->annotation_size, &text);
	else
		ls_buffer_add(&text, d->annotation, d->annotation_size);
	if (flags & FLAG_PLAIN)
		return ls_tokens_encode(text.data, text.size, out);
	int rc = ls_unwrap(text.data, text.size, ret_wrap, &lines);
	if (rc == 0)
		rc = ls_translations_drop(lines.data, lines.size, &m, &left);
	return rc < 0 ? rc : ls_tokens_encode(left.data, left.size, out);
}

static unsigned flags_of(const struct ls_documented *d)
{
	unsigned flags = 0;
	size_t upper = 0;
	for (size_t i = 0; i < d->n; i++)
		upper += isupper(d->letters[i]) != 0;
	if (d->annotation_size > 0 && all_crlf(d->annotation, d->annotation_size))
		flags |= FLAG_CRLF;
	if (d->n > 0 && isupper(d->letters[0]))
		flags |= FLAG_UPPER;
	if (upper > 0 && upper < d->n)
		flags |= FLAG_MIXED;
	const char *tail = flags & FLAG_CRLF ? "//\r\n" : "//\n";
	if (d->tail_size != strlen(tail) || memcmp(d->tail, tail, d->tail_size) != 0)
		flags |= FLAG_TAIL;
	return flags;
}

static int pack(const struct ls_documented *d, unsigned flags, struct ls_buffer *out,
		struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer words, plain, dictionary;
	struct ls_wrap wrap;
	ls_buffer_init(&words, PLAIN_MAX);
	ls_buffer_init(&plain, 2 * PLAIN_MAX);
	ls_buffer_init(&dictionary, LS_DICTIONARY_SIZE_MAX);
	if (condense(d, flags, &wrap, &words) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	ls_varint_add(&plain, words.size);
	ls_buffer_add(&plain, words.data, words.size);
	if (flags & FLAG_MIXED)
		add_runs(d->letters, d->n, &plain);
	if (flags & FLAG_TAIL)
		ls_buffer_add(&plain, d->tail, d->tail_size);
	int rc = ls_dictionary(LS_DICTIONARY_NEWEST, &dictionary, err);
	if (rc < 0)
		return rc;
	ls_buffer_add_u8(out, (uint8_t)flags);
	ls_buffer_add_u8(out, (uint8_t)(wrap.qualifiers << 4 | wrap.header));
	ls_varint_add(out, plain.size);
	if (ls_buffer_error(&plain))
		return ls_fail(err, ls_buffer_error(&plain), "memory", "out of memory");
	return compress(&dictionary, &plain, out, err);
}

static bool same(const struct ls_buffer *b, const uint8_t *bytes, size_t n)
{
	return b->size == n && (n == 0 || memcmp(b->data, bytes, n) == 0);
}

/* What is packed gives the record again. */
static bool comes_back(const struct ls_documented *d, const uint8_t *packed, size_t n)
{
	_cleanup_document_ struct ls_document back = { .annotation = { .data = NULL } };
	return ls_document_unpack(packed, n, LS_DICTIONARY_NEWEST, d->bases, d->n, d->circular,
				  &back, NULL) == 0 &&
	       same(&back.annotation, d->annotation, d->annotation_size) &&
	       same(&back.letters, d->letters, d->n) && same(&back.tail, d->tail, d->tail_size);
}

int ls_document_pack(const struct ls_documented *d, struct ls_buffer *out, struct ls_error *err)
{
	if (d->annotation_size > LS_DOCUMENTED_MAX || d->n > LS_DOCUMENTED_MAX ||
	    d->tail_size > LS_DOCUMENTED_MAX)
		return ls_fail(err, -EFBIG, "dna.document.size",
			       "more than %u bytes of annotation or bases are not documented",
			       LS_DOCUMENTED_MAX);
	_cleanup_buffer_ struct ls_buffer packed;
	ls_buffer_init(&packed, 2 * PLAIN_MAX);
	unsigned flags = flags_of(d);
	int rc = pack(d, flags, &packed, err);
	if (rc == 0 && !comes_back(d, packed.data, packed.size)) {
		/* text that uses labseal's own marks, or ends nowhere: it is kept as it is */
		ls_buffer_clear(&packed);
		rc = pack(d, flags | FLAG_PLAIN, &packed, err);
		if (rc == 0 && !comes_back(d, packed.data, packed.size))
			rc = ls_fail(err, -EIO, "dna.document.pack",
				     "the annotation does not come back as it was");
	}
	return rc < 0 ? rc : ls_buffer_add(out, packed.data, packed.size);
}

/* --- unpacking ----------------------------------------------------------- */

/* The words' text, its rules applied; out: LF or CR LF, as it was. */
static int expand(struct ls_reader *r, unsigned flags, const struct ls_wrap *wrap,
		  const struct ls_translated *m, struct ls_buffer *out)
{
	_cleanup_buffer_ struct ls_buffer left, lines, text;
	const uint8_t *words;
	uint64_t n;
	ls_buffer_init(&left, PLAIN_MAX);
	ls_buffer_init(&lines, PLAIN_MAX);
	ls_buffer_init(&text, PLAIN_MAX);
	if (ls_varint_read(r, &n) < 0 || n > ls_reader_left(r) ||
	    ls_read_bytes(r, (size_t)n, &words) < 0)
		return -EBADMSG;
	struct ls_buffer *last = flags & FLAG_PLAIN ? &left : &text;
	int rc = ls_tokens_decode(words, (size_t)n, &left);
	if (rc == 0 && last == &text)
		rc = ls_translations_restore(left.data, left.size, m, &lines);
	if (rc == 0 && last == &text)
		rc = ls_wrap(lines.data, lines.size, wrap, &text);
	if (rc < 0)
		return rc;
	if (flags & FLAG_CRLF)
		add_with_cr(last->data, last->size, out);
	else
		ls_buffer_add(out, last->data, last->size);
	return ls_buffer_error(out);
}

static int take_tail(struct ls_reader *r, unsigned flags, struct ls_buffer *out)
{
	const uint8_t *tail;
	if (!(flags & FLAG_TAIL))
		return ls_buffer_add_str(out, flags & FLAG_CRLF ? "//\r\n" : "//\n");
	size_t n = ls_reader_left(r);
	return ls_read_bytes(r, n, &tail) < 0 ? -EBADMSG : ls_buffer_add(out, tail, n);
}

/* The head: flags, rules, size of what is packed. */
static int read_head(struct ls_reader *r, uint8_t *ret_flags, struct ls_wrap *ret_wrap,
		     uint64_t *ret_size)
{
	uint8_t rules;
	if (ls_read_u8(r, ret_flags) < 0 || ls_read_u8(r, &rules) < 0 ||
	    ls_varint_read(r, ret_size) < 0)
		return -EBADMSG;
	*ret_wrap = (struct ls_wrap){ .qualifiers = rules >> 4, .header = rules & 15 };
	return *ret_flags > FLAGS || ret_wrap->qualifiers >= LS_WRAP_RULES ||
			       ret_wrap->header >= LS_WRAP_RULES || *ret_size > PLAIN_MAX
		       ? -EBADMSG
		       : 0;
}

static int unpack(struct ls_reader *r, const struct ls_buffer *dictionary,
		  const struct ls_translated *m, struct ls_document *d)
{
	_cleanup_buffer_ struct ls_buffer plain;
	struct ls_reader inside;
	struct ls_wrap wrap;
	const uint8_t *frame;
	uint8_t flags;
	uint64_t size;
	ls_buffer_init(&plain, PLAIN_MAX + 1);
	int rc = read_head(r, &flags, &wrap, &size);
	size_t n = ls_reader_left(r);
	if (rc < 0 || ls_read_bytes(r, n, &frame) < 0)
		return -EBADMSG;
	rc = decompress(dictionary, frame, n, (size_t)size, &plain);
	if (rc < 0)
		return rc;
	ls_reader_init(&inside, plain.data, plain.size);
	rc = expand(&inside, flags, &wrap, m, &d->annotation);
	if (rc == 0)
		rc = take_letters(&inside, flags, m->bases, m->n, &d->letters);
	if (rc == 0)
		rc = take_tail(&inside, flags, &d->tail);
	return rc < 0 ? rc : ls_reader_end(&inside);
}

int ls_document_unpack(const uint8_t *packed, size_t size, unsigned dictionary,
		       const uint8_t *bases, size_t n, bool circular, struct ls_document *ret,
		       struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer content;
	const struct ls_translated m = { bases, n, circular };
	struct ls_document d;
	struct ls_reader r;
	ls_buffer_init(&content, LS_DICTIONARY_SIZE_MAX);
	int rc = ls_dictionary(dictionary, &content, err);
	if (rc < 0)
		return rc;
	document_init(&d);
	ls_reader_init(&r, packed, size);
	rc = unpack(&r, &content, &m, &d);
	if (rc == 0) {
		*ret = d;
		return 0;
	}
	ls_document_free(&d);
	return rc == -ENOMEM  ? ls_fail(err, rc, "memory", "out of memory")
	       : rc == -EFBIG ? ls_fail(err, rc, "dna.document.size",
					"the documentation unfolds to more than %u bytes",
					LS_DOCUMENTED_MAX)
			      : ls_fail(err, -EBADMSG, "dna.document.malformed",
					"the documentation is damaged, or not of this molecule");
}
