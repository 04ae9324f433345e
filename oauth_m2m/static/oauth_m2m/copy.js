"use strict";
// <button hidden data-m2m-copy="id of a field"> appears when this script is there to hear it. It
// copies the field's text, or selects it where the browser does not let a page write to the
// clipboard.
function say(text) {
    const status = document.getElementById("m2m-copy-status");
    // Emptied first: the same words once more are a change that is seen and read out.
    status.textContent = "";
    setTimeout(function () {
        status.textContent = text;
    });
}

document.addEventListener("click", async function (event) {
    const button = event.target.closest("[data-m2m-copy]");
    if (!button) {
        return;
    }
    const field = document.getElementById(button.dataset.m2mCopy);
    const words = document.getElementById("m2m-copy-status").dataset;
    field.focus();
    field.select();
    try {
        await navigator.clipboard.writeText(field.value);
        say(words.copied);
    } catch {
        // No permission, or a page over plain http, where there is no navigator.clipboard.
        say(words.selected);
    }
});

for (const button of document.querySelectorAll("[data-m2m-copy]")) {
    button.hidden = false;
}
