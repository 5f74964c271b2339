/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/whereabouts.h"

#include <errno.h>
#include <string.h>

#include "audit/dna/block/edits.h"
#include "audit/dna/command_internal.h"
#include "audit/dna/report.h"

#define SHOWN	  40	     /* letters of a difference */
#define GUESSES	  16	     /* at where a circular molecule begins */
#define EDITS_MAX (1u << 20) /* bytes */

struct looking {
	const struct ls_molecule *seen;
	FILE *out;
	json_t *all;
	size_t count;
	struct ls_error err;
};

/* One difference: `was` of the original, from base `at` (from 0) on, are `is` of what was seen. */
struct found {
	size_t at, was_size, is_size;
	char was[SHOWN + 4], is[SHOWN + 4];
	json_t *features; /* owned */
};

static void cut(char text[static SHOWN + 4], size_t size)
{
	memcpy(text + (size < SHOWN ? size : SHOWN), size > SHOWN ? "..." : "",
	       size > SHOWN ? 4 : 1);
}

static void add_feature(void *context, const struct ls_feature *f)
{
	char label[128], key[128];
	json_t *one = json_pack("{s:s, s:s}", "key", ls_dna_plain(f->key, key, sizeof key), "label",
				ls_dna_show(f->label, label, sizeof label));
	size_t i;
	json_t *other;
	json_array_foreach(context, i, other) if (json_equal(one, other))
	{
		json_decref(one);
		return;
	}
	json_array_append_new(context, one);
}

/* Each feature that has a base of it, once; of an insertion, that has the base behind it. */
static void find_features(const struct ls_genbank *g, struct found *f)
{
	size_t size = f->was_size > 0 ? f->was_size : 1;
	f->features = json_array();
	for (size_t i = 0; g && i < size && i < 100000; i++)
		ls_dna_features_at(g, f->at + i, add_feature, f->features);
}

static void tell(struct looking *l, const struct found *f)
{
	size_t i;
	json_t *feature;
	if (l->out) {
		fprintf(l->out, "  against     base %zu: '%s' in the original, '%s' seen",
			f->at + 1, f->was, f->is);
		json_array_foreach(f->features, i, feature)
			fprintf(l->out, "%s%s '%s'", i ? ", " : " in ",
				json_string_value(json_object_get(feature, "key")),
				json_string_value(json_object_get(feature, "label")));
		fprintf(l->out, "\n");
	}
	if (l->all)
		json_array_append_new(l->all, json_pack("{s:I, s:I, s:s, s:I, s:s, s:O}", "base",
							(json_int_t)f->at + 1, "original_bases",
							(json_int_t)f->was_size, "original", f->was,
							"seen_bases", (json_int_t)f->is_size,
							"seen", f->is, "features", f->features));
}

static void tell_edits(struct looking *l, const struct ls_buffer *original,
		       const struct ls_genbank *g, const struct ls_buffer *edits)
{
	struct ls_reader r;
	struct ls_edit e;
	size_t at = 0;
	ls_reader_init(&r, edits->data, edits->size);
	while (ls_edits_next(&r, &e) == 0) {
		struct found f = { .at = at + e.keep, .was_size = e.drop, .is_size = e.put_size };
		uint8_t put[SHOWN];
		size_t shown = e.put_size < SHOWN ? e.put_size : SHOWN;
		at += e.keep + e.drop;
		if (l->count++ >= LS_WHEREABOUTS_MAX)
			continue;
		ls_bases_pack(e.put, 2 * shown, put);
		for (size_t i = 0; i < shown; i++)
			f.is[i] = ls_base_letter(put[i]);
		for (size_t i = 0; i < e.drop && i < SHOWN; i++)
			f.was[i] = ls_base_letter(original->data[f.at + i]);
		cut(f.is, e.put_size);
		cut(f.was, e.drop);
		find_features(g, &f);
		tell(l, &f);
		json_decref(f.features);
	}
	if (l->out && l->count > LS_WHEREABOUTS_MAX)
		fprintf(l->out, "  against     and %zu more differences\n",
			l->count - LS_WHEREABOUTS_MAX);
}

/* The seen molecule turned to the original, where circular, and how it differs. */
static int align(struct looking *l, const struct ls_molecule *original, struct ls_buffer *edits)
{
	const struct ls_buffer *seen = &l->seen->bases;
	bool circular = original->topology != LS_LINEAR && l->seen->topology != LS_LINEAR;
	_cleanup_buffer_ struct ls_buffer turned;
	ls_buffer_init(&turned, seen->size + 1);
	int rc = -EFBIG;
	for (unsigned nth = 0; rc == -EFBIG && nth < (circular ? GUESSES : 1); nth++) {
		ls_buffer_clear(&turned);
		ls_buffer_clear(edits);
		if (ls_buffer_add(&turned, seen->data, seen->size) < 0)
			return ls_fail(&l->err, -ENOMEM, "memory", "out of memory");
		if (circular && !ls_edits_align(original->bases.data, original->bases.size,
						turned.data, turned.size, nth))
			return ls_fail(&l->err, -EFBIG, "dna.edits.many",
				       "the original has nothing in common with this molecule");
		rc = ls_edits_make(original->bases.data, original->bases.size, turned.data,
				   turned.size, edits, &l->err);
	}
	return rc;
}

static int out_of_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "memory", "out of memory");
}

/* What the reader of files calls. */
struct reading {
	struct ls_dna_original *original;
	size_t records;
	struct ls_error *err;
};

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank)
{
	struct reading *r = context;
	struct ls_dna_original *o = r->original;
	if (r->records++ > 0)
		return ls_fail(r->err, -EINVAL, "dna.against.records",
			       "the original's file has several records: give it the one alone");
	o->molecule.topology = m->topology;
	if (ls_buffer_add(&o->molecule.bases, m->bases.data, m->bases.size) < 0 ||
	    (genbank && ls_genbank_copy_features(genbank, &o->genbank) < 0))
		return out_of_memory(r->err);
	o->has_genbank = genbank;
	return 0;
}

void ls_dna_original_free(struct ls_dna_original *o)
{
	ls_molecule_free(&o->molecule);
	ls_genbank_free(&o->genbank);
}

int ls_dna_original_read(const char *path, struct ls_dna_original *ret, struct ls_error *err)
{
	struct ls_error why = { 0 };
	struct reading r = { .original = ret, .err = &why };
	const struct ls_molecule_taker taker = { .take = take, .context = &r };
	memset(ret, 0, sizeof *ret);
	ls_molecule_init(&ret->molecule);
	int rc = ls_molecules_read(path, &taker, err);
	if (rc < 0 && why.code < 0 && err)
		*err = why;
	return rc;
}

int ls_dna_whereabouts(const struct ls_dna_original *original, const struct ls_molecule *seen,
		       FILE *out, json_t *all, size_t *ret_count, struct ls_error *err)
{
	struct looking l = { .seen = seen, .out = out, .all = all };
	_cleanup_buffer_ struct ls_buffer edits;
	ls_buffer_init(&edits, EDITS_MAX);
	int rc = align(&l, &original->molecule, &edits);
	if (rc < 0) {
		if (err)
			*err = l.err;
		return rc;
	}
	tell_edits(&l, &original->molecule.bases, original->has_genbank ? &original->genbank : NULL,
		   &edits);
	*ret_count = l.count;
	return 0;
}
