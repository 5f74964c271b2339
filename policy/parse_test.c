/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "policy/policy.h"
#include "policy/schema.h"
#include "policy/value.h"

#define SHA		  "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
#define INSTRUMENT	  "version: 1\ninstrument:\n  id: a-1\n" /* lines 1 to 3 */
#define DISK		  "vm:\n  disk:\n    path: /i/a.img\n    sha256: " SHA "\n" /* lines 4 to 7 */
#define BASE		  INSTRUMENT DISK
#define WITNESS		  "witness.example/w1+eb762cc2+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
#define WITNESSES(list)	  BASE "signing: {witnesses: [" list "]}\n"
#define TIMESTAMP(url)	  BASE "signing: {timestamp: {url: \"" url "\", ca: /c}}\n"
#define TOKEN(keys)	  BASE "signing: {key: pkcs11, pkcs11: {" keys "}}\n"
#define CALIBRATION(keys) BASE "calibration: {device: a, registry: /r, trust: /t, " keys "}\n"
#define SAMPLES(list)	  BASE "samples: [" list "]\n"
#define SAMPLE(keys)	  SAMPLES("{name: a, sequence: /a.gb, " keys "}")
#define DEV		  "development: true\n"
#define TEXT_300                                                                          \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678" \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678" \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678" \
	"0123456789012345678901234567890123456789012345678901234567890123"

static struct ls_policy_faults faults;
static struct ls_error err;

static struct ls_policy *parse(const char *yaml)
{
	struct ls_policy *policy = NULL;
	if (ls_policy_parse("p.yaml", yaml, strlen(yaml), &policy, &faults, &err) < 0)
		return NULL;
	return policy;
}

