/* SPDX-License-Identifier: Apache-2.0 */
/* Plays programs of Windows XP that Wine has not, for the batch files of guest-config, by its name.
 *
 * secedit: /configure takes a template over into policy.txt, /export writes it out, /analyze gives
 * mismatch.txt, where there is one, as its log.
 *
 * net: user NAME [* /add] by users.txt, localgroup GROUP [NAME /delete] by GROUP.txt.
 *
 * powercfg: /hibernate off removes hiberfil.sys.
 *
 * cscript: group.vbs SID gives the group's English name.
 *
 * reg: Wine's own, but of its queries one in N prints nothing and ends with STATUS, where reg.txt
 * is "N STATUS".
 *
 * The files are in FOLDER, in one byte a letter where Windows' own would be UTF-16. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define FOLDER "C:\\standin\\"
#define LINE   512

struct setting {
	char section[64], name[LINE], value[LINE];
};
static struct setting settings[256];
static size_t count;

static const char *option(char **argv, const char *name)
{
	for (; *argv && argv[1]; argv++)
		if (!_stricmp(*argv, name))
			return argv[1];
	return NULL;
}

static void set(const char *section, const char *name, const char *value)
{
	size_t i = 0;

	while (i < count &&
	       (strcmp(settings[i].section, section) || strcmp(settings[i].name, name)))
		i++;
	if (i == count && count < 255)
		count++;
	snprintf(settings[i].section, sizeof(settings[i].section), "%s", section);
	snprintf(settings[i].name, sizeof(settings[i].name), "%s", name);
	snprintf(settings[i].value, sizeof(settings[i].value), "%s", value);
}

static void trim(char *text)
{
	while (*text && strchr(" \r\n", text[strlen(text) - 1]))
		text[strlen(text) - 1] = 0;
}

/* [Registry Values]: MACHINE\KEY\NAME and 3,BYTE, the only type that our template has. */
static void set_registry(char *path, const char *value)
{
	char *name = strrchr(path, '\\');
	BYTE byte = (BYTE)(value[2] - '0');
	HKEY key;

	if (!name || strncmp(path, "MACHINE\\", 8) || strncmp(value, "3,", 2))
		return;
	*name++ = 0;
	if (RegCreateKeyA(HKEY_LOCAL_MACHINE, path + 8, &key))
		return;
	RegSetValueExA(key, name, 0, REG_BINARY, &byte, 1);
	RegCloseKey(key);
}

/* A template, of which every second byte is left out when it is UTF-16. */
static int take(const char *path)
{
	FILE *file = fopen(path, "rb");
	char line[LINE], section[64] = "", *equals, *value;
	size_t n = 0;
	int c;

	if (!file)
		return 1;
	while ((c = fgetc(file)) != EOF) {
		if (c && c != 0xff && c != 0xfe && n < LINE - 1)
			line[n++] = (char)c;
		if (c != '\n')
			continue;
		line[n] = 0;
		n = 0;
		trim(line);
		if (line[0] == '[') {
			snprintf(section, sizeof(section), "%.*s", (int)strcspn(line + 1, "]"),
				 line + 1);
			continue;
		}
		equals = line[0] == ';' || line[0] == '"' ? NULL : strchr(line, '=');
		if (!equals)
			continue;
		value = equals + 1 + strspn(equals + 1, " ");
		*equals = 0;
		trim(line);
		if (strcmp(section, "Registry Values"))
			set(section, line, value);
		else
			set_registry(line, value);
	}
	fclose(file);
	return 0;
}

static int give(const char *path)
{
	FILE *file = fopen(path, "wb");
	const char *section = "";

	if (!file)
		return 1;
	for (size_t i = 0; i < count; i++) {
		if (!*settings[i].value)
			continue; /* a right that nobody has is not written, as on Windows */
		if (strcmp(section, settings[i].section))
			fprintf(file, "[%s]\r\n", settings[i].section);
		section = settings[i].section;
		fprintf(file, "%s = %s\r\n", settings[i].name, settings[i].value);
	}
	return fclose(file);
}

