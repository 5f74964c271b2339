/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/document/dictionary.h"

#include <errno.h>
#include <string.h>

#include "audit/dna/document/tokens.h"

extern const char ls_text_vocabulary_1_txt[]; /* never changed: what was packed needs it for ever */

#define KEY_WIDTH 16

/*
 * A line of the vocabulary: in section "@features" a key, a blank, a location and qualifiers, each
 * behind '|'; elsewhere as it is.
 */
static void lay_out(const char *line, size_t n, struct ls_buffer *out)
{
	const char *blank = memchr(line, ' ', n), *bar = memchr(line, '|', n);
	size_t key = blank ? (size_t)(blank - line) : n;
	size_t end = bar ? (size_t)(bar - line) : n;
	if (end <= key)
		return;
	ls_buffer_printf(out, "     %-*.*s%.*s\n", KEY_WIDTH, (int)key, line, (int)(end - key - 1),
			 line + key + 1);
	while (end < n) {
		const char *from = line + end + 1;
		const char *next = memchr(from, '|', n - end - 1);
		size_t size = next ? (size_t)(next - from) : n - end - 1;
		ls_buffer_printf(out, "%21s/%.*s\n", "", (int)size, from);
		end += 1 + size;
	}
}

/* Lines behind "@NAME", up to the next one. */
static const char *section(const char *name, size_t *ret_size)
{
	const char *begin = strstr(ls_text_vocabulary_1_txt, name);
	if (!begin)
		return NULL;
	begin += strlen(name);
	const char *end = strstr(begin, "\n@");
	*ret_size = end ? (size_t)(end + 1 - begin) : strlen(begin);
	return begin;
}

/* In reverse: the commonest features are first in the vocabulary, and nearest in the dictionary. */
static void add_features(const char *text, size_t n, struct ls_buffer *out)
{
	while (n > 0) {
		size_t end = n - 1, begin = end; /* the last line, without its LF */
		while (begin > 0 && text[begin - 1] != '\n')
			begin--;
		lay_out(text + begin, end - begin, out);
		n = begin;
	}
}

static int vocabulary(struct ls_buffer *out)
{
	size_t size = 0;
	const char *text = section("@header\n", &size);
	if (text)
		ls_buffer_add(out, text, size);
	if ((text = section("@features\n", &size)))
		add_features(text, size, out);
	if ((text = section("@tail\n", &size)))
		ls_buffer_add(out, text, size);
	return ls_buffer_error(out);
}

int ls_dictionary(unsigned number, struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_DICTIONARY_SIZE_MAX);
	if (number != 1)
		return ls_fail(
			err, -ENOTSUP, "dna.dictionary",
			"documentation was packed with dictionary %u, which this labseal does "
			"not have; a newer one does",
			number);
	ls_buffer_init(&text, LS_DICTIONARY_SIZE_MAX);
	if (vocabulary(&text) < 0 || ls_tokens_encode(text.data, text.size, out) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	return 0;
}