/* Each of these must be refused, at that place, for that reason. */
static const struct bad {
	const char *field; /* the field whose refusal this shows, or NULL */
	const char *yaml;
	unsigned line, column;
	const char *id, *text;
} bad[] = {
	/* the file as a whole */
	{ NULL, "", 1, 1, "policy.empty", "the file is empty" },
	{ NULL, "# nothing\n", 1, 1, "policy.empty", "the file is empty" },
	{ NULL, "- a\n", 1, 1, "policy.type", "a policy is a map of keys, not a list" },
	{ NULL, "word\n", 1, 1, "policy.type", "not a single value" },
	{ NULL, BASE "a: [\n", 9, 1, "policy.yaml",
	  "this is not YAML: did not find expected node" },
	{ NULL, BASE "\tstate: /a\n", 8, 1, "policy.yaml", "this is not YAML" },
	{ NULL, BASE "state: \"\x01\"\n", 8, 9, "policy.yaml", "control characters" },
	{ NULL, BASE "state: \"\xff\"\n", 8, 9, "policy.yaml", "UTF-8" },
	{ NULL, BASE "---\nversion: 1\n", 8, 1, "policy.documents", "this starts another" },
	{ NULL, "%YAML 1.1\n---\n" BASE, 1, 1, "policy.directive", "no directives" },
	{ NULL, "%TAG ! !a\n---\n" BASE, 1, 1, "policy.directive", "no directives" },
	{ NULL, BASE "a: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n", 8, 19, "policy.depth",
	  "16 levels" },
	{ NULL, BASE "state: &s /a\n", 8, 8, "policy.anchor", "no anchors" },
	{ NULL, BASE "state: *s\n", 8, 8, "policy.anchor", "no anchors and aliases" },
	{ NULL, BASE "channel: &s {}\n", 8, 10, "policy.anchor", "no anchors" },
	{ NULL, BASE "*s : 1\n", 8, 1, "policy.anchor", "aliases" },
	{ NULL, BASE "state: !x /a\n", 8, 8, "policy.tag", "no tags" },
	{ NULL, BASE "results: {names: !x [a]}\n", 8, 18, "policy.tag", "no tags" },
	{ NULL, BASE "? [a]\n: 1\n", 8, 3, "policy.key.type", "not a list" },
	{ NULL, BASE "? {a: 1}\n: {b: 2}\n", 8, 3, "policy.key.type", "not a map" },

	/* keys */
	{ NULL, BASE "sate: /a\n", 8, 1, "policy.key.unknown", "did you mean 'state'?" },
	{ NULL, BASE "memory: 1 GiB\n", 8, 1, "policy.key.unknown", "it belongs under 'vm:'" },
	{ NULL, INSTRUMENT DISK "  state: /a\n", 8, 3, "policy.key.unknown", "at the top level" },
	{ NULL, BASE "xyzzy: {a: [1, {b: 2}]}\n", 8, 1, "policy.key.unknown", "no key 'xyzzy'" },
	{ NULL, BASE "vm.name: a\n", 8, 1, "policy.key.unknown", "no key 'vm.name'" },
	{ NULL, BASE "\"state\\0\": /a\n", 8, 1, "policy.key.unknown", "no key 'state%00'" },
	{ NULL, BASE "? " TEXT_300 "\n: 1\n", 8, 3, "policy.key.unknown", "..." },
	{ NULL, BASE "<<: {state: /a}\n", 8, 1, "policy.key.unknown", "no key '<<'" },
	{ NULL, BASE "state: /a\nstate: /b\n", 9, 1, "policy.key.duplicate", "first is in line 8" },
	{ NULL, BASE "vm: {}\n", 8, 1, "policy.key.duplicate", "'vm' is here a second time" },

	/* each field */
	{ "version", "version: 2\ninstrument: {id: a}\n" DISK, 1, 10, "policy.version",
	  "version 1" },
	{ "version", "version: \"1\"\ninstrument: {id: a}\n" DISK, 1, 10, "policy.version", "'1'" },
	{ "version", "instrument: {id: a}\n" DISK, 1, 1, "policy.missing", "'version' is missing" },
	{ "instrument", "version: 1\n" DISK, 1, 1, "policy.missing", "'instrument' is missing" },
	{ "instrument", "version: 1\ninstrument: a\n" DISK, 2, 13, "policy.type", "a map" },
	{ "instrument.id", "version: 1\ninstrument: {maker: a}\n" DISK, 2, 1, "policy.missing",
	  "'instrument.id' is missing" },
	{ "instrument.id", "version: 1\ninstrument: {id: a/b}\n" DISK, 2, 18, "policy.name",
	  "a name has letters" },
	{ "instrument.id", "version: 1\ninstrument: {id: .a}\n" DISK, 2, 18, "policy.name",
	  "starts with" },
	{ "instrument.id", "version: 1\ninstrument: {id: " TEXT_300 "}\n" DISK, 2, 18,
	  "policy.long", "at most 63 fit" },
	{ "instrument.maker", "version: 1\ninstrument: {id: a, maker: [b]}\n" DISK, 2, 28,
	  "policy.type", "it must be a single value" },
	{ "instrument.model", "version: 1\ninstrument: {id: a, model: \"b\\nc\"}\n" DISK, 2, 28,
	  "policy.text", "'b%0Ac': it must be one line" },
	{ "instrument.serial", "version: 1\ninstrument: {id: a, serial: ~}\n" DISK, 2, 29,
	  "policy.empty", "'instrument.serial' is empty" },
	{ "instrument.serial", "version: 1\ninstrument: {id: a, serial: " TEXT_300 "}\n" DISK, 2,
	  29, "policy.long", "at most 255" },
	{ "state", BASE "state: var\n", 8, 8, "policy.path", "absolute path" },
	{ "state", BASE "state: /\n", 8, 8, "policy.path", "absolute path" },
	{ "state", BASE "state: /a/\n", 8, 8, "policy.path", "absolute path" },
	{ "state", BASE "state: /a//b\n", 8, 8, "policy.path", "absolute path" },
	{ "state", BASE "state: /a/../b\n", 8, 8, "policy.path", "absolute path" },
	{ "state", BASE "state: /./b\n", 8, 8, "policy.path", "absolute path" },
	{ "state", BASE "state: \"/a\\nb\"\n", 8, 8, "policy.text", "control" },
	{ "vm", "version: 1\ninstrument: {id: a}\n", 1, 1, "policy.missing", "'vm' is missing" },
	{ "vm", INSTRUMENT "vm: [a]\n", 4, 5, "policy.type", "'vm' is a list; it must be a map" },
	{ "vm", INSTRUMENT "vm: {}\n", 4, 1, "policy.missing", "'vm.disk' is missing" },
	{ "vm.name", BASE "  name: \"a b\"\n", 8, 9, "policy.name", "'vm.name' is 'a b'" },
	{ "vm.connection", BASE "  connection: qemu:///session\n", 8, 15, "policy.choice",
	  "one of qemu:///system, qemu:///embed" },
	{ "vm.connection", BASE "  connection: qemu:///embed\n", 8, 3, "policy.development",
	  "embedded libvirt is for development only" },
	{ "vm.type", BASE "  type: xen\n", 8, 9, "policy.choice", "one of auto, kvm, tcg" },
	{ "vm.type", BASE "  type: tcg\n", 8, 3, "policy.development", "isolates nothing" },
	{ "vm.memory", BASE "  memory: 512\n", 8, 11, "policy.unit", "such as '512 MiB'" },
	{ "vm.memory", BASE "  memory: 512 MB\n", 8, 11, "policy.unit", "one of B, KiB" },
	{ "vm.memory", BASE "  memory: 0512 MiB\n", 8, 11, "policy.unit", "whole number" },
	{ "vm.memory", BASE "  memory: GiB\n", 8, 11, "policy.unit", "whole number" },
	{ "vm.memory", BASE "  memory: 1.5 GiB\n", 8, 11, "policy.unit", "whole number" },
	{ "vm.memory", BASE "  memory: -1 GiB\n", 8, 11, "policy.unit", "whole number" },
	{ "vm.memory", BASE "  memory: \"1 GiB\\0\"\n", 8, 11, "policy.unit", "whole number" },
	{ "vm.memory", BASE "  memory: 63 MiB\n", 8, 11, "policy.range", "from 64 MiB to 16 GiB" },
	{ "vm.memory", BASE "  memory: 17 GiB\n", 8, 11, "policy.range", "from 64 MiB to 16 GiB" },
	{ "vm.memory", BASE "  memory: 99999999999999999999 TiB\n", 8, 11, "policy.range",
	  "16 GiB" },
	{ "vm.memory", BASE "  memory: 18446744073709551615 KiB\n", 8, 11, "policy.range",
	  "16 GiB" },
	{ "vm.memory", BASE "  memory: 100001 KiB\n", 8, 3, "policy.range", "whole number of MiB" },
	{ "vm.machine", BASE "  machine: q35\n", 8, 12, "policy.choice", "pc-i440fx-7.2" },
	{ "vm.cpu", BASE "  cpu: host\n", 8, 8, "policy.choice", "qemu32, pentium3" },
	{ "vm.clock", BASE "  clock: now\n", 8, 10, "policy.choice", "localtime, utc" },
	{ "vm.display", BASE "  display: spice\n", 8, 12, "policy.choice", "vnc, none" },
	{ "vm.disk", INSTRUMENT "vm:\n  disk: /a\n", 5, 9, "policy.type", "it must be a map" },
	{ "vm.disk", INSTRUMENT "vm:\n  disk:\n", 5, 8, "policy.type", "with its keys below it" },
	{ "vm.disk.path", INSTRUMENT "vm:\n  disk:\n    sha256: " SHA "\n", 5, 3, "policy.missing",
	  "'vm.disk.path' is missing" },
	{ "vm.disk.path", INSTRUMENT "vm:\n  disk:\n    path: a.img\n    sha256: " SHA "\n", 6, 11,
	  "policy.path", "absolute" },
	{ "vm.disk.path",
	  INSTRUMENT "vm:\n  disk:\n    path: /s/a\n    sha256: " SHA "\npublish: {share: /s}\n", 6,
	  5, "policy.conflict", "lies in 'publish.share'" },
	{ "vm.disk.sha256", INSTRUMENT "vm:\n  disk:\n    path: /a\n", 5, 3, "policy.missing",
	  "'vm.disk.sha256' is missing" },
	{ "vm.disk.sha256", INSTRUMENT "vm:\n  disk:\n    path: /a\n    sha256: 2C26\n", 7, 13,
	  "policy.digest", "64 lower-case hex digits" },
	{ "vm.disk.sha256",
	  INSTRUMENT "vm:\n  disk:\n    path: /a\n    sha256: "
		     "0000000000000000000000000000000000000000000000000000000000000000\n",
	  7, 13, "policy.digest", "64 lower-case hex digits" },
	{ "vm.disk.format", BASE "    format: vdi\n", 8, 13, "policy.choice", "qcow2, raw" },
	{ "vm.disk.overlay", BASE "    overlay: commit\n", 8, 14, "policy.choice",
	  "discard, keep" },
	{ "vm.results-disk", BASE "  results-disk: /r\n", 8, 17, "policy.type",
	  "it must be a map" },
	{ "vm.results-disk.path", BASE "  results-disk: {size: 1 GiB}\n", 8, 3, "policy.missing",
	  "'vm.results-disk.path' is missing" },
	{ "vm.results-disk.path", BASE "  results-disk: {path: r}\n", 8, 24, "policy.path", "abs" },
	{ "vm.results-disk.path", BASE "  results-disk: {path: /i/a.img}\n", 8, 18,
	  "policy.conflict", "never written" },
	{ "vm.results-disk.path", BASE "  results-disk: {path: /s/a}\npublish: {share: /s}\n", 8,
	  18, "policy.conflict", "everyone to read" },
	{ "vm.results-disk.path", BASE "  results-disk: {path: /s/a}\nstate: /s\n", 8, 18,
	  "policy.conflict", "QEMU cannot enter" },
	{ "vm.results-disk.size", BASE "  results-disk: {path: /r, size: 3 TiB}\n", 8, 34,
	  "policy.range", "from 1 MiB to 2 TiB" },
	{ "vm.boot", BASE "  boot: {kernel: /k}\n", 8, 3, "policy.development", "directly" },
	{ "vm.boot", BASE "  boot: yes\n", 8, 9, "policy.type", "'vm.boot' is a single value" },
	{ "vm.boot.kernel", BASE "  boot: {initrd: /k}\n" DEV, 8, 3, "policy.missing",
	  "'vm.boot.kernel' is missing" },
	{ "vm.boot.kernel", BASE "  boot: {kernel: k}\n" DEV, 8, 18, "policy.path", "absolute" },
	{ "vm.boot.initrd", BASE "  boot: {kernel: /k, initrd: k}\n" DEV, 8, 30, "policy.path",
	  "abs" },
	{ "vm.boot.cmdline", BASE "  boot: {kernel: /k, cmdline: \"a\\tb\"}\n" DEV, 8, 31,
	  "policy.text", "'a%09b'" },
	{ "vm.usb", BASE "  usb: 04b4:8613\n", 8, 8, "policy.type", "it must be a list" },
	{ "vm.usb", BASE "  usb: []\n", 8, 9, "policy.empty", "empty list" },
	{ "vm.usb", BASE "  usb: [\"04B4:8613\"]\n", 8, 9, "policy.usb", "as 'lsusb' prints" },
	{ "vm.usb", BASE "  usb: [\"04b4:8613 port\"]\n", 8, 9, "policy.usb", "'port 1-4.2'" },
	{ "vm.usb", BASE "  usb: [\"04b4:8613 port 1\"]\n", 8, 9, "policy.usb", "'port 1-4.2'" },
	{ "vm.usb", BASE "  usb: [\"04b4:8613 port 1-\"]\n", 8, 9, "policy.usb", "'port 1-4.2'" },
	{ "vm.usb", BASE "  usb: [\"04b4:8613 port 1-4.\"]\n", 8, 9, "policy.usb", "'port" },
	{ "vm.usb", BASE "  usb: [\"04b4:8613 port 1-4..2\"]\n", 8, 9, "policy.usb", "'port" },
	{ "vm.usb", BASE "  usb: [\"04b4:8613 port 1-4-2\"]\n", 8, 9, "policy.usb", "'port" },
	{ "vm.usb", BASE "  usb: [\"04b4:8613 serial \"]\n", 8, 9, "policy.usb", "'serial" },
	{ "vm.usb", BASE "  usb: [\"04b4:8613 serial a b\"]\n", 8, 9, "policy.usb", "'serial" },
	{ "vm.usb", BASE "  usb: [\"04b4:8613 serial 1 port 1-4\"]\n", 8, 9, "policy.usb",
	  "'port" },
	{ "vm.usb", BASE "  usb: [\"04b4:8613 serial " TEXT_300 "\"]\n", 8, 9, "policy.usb", "" },
	{ "vm.usb", BASE "  usb: [{a: 1}]\n", 8, 9, "policy.type", "a list of single values" },
	{ "vm.usb", BASE "  usb: [\"04b4:8613\", \"04b4:8613\"]\n", 8, 22, "policy.usb", "twice" },
	{ "vm.usb",
	  BASE "  usb: [\"0000:0001\", \"0000:0002\", \"0000:0003\", \"0000:0004\", \"0000:0005\", "
	       "\"0000:0006\", \"0000:0007\", \"0000:0008\", \"0000:0009\"]\n",
	  8, 113, "policy.list", "more than 8 devices" },
	{ "vm.rs232", BASE "  rs232: /tmp/tty\n", 8, 10, "policy.path", "a device below /dev" },
	{ "vm.rs232", BASE "  rs232: /dev/ttyUSB0\n", 8, 10, "policy.path", "by-id" },
	{ "vm.rs232", BASE "  rs232: /dev/ttyS\n", 8, 10, "policy.path", "by-id" },
	{ "vm.rs232", BASE "  rs232: /dev/ttyS0x\n", 8, 10, "policy.path", "by-id" },
	{ "vm.rs232", BASE "  rs232: /dev/serial/by-id/a/b\n", 8, 10, "policy.path", "by-id" },
	{ "vm.rs232", BASE "  rs232: /dev/../tmp\n", 8, 10, "policy.path", "absolute path" },
	{ "channel", BASE "channel: virtio\n", 8, 10, "policy.type",
	  "'channel' is a single value" },
	{ "channel.type", BASE "channel: {type: unix}\n", 8, 17, "policy.choice", "virtio, com1" },
	{ "channel.name", BASE "channel: {name: a/b}\n", 8, 17, "policy.name", "'channel.name'" },
	{ "channel.max-file-size", BASE "channel: {max-file-size: 0 B}\n", 8, 26, "policy.range",
	  "from 1 B to 1 TiB" },
	{ "channel.max-name-length", BASE "channel: {max-name-length: 1025}\n", 8, 28,
	  "policy.range", "from 1 to 1024" },
	{ "channel.open-files", BASE "channel: {open-files: many}\n", 8, 23, "policy.type",
	  "a whole number" },
	{ "channel.open-files", BASE "channel: {open-files: 016}\n", 8, 23, "policy.type",
	  "does not start with 0" },
	{ "channel.open-files", BASE "channel: {open-files: \"16\"}\n", 8, 23, "policy.type",
	  "without quotes" },
	{ "channel.open-files", BASE "channel: {open-files: 99999999999999999999}\n", 8, 23,
	  "policy.range", "from 1 to 16" },
	{ "channel.gap-after", BASE "channel: {gap-after: 0}\n", 8, 22, "policy.range",
	  "1 to 86400" },
	{ "channel.gap-after", BASE "channel: {gap-after: 86401}\n", 8, 22, "policy.range",
	  "1 to 86400" },
	{ "signing.remember-every", BASE "signing: {remember-every: 0}\n", 8, 27, "policy.range",
	  "1 to 86400" },
	{ "channel.silence-after", BASE "channel: {silence-after: 9}\n", 8, 26, "policy.range",
	  "10 to 86400" },
	{ "channel.silence-after", BASE "channel: {silence-after: 10 s}\n", 8, 26, "policy.type",
	  "" },
	{ "channel.files-per-day", BASE "channel: {files-per-day: 0}\n", 8, 26, "policy.range",
	  "from 1 to" },
	{ "channel.spool-size", BASE "channel: {spool-size: 1 KiB}\n", 8, 23, "policy.range",
	  "1 MiB" },
	{ "channel.spool-size", BASE "channel: {spool-size: 1 MiB}\n", 8, 11, "policy.conflict",
	  "could never be received" },
	{ "channel.max-file-size", BASE "channel: {max-file-size: 5 GiB}\n", 8, 1,
	  "policy.conflict", "at least twice" },
	{ "results", BASE "results: []\n", 8, 10, "policy.type", "'results' is a list" },
	{ "results.names", BASE "results: {names: \"*\"}\n", 8, 18, "policy.type",
	  "must be a list" },
	{ "results.names", BASE "results: {names: [a/b]}\n", 8, 19, "policy.pattern",
	  "file's name" },
	{ "results.names", BASE "results: {names: [\"\"]}\n", 8, 19, "policy.empty", "is empty" },
	{ "results.names",
	  BASE "results: {names: [a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,"
	       "a,a,a,a,a,a,a,a,b]}\n",
	  8, 83, "policy.list", "more than 32" },
	{ "signing", BASE "signing: tpm\n", 8, 10, "policy.type", "'signing' is a single value" },
	{ "signing.key", BASE "signing: {key: hsm}\n", 8, 16, "policy.choice",
	  "tpm, pkcs11, file" },
	{ "signing.key", BASE "signing: {key: file}\n", 8, 11, "policy.development", "plain file" },
	{ "signing.tpm", BASE "signing: {tpm: swtpm}\n", 8, 16, "policy.path", "'/dev/tpmrm0'" },
	{ "signing.tpm", BASE "signing: {tpm: /a}\n", 8, 16, "policy.path", "below /dev" },
	{ "signing.ed25519", BASE "signing: {ed25519: tpm}\n", 8, 20, "policy.type",
	  "true or false" },
	{ "signing.heartbeat-every", BASE "signing: {heartbeat-every: 59}\n", 8, 28, "policy.range",
	  "60" },
	{ "signing.origin", BASE "signing: {origin: a+b}\n", 8, 19, "policy.name",
	  "an origin has" },
	{ "signing.timestamp", BASE "signing: {timestamp: yes}\n", 8, 22, "policy.type", "a map" },
	{ "signing.timestamp.url", BASE "signing: {timestamp: {ca: /c}}\n", 8, 11, "policy.missing",
	  "Where it is asked" },
	{ "signing.timestamp.ca", BASE "signing: {timestamp: {url: \"http://t/\"}}\n", 8, 11,
	  "policy.missing", "PEM file" },
	{ "signing.timestamp.url", TIMESTAMP("ftp://t/"), 8, 28, "policy.url", "http://" },
	{ "signing.timestamp.url", TIMESTAMP("http://"), 8, 28, "policy.url", "a host" },
	{ "signing.timestamp.url", TIMESTAMP("http://u@t/"), 8, 28, "policy.url", "a password" },
	{ "signing.timestamp.url", TIMESTAMP("http://t/a b"), 8, 28, "policy.url", "blanks" },
	{ "signing.timestamp.url", TIMESTAMP("file:///etc/passwd"), 8, 28, "policy.url", "" },
	{ "signing.timestamp.url", TIMESTAMP("http://t/" TEXT_300), 8, 28, "policy.url", "" },
	{ "signing.timestamp.ca", BASE "signing: {timestamp: {url: \"http://t/\", ca: c.pem}}\n", 8,
	  45, "policy.path", "absolute path" },
	{ "signing.timestamp.every",
	  BASE "signing: {timestamp: {url: \"http://t/\", ca: /c, every: 9}}\n", 8, 56,
	  "policy.range", "10 to 604800" },
	{ "signing.witnesses", BASE "signing: {witnesses: x}\n", 8, 22, "policy.type", "a list" },
	{ "signing.witnesses", WITNESSES("\"" WITNESS "\""), 8, 23, "policy.witness", "a blank" },
	{ "signing.witnesses", WITNESSES("\"" WITNESS " w\""), 8, 23, "policy.witness", "its URL" },
	{ "signing.witnesses", WITNESSES("\"w+00+AA http://w\""), 8, 23, "policy.witness",
	  "8 hex digits" },
	{ "signing.witnesses", WITNESSES("\"" WITNESS " http://w\", \"" WITNESS " http://v\""), 8,
	  108, "policy.witness", "twice" },
	{ "signing.witnesses",
	  BASE "signing: {origin: witness.example/w1, witnesses: [\"" WITNESS " http://w\"]}\n", 8,
	  39, "policy.conflict", "the log's own name" },
	{ "signing.quorum", BASE "signing: {quorum: 1}\n", 8, 11, "policy.conflict",
	  "never be met" },
	{ "signing.quorum", BASE "signing: {quorum: 0}\n", 8, 19, "policy.range", "1 to 16" },
	{ "signing.tpm", BASE "signing: {tpm: none}\n", 8, 11, "policy.conflict", "to live in it" },
	{ "signing.pkcs11", BASE "signing: {key: pkcs11}\n", 8, 11, "policy.missing",
	  "which token" },
	{ "signing.pkcs11", BASE "signing: {pkcs11: {module: /m, token: t}}\n", 8, 11,
	  "policy.conflict", "'key: pkcs11' only" },
	{ "signing.pkcs11.module", TOKEN("token: t") "\n", 8, 24, "policy.missing", "module" },
	{ "signing.pkcs11.module", TOKEN("module: softhsm.so, token: t"), 8, 41, "policy.path",
	  "absolute" },
	{ "signing.pkcs11.token", TOKEN("module: /m"), 8, 24, "policy.missing", "token" },
	{ "signing.pkcs11.token", TOKEN("module: /m, token: 012345678901234567890123456789012"), 8,
	  52, "policy.long", "at most 32" },
	{ "signing.pkcs11.serial", TOKEN("module: /m, token: t, serial: 01234567890123456"), 8, 63,
	  "policy.long", "at most 16" },
	{ "signing.pkcs11.label", TOKEN("module: /m, token: t, label: \"a\\tb\""), 8, 62,
	  "policy.text", "one line" },
	{ "signing.pkcs11.variable", TOKEN("module: /m, token: t, configuration: /c, variable: a"),
	  8, 84, "policy.name", "upper-case" },
	{ "signing.pkcs11.variable",
	  TOKEN("module: /m, token: t, configuration: /c, variable: LD_PRELOAD"), 8, 84,
	  "policy.name", "dynamic loader" },
	{ "signing.pkcs11.configuration", TOKEN("module: /m, token: t, configuration: /c"), 8, 24,
	  "policy.conflict", "go together" },
	{ "signing.pkcs11.folder", TOKEN("module: /m, token: t, folder: /srv/labseal/a-1/t"), 8, 24,
	  "policy.conflict", "everyone to read" },
	{ "signing.pkcs11.pin-file", TOKEN("module: /m, token: t, pin-file: /p"), 8, 55,
	  "policy.conflict", "'tpm: none' only" },
	{ "signing.pkcs11.pin-file",
	  BASE "signing: {key: pkcs11, tpm: none, pkcs11: {module: /m, token: t}}\n", 8, 35,
	  "policy.missing", "root's alone" },
	{ "publish", BASE "publish: /a\n", 8, 10, "policy.type", "'publish' is a single value" },
	{ "publish.metrics", BASE "publish: {metrics: a.prom}\n", 8, 20, "policy.path",
	  "absolute" },
	{ "publish.metrics", BASE "publish: {metrics: /a/b.txt}\n", 8, 11, "policy.conflict",
	  "does not end in '.prom'" },
	{ "publish.metrics", BASE "publish: {share: /s, metrics: /s/b.prom}\n", 8, 22,
	  "policy.conflict", "holds what is sealed" },
	{ "publish.share", BASE "publish: {share: a}\n", 8, 18, "policy.path", "absolute" },
	{ "publish.share", BASE "state: /a\npublish: {share: /a/b}\n", 9, 11, "policy.conflict",
	  "lie in one another" },
	{ "publish.share", BASE "state: /a\npublish: {share: /a}\n", 9, 11, "policy.conflict",
	  "holds keys" },
	{ "calibration", BASE "calibration: on\n", 8, 14, "policy.type", "a single value" },
	{ "calibration.device", BASE "calibration: {registry: /r, trust: /t}\n", 8, 1,
	  "policy.missing", "in the registry" },
	{ "calibration.device", BASE "calibration: {device: \"a\\tb\", registry: /r, trust: /t}\n",
	  8, 23, "policy.text", "control characters" },
	{ "calibration.registry", BASE "calibration: {device: a, trust: /t}\n", 8, 1,
	  "policy.missing", "the registry's mirror" },
	{ "calibration.registry", BASE "calibration: {device: a, registry: r, trust: /t}\n", 8, 36,
	  "policy.path", "absolute" },
	{ "calibration.registry",
	  BASE "state: /s\ncalibration: {device: a, registry: /s/r, trust: /t}\n", 9, 26,
	  "policy.conflict", "cannot enter" },
	{ "calibration.registry",
	  BASE "publish: {share: /p}\ncalibration: {device: a, registry: /p/r, trust: /t}\n", 9, 26,
	  "policy.conflict", "what is sealed" },
	{ "calibration.trust", BASE "calibration: {device: a, registry: /r}\n", 8, 1,
	  "policy.missing", "trust file" },
	{ "calibration.trust", BASE "calibration: {device: a, registry: /r, trust: /r/t}\n", 8, 40,
	  "policy.conflict", "from elsewhere" },
	{ "calibration.quantity", CALIBRATION("quantity: \"\""), 8, 61, "policy.empty",
	  "is empty" },
	{ "calibration.warn-before", CALIBRATION("warn-before: 30"), 8, 64, "policy.unit",
	  "s, min" },
	{ "calibration.warn-before", CALIBRATION("warn-before: 1 s"), 8, 64, "policy.range",
	  "from 1 h to 3650 d" },
	{ "calibration.after-due", CALIBRATION("after-due: wait"), 8, 62, "policy.choice",
	  "seal, refuse" },
	{ "calibration.not-shown", CALIBRATION("not-shown: true"), 8, 62, "policy.choice",
	  "seal, refuse" },
	{ "calibration.max-age", CALIBRATION("max-age: 4000 d"), 8, 60, "policy.range",
	  "from 1 min to 3650 d" },
	{ "samples", BASE "samples: /a.gb\n", 8, 10, "policy.type", "a list of maps" },
	{ "samples", BASE "samples: {name: a, sequence: /a.gb}\n", 8, 10, "policy.type",
	  "each after" },
	{ "samples", SAMPLES(""), 8, 11, "policy.empty", "leave the key out" },
	{ "samples", SAMPLES("/a.gb"), 8, 11, "policy.type", "a list of maps" },
	{ "samples", SAMPLES("[a]"), 8, 11, "policy.type", "a list of maps" },
	{ "samples", SAMPLES("{name: a, sequence: /a.gb, file: /b}"), 8, 38, "policy.key.unknown",
	  "'samples' has no key 'file'" },
	{ "samples", SAMPLES("{name: a, sequence: /a.gb}, {name: a, sequence: /b.gb}"), 8, 39,
	  "policy.sample", "'samples' has 'a' twice; the first is in line 8" },
	{ "samples",
	  BASE "samples:\n- {name: a, sequence: /a}\n- {name: b, sequence: /a}\n"
	       "- {name: c, sequence: /a}\n- {name: d, sequence: /a}\n- {name: e, sequence: /a}\n"
	       "- {name: f, sequence: /a}\n- {name: g, sequence: /a}\n- {name: h, sequence: /a}\n"
	       "- {name: i, sequence: /a}\n- {name: j, sequence: /a}\n- {name: k, sequence: /a}\n"
	       "- {name: l, sequence: /a}\n- {name: m, sequence: /a}\n- {name: n, sequence: /a}\n"
	       "- {name: o, sequence: /a}\n- {name: p, sequence: /a}\n- {name: q, sequence: /a}\n",
	  25, 3, "policy.list", "more than 16 samples" },
	{ "samples.name", SAMPLES("{sequence: /a.gb}"), 8, 11, "policy.missing",
	  "'samples.name' is missing" },
	{ "samples.name", SAMPLES("{name: \"a\\tb\", sequence: /a.gb}"), 8, 18, "policy.sample",
	  "'a%09b': a sample's name is one line" },
	{ "samples.name", SAMPLES("{name: \"a  b\", sequence: /a.gb}"), 8, 18, "policy.sample",
	  "two blanks" },
	{ "samples.name", SAMPLES("{name: a, name: b, sequence: /a.gb}"), 8, 21,
	  "policy.key.duplicate", "second time" },
	{ "samples.sequence", SAMPLES("{name: a}"), 8, 11, "policy.missing", "FASTA or GenBank" },
	{ "samples.sequence", SAMPLES("{name: a, sequence: a.gb}"), 8, 31, "policy.path",
	  "absolute" },
	{ "samples.sequence",
	  BASE "publish: {share: /s}\nsamples: [{name: a, sequence: /s/a.gb}]\n", 9, 11,
	  "policy.conflict", "what is sealed" },
	{ "samples.sha256", SAMPLE("sha256: 2C26"), 8, 46, "policy.digest", "64 lower-case" },
	{ "samples.signed-by", SAMPLE("signed-by: Ada"), 8, 49, "policy.orcid",
	  "'Ada' is no ORCID iD: it has 16 digits" },
	{ "samples.signed-by", SAMPLE("signed-by: 0000-0002-1825-0098"), 8, 49, "policy.orcid",
	  "its check digit would be 7" },
	{ "on-drift", BASE "on-drift: ignore\n", 8, 11, "policy.choice", "stop-sealing, stop-vm" },
	{ "development", BASE "development: yes\n", 8, 14, "policy.type", "true or false" },
	{ "development", BASE "development: \"true\"\n", 8, 14, "policy.type", "without quotes" },
};
#define BAD (sizeof(bad) / sizeof(bad[0]))

