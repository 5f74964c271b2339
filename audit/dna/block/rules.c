/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/rules.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/files.h"
#include "lib/base/reader.h"

#define FILE_SIZE_MAX (256u << 10)
#define WORDS_MAX     5

/* What the makers' pages said when these were written down; they are files like any other. */
static const char TWIST[] = "name twist\n"
			    "gc block 25 65\ngc 50 35 65\n"
			    "run at 4\nrun cg 9\nrepeat 20\n"
			    "site ggagg\nsite taaggag\n";
static const char IDT[] = "name idt\n"
			  "gc block 25 68\ngc 100 28 76\ngc 20 15 90\n"
			  "run at 12\nrun cg 5\ntandem 2 8\ntandem 3 4\nrepeat 20\n";
static const char NONE[] = "name none\n";

struct parse {
	const char *file;
	size_t line;
	struct ls_rules *rules;
	char *words[WORDS_MAX];
	size_t count;
	struct ls_error *err;
};

static int bad(const struct parse *p, const char *what)
{
	return ls_fail(p->err, -EBADMSG, "dna.rules.malformed", "'%s', line %zu: %s", p->file,
		       p->line, what);
}

void ls_rules_free(struct ls_rules *r)
{
	free(r->sites);
	memset(r, 0, sizeof *r);
}

static int number(const struct parse *p, size_t word, unsigned max, unsigned *ret)
{
	unsigned value = 0;
	const char *c = p->words[word];
	for (; isdigit((unsigned char)*c) && value <= max; c++)
		value = 10 * value + (unsigned)(*c - '0');
	if (*c || c == p->words[word] || value > max)
		return bad(p, "a number is missing, or out of its range");
	*ret = value;
	return 0;
}

static int add_gc(struct parse *p)
{
	struct ls_rules *r = p->rules;
	struct ls_gc_window w = { 0 };
	unsigned bases = 0;
	if (p->count != 4)
		return bad(p, "gc BASES|block LEAST MOST, both in percent");
	if (r->window_count == LS_RULES_WINDOWS_MAX)
		return bad(p, "too many lines gc");
	int rc = strcmp(p->words[1], "block") == 0 ? 0 : number(p, 1, 10000, &bases);
	if (rc == 0 && strcmp(p->words[1], "block") != 0 && bases == 0)
		return bad(p, "a window of no bases");
	if (rc == 0)
		rc = number(p, 2, 100, &w.low);
	if (rc == 0)
		rc = number(p, 3, 100, &w.high);
	if (rc < 0)
		return rc;
	if (w.low > w.high)
		return bad(p, "the least GC content is above the most");
	w.bases = bases;
	r->windows[r->window_count++] = w;
	return 0;
}

static int add_run(struct parse *p)
{
	unsigned most;
	if (p->count != 3)
		return bad(p, "run BASES MOST, as in: run at 4");
	int rc = number(p, 2, 1000, &most);
	if (rc < 0)
		return rc;
	if (most == 0)
		return bad(p, "a run of no bases");
	for (const char *c = p->words[1]; *c; c++) {
		int base = ls_base_of((unsigned char)*c);
		if (base < 0)
			return bad(p, "a run is of a, c, g or t");
		p->rules->run[base] = most;
	}
	return 0;
}

static int add_tandem(struct parse *p)
{
	unsigned unit = 0, most = 0;
	if (p->count != 3)
		return bad(p, "tandem 2|3 MOST, as in: tandem 2 8");
	int rc = number(p, 1, 3, &unit);
	if (rc == 0)
		rc = number(p, 2, 1000, &most);
	if (rc < 0)
		return rc;
	if (unit < 2 || most == 0)
		return bad(p, "tandem is said of 2 or 3 bases, and at least one copy");
	*(unit == 2 ? &p->rules->tandem2 : &p->rules->tandem3) = most;
	return 0;
}

static int add_repeat(struct parse *p)
{
	if (p->count != 2)
		return bad(p, "repeat MOST, as in: repeat 20");
	int rc = number(p, 1, LS_RULES_REPEAT_MAX, &p->rules->repeat);
	if (rc == 0 && p->rules->repeat < LS_RULES_REPEAT_MIN)
		rc = bad(p, "repeats are told from 8 bases on");
	return rc;
}

static int add_site(struct parse *p)
{
	bool one_strand = p->count == 3 && strcmp(p->words[2], "one-strand") == 0;
	if (p->count != 2 && !one_strand)
		return bad(p, "site BASES, or site BASES one-strand");
	int rc = ls_rules_add_site(p->rules, p->words[1], p->err);
	if (rc < 0) {
		ls_error_prefix(p->err, "'%s', line %zu", p->file, p->line);
		return rc == -EINVAL ? -EBADMSG : rc;
	}
	p->rules->sites[p->rules->site_count - 1].one_strand = one_strand;
	return 0;
}

