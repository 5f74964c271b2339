/* SPDX-License-Identifier: Apache-2.0 */
/* Elements: https://libvirt.org/formatdomain.html */
#include "policy/domain_reasons.h"

#include <stddef.h>
#include <string.h>

#define DEFINE_AGAIN LS_DOMAIN_DEFINE_AGAIN
#define DETACH	     "take it out of the machine (virsh detach-device --live --config)"

static const struct ls_domain_reason reasons[] = {
	/* ways in and out */
	{ "interface",
	  "a network card is a way in for malware and a way out past the one-way channel", DETACH },
	{ "filesystem", "a shared folder goes both ways and is seen by no seal", DETACH },
	{ "shmem", "shared memory goes both ways and is seen by no seal", DETACH },
	{ "redirdev", "a viewer could plug its own USB devices into the instrument's computer",
	  DETACH },
	{ "redirfilter", "it belongs to USB redirection, which is not allowed", DETACH },
	{ "smartcard", "a viewer's smart card would be the guest's", DETACH },
	{ "vsock", "a socket to the host goes both ways", DETACH },
	{ "channel",
	  "the results channel is the only way out, and a file that QEMU can only write "
	  "to is the only kind without a way back",
	  DETACH },
	{ "console", "a console is a two-way line between guest and host", DETACH },
	{ "serial",
	  "a serial port is a line out of the machine: only the results channel and the "
	  "instrument's port belong there",
	  DETACH },
	{ "parallel", "a parallel port is a line out of the machine", DETACH },
	{ "hostdev",
	  "a device of the host works both ways: only the instrument's, by the policy's "
	  "'vm.usb', is the guest's",
	  "take it out of the machine, or name it in 'vm.usb' and have the policy approved" },
	{ "hub", "a USB hub lets further devices be plugged in", DETACH },
	{ "lease", "a lease is a shared lock with other hosts", DETACH },
	/* what a viewer can do */
	{ "graphics",
	  "anything but VNC on libvirt's own socket is open to the network or shares "
	  "clipboard and files with the viewer",
	  DEFINE_AGAIN },
	{ "sound", "a sound card leads out of the machine, to the viewer or the host", DETACH },
	{ "audio", "sound leads out of the machine, to the viewer or the host", DEFINE_AGAIN },
	{ "video",
	  "another graphics card needs another driver in the guest, and is another machine "
	  "than the approved one",
	  DEFINE_AGAIN },
	{ "input", "input devices other than mouse and keyboard can be the host's own", DETACH },
	/* disks */
	{ "disk",
	  "another disk, or another source of one, brings software or data in or takes "
	  "results out past the channel",
	  "eject or detach it (virsh change-media, detach-disk)" },
	{ "backingStore", "what the guest reads is then not the measured base image",
	  DEFINE_AGAIN },
	{ "mirror", "a copy of the guest's disk is being written elsewhere",
	  "end the block job (virsh blockjob --abort)" },
	{ "controller", "controllers are what further devices are plugged into", DEFINE_AGAIN },
	/* devices that hand something to the guest */
	{ "rng", "a random number device is one more way from the host into the guest", DETACH },
	{ "tpm", "a TPM in the guest could be taken for the one that seals", DETACH },
	{ "memory",
	  "another size of memory, memory that can be plugged in, or memory that gets "
	  "into dumps is not the approved machine's",
	  DEFINE_AGAIN },
	{ "currentMemory", "another size of memory is another machine than the approved one",
	  DEFINE_AGAIN },
	{ "memballoon", "a memory balloon is driven from the host and tells of the guest",
	  DEFINE_AGAIN },
	{ "watchdog", "a watchdog can reset the machine in the middle of a run", DETACH },
	{ "panic", "a panic device tells the host of the guest past the channel", DETACH },
	{ "iommu", "it serves to hand the host's devices to the guest", DEFINE_AGAIN },
	{ "nvram", "stored settings outlive the approved state", DEFINE_AGAIN },
	/* what the machine is */
	{ "emulator", "another QEMU than the distribution's does what its maker likes",
	  DEFINE_AGAIN },
	{ "commandline", "arguments that libvirt does not know can add any device",
	  "take the qemu: elements out (virsh edit)" },
	{ "os", "firmware, kernel or boot order decide which software runs", DEFINE_AGAIN },
	{ "bootloader", "it runs a program of the host before the guest", DEFINE_AGAIN },
	{ "sysinfo", "tables for the guest's firmware carry data into the guest", DEFINE_AGAIN },
	{ "cpu", "another processor is another machine than the approved one", DEFINE_AGAIN },
	{ "vcpu", "Windows XP was installed for one processor", DEFINE_AGAIN },
	{ "vcpus", "Windows XP was installed for one processor", DEFINE_AGAIN },
	{ "features", "another processor or platform is another machine than the approved one",
	  DEFINE_AGAIN },
	{ "clock", "the clock gives the times that the instrument's software writes into results",
	  DEFINE_AGAIN },
	{ "memoryBacking",
	  "shared memory lets another process of the host read and change the guest",
	  DEFINE_AGAIN },
	{ "maxMemory", "memory could be plugged in", DEFINE_AGAIN },
	{ "seclabel", "without its label the machine is not confined by the host",
	  "take the seclabel out and set security_require_confined in qemu.conf" },
	{ "launchSecurity", "it is not in the approved machine", DEFINE_AGAIN },
	{ "on_crash", "what happens then decides whether memory is dumped to the host",
	  DEFINE_AGAIN },
	{ "on_poweroff", "a machine that is off has to stay off until labseald starts it",
	  DEFINE_AGAIN },
	{ "on_reboot", "a machine that restarts has to be the same one", DEFINE_AGAIN },
	{ "pm", "a suspended machine keeps its memory in a file", DEFINE_AGAIN },
	{ "name", "it is the machine of another instrument",
	  "audit the machine that the policy names" },
	{ "uuid", "it is the machine of another instrument, or was defined by hand", DEFINE_AGAIN },
	{ "metadata", "it carries text of somebody else's; nothing of ours is there",
	  "remove it (virsh metadata --remove)" },
	{ "domain", "it is not part of the approved machine", DEFINE_AGAIN },
};

const struct ls_domain_reason *ls_domain_reason(const char *element)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i].element, element) == 0)
			return &reasons[i];
	return NULL;
}