static bool has_fault(const struct bad *b)
{
	for (size_t i = 0; i < faults.count; i++) {
		const struct ls_policy_fault *f = &faults.fault[i];
		if (f->line == b->line && f->column == b->column && strcmp(f->id, b->id) == 0 &&
		    strstr(f->text, b->text))
			return true;
	}
	return false;
}

TEST(every_bad_policy_is_refused_where_and_why)
{
	for (size_t i = 0; i < BAD; i++) {
		struct ls_policy *policy = parse(bad[i].yaml);
		CHECK(!policy);
		ls_policy_free(policy);
		/* what ends the reading may follow on what was wrong before it */
		bool ends = strcmp(bad[i].id, "policy.yaml") == 0 ||
			    strcmp(bad[i].id, "policy.depth") == 0;
		if ((faults.count == 1 || ends) && has_fault(&bad[i]))
			continue;
		_cleanup_buffer_ struct ls_buffer seen;
		ls_buffer_init(&seen, 65536);
		ls_policy_faults_print(&faults, &seen);
		TEST_FAIL("case %zu wants one fault, %u:%u %s '%s'; seen %s:\n%s", i, bad[i].line,
			  bad[i].column, bad[i].id, bad[i].text,
			  faults.count ? faults.fault[0].id : "none", ls_buffer_str(&seen));
	}
}

