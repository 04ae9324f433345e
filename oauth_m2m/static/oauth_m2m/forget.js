"use strict";
// "Cache-Control: no-store" is not enough: browsers keep a page that was left in memory for
// minutes, and show it again on the way back. So it leaves without what it showed.
window.addEventListener("pagehide", function () {
    for (const shown of document.querySelectorAll("[data-m2m-once]")) {
        shown.textContent = shown.dataset.m2mOnce;
    }
});
