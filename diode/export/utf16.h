/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows' names to UTF-8 and back, without loss: Windows takes any 16-bit units
 * as a name, so a surrogate that stands alone becomes three bytes as any other
 * unit would (known as WTF-8).  The host never trusts a name to be UTF-8.
 */
#ifndef LABSEAL_DIODE_EXPORT_UTF16_H
#define LABSEAL_DIODE_EXPORT_UTF16_H

#include <stddef.h>
#include <stdint.h>

/*
 * Up to the NUL, which is put, too.  0; -ENAMETOOLONG: the buffer is too small,
 * which 3 bytes a unit (or 1 unit a byte) and one for the NUL never are;
 * -EILSEQ: not UTF-8.  The buffer is undefined then.
 */
int ls_utf16_to_utf8(const uint16_t *text, char *buffer, size_t size);
int ls_utf8_to_utf16(const char *text, uint16_t *buffer, size_t units);

#endif