TEST(every_field_has_a_refused_example)
{
	for (size_t i = 0; i < ls_policy_field_count; i++) {
		size_t found = 0;
		for (size_t j = 0; j < BAD; j++)
			found += bad[j].field &&
				 strcmp(bad[j].field, ls_policy_fields[i].path) == 0;
		if (found == 0)
			TEST_FAIL("no example for '%s'", ls_policy_fields[i].path);
	}
}

TEST(every_field_is_described)
{
	for (size_t i = 0; i < ls_policy_field_count; i++) {
		_cleanup_buffer_ struct ls_buffer text;
		ls_buffer_init(&text, 1024);
		CHECK_INT_EQ(ls_policy_field_describe(&ls_policy_fields[i], &text), 0);
		CHECK(text.size > 0 && ls_policy_fields[i].summary[0]);
	}
}

TEST(a_token_is_read)
{
	_cleanup_policy_ struct ls_policy *p = parse(
		BASE "signing:\n  key: pkcs11\n  tpm: none\n  pkcs11:\n    module: /m.so\n"
		     "    variable: SOFTHSM2_CONF\n    configuration: /c\n    folder: /t\n"
		     "    token: lab 1\n    serial: \"00ff\"\n    pin-file: /p\n");
	REQUIRE(p);
	CHECK_INT_EQ(p->signing.key, LS_SIGN_PKCS11);
	CHECK(!ls_policy_has_tpm(p));
	CHECK_STR_EQ(p->signing.pkcs11.module, "/m.so");
	CHECK_STR_EQ(p->signing.pkcs11.variable, "SOFTHSM2_CONF");
	CHECK_STR_EQ(p->signing.pkcs11.configuration, "/c");
	CHECK_STR_EQ(p->signing.pkcs11.folder, "/t");
	CHECK_STR_EQ(p->signing.pkcs11.token, "lab 1");
	CHECK_STR_EQ(p->signing.pkcs11.serial, "00ff");
	CHECK_STR_EQ(p->signing.pkcs11.label, "labseal-a-1");
	CHECK_STR_EQ(p->signing.pkcs11.pin_file, "/p");
	_cleanup_policy_ struct ls_policy *sealed = parse(TOKEN("module: /m, token: t"));
	REQUIRE(sealed);
	CHECK(ls_policy_has_tpm(sealed));
}

