/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "tests/hostile/attacks.h"

#define MIXED 6 /* files open at one time: two more than allowed */

/* --- hiding ----------------------------------------------------------------------------------- */

/*
 * The detail of the event that a refused file becomes, word for word, sent
 * before as a file of no session under the number that the event would have.
 */
void attack_hide(struct guest *g)
{
	char session[2 * LS_FRAME_SESSION_SIZE + 1], sha256[2 * LS_DIGEST_SIZE + 1], detail[512];
	uint64_t number = 0, too_large = POLICY_FILE_SIZE + 1;
	struct ls_begin refused = guest_claim("hidden.txt", 10, "x", 1);
	refused.size = too_large;
	ls_hex_encode(g->session, sizeof(g->session), session);
	ls_hex_encode(refused.sha256.bytes, LS_DIGEST_SIZE, sha256);
	snprintf(detail, sizeof(detail),
		 "{\"name\":\"hidden.txt\",\"number\":7,\"reason\":\"size\",\"session\":\"%s\","
		 "\"sha256\":\"%s\",\"size\":%llu}",
		 session, sha256, (unsigned long long)too_large);
	struct ls_begin begin = guest_claim("hide.txt", 8, detail, strlen(detail));
	uint8_t own[LS_FRAME_SESSION_SIZE];
	memcpy(own, g->session, sizeof(own));
	memset(g->session, 0, sizeof(g->session));
	memcpy(&number, begin.sha256.bytes, sizeof(number));
	guest_put_file(g, number, &begin, detail, strlen(detail));
	guest_flush(g);
	guest_sleep(1000);
	memcpy(g->session, own, sizeof(own));
	guest_put_begin(g, 7, &refused);
}

/* --- names --------------------------------------------------------------------------------------
 */

struct name {
	const char *bytes;
	size_t size;
};
#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

static const struct name names[] = {
	/* separators and drives */
	NAME("../../../../etc/cron.d/a.txt"),
	NAME("/etc/passwd.txt"),
	NAME("..\\..\\windows\\system32\\a.txt"),
	NAME("C:\\boot.txt"),
	NAME("\\\\server\\share\\a.txt"),
	NAME("\\\\?\\C:\\a.txt"),
	NAME("a/../b.txt"),
	NAME("a//b.txt"),
	NAME("a:stream.txt"),
	NAME("original/record.json.txt"),
	/* NUL and other control characters */
	NAME("nul\0byte.txt"),
	NAME("\0.txt"),
	NAME("line\nfeed.txt"),
	NAME("carriage\rreturn.txt"),
	NAME("\x1b[31mred\x1b[0m.txt"),
	NAME("bell\a\b\x7f.txt"),
	NAME("c1\xc2\x85\xc2\x9b.txt"),
	/* devices */
	NAME("CON.txt"),
	NAME("nul.txt"),
	NAME("COM1.txt"),
	NAME("lpt9.tar.txt"),
	NAME("aux.txt"),
	NAME("CONIN$.txt"),
	NAME("con .txt"),
	/* order and visibility */
	NAME("\xe2\x80\xaetxt.exe.txt"),
	NAME("a\xe2\x80\x8f"
	     "b.txt"),
	NAME("\xe2\x81\xa6i\xe2\x81\xa9.txt"),
	NAME("zero\xe2\x80\x8bwidth\xef\xbb\xbf.txt"),
	NAME("\xe2\x80\xa8line.txt"),
	NAME("\xf3\xa0\x80\x81tag.txt"),
	/* encodings */
	NAME("\xff\xfe.txt"),
	NAME("\xc0\xafoverlong.txt"),
	NAME("\xed\xa0\x80surrogate.txt"),
	NAME("\xf4\x90\x80\x80"
	     "beyond.txt"),
	NAME("\xe2\x82.txt"),
	NAME("\xc3\xa4o\xcc\x88\xf0\x9f\x92\xa9.txt"),
	NAME("%2e%2e%2f.txt"),
	/* shells, pages, formats */
	NAME("<script>alert(1)</script>.txt"),
	NAME("\"><img src=x onerror=alert(1)>.txt"),
	NAME("&lt;b&gt;'.txt"),
	NAME("javascript:alert(1).txt"),
	NAME("$(reboot)`reboot`;reboot|reboot.txt"),
	NAME("-rf *.txt"),
	NAME("--help.txt"),
	NAME("=cmd|' /C calc'!A0.txt"),
	NAME("%s%n%x.txt"),
	NAME("{\"a\":1}.txt"),
	NAME("  manifest.sha256  0000.txt"),
	/* names of the share's own */
	NAME("manifest.sha256.txt"),
	NAME(".htaccess.txt"),
	NAME("desktop.ini.txt"),
	NAME("."),
	NAME(".."),
	NAME("/"),
	NAME(""),
	NAME(".txt"),
	NAME("...txt.txt"),
	NAME("a.txt "),
	NAME("a.txt."),
	NAME("refused.exe"),
};

static void put_named(struct guest *g, uint64_t number, const char *name, size_t size)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "names %llu\n", (unsigned long long)number);
	struct ls_begin begin = guest_claim(name, size, text, (size_t)n);
	guest_put_file(g, number, &begin, text, (size_t)n);
}

/* The longest that is allowed, one byte more, the longest of the wire. */
static void put_long_names(struct guest *g, uint64_t number)
{
	static const size_t sizes[] = { POLICY_NAME_SIZE, POLICY_NAME_SIZE + 1, LS_WIRE_NAME_MAX };
	char name[LS_WIRE_NAME_MAX];
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(name, i == 0 ? '\x80' : 'n', sizeof(name));
		memcpy(name + sizes[i] - 4, ".txt", 4);
		put_named(g, number++, name, sizes[i]);
	}
}