static int add_name(struct parse *p)
{
	if (p->count != 2 || strlen(p->words[1]) >= sizeof p->rules->name)
		return bad(p, "name WORD");
	memcpy(p->rules->name, p->words[1], strlen(p->words[1]) + 1);
	return 0;
}

static const struct {
	const char *word;
	int (*add)(struct parse *p);
} LINES[] = { { "gc", add_gc },		{ "run", add_run },   { "tandem", add_tandem },
	      { "repeat", add_repeat }, { "site", add_site }, { "name", add_name } };

/* Cuts a line into words in place; a # begins a comment. */
static int split(struct parse *p, char *line)
{
	line[strcspn(line, "#")] = '\0';
	p->count = 0;
	for (char *c = line; *c;) {
		if (isspace((unsigned char)*c)) {
			*c++ = '\0';
			continue;
		}
		if (p->count == WORDS_MAX)
			return bad(p, "too many words");
		p->words[p->count++] = c;
		while (*c && !isspace((unsigned char)*c))
			c++;
	}
	return 0;
}

static int parse_line(struct parse *p, const char *text, size_t n)
{
	char line[256];
	if (n >= sizeof line)
		return bad(p, "the line is too long");
	if (memchr(text, '\0', n))
		return bad(p, "a zero byte: this is no text");
	memcpy(line, text, n);
	line[n] = '\0';
	int rc = split(p, line);
	if (rc < 0 || p->count == 0)
		return rc;
	for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++)
		if (strcmp(LINES[i].word, p->words[0]) == 0)
			return LINES[i].add(p);
	return bad(p, "it begins with none of gc, run, tandem, repeat, site and name");
}

int ls_rules_parse(const char *name, const uint8_t *bytes, size_t size, struct ls_rules *ret,
		   struct ls_error *err)
{
	struct ls_rules rules = { 0 };
	struct parse p = { .file = name, .rules = &rules, .err = err };
	int rc = 0;
	snprintf(rules.name, sizeof rules.name, "%.63s", name);
	for (size_t at = 0; rc == 0 && at < size;) {
		const uint8_t *lf = memchr(bytes + at, '\n', size - at);
		size_t n = lf ? (size_t)(lf - bytes) - at : size - at;
		p.line++;
		rc = parse_line(&p, (const char *)bytes + at, n);
		at += n + 1;
	}
	if (rc < 0) {
		ls_rules_free(&rules);
		return rc;
	}
	*ret = rules;
	return 0;
}

int ls_rules_add_site(struct ls_rules *r, const char *site, struct ls_error *err)
{
	struct ls_rules_site s = { .size = strlen(site) };
	if (s.size < 3 || s.size > LS_RULES_SITE_MAX)
		return ls_fail(err, -EINVAL, "dna.rules.site",
			       "'%.80s' is no site: it has 3 to %d letters", site,
			       LS_RULES_SITE_MAX);
	for (size_t i = 0; i < s.size; i++) {
		s.set[i] = (uint8_t)ls_base_set((unsigned char)site[i]);
		s.text[i] = (char)tolower((unsigned char)site[i]);
		if (!s.set[i])
			return ls_fail(err, -EINVAL, "dna.rules.site",
				       "'%.80s' is no site: '%c' stands for no base", site,
				       isgraph((unsigned char)site[i]) ? site[i] : '?');
	}
	if (r->site_count == LS_RULES_SITES_MAX)
		return ls_fail(err, -EINVAL, "dna.rules.site", "more than %d sites",
			       LS_RULES_SITES_MAX);
	struct ls_rules_site *more = reallocarray(r->sites, r->site_count + 1, sizeof *more);
	if (!more)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	r->sites = more;
	more[r->site_count++] = s;
	return 0;
}

int ls_rules_load(const char *name, struct ls_rules *ret, struct ls_error *err)
{
	static const struct {
		const char *name, *text;
	} OURS[] = { { "twist", TWIST }, { "idt", IDT }, { "none", NONE } };
	for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++)
		if (strcmp(OURS[i].name, name) == 0)
			return ls_rules_parse(name, (const uint8_t *)OURS[i].text,
					      strlen(OURS[i].text), ret, err);
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, FILE_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, name, &text, err);
	if (rc < 0) {
		ls_error_prefix(err, "rules are twist, idt, none or a file");
		return rc;
	}
	return ls_rules_parse(name, text.data, text.size, ret, err);
}