TEST(defaults_fill_what_is_left_out)
{
	_cleanup_policy_ struct ls_policy *p = parse(BASE);
	REQUIRE(p);
	CHECK_INT_EQ(faults.count, 0);
	CHECK_INT_EQ(p->version, 1);
	CHECK_STR_EQ(p->instrument.id, "a-1");
	CHECK_STR_EQ(p->instrument.maker, "");
	CHECK_STR_EQ(p->state, "/var/lib/labseal/a-1");
	CHECK_STR_EQ(p->vm.name, "labseal-a-1");
	CHECK_INT_EQ(p->vm.connection, LS_CONNECT_SYSTEM);
	CHECK_INT_EQ(p->vm.type, LS_VM_AUTO);
	CHECK(p->vm.memory == UINT64_C(1) << 30);
	CHECK_INT_EQ(p->vm.cpu, LS_CPU_QEMU32);
	CHECK_INT_EQ(p->vm.clock, LS_CLOCK_LOCALTIME);
	CHECK_INT_EQ(p->vm.display, LS_DISPLAY_VNC);
	CHECK_STR_EQ(p->vm.disk.path, "/i/a.img");
	CHECK_INT_EQ(p->vm.disk.sha256.bytes[0], 0x2c);
	CHECK_INT_EQ(p->vm.disk.overlay, LS_OVERLAY_DISCARD);
	CHECK_STR_EQ(p->vm.results_disk.path, "");
	CHECK_STR_EQ(p->vm.boot.kernel, "");
	CHECK_INT_EQ(p->vm.usb_count, 0);
	CHECK_INT_EQ(p->channel.type, LS_CHANNEL_VIRTIO);
	CHECK_STR_EQ(p->channel.name, "org.labseal.0");
	CHECK_INT_EQ(p->channel.open_files, 4);
	CHECK_INT_EQ(p->results.count, 1);
	CHECK_STR_EQ(p->results.names[0], "*");
	CHECK_INT_EQ(p->signing.key, LS_SIGN_TPM);
	CHECK_STR_EQ(p->signing.tpm, LS_POLICY_TPM_EMBEDDED);
	CHECK_STR_EQ(p->signing.origin, "labseal/a-1");
	CHECK_STR_EQ(p->publish.share, "/srv/labseal/a-1");
	CHECK_STR_EQ(p->publish.metrics, "");
	CHECK(!ls_policy_has_calibration(p));
	CHECK_INT_EQ(p->on_drift, LS_DRIFT_STOP_SEALING);
	CHECK(!p->development);
	CHECK(!ls_policy_may_use_tcg(p));
	struct ls_digest digest;
	ls_sha256_buffer(BASE, strlen(BASE), &digest);
	CHECK(ls_digest_equal(&digest, &p->digest));
}

