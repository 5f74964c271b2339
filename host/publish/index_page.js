// SPDX-License-Identifier: Apache-2.0
// Search and filter of the pages for people.  Without it they are plain tables.
//
// index.html has the newest seals.  A search in the older ones shows the pages of the full thousands in frames below
// its own table; each searches itself and tells how many rows it shows and how high it is.  Pages that were opened
// from a disk may not read each other, but they may talk, and that is all that is needed.
"use strict";
(function () {
	const $ = id => document.getElementById(id);
	const embedded = window.parent !== window;
	const rows = [...document.querySelectorAll("#list tbody tr")].map(tr => {
		const hash = tr.querySelector("code");
		const time = tr.querySelector("time");
		return {
			tr,
			text: (tr.textContent + (hash ? " " + hash.title : "")).toLowerCase(),
			day: time ? time.dateTime.slice(0, 10) : "",
		};
	});

	function wanted(query) {
		const words = query.q.toLowerCase().split(/\s+/).filter(Boolean);
		return row => words.every(word => row.text.includes(word)) &&
			(!query.kind || query.kind.includes(row.tr.classList[0])) &&
			(!query.from || row.day >= query.from) && (!query.to || row.day <= query.to);
	}

	// The number of rows that are left.
	function filter(query) {
		const is = wanted(query);
		let shown = 0;
		for (const row of rows) {
			row.tr.hidden = !is(row);
			shown += !row.tr.hidden;
		}
		return shown;
	}

	// --- a page in a frame of index.html: does as it is told, and answers

	const clean = data => Object.fromEntries(["q", "kind", "from", "to"].map(
		name => [name, typeof data[name] === "string" ? data[name] : ""]));

	function answer(query) {
		const shown = filter(query);
		window.parent.postMessage({ labseal: "shown", shown, height: shown ? $("list").offsetHeight + 12 : 0 }, "*");
	}

	if (embedded) {
		document.body.classList.add("embedded");
		let query = clean({});
		window.addEventListener("message", e => {
			if (e.source !== window.parent || !e.data || e.data.labseal !== "filter")
				return;
			query = clean(e.data);
			answer(query);
		});
		window.addEventListener("resize", () => answer(query));
		window.parent.postMessage({ labseal: "ready" }, "*");
		return;
	}

	// --- index.html

	const AT_ONCE = 20; // pages that one press of the button opens
	const form = $("filter");
	const pages = Number(form.dataset.pages), per = Number(form.dataset.rows);
	const frames = []; // { frame, shown: rows, or -1 until it has answered }
	let here = rows.length;

	const query = () => ({ q: $("q").value.trim(), kind: $("kind").value, from: $("from").value, to: $("to").value });
	const asks = q => Boolean(q.q || q.kind || q.from || q.to);
	const name = block => [(block - 1) * per + 1, block * per].map(n => String(n).padStart(6, "0")).join("-");

	function tell() {
		const left = pages - frames.length, waiting = frames.some(f => f.shown < 0);
		const older = frames.reduce((sum, f) => sum + Math.max(f.shown, 0), 0);
		let words = "";
		if (asks(query())) {
			words = `${here} of the newest ${rows.length} rows`;
			if (frames.length)
				words += `, ${waiting ? "searching" : older} in ${frames.length} older page${frames.length > 1 ? "s" : ""}`;
			if (left > 0)
				words += `; ${left} older page${left > 1 ? "s" : ""} not searched`;
		}
		$("found").textContent = words;
		$("older").hidden = !asks(query()) || left <= 0;
		$("older").textContent = left > AT_ONCE ? `Search ${AT_ONCE} older pages` : "Search all older pages";
	}

	function send(f) {
		f.shown = -1;
		f.frame.contentWindow.postMessage(Object.assign({ labseal: "filter" }, query()), "*");
	}

	function apply() {
		here = filter(query());
		// Without a question the older pages are not wanted either.
		if (!asks(query())) {
			frames.length = 0;
			$("pages").replaceChildren();
		}
		frames.filter(f => f.ready).forEach(send);
		tell();
	}

	function openOlder() {
		for (let i = 0; i < AT_ONCE && frames.length < pages; i++) {
			const frame = document.createElement("iframe");
			const block = pages - frames.length;
			frame.title = "seals " + name(block);
			frame.src = `index/${name(block)}.html`;
			frames.push({ frame, shown: -1, ready: false });
			$("pages").append(frame);
		}
		tell();
	}

	window.addEventListener("message", e => {
		const f = frames.find(f => f.frame.contentWindow === e.source);
		if (!f || !e.data)
			return;
		if (e.data.labseal === "ready") {
			f.ready = true;
			send(f);
		} else if (e.data.labseal === "shown" && Number.isFinite(e.data.height) && Number.isFinite(e.data.shown)) {
			f.shown = e.data.shown;
			f.frame.height = Math.min(Math.max(e.data.height, 0), 1e6);
			f.frame.style.setProperty("height", f.frame.height + "px");
			tell();
		}
	});
	form.hidden = false;
	form.addEventListener("input", apply);
	form.addEventListener("submit", e => e.preventDefault());
	$("older").addEventListener("click", openOlder);
	apply();
})();
