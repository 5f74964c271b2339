/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/molecule/molecules.h"
#include "audit/verify/pool.h"

/* A record, and what is told of it. */
struct item {
	struct ls_dna_record record; /* owned */
	char *text;		     /* owned */
	size_t size;
	int status, rc;
};

struct batch {
	const struct ls_dna_records_user *user;
	unsigned threads;
	size_t count, bases;
	struct ls_error *err;
	struct item items[LS_DNA_RECORDS_AHEAD];
};

static int out_of_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "memory", "out of memory");
}

static void item_free(struct item *i)
{
	ls_molecule_free(&i->record.molecule);
	ls_genbank_free(&i->record.genbank);
	free(i->text);
}

static void verify_items(void *context, unsigned worker, uint64_t first, uint64_t end)
{
	struct batch *b = context;
	(void)worker;
	for (uint64_t k = first; k < end; k++) {
		struct item *i = &b->items[k];
		FILE *out = open_memstream(&i->text, &i->size);
		i->rc = out ? b->user->each(b->user->context, &i->record, out, &i->status)
			    : -ENOMEM;
		if (out && fclose(out) != 0)
			i->rc = -ENOMEM;
	}
}

/* All that wait are verified and told; what ended one ends it there. */
static int flush(struct batch *b)
{
	int rc = 0;
	ls_pool_run(b->threads, b->count, 1, verify_items, b);
	for (size_t k = 0; k < b->count; k++) {
		struct item *i = &b->items[k];
		if (rc == 0 && i->text)
			b->user->told(b->user->context, i->text, i->size, i->status);
		if (rc == 0)
			rc = i->rc;
		item_free(i);
	}
	b->count = b->bases = 0;
	return rc == -ENOMEM ? out_of_memory(b->err) : rc;
}

static struct item *add(struct batch *b, const char *name)
{
	struct item *i = &b->items[b->count++];
	memset(i, 0, sizeof *i);
	ls_molecule_init(&i->record.molecule);
	snprintf(i->record.molecule.name, sizeof i->record.molecule.name, "%s", name);
	return i;
}

static int flush_full(struct batch *b)
{
	bool full = b->count == LS_DNA_RECORDS_AHEAD || b->bases >= LS_DNA_RECORDS_BASES_AHEAD;
	return full ? flush(b) : 0;
}

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank)
{
	struct batch *b = context;
	struct ls_dna_record *r = &add(b, m->name)->record;
	r->molecule.topology = m->topology;
	r->has_genbank = genbank != NULL;
	b->bases += m->bases.size;
	if (ls_buffer_add(&r->molecule.bases, m->bases.data, m->bases.size) < 0 ||
	    (genbank && ls_genbank_copy_features(genbank, &r->genbank) < 0))
		return out_of_memory(b->err);
	return flush_full(b);
}

static int failed(void *context, const char *name, const struct ls_error *why)
{
	struct batch *b = context;
	struct ls_dna_record *r = &add(b, name)->record;
	r->unread = true;
	r->why = *why;
	return flush_full(b);
}

int ls_dna_records_read(const char *path, unsigned threads, const struct ls_dna_records_user *user,
			struct ls_error *err)
{
	struct batch *b = malloc(sizeof *b);
	struct ls_error own = { 0 };
	if (!b)
		return out_of_memory(err);
	b->user = user;
	b->threads = threads;
	b->err = &own;
	b->count = b->bases = 0;
	const struct ls_molecule_taker taker = { .take = take, .failed = failed, .context = b };
	int rc = ls_molecules_read(path, &taker, err);
	/* what was read before a file's fault is told, unless that is what ended it */
	int last = own.code < 0 ? 0 : flush(b);
	for (size_t k = 0; k < b->count; k++)
		item_free(&b->items[k]);
	if (own.code < 0 && err)
		*err = own;
	free(b);
	return own.code < 0 ? own.code : rc < 0 ? rc : last;
}