TEST(a_calibration_has_defaults_that_lose_nothing)
{
	_cleanup_policy_ struct ls_policy *p = parse(CALIBRATION("quantity: temperature"));
	if (!p)
		TEST_FAIL("%s", err.message);
	REQUIRE(p);
	CHECK(ls_policy_has_calibration(p));
	CHECK_STR_EQ(p->calibration.device, "a");
	CHECK_STR_EQ(p->calibration.registry, "/r");
	CHECK_STR_EQ(p->calibration.trust, "/t");
	CHECK_STR_EQ(p->calibration.quantity, "temperature");
	CHECK_INT_EQ(p->calibration.warn_before, 30 * 86400);
	CHECK_INT_EQ(p->calibration.max_age, 7 * 86400);
	CHECK_INT_EQ(p->calibration.after_due, LS_UNCALIBRATED_SEAL);
	CHECK_INT_EQ(p->calibration.not_shown, LS_UNCALIBRATED_SEAL);
}

TEST(samples_are_taken_as_written)
{
	_cleanup_policy_ struct ls_policy *p = parse(
		BASE "samples:\n  - name: control 1\n    sequence: /a.gb\n    sha256: " SHA "\n"
		     "    signed-by: https://orcid.org/0000-0002-1825-0097\n"
		     "  - {name: Kontrolle \xc3\xa4, sequence: /b.fa}\n");
	REQUIRE(p);
	REQUIRE(p->samples.count == 2);
	const struct ls_policy_sample *s = p->samples.list;
	CHECK_STR_EQ(s[0].name, "control 1");
	CHECK_STR_EQ(s[0].sequence, "/a.gb");
	CHECK_INT_EQ(s[0].sha256.bytes[0], 0x2c);
	CHECK_STR_EQ(s[0].signed_by.text, "0000-0002-1825-0097");
	CHECK_INT_EQ(s[0].line, 9);
	CHECK_STR_EQ(s[1].name, "Kontrolle \xc3\xa4");
	CHECK(ls_digest_is_zero(&s[1].sha256));
	CHECK_STR_EQ(s[1].signed_by.text, "");
	CHECK_INT_EQ(s[1].line, 13);
}

