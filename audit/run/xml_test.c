/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/xml.h"

#include <errno.h>

#include "lib/base/buffer.h"
#include "lib/base/test.h"

/* What was told, as "<a id=7 <a/b=text> ..." */
static int on_start(void *context, const struct ls_xml_node *node)
{
	size_t length;
	const char *id = ls_xml_attribute(node, "id", &length);
	ls_buffer_printf(context, "<%s", node->path);
	if (id)
		ls_buffer_printf(context, " id=%.*s", (int)length, id);
	ls_buffer_add_str(context, " ");
	return strcmp(node->path, "a/stop") == 0 ? 7 : 0;
}

static int on_end(void *context, const struct ls_xml_node *node)
{
	CHECK(ls_xml_attribute(node, "id", &(size_t){ 0 }) == NULL);
	ls_buffer_printf(context, "%s=%.*s> ", node->path, (int)node->length, node->text);
	return 0;
}

static const struct ls_xml_handler handler = { on_start, on_end };

static int read_text(const char *text, size_t size, struct ls_buffer *told, struct ls_error *err)
{
	ls_buffer_init(told, 1 << 20);
	return ls_xml_read(text, size, &handler, told, err);
}

static void check(const char *text, const char *wanted)
{
	_cleanup_buffer_ struct ls_buffer told;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(read_text(text, strlen(text), &told, &err), 0);
	CHECK_STR_EQ(ls_buffer_str(&told), wanted);
}

static void refuse(const char *text, size_t size, int code, const char *id, const char *message)
{
	_cleanup_buffer_ struct ls_buffer told;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(read_text(text, size, &told, &err), code);
	CHECK_STR_EQ(err.id, id);
	CHECK_STR_HAS(err.message, message);
}

TEST(elements_are_told_in_order)
{
	check("<a><b id='7'> x &lt; &#233; </b><b/></a>",
	      "<a <a/b id=7 a/b=x < \xc3\xa9> <a/b a/b=> a=> ");
	check("<a id='&amp;&lt;&#38;&quot;'/>", "<a id=&<&\" a=> ");
	check("<r:a xmlns:r='http://x'><r:b><![CDATA[<]]>2</r:b>tail</r:a>",
	      "<a <a/b a/b=<2> a=tail> ");
}

TEST(other_encodings_are_read)
{
	check("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", "<a a=\xc3\xa9> ");
	_cleanup_buffer_ struct ls_buffer told;
	CHECK_INT_EQ(read_text("\xff\xfe<\0a\0/\0>\0", 10, &told, NULL), 0);
	CHECK_STR_EQ(ls_buffer_str(&told), "<a a=> ");
}

TEST(what_a_handler_returns_ends_it)
{
	_cleanup_buffer_ struct ls_buffer told;
	const char *text = "<a><b/><stop/><c/></a>";
	CHECK_INT_EQ(read_text(text, strlen(text), &told, NULL), 7);
	CHECK_STR_EQ(ls_buffer_str(&told), "<a <a/b a/b=> <a/stop ");
}

TEST(document_types_and_with_them_entities_are_refused)
{
	static const char *const bad[] = {
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
		"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
		"<!DOCTYPE a [<!ENTITY x 'ha'><!ENTITY y '&x;&x;&x;&x;'>]><a>&y;</a>",
		"<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/x'> %p;]><a/>",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(bad[i], strlen(bad[i]), -EBADMSG, "report.xml.doctype",
		       "document type declaration");
}

TEST(malformed_documents_are_refused_with_the_line)
{
	refuse("<a>\n<b></a>", 11, -EBADMSG, "report.xml.malformed", "line 2: ");
	refuse("<a><b>", 6, -EBADMSG, "report.xml.malformed", "line 1: ");
	refuse("", 0, -EBADMSG, "report.xml.malformed", "empty");
	refuse("<a>&none;</a>", 13, -EBADMSG, "report.xml.malformed", "none");
	refuse("<a/><a/>", 8, -EBADMSG, "report.xml.malformed", "line 1: ");
	refuse("<a>\0</a>", 8, -EBADMSG, "report.xml.malformed", "line 1: ");
	refuse("<a>\xff</a>", 8, -EBADMSG, "report.xml.malformed", "line 1: ");
	refuse("text", 4, -EBADMSG, "report.xml.malformed", "line 1: ");
}

TEST(depth_names_and_text_are_limited)
{
	static char deep[3 * LS_XML_DEPTH_MAX + 4];
	for (size_t i = 0; i < sizeof(deep); i++)
		deep[i] = "<d>"[i % 3];
	refuse(deep, sizeof(deep), -EFBIG, "report.xml.depth", "in more than 32 others");
	static char name[3000] = "<";
	memset(name + 1, 'n', sizeof(name) - 3);
	name[sizeof(name) - 2] = '/';
	name[sizeof(name) - 1] = '>';
	refuse(name, sizeof(name), -EFBIG, "report.xml.depth", "names too long");
	size_t n = LS_XML_TEXT_MAX + 100;
	char *text = malloc(n);
	REQUIRE(text != NULL);
	memset(text, 'x', n);
	memcpy(text, "<a>", 3);
	refuse(text, n, -EFBIG, "report.xml.text", "bytes of text");
	free(text);
}

TEST(paths_are_compared)
{
	const struct ls_xml_node node = { .path = "a/b/c" };
	CHECK(ls_xml_is(&node, "a/b/c"));
	CHECK(!ls_xml_is(&node, "a/b"));
	CHECK(ls_xml_ends(&node, "c"));
	CHECK(ls_xml_ends(&node, "b/c"));
	CHECK(!ls_xml_ends(&node, "a/b/c"));
	CHECK(!ls_xml_ends(&node, "/c"));
}

TEST_MAIN()
