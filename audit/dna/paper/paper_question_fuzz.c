/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No question makes the program do anything but answer, and what was not signed does not verify. */
#include <stdlib.h>

#include "audit/dna/paper/bn158.h"
#include "audit/dna/paper/question.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int started;
	uint8_t answer[LS_PAPER_ANSWER_MAX];
	if (!started++)
		ls_bn158_init();
	size_t n = ls_paper_answer_question(data, size, answer);
	if (n == 0 || n > sizeof(answer) ||
	    (size > 0 && data[0] == LS_PAPER_ASK_VERIFY && answer[0] == LS_PAPER_OK))
		abort();
	return 0;
}