TEST(a_calibration_is_taken_as_written)
{
	_cleanup_policy_ struct ls_policy *p = parse(
		CALIBRATION("warn-before: 60d, after-due: refuse, not-shown: refuse, max-age: 90 "
			    "min"));
	REQUIRE(p);
	CHECK_INT_EQ(p->calibration.warn_before, 60 * 86400);
	CHECK_INT_EQ(p->calibration.max_age, 5400);
	CHECK_INT_EQ(p->calibration.after_due, LS_UNCALIBRATED_REFUSE);
	CHECK_INT_EQ(p->calibration.not_shown, LS_UNCALIBRATED_REFUSE);
}

TEST(values_are_taken_as_written)
{
	_cleanup_policy_ struct ls_policy *p = parse(
		"version: 1\ninstrument: {id: a, maker: \"B \\u00e9\", serial: 0012}\nstate: /s\n"
		"vm: {name: n, connection: qemu:///embed, type: tcg, memory: 65536KiB, cpu: kvm64, "
		"clock: utc, display: none, boot: {kernel: /k, initrd: /i, cmdline: a=b c},\n"
		"     usb: [\"04b4:8613 port 1-4.2 serial 27-5_0#\", 'ffff:0000', \"04b4:8613 port "
		"10-2\"], rs232: /dev/ttyS0}\n"
		"channel: {type: com1, name: x, max-file-size: 1 B, max-name-length: 1, "
		"open-files: 16,"
		" files-per-day: 1000000000, gap-after: 86400, silence-after: 10, "
		"spool-size: 1 TiB}\n"
		"results: {names: ['*.eds', \"[a-z]?\"]}\nsigning: {key: file, tpm: /dev/tpm0, "
		"origin: "
		"lab.example/a, timestamp: {url: \"https://[::1]:8/tsr?a=b\", ca: /c.pem, every: "
		"10}, "
		"witnesses: [\"" WITNESS " http://w.example:1/x\"]}\npublish: {share: "
		"/p}\ncalibration: off\non-drift: stop-vm\n" DEV);
	if (!p)
		TEST_FAIL("%s", err.message);
	REQUIRE(p);
	CHECK_STR_EQ(p->instrument.maker, "B \xc3\xa9");
	CHECK_STR_EQ(p->instrument.serial, "0012");
	CHECK_INT_EQ(p->vm.connection, LS_CONNECT_EMBED);
	CHECK_INT_EQ(p->vm.type, LS_VM_TCG);
	CHECK_INT_EQ(p->vm.memory, 64 << 20);
	CHECK_INT_EQ(p->vm.cpu, LS_CPU_KVM64);
	CHECK_STR_EQ(p->vm.boot.cmdline, "a=b c");
	CHECK_STR_EQ(p->vm.usb[0].id, "04b4:8613");
	CHECK_STR_EQ(p->vm.usb[0].port, "1-4.2");
	CHECK_STR_EQ(p->vm.usb[0].serial, "27-5_0#");
	CHECK_STR_EQ(p->vm.usb[1].id, "ffff:0000");
	CHECK_STR_EQ(p->vm.usb[1].port, "");
	CHECK_STR_EQ(p->vm.usb[1].serial, "");
	CHECK_STR_EQ(p->vm.usb[2].port, "10-2");
	CHECK_STR_EQ(p->vm.rs232, "/dev/ttyS0");
	CHECK_INT_EQ(p->channel.type, LS_CHANNEL_COM1);
	CHECK_INT_EQ(p->channel.max_file_size, 1);
	CHECK(p->channel.spool_size == UINT64_C(1) << 40);
	CHECK_INT_EQ(p->channel.gap_after, 86400);
	CHECK_INT_EQ(p->channel.silence_after, 10);
	CHECK_INT_EQ(p->results.count, 2);
	CHECK_STR_EQ(p->results.names[1], "[a-z]?");
	CHECK_INT_EQ(p->signing.key, LS_SIGN_FILE);
	CHECK_STR_EQ(p->signing.tpm, "/dev/tpm0");
	CHECK_INT_EQ(p->signing.remember_every, LS_POLICY_REMEMBER_HARDWARE);
	CHECK_STR_EQ(p->signing.timestamp.url, "https://[::1]:8/tsr?a=b");
	CHECK_STR_EQ(p->signing.timestamp.ca, "/c.pem");
	CHECK_INT_EQ(p->signing.timestamp.every, 10);
	CHECK_INT_EQ(p->signing.witness_count, 1);
	CHECK_STR_EQ(p->signing.witnesses[0].vkey, WITNESS);
	CHECK_STR_EQ(p->signing.witnesses[0].url, "http://w.example:1/x");
	CHECK_INT_EQ(p->signing.quorum, 1);
	CHECK_INT_EQ(p->on_drift, LS_DRIFT_STOP_VM);
	CHECK(ls_policy_may_use_tcg(p));
}

