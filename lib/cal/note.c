/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cal/trace_internal.h"

#define WORDS_MAX 1024
#define NOTES_FEW 32 /* a power of two: most lists are not longer */

/* Room for one more; NULL: out of memory. */
static struct ls_cal_note *next_note(struct ls_cal_notes *notes)
{
	if (notes->count == 0 ||
	    (notes->count >= NOTES_FEW && (notes->count & (notes->count - 1)) == 0)) {
		struct ls_cal_note *grown = reallocarray(
			notes->notes, notes->count ? 2 * notes->count : NOTES_FEW, sizeof(*grown));
		if (!grown)
			return NULL;
		notes->notes = grown;
	}
	return &notes->notes[notes->count];
}

void ls_cal_note(struct ls_cal_notes *notes, enum ls_cal_check_id check,
		 enum ls_cal_outcome outcome, unsigned subject, const char *format, ...)
{
	char text[WORDS_MAX]; /* most notes have no words: it is not cleared */
	text[0] = '\0';
	struct ls_cal_note *note = next_note(notes);
	if (format) {
		va_list args;
		va_start(args, format);
		vsnprintf(text, sizeof(text), format, args);
		va_end(args);
	}
	char *words = text[0] ? strdup(text) : NULL;
	if (!note || (text[0] && !words)) {
		free(words);
		notes->failed = true;
		return;
	}
	*note = (struct ls_cal_note){ .check = check,
				      .outcome = ls_cal_trust_severity(notes->trust, check,
								       outcome),
				      .subject = (uint8_t)subject,
				      .words = words };
	notes->count++;
}

void ls_cal_notes_free(struct ls_cal_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		free(notes->notes[i].words);
	free(notes->notes);
	notes->notes = NULL;
	notes->count = 0;
}

size_t ls_cal_notes_size(const struct ls_cal_notes *notes)
{
	size_t size = 2 * notes->count * sizeof(*notes->notes);
	for (size_t i = 0; i < notes->count; i++)
		size += notes->notes[i].words ? strlen(notes->notes[i].words) + 1 : 0;
	return size;
}
