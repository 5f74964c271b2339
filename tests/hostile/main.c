/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal-hostile: the attacks of a hostile guest, each followed by an honest
 * file (docs/architecture.md says where it runs; tests/e2e/60-hostile.sh judges).
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/number.h"
#include "tests/hostile/attacks.h"

#define CONTENT_MAX (1u << 20)

/*
 * Events are limited, so what is to be on record with its own event comes before
 * what only causes many.
 */
static const struct {
	const char *name;
	attack *run;
} attacks[] = {
	{ "reads", attack_reads },
	{ "hide", attack_hide },
	{ "names", attack_names },
	{ "duplicates", attack_duplicates },
	{ "interleaved", attack_interleaved },
	{ "contents", attack_contents },
	{ "numbers", attack_numbers },
	{ "random", attack_random },
	{ "fields", attack_fields },
	{ "claims", attack_claims },
	{ "lengths", attack_lengths },
	{ "cut", attack_cut },
	{ "slow", attack_slow },
	{ "space", attack_space },
	{ "begins", attack_begins },
	{ "refusals", attack_refusals },
	{ "hellos", attack_hellos },
	{ "beats", attack_beats },
	{ "flood", attack_flood },
	{ "allowance", attack_allowance },
};
#define ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

static int usage(void)
{
	fputs("Usage: labseal-hostile --port PATH [--long] [--seconds N] [--seed N] [--only NAME]\n"
	      "       labseal-hostile --list | --honest N\n",
	      stderr);
	return 2;
}

static int list(void)
{
	for (unsigned i = 0; i < ATTACKS; i++)
		printf("%02u %s\n", i + 1, attacks[i].name);
	return 0;
}

/* What the host is to receive. */
static int print_honest(uint64_t number)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, CONTENT_MAX);
	if (number < 1 || number > ATTACKS)
		return usage();
	if (honest_content((unsigned)number, attacks[number - 1].name, &b) < 0 ||
	    fwrite(b.data, 1, b.size, stdout) != b.size)
		return 1;
	return 0;
}

/* What came of each attack goes into figures, a line. */
static void attack_once(struct guest *g, unsigned i, struct ls_buffer *figures)
{
	char name[64];
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, CONTENT_MAX);
	int64_t began = guest_clock();
	uint64_t before = g->written;
	guest_new_session(g);
	attacks[i].run(g);
	guest_flush(g);
	honest_name(i + 1, attacks[i].name, name);
	honest_content(i + 1, attacks[i].name, &b);
	honest_file(g, name, b.data, b.size);
	ls_buffer_printf(figures, "%s %lld ms %llu bytes\n", attacks[i].name,
			 (long long)(guest_clock() - began) / 1000000,
			 (unsigned long long)(g->written - before));
}

static int run(struct guest *g, const char *only)
{
	guest_random_bytes(g, g->honest_session, sizeof(g->honest_session));
	_cleanup_buffer_ struct ls_buffer figures;
	ls_buffer_init(&figures, CONTENT_MAX);
	guest_open(g);
	for (unsigned i = 0; i < ATTACKS; i++) {
		if (i == ATTACKS - 1) /* after the last one nothing is accepted */
			honest_file(g, "figures.txt", figures.data, figures.size);
		if (!only || strcmp(only, attacks[i].name) == 0)
			attack_once(g, i, &figures);
	}
	return ls_buffer_error(&figures) < 0;
}

static uint64_t number(const char *text)
{
	uint64_t value;
	if (ls_parse_u64(text, strlen(text), &value) < 0)
		exit(usage());
	return value;
}

int main(int argc, char **argv)
{
	static struct guest g = { .seconds = 5, .random = 1 };
	static const struct option options[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "long", no_argument, NULL, 'l' },
		{ "seconds", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "only", required_argument, NULL, 'o' },
		{ "list", no_argument, NULL, 'L' },
		{ "honest", required_argument, NULL, 'H' },
		{ NULL, 0, NULL, 0 },
	};
	const char *only = NULL;
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'p': g.port_path = optarg; break;
		case 'l': g.is_long = true; break;
		case 't': g.seconds = (unsigned)number(optarg); break;
		case 's': g.random = number(optarg) + 1; break;
		case 'o': only = optarg; break;
		case 'L': return list();
		case 'H': return print_honest(number(optarg));
		default: return usage();
		}
	}
	return g.port_path && optind == argc ? run(&g, only) : usage();
}