TEST(all_faults_come_in_one_run_in_order)
{
	CHECK(!parse("instrument:\n  id: a b\n  modell: x\nvm:\n  memory: 1 GB\n  type: tcg\n"
		     "  disk: {path: a}\non-drift: no\n"));
	_cleanup_buffer_ struct ls_buffer seen;
	ls_buffer_init(&seen, 65536);
	CHECK_INT_EQ(ls_policy_faults_print(&faults, &seen), 0);
	CHECK_STR_EQ(
		ls_buffer_str(&seen),
		"p.yaml:1:1: 'version' is missing: Version of this format\n"
		"p.yaml:2:7: 'instrument.id' is 'a b': a name has letters, digits, '.', '_' and "
		"'-', "
		"and starts with a letter or a digit\n"
		"p.yaml:3:3: 'instrument' has no key 'modell'; did you mean 'model'?\n"
		"p.yaml:5:11: 'vm.memory' is '1 GB': it must be a whole number and one of B, KiB, "
		"MiB, "
		"GiB, TiB, such as '512 MiB'\n"
		"p.yaml:6:3: 'vm.type': TCG, which isolates nothing, is for development only; use "
		"'kvm', or write 'development: true' at the end, and every result will say so\n"
		"p.yaml:7:3: 'vm.disk.sha256' is missing: The image's SHA-256, as `sha256sum` "
		"prints "
		"it\n"
		"p.yaml:7:16: 'vm.disk.path' is 'a': it must be an absolute path, without '.', "
		"'..', "
		"'//' and without a '/' at its end\n"
		"p.yaml:8:11: 'on-drift' is 'no': it must be one of stop-sealing, stop-vm, flag\n");
	CHECK_STR_HAS(err.message, "p.yaml:1:1: 'version' is missing");
	CHECK_STR_HAS(err.message, "(and 7 more; 'labseal check' shows all)");
	CHECK_STR_EQ(err.id, "policy.missing");
}

TEST(faults_before_broken_yaml_are_kept)
{
	CHECK(!parse("version: 2\nstat: /a\nvm: [\n"));
	CHECK_INT_EQ(faults.count, 4); /* version, stat, vm is a list, the missing bracket */
	CHECK_STR_EQ(faults.fault[3].id, "policy.yaml");
}

TEST(more_faults_than_fit_are_said)
{
	_cleanup_buffer_ struct ls_buffer yaml, seen;
	ls_buffer_init(&yaml, 65536);
	ls_buffer_init(&seen, 65536);
	ls_buffer_add_str(&yaml, BASE);
	for (int i = 0; i < 100; i++)
		ls_buffer_printf(&yaml, "bad%d: 1\n", i);
	CHECK(!parse(ls_buffer_str(&yaml)));
	CHECK_INT_EQ(faults.count, LS_POLICY_FAULTS_MAX);
	CHECK(faults.more);
	ls_policy_faults_print(&faults, &seen);
	CHECK_STR_HAS(ls_buffer_str(&seen), "p.yaml: there are more faults than the 64 above\n");
}

TEST(a_large_file_is_refused_unread)
{
	static char large[LS_POLICY_FILE_MAX + 1];
	memset(large, '#', sizeof(large));
	struct ls_policy *p = NULL;
	CHECK_INT_EQ(ls_policy_parse("p", large, sizeof(large), &p, &faults, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "policy.large");
	CHECK(!p);
}

TEST(files_are_loaded_and_refused)
{
	char folder[] = "/tmp/labseal-test-XXXXXX", path[64];
	REQUIRE(mkdtemp(folder));
	struct ls_policy *p = NULL;
	snprintf(path, sizeof(path), "%s/none", folder);
	CHECK_INT_EQ(ls_policy_load(path, &p, &faults, &err), -ENOENT);
	CHECK_STR_HAS(err.message, "/none'");
	CHECK_INT_EQ(faults.count, 0);
	CHECK(ls_policy_load(folder, &p, &faults, &err) < 0);
	static char large[LS_POLICY_FILE_MAX + 1];
	memset(large, '#', sizeof(large));
	snprintf(path, sizeof(path), "%s/large", folder);
	CHECK_INT_EQ(ls_file_write_new(AT_FDCWD, path, large, sizeof(large), 0600, &err), 0);
	CHECK_INT_EQ(ls_policy_load(path, &p, &faults, &err), -EINVAL);
	CHECK_STR_EQ(faults.fault[0].id, "policy.large");
	snprintf(path, sizeof(path), "%s/good", folder);
	CHECK_INT_EQ(ls_file_write_new(AT_FDCWD, path, BASE, strlen(BASE), 0600, &err), 0);
	CHECK_INT_EQ(ls_policy_load(path, &p, &faults, &err), 0);
	ls_policy_free(p);
	ls_remove_tree(AT_FDCWD, folder, &err);
}

TEST(names_and_values_are_shown_escaped_and_short)
{
	char shown[LS_SHOWN_SIZE];
	CHECK_STR_EQ(ls_policy_shown("a\x1b[31m", 6, shown), "a%1B[31m");
	CHECK_INT_EQ(strlen(ls_policy_shown(TEXT_300, strlen(TEXT_300), shown)), LS_SHOWN_SIZE - 1);
	struct ls_policy *p = NULL;
	CHECK_INT_EQ(ls_policy_parse("a\nb", "", 0, &p, &faults, &err), -EINVAL);
	CHECK_STR_EQ(faults.name, "a%0Ab");
}

TEST(sizes_are_shown_in_the_largest_whole_unit)
{
	char text[LS_NUMBER_TEXT];
	CHECK_STR_EQ(ls_policy_number_format(LS_FIELD_SIZE, 0, text), "0 B");
	CHECK_STR_EQ(ls_policy_number_format(LS_FIELD_SIZE, 1023, text), "1023 B");
	CHECK_STR_EQ(ls_policy_number_format(LS_FIELD_SIZE, 1536 << 10, text), "1536 KiB");
	CHECK_STR_EQ(ls_policy_number_format(LS_FIELD_SIZE, UINT64_C(3) << 40, text), "3 TiB");
	CHECK_STR_EQ(ls_policy_number_format(LS_FIELD_COUNT, 1024, text), "1024");
	CHECK_STR_EQ(ls_policy_number_format(LS_FIELD_DURATION, 86400, text), "1 d");
	CHECK_STR_EQ(ls_policy_number_format(LS_FIELD_DURATION, 5400, text), "90 min");
	CHECK_STR_EQ(ls_policy_number_format(LS_FIELD_DURATION, 0, text), "0 s");
}

TEST_MAIN()
