"use strict";
// A double click sends one form: the second answer would replace the page with the new
// secret, and nobody could read it. The server refuses a second form too.
document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.matches("form.m2m-once, form[id$='_form']")) {
        return;
    }
    if (form.dataset.m2mSent) {
        event.preventDefault();
    }
    form.dataset.m2mSent = "yes";
});

// A page that comes back from the browser's memory must be usable again.
window.addEventListener("pageshow", function () {
    for (const form of document.querySelectorAll("form[data-m2m-sent]")) {
        delete form.dataset.m2mSent;
    }
});
