#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# polkit's rule, as the engine that polkit has (Duktape) evaluates it: a table of subjects and actions.
#
#   polkit.sh RULE MACHINE
set -eu
{
	cat <<-'END'
		var rules = [];
		var polkit = { Result: { YES: "YES", NO: "NO", NOT_HANDLED: "-" }, addRule: function(rule) { rules.push(rule); } };
	END
	cat "$1"
	echo "var machine = \"$2\";"
	cat <<-'END'
		function ask(groups, id, name) {
		    var action = { id: id, lookup: function(key) { return key == "domain_name" ? name : undefined; } };
		    var subject = { user: "u", isInGroup: function(group) { return groups.indexOf(group) >= 0; } };
		    return rules[0](action, subject);
		}
		var operator = ["users", "labseal-operators"], bad = 0, count = 0;
		function check(groups, id, name, wanted) {
		    var answer = ask(groups, id, name);
		    count++;
		    if (answer != wanted) { bad++; print(groups + " " + id + " " + name + ": " + answer + " and not " + wanted); }
		}
		if (rules.length != 1) { print("one rule, and not " + rules.length); bad++; }
		["unix.manage", "unix.monitor", "api.connect.getattr", "api.connect.read", "api.connect.search-domains"].forEach(
		    function(id) { check(operator, "org.libvirt." + id, undefined, "YES"); });
		["getattr", "read", "open-graphics"].forEach(function(what) {
		    check(operator, "org.libvirt.api.domain." + what, machine, "YES");
		    check(operator, "org.libvirt.api.domain." + what, machine + "x", "NO");
		    check(operator, "org.libvirt.api.domain." + what, undefined, "NO");
		});
		["block-read", "block-write", "checkpoint", "core-dump", "delete", "fs-freeze", "fs-trim", "hibernate", "init-control",
		 "inject-nmi", "mem-read", "migrate", "open-device", "open-namespace", "pm-control", "read-secure", "reset", "save",
		 "screenshot", "send-input", "send-signal", "set-password", "set-time", "snapshot", "start", "stop", "suspend",
		 "write"].forEach(function(what) { check(operator, "org.libvirt.api.domain." + what, machine, "NO"); });
		["connect.write", "connect.detect-storage-pools", "connect.interface-transaction", "network.write", "network.start",
		 "storage-pool.write", "storage-vol.data-read", "secret.read-secure", "node-device.detach", "nwfilter.write"].forEach(
		    function(id) { check(operator, "org.libvirt.api." + id, machine, "NO"); });
		// nothing but libvirt's actions, and nobody but operators, is judged here
		check(operator, "org.freedesktop.login1.power-off", undefined, "-");
		check(operator, "org.freedesktop.policykit.exec", undefined, "-");
		[["users"], [], ["labseal-operators2"], ["libvirt"]].forEach(function(groups) {
		    ["org.libvirt.unix.manage", "org.libvirt.api.domain.open-graphics", "org.libvirt.api.domain.write"].forEach(
		        function(id) { check(groups, id, machine, "-"); });
		});
		print(count + " answers, " + bad + " wrong");
		if (bad > 0) throw new Error("wrong answers");
	END
} >"${TMPDIR:-/tmp}/labseal-polkit-$$.js"
trap 'rm -f "${TMPDIR:-/tmp}/labseal-polkit-$$.js"' EXIT
duk "${TMPDIR:-/tmp}/labseal-polkit-$$.js"