static int secedit(char **argv)
{
	char line[LINE];
	size_t n;
	FILE *from, *to;

	take(FOLDER "policy.txt");
	if (!strcmp(argv[1], "/export"))
		return give(option(argv, "/cfg"));
	if (!strcmp(argv[1], "/configure"))
		return take(option(argv, "/cfg")) || give(FOLDER "policy.txt");
	to = fopen(option(argv, "/log"), "wb");
	from = fopen(FOLDER "mismatch.txt", "rb");
	while (from && to && (n = fread(line, 1, sizeof(line), from)) > 0)
		fwrite(line, 1, n, to);
	return to ? fclose(to) : 1;
}

/* Whether a line of FOLDER NAME.txt is WHO; with `without`, the file is written anew without it,
 * else printed. */
static int members(const char *name, const char *who, int without, int shown)
{
	char path[LINE], line[64][64];
	int lines = 0, found = 0;
	FILE *file;

	snprintf(path, sizeof(path), FOLDER "%s.txt", name);
	file = fopen(path, "r");
	while (file && lines < 64 && fgets(line[lines], 64, file)) {
		trim(line[lines]);
		found |= who && !_stricmp(line[lines], who);
		if (shown)
			puts(line[lines]);
		lines++;
	}
	if (file)
		fclose(file);
	if (without && (file = fopen(path, "w"))) {
		for (int i = 0; i < lines; i++)
			if (_stricmp(line[i], who))
				fprintf(file, "%s\n", line[i]);
		fclose(file);
	}
	return found;
}

static int net(int argc, char **argv)
{
	FILE *users;

	if (!strcmp(argv[1], "user") && argc == 3)
		return members("users", argv[2], 0, 0) ? 0 : 2;
	if (!strcmp(argv[1], "user") && (users = fopen(FOLDER "users.txt", "a"))) {
		fprintf(users, "%s\n", argv[2]);
		return fclose(users);
	}
	if (argc == 5)
		return members(argv[2], argv[3], 1, 0) ? 0 : 2;
	return members(argv[2], NULL, 0, 1);
}

/* Whether this query's turn has come to fail, and with what. */
static int query_fails(int *status)
{
	int every = 0, turn = 0;
	FILE *file = fopen(FOLDER "reg.txt", "r");

	if (!file || fscanf(file, "%d %d", &every, status) != 2)
		every = 0;
	if (file)
		fclose(file);
	if (every < 1)
		return 0;
	if ((file = fopen(FOLDER "reg.turn", "r"))) {
		if (fscanf(file, "%d", &turn) != 1)
			turn = 0;
		fclose(file);
	}
	if ((file = fopen(FOLDER "reg.turn", "w"))) {
		fprintf(file, "%d\n", turn + 1);
		fclose(file);
	}
	return turn % every == 0;
}

static int reg(char **argv)
{
	char command[8192];
	const char *rest = GetCommandLineA();
	STARTUPINFOA start = { .cb = sizeof(start) };
	PROCESS_INFORMATION made;
	int status = 1;
	DWORD ended = 1;

	if (!_stricmp(argv[1], "query") && query_fails(&status))
		return status;
	rest += *rest == '"' ? strcspn(rest + 1, "\"") + 2 : strcspn(rest, " ");
	snprintf(command, sizeof(command), "reg.exe%s", rest);
	if (!CreateProcessA("C:\\windows\\system32\\reg.exe", command, NULL, NULL, TRUE, 0, NULL,
			    NULL, &start, &made))
		return 1;
	WaitForSingleObject(made.hProcess, INFINITE);
	GetExitCodeProcess(made.hProcess, &ended);
	return (int)ended;
}

int main(int argc, char **argv)
{
	const char *me = strrchr(argv[0], '\\') ? strrchr(argv[0], '\\') + 1 : argv[0];

	if (argc < 2)
		return 2;
	if (!_strnicmp(me, "secedit", 7))
		return secedit(argv);
	if (!_strnicmp(me, "reg", 3))
		return reg(argv);
	if (!_strnicmp(me, "powercfg", 8))
		return strcmp(argv[argc - 1], "off") ? 0 : remove("C:\\hiberfil.sys");
	if (!_strnicmp(me, "cscript", 7))
		return puts(strstr(argv[argc - 1], "544") ? "Administrators" : "Power Users") < 0;
	return net(argc, argv);
}
