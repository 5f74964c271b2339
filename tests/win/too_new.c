/* SPDX-License-Identifier: Apache-2.0 */
/* A program that Windows XP cannot load: GetTickCount64 came with its successor. */
#include <windows.h>

int wmain(void);

int wmain(void)
{
	return GetTickCount64() == 0;
}
