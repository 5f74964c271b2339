/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manual's tables are the parser's.  After a wanted change
 * `UPDATE_DOCS=1 build/policy/docs_test` writes them anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "policy/schema.h"

#define MARKDOWN "docs/formats/policy.md"
#define MANUAL	 "man/labseal-policy.5"
#define PAGE_MAX (1 << 20)

static struct ls_error err;

/* mdoc has no backticks: what stands in them is as good without.  A new sentence begins a new line
 * there. */
static void add_plain(struct ls_buffer *out, const char *text)
{
	char before = '\0';
	for (; *text; before = *text++) {
		bool ends_sentence = *text == ' ' && before == '.';
		if (*text != '`')
			ls_buffer_add(out, ends_sentence ? "\n" : text, 1);
	}
}

static void markdown_row(const struct ls_policy_field *f, struct ls_buffer *out)
{
	const char *quote = f->fallback ? "`" : "";
	const char *fallback = f->required ? "*needed*" : f->fallback ? f->fallback : "-";
	ls_buffer_printf(out, "| `%s` | ", f->path);
	ls_policy_field_describe(f, out);
	ls_buffer_printf(out, " | %s%s%s | %s |\n", quote, fallback, quote, f->summary);
}

static void manual_item(const struct ls_policy_field *f, struct ls_buffer *out)
{
	_cleanup_buffer_ struct ls_buffer type;
	ls_buffer_init(&type, 1024);
	ls_policy_field_describe(f, &type);
	ls_buffer_printf(out, ".It Cm %s Pq ", f->path);
	add_plain(out, ls_buffer_str(&type));
	if (f->required)
		ls_buffer_add_str(out, "; needed");
	else if (f->fallback)
		ls_buffer_printf(out, "; default %s", f->fallback);
	ls_buffer_add_str(out, "\n");
	add_plain(out, f->summary);
	ls_buffer_add_str(out, ".\n");
}

/* The page with all between the two marks replaced by the fields. */
static int with_fields(const char *page, const char *begin, const char *end, const char *head,
		       void (*row)(const struct ls_policy_field *, struct ls_buffer *),
		       struct ls_buffer *out)
{
	const char *from = strstr(page, begin);
	const char *to = from ? strstr(from, end) : NULL;
	if (!to)
		return -ENOENT;
	ls_buffer_add(out, page, (size_t)(from - page) + strlen(begin));
	ls_buffer_add_str(out, head);
	for (size_t i = 0; i < ls_policy_field_count; i++)
		row(&ls_policy_fields[i], out);
	return ls_buffer_add_str(out, to);
}

static void check_page(const char *path, const char *begin, const char *end, const char *head,
		       void (*row)(const struct ls_policy_field *, struct ls_buffer *))
{
	_cleanup_buffer_ struct ls_buffer page, wanted;
	ls_buffer_init(&page, PAGE_MAX);
	ls_buffer_init(&wanted, PAGE_MAX);
	REQUIRE(ls_file_read(AT_FDCWD, path, &page, &err) == 0);
	REQUIRE(with_fields(ls_buffer_str(&page), begin, end, head, row, &wanted) == 0);
	if (getenv("UPDATE_DOCS"))
		ls_file_replace(AT_FDCWD, path, wanted.data, wanted.size, 0644, &err);
	else if (strcmp(ls_buffer_str(&page), ls_buffer_str(&wanted)) != 0)
		TEST_FAIL("%s is not up to date: UPDATE_DOCS=1 build/policy/docs_test", path);
}

TEST(the_format_page_has_the_fields)
{
	check_page(MARKDOWN, "<!-- fields -->\n", "<!-- end of fields -->",
		   "| field | type | default | what it is |\n|---|---|---|---|\n", markdown_row);
}

TEST(the_manual_has_the_fields)
{
	check_page(MANUAL, ".\\\" fields\n", ".\\\" end of fields", "", manual_item);
}

TEST(the_minimal_example_is_the_documented_one)
{
	_cleanup_buffer_ struct ls_buffer page, example;
	ls_buffer_init(&page, PAGE_MAX);
	ls_buffer_init(&example, PAGE_MAX);
	REQUIRE(ls_file_read(AT_FDCWD, "policy/examples/minimal.yaml", &example, &err) == 0);
	const char *body = strstr(ls_buffer_str(&example), "version:");
	REQUIRE(body);
	REQUIRE(ls_file_read(AT_FDCWD, MARKDOWN, &page, &err) == 0);
	CHECK(strstr(ls_buffer_str(&page), body));
	REQUIRE(ls_file_read(AT_FDCWD, MANUAL, &page, &err) == 0);
	CHECK(strstr(ls_buffer_str(&page), body));
}

TEST_MAIN()
