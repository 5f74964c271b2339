/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/command.h"
#include "lib/base/text.h"

/* --- a batch's line ------------------------------------------------------------------------ */

void ls_words_free(struct ls_words *words)
{
	free(words->words);
	free(words->text);
	memset(words, 0, sizeof(*words));
}

/* One word from *at on, written to `to`, which never overtakes what is read. */
static int take_word(const char **at, const char *end, char **to, struct ls_error *err)
{
	char quote = '\0';
	for (; *at < end && (quote || (**at != ' ' && **at != '\t')); ++*at) {
		char c = **at;
		if (quote == '\0' && (c == '\'' || c == '"')) {
			quote = c;
		} else if (c == quote && quote) {
			quote = '\0';
		} else if (c == '\\' && quote != '\'' && *at + 1 < end) {
			char next = (*at)[1];
			/* as in a shell: between "" it keeps but these two as they are */
			if (quote == '"' && next != '"' && next != '\\')
				*(*to)++ = c;
			*(*to)++ = next;
			++*at;
		} else {
			*(*to)++ = c;
		}
	}
	*(*to)++ = '\0';
	return quote ? ls_fail(err, -EBADMSG, "registry.batch.quote", "a quotation does not end")
		     : 0;
}

int ls_words_split(const char *line, size_t length, struct ls_words *ret_words,
		   struct ls_error *err)
{
	struct ls_words w = { 0 };
	const char *end = line + length;
	if (memchr(line, '\0', length))
		return ls_fail(err, -EBADMSG, "registry.batch.nul", "there is a NUL in it");
	/* a word has a blank or the end behind it, so there are no more words than half the bytes
	 */
	w.words = calloc(length / 2 + 2, sizeof(*w.words));
	w.text = malloc(length + 2);
	char *to = w.text;
	int rc = w.words && w.text ? 0 : ls_fail(err, -ENOMEM, "registry.memory", "out of memory");
	while (rc == 0) {
		while (line < end && (*line == ' ' || *line == '\t'))
			line++;
		if (line == end)
			break;
		w.words[w.count++] = to;
		rc = w.count > LS_WORDS_MAX ? ls_fail(err, -EBADMSG, "registry.batch.words",
						      "it has too many words")
					    : take_word(&line, end, &to, err);
	}
	if (rc < 0)
		ls_words_free(&w);
	else
		*ret_words = w;
	return rc;
}

/* --- options -------------------------------------------------------------------------------- */

void ls_said_free(struct ls_said *said)
{
	free(said->sayings);
	memset(said, 0, sizeof(*said));
}

static const struct ls_term *find_term(const struct ls_term *terms, size_t count, const char *word,
				       size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(terms[i].name) == length && memcmp(terms[i].name, word, length) == 0)
			return &terms[i];
	return NULL;
}

static void tell_unknown(const struct ls_term *terms, size_t count, const char *word,
			 struct ls_faults *faults)
{
	const char *names[64];
	for (size_t i = 0; i < count && i < 64; i++)
		names[i] = terms[i].name;
	const char *near = ls_nearest_name(word, names, count < 64 ? count : 64);
	ls_faults_add(faults, "there is no option '%s' here%s%s%s", word, near ? "; is it '" : "",
		      near ? near : "", near ? "'?" : "");
}

/* The value of the option at words[*i], which is moved on. */
static const char *take_value(const struct ls_term *term, const char *const *words, size_t count,
			      size_t *i, const char *equals, struct ls_faults *faults)
{
	if (term->flags & LS_TERM_FLAG) {
		if (equals)
			ls_faults_add(faults, "%s takes no value", term->name);
		return "";
	}
	if (equals)
		return equals + 1;
	if (*i + 1 < count)
		return words[++*i];
	ls_faults_add(faults, "%s needs a value", term->name);
	return NULL;
}

static void check_terms(const struct ls_said *said, const struct ls_term *terms, size_t count,
			struct ls_faults *faults)
{
	for (size_t i = 0; i < count; i++) {
		size_t times = 0;
		for (size_t j = 0; j < said->count; j++)
			times += said->sayings[j].name == terms[i].name;
		if (times == 0 && (terms[i].flags & LS_TERM_REQUIRED))
			ls_faults_add(faults, "%s is missing", terms[i].name);
		if (times > 1 && !(terms[i].flags & LS_TERM_MANY))
			ls_faults_add(faults, "%s is there %zu times", terms[i].name, times);
	}
}

int ls_said_read(const char *const *words, size_t count, const struct ls_term *terms,
		 size_t term_count, struct ls_said *ret_said, struct ls_faults *faults)
{
	struct ls_said said = { .sayings = calloc(count + 1, sizeof(*said.sayings)) };
	if (!said.sayings)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *equals = strncmp(words[i], "--", 2) == 0 ? strchr(words[i], '=') : NULL;
		size_t length = equals ? (size_t)(equals - words[i]) : strlen(words[i]);
		const struct ls_term *term = find_term(terms, term_count, words[i], length);
		if (!term) {
			tell_unknown(terms, term_count, words[i], faults);
			continue;
		}
		const char *value = take_value(term, words, count, &i, equals, faults);
		if (value)
			said.sayings[said.count++] = (struct ls_saying){ term->name, value };
	}
	check_terms(&said, terms, term_count, faults);
	*ret_said = said;
	return 0;
}

const char *ls_said_value(const struct ls_said *said, const char *name)
{
	for (size_t i = 0; i < said->count; i++)
		if (strcmp(said->sayings[i].name, name) == 0)
			return said->sayings[i].value;
	return NULL;
}

bool ls_said_number(const struct ls_said *said, const char *name, uint64_t max, uint64_t *ret,
		    struct ls_faults *faults)
{
	uint64_t value;
	const char *text = ls_said_value(said, name);
	if (!text)
		return false;
	if (ls_parse_u64(text, strlen(text), &value) < 0 || value > max) {
		ls_faults_add(faults, "%s '%s' is no number from 0 to %llu", name, text,
			      (unsigned long long)max);
		return false;
	}
	*ret = value;
	return true;
}

bool ls_said_time(const struct ls_said *said, const char *name, int64_t *ret,
		  struct ls_faults *faults)
{
	char whole[LS_UTC_SIZE];
	const char *text = ls_said_value(said, name);
	if (!text)
		return false;
	if (strcmp(text, "now") == 0) {
		*ret = (int64_t)time(NULL);
		return true;
	}
	snprintf(whole, sizeof(whole), "%s%s", text, strlen(text) == 10 ? "T00:00:00Z" : "");
	if (strlen(text) < LS_UTC_SIZE && ls_utc_parse(whole, strlen(whole), ret) == 0)
		return true;
	ls_faults_add(faults,
		      "%s '%s' is no time; write 2026-03-04T14:22:19Z (UTC), or 2026-03-04, or now",
		      name, text);
	return false;
}

bool ls_said_text(const struct ls_said *said, const char *name, char *buffer, size_t size,
		  struct ls_faults *faults)
{
	const char *text = ls_said_value(said, name);
	if (!text)
		return false;
	if (strlen(text) >= size) {
		ls_faults_add(faults, "%s is longer than %zu bytes", name, size - 1);
		return false;
	}
	memcpy(buffer, text, strlen(text) + 1);
	return true;
}
