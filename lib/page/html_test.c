/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/page/html.h"

#include <errno.h>

#include "lib/base/test.h"
#include "lib/page/style.h"

static struct ls_buffer page;
static struct ls_html h;

static void begin(void)
{
	ls_buffer_free(&page);
	ls_buffer_init(&page, 1 << 20);
	ls_html_init(&h, &page);
}

TEST(elements_nest_and_text_is_text)
{
	begin();
	ls_html_open(&h, "p");
	ls_html_attr(&h, "class", "a");
	ls_html_text(&h, "1 < 2 & ");
	ls_html_element(&h, "b", NULL, "\"so\"");
	ls_html_open(&h, "br");
	ls_html_close(&h);
	ls_html_close(&h);
	CHECK_INT_EQ(ls_buffer_error(&page), 0);
	CHECK_STR_EQ(ls_buffer_str(&page),
		     "<p class=\"a\">1 &lt; 2 &amp; <b>&quot;so&quot;</b><br/></p>");
}

TEST(nothing_that_is_given_becomes_markup)
{
	begin();
	ls_html_open(&h, "a");
	ls_html_attr(&h, "title", "\"><script>alert('1')</script>");
	ls_html_claim(&h, "</bdi><script>");
	ls_html_textf(&h, "%s", "]]> <!--");
	ls_html_close(&h);
	CHECK_STR_EQ(ls_buffer_str(&page),
		     "<a title=\"&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;\">"
		     "<bdi>&lt;/bdi&gt;&lt;script&gt;</bdi>]]&gt; &lt;!--</a>");
}

/* RTL override, a NUL's neighbour, broken UTF-8, a noncharacter; a '%' and letters of any script
 * stay. */
TEST(what_hides_or_reorders_is_made_visible)
{
	begin();
	ls_html_text(&h, "100 % \xe2\x80\xae"
			 "fdp.exe\x01\xff \xef\xbf\xbf M\xc3\xbcnchen \xd7\x90");
	CHECK_STR_EQ(ls_buffer_str(&page), "100 % %E2%80%AEfdp.exe%01%FF %EF%BF%BF M\xc3\xbcnchen "
					   "\xd7\x90");
}

TEST(an_element_without_content_is_closed_as_html_wants_it)
{
	begin();
	ls_html_element(&h, "td", NULL, "");
	ls_html_open(&h, "td");
	ls_html_close(&h);
	ls_html_open(&h, "path");
	ls_html_attrf(&h, "d", "m%d %d", 1, -2);
	ls_html_close(&h);
	CHECK_STR_EQ(ls_buffer_str(&page), "<td></td><td></td><path d=\"m1 -2\"/>");
}

TEST(facts_without_a_value_are_left_out)
{
	begin();
	ls_html_fact(&h, "Size", "5 < 6");
	ls_html_fact(&h, "None", NULL);
	ls_html_claimed_fact(&h, "Empty", "");
	ls_html_claimed_fact(&h, "Name", "a");
	CHECK_STR_EQ(ls_buffer_str(&page), "<dt>Size</dt><dd>5 &lt; 6</dd>\n"
					   "<dt>Name</dt><dd><bdi>a</bdi></dd>\n");
}

TEST(misuse_is_an_error_and_not_a_broken_page)
{
	begin();
	ls_html_close(&h);
	CHECK_INT_EQ(ls_buffer_error(&page), -EINVAL);
	begin();
	ls_html_element(&h, "p", NULL, "x");
	ls_html_attr(&h, "class", "a");
	CHECK_INT_EQ(ls_buffer_error(&page), -EINVAL);
	begin();
	for (int i = 0; i <= LS_HTML_DEPTH_MAX; i++)
		ls_html_open(&h, "div");
	CHECK_INT_EQ(ls_buffer_error(&page), -EINVAL);
}

TEST(a_page_allows_its_own_style_and_nothing_else)
{
	static const struct ls_html_page plain = { .title = "A <page>" };
	static const struct ls_html_page rich = {
		.title = "B", .style = "p{color:red}", .script = "alert(1)", .base = "../"
	};
	begin();
	ls_html_begin_page(&h, &plain);
	CHECK_INT_EQ(ls_html_end_page(&h, &plain), 0);
	CHECK_STR_HAS(ls_buffer_str(&page), "<title>A &lt;page&gt;</title>");
	CHECK_STR_HAS(ls_buffer_str(&page),
		      "default-src 'none'; form-action 'none'; style-src 'sha256-");
	CHECK_STR_HAS(ls_buffer_str(&page), "; base-uri 'none'\"/>");
	CHECK(!strstr(ls_buffer_str(&page), "script"));
	CHECK_STR_HAS(ls_buffer_str(&page), "</body></html>\n");
	begin();
	ls_html_begin_page(&h, &rich);
	ls_html_open(&h, "p");
	CHECK_INT_EQ(ls_html_end_page(&h, &rich), 0);
	/* printf %s 'alert(1)' | openssl dgst -sha256 -binary | base64 */
	CHECK_STR_HAS(ls_buffer_str(&page),
		      "script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='");
	CHECK_STR_HAS(ls_buffer_str(&page), "</p><script>alert(1)</script>\n</body></html>\n");
}

TEST(frames_are_allowed_where_a_page_says_so)
{
	static const struct ls_html_page outer = { .title = "A", .frames = true };
	static const struct ls_html_page inner = { .title = "B", .base = "../", .framed = true };
	_cleanup_buffer_ struct ls_buffer row;
	ls_buffer_init(&row, 100);
	ls_buffer_add_str(&row, "<tr></tr>");
	begin();
	ls_html_begin_page(&h, &outer);
	ls_html_open(&h, "table");
	ls_html_written(&h, &row);
	CHECK_INT_EQ(ls_html_end_page(&h, &outer), 0);
	CHECK_STR_HAS(ls_buffer_str(&page), "; frame-src 'self' file:; base-uri 'none'\"/>");
	CHECK_STR_HAS(ls_buffer_str(&page), "<table><tr></tr></table></body>");
	begin();
	ls_html_begin_page(&h, &inner);
	CHECK_INT_EQ(ls_html_end_page(&h, &inner), 0);
	CHECK(!strstr(ls_buffer_str(&page), "frame-src"));
	CHECK_STR_HAS(ls_buffer_str(&page), "<base href=\"../\" target=\"_top\"/>");
}

TEST(a_time_can_be_read_by_people_and_programs)
{
	begin();
	ls_html_time(&h, 1772634139, " UTC");
	ls_html_time(&h, 0, "");
	CHECK_STR_EQ(ls_buffer_str(&page),
		     "<time datetime=\"2026-03-04T14:22:19Z\">2026-03-04 14:22:19 UTC</time>"
		     "<time datetime=\"1970-01-01T00:00:00Z\">1970-01-01 00:00:00</time>");
}

TEST(long_numbers_are_grouped)
{
	static const struct {
		uint64_t value;
		const char *wanted;
	} cases[] = { { 0, "0" },
		      { 999, "999" },
		      { 1000, "1,000" },
		      { 123456, "123,456" },
		      { UINT64_MAX, "18,446,744,073,709,551,615" } };
	char buffer[LS_GROUPED_SIZE];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_STR_EQ(ls_grouped(cases[i].value, buffer), cases[i].wanted);
}

TEST(the_style_can_stand_in_a_page_of_xml)
{
	CHECK(!strpbrk(ls_page_style, "<&"));
}

TEST_MAIN()
