"use strict";
// A box over a long table: only the rows that contain what was typed stay, and with the tick
// only those that are given. Without this script all rows are there.
function startFilter(box) {
    const rows = Array.from(document.getElementById(box.dataset.m2mFilter).querySelectorAll("[data-m2m-row]"));
    const [typed, givenOnly] = box.querySelectorAll("input");
    const status = box.querySelector("[role=status]");

    function isGiven(row) {
        return row.querySelector("input:checked")?.value !== "no";
    }

    function textOf(row) {
        const heading = row.parentElement.querySelector(".m2m-heading");
        const cells = [row.querySelector("th"), heading].filter(Boolean);
        return cells.map((cell) => cell.textContent).join(" ").toLowerCase();
    }

    function show() {
        const words = typed.value.toLowerCase().split(/\s+/);
        for (const row of rows) {
            const text = textOf(row);
            const isWanted = words.every((word) => text.includes(word));
            row.hidden = !isWanted || (givenOnly.checked && !isGiven(row));
        }
        for (const group of new Set(rows.map((row) => row.parentElement))) {
            group.hidden = !group.querySelector("[data-m2m-row]:not([hidden])");
        }
        count();
    }

    function count() {
        status.textContent = status.dataset.m2mShown
            .replace("%(shown)s", rows.filter((row) => !row.hidden).length)
            .replace("%(all)s", rows.length)
            .replace("%(given)s", rows.filter(isGiven).length);
    }

    typed.addEventListener("input", show);
    givenOnly.addEventListener("change", show);
    // A row that is taken back must not vanish under the hand: it is counted only.
    document.getElementById(box.dataset.m2mFilter).addEventListener("change", count);
    typed.addEventListener("keydown", function (event) {
        // Enter would send the form, and register a client that is not filled in.
        if (event.key === "Enter") {
            event.preventDefault();
        }
    });
    box.hidden = false;
    show();
}

document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-m2m-filter]").forEach(startFilter);
});
