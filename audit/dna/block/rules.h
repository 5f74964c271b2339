/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a maker of DNA can make (docs/formats/dna-rules.md): GC content in windows, runs, repeats,
 * sites that must not be there.  Judged are the block and its joints, not the molecule that was
 * given: what breaks a rule without touching the block is not the block's fault.
 */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_RULES_H
#define LABSEAL_AUDIT_DNA_BLOCK_RULES_H

#include <stdbool.h>

#include "audit/dna/block/repeats.h"
#include "audit/dna/molecule/base.h"
#include "lib/base/error.h"

#define LS_RULES_WINDOWS_MAX 8
#define LS_RULES_SITES_MAX   256
#define LS_RULES_SITE_MAX    64
#define LS_RULES_REPEAT_MIN  8
#define LS_RULES_REPEAT_MAX  30

struct ls_gc_window {
	size_t bases;	    /* 0: the whole block */
	unsigned low, high; /* percent, both allowed */
};
struct ls_rules_site {
	char text[LS_RULES_SITE_MAX + 1]; /* IUPAC letters, lower-case */
	uint8_t set[LS_RULES_SITE_MAX];	  /* ls_base_set() of each */
	size_t size;
	bool one_strand; /* not looked for on the other strand */
};
struct ls_rules {
	char name[64]; /* "twist", or the file's */
	struct ls_gc_window windows[LS_RULES_WINDOWS_MAX];
	size_t window_count;
	unsigned run[4]; /* the longest run of each base; 0: any */
	unsigned repeat; /* longest stretch that may be there twice, either strand; 0: any */
	unsigned tandem2, tandem3;   /* most copies in a row of two, of three bases; 0: any */
	struct ls_rules_site *sites; /* owned */
	size_t site_count;
};
void ls_rules_free(struct ls_rules *r);
#define _cleanup_rules_ __attribute__((cleanup(ls_rules_free)))

/* "twist", "idt", "none", or a file's path.  0, -EBADMSG with line and reason, -ENOENT..., -ENOMEM.
 */
int ls_rules_load(const char *name, struct ls_rules *ret, struct ls_error *err);
/* A file's text.  name is for messages. */
int ls_rules_parse(const char *name, const uint8_t *bytes, size_t size, struct ls_rules *ret,
		   struct ls_error *err);
/* Add a site by hand: IUPAC letters.  -EINVAL: it is none; -ENOMEM. */
int ls_rules_add_site(struct ls_rules *r, const char *site, struct ls_error *err);

enum ls_rule {
	LS_RULE_GC,
	LS_RULE_RUN,
	LS_RULE_TANDEM,
	LS_RULE_SITE,
	LS_RULE_REPEAT,
	LS_RULE_TAG,
	LS_RULE_COUNT
};

/* A block between what precedes and follows it, as far as it is made yet. */
struct ls_ruled {
	const uint8_t *bases;
	size_t n;
	size_t block;			   /* where the block begins in bases ... */
	size_t end;			   /* ... and ends; n when its end is not made yet */
	size_t checked;			   /* what ends before this was checked before */
	bool complete;			   /* the end is made, and what follows it is there */
	const struct ls_repeats *molecule; /* NULL: repeats are not looked for */
	/* the block's own stretches that end before checked; NULL: it has to be gone through again
	 */
	const struct ls_repeats *own;
};

/*
 * Is all well?  A window of GC counts where at least half of it is the block's; all else where a
 * base of it is.  0; -EDOM: err names rule and place (from the block's first base, counted from 1),
 * and *ret_rule the rule; -ENOMEM.
 */
int ls_rules_check(const struct ls_rules *r, const struct ls_ruled *what, enum ls_rule *ret_rule,
		   struct ls_error *err);

#endif