void attack_names(struct guest *g)
{
	uint64_t number = 1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		put_named(g, number++, names[i].bytes, names[i].size);
	put_long_names(g, number);
	/* 64 Ki code units are more than a frame carries; so many as fit */
	static uint8_t payload[LS_FRAME_PAYLOAD_MAX];
	memset(payload, 'n', sizeof(payload));
	guest_put_frame(g, LS_FRAME_BEGIN, 500, 0, payload, sizeof(payload));
}

/* --- numbers -------------------------------------------------------------------------------------
 */

void attack_duplicates(struct guest *g)
{
	for (unsigned i = 0; i < 20; i++) {
		char text[64];
		snprintf(text, sizeof(text), "content %u of one number\n", i);
		guest_put_text(g, 1, "duplicate.txt", text);
		guest_flush(g);
		guest_sleep(50); /* each for itself: a batch is judged as a whole */
	}
	for (unsigned i = 0; i < 50; i++)
		guest_put_text(g, 2, "again.txt", "the same file again and again\n");
	for (unsigned i = 0; i < 50; i++)
		guest_put_text(g, 3, "again.exe", "the same refusal again and again\n");
	for (unsigned i = 0; i < 20; i++)
		guest_put_text(g, 0, "zero.txt", "the number zero\n");
}

void attack_numbers(struct guest *g)
{
	static const uint64_t numbers[] = { 1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 1,
					    UINT64_MAX };
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct ls_beat beat = { .last = numbers[i], .sent = numbers[i] };
		char text[64];
		snprintf(text, sizeof(text), "number %llu\n", (unsigned long long)numbers[i]);
		guest_put_text(g, numbers[i], "number.txt", text);
		guest_put_beat(g, &beat);
	}
	/* back again, and the chain of another history */
	struct ls_beat beat = { .last = 1, .sent = 1 };
	memset(&beat.chain, 0x55, sizeof(beat.chain));
	guest_put_beat(g, &beat);
	struct ls_hello hello = { .run_id = "numbers", .version = { "hostile", 7 }, .last = 1 };
	guest_put_hello(g, &hello);
}

/* --- bytes
 * ---------------------------------------------------------------------------------------- */

struct mixed {
	char text[64];
	struct ls_begin begin;
};

/* Three files at one time are allowed, and arrive. */
static void put_mixed(struct guest *g, struct mixed *files, unsigned count, uint64_t first)
{
	for (unsigned i = 0; i < count; i++) {
		memset(files[i].text, (int)('a' + i + first), sizeof(files[i].text));
		files[i].begin = guest_claim("mixed.txt", 9, files[i].text, sizeof(files[i].text));
		guest_put_begin(g, first + i, &files[i].begin);
	}
	for (size_t at = 0; at < sizeof(files[0].text); at++)
		for (unsigned i = 0; i < count; i++)
			guest_put_frame(g, LS_FRAME_DATA, first + i, at, files[i].text + at, 1);
	for (unsigned i = count; i-- > 0;)
		guest_put_end(g, first + i, sizeof(files[i].text), &files[i].begin.sha256);
}

/* DATA left out, doubled, swapped, of a file that was aborted or begun anew. */
static void put_disordered(struct guest *g)
{
	char text[100];
	memset(text, 'd', sizeof(text));
	struct ls_begin begin = guest_claim("disordered.txt", 14, text, sizeof(text));
	static const unsigned orders[][4] = {
		{ 0, 50, 50, 0 },  { 50, 0, 0, 50 }, { 0, 0, 50, 50 },
		{ 0, 25, 75, 75 }, { 0, 0, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		guest_put_begin(g, 20, &begin);
		for (size_t k = 0; k < 3; k++)
			guest_put_frame(g, LS_FRAME_DATA, 20, orders[i][k], text, 25);
		guest_put_end(g, 20, sizeof(text), &begin.sha256);
	}
	guest_put_begin(g, 21, &begin);
	guest_put_abort(g, 21, LS_ABORT_UNREADABLE);
	guest_put_data(g, 21, text, sizeof(text));
	guest_put_end(g, 21, sizeof(text), &begin.sha256);
	guest_put_begin(g, 22, &begin);
	guest_put_data(g, 22, text, 50);
	guest_put_begin(g, 22, &begin);
	guest_put_frame(g, LS_FRAME_DATA, 22, 50, text, 50);
	guest_put_end(g, 22, sizeof(text), &begin.sha256);
	/* and cut before each of its frames' last */
	guest_put_begin(g, 23, &begin);
	guest_put_data(g, 23, text, sizeof(text));
}

void attack_interleaved(struct guest *g)
{
	struct mixed files[MIXED];
	put_mixed(g, files, POLICY_OPEN_FILES - 1, 1);
	put_disordered(g);
	put_mixed(g, files, MIXED, 10);
}

void attack_contents(struct guest *g)
{
	static uint8_t bytes[POLICY_FILE_SIZE / 4];
	for (uint64_t i = 1; i <= guest_times(g, 5, 200); i++) {
		struct ls_begin begin = guest_claim("content.txt", 11, "announced", 9);
		begin.sha256.bytes[0] ^= (uint8_t)i;
		begin.size = sizeof(bytes);
		memset(bytes, (int)i, sizeof(bytes));
		guest_put_file(g, i, &begin, bytes, sizeof(bytes));
	}
}
