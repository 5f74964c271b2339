/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question's bytes, answered. */
#ifndef LABSEAL_AUDIT_DNA_PAPER_QUESTION_H
#define LABSEAL_AUDIT_DNA_PAPER_QUESTION_H

#include <stddef.h>
#include <stdint.h>

#include "audit/dna/scheme/paper_messages.h"

/* How many bytes follow a question's first one; 0: there is no such question. */
size_t ls_paper_question_size(uint8_t first);

/* The answer's size; LS_PAPER_NOT_ASKED alone for what is no question. */
size_t ls_paper_answer_question(const uint8_t *question, size_t n,
				uint8_t answer[static LS_PAPER_ANSWER_MAX]);

#endif
