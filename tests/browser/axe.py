"""What axe-core finds on a page; its source goes in by the debugger, which no policy stops."""

from importlib.resources import files

from playwright.sync_api import Page

# What Django's own templates and scripts do wrong, on stock pages as on ours that extend them:
# the rule, and the only elements that it is forgiven on.
OF_DJANGO = {
    # The arrows of filter_horizontal have tooltips on plain spans.
    "aria-prohibited-attr": ".selector .help-tooltip",
    # Select2's search box inside an autocomplete field of several values.
    "label": ".select2-search__field",
    # The search box of a list has a label with nothing but a picture.
    "label-title-only": "#searchbar",
    # Breadcrumbs, and the list of what is deleted too, have links that only a colour tells.
    "link-in-text-block": ".breadcrumbs a, .delete-confirmation #content ul a",
}
# "serious" and "critical" are what keeps somebody from using a page.
FIND = """
async (forgiven) => {
    const found = await axe.run(document, {resultTypes: ["violations"]});
    const grave = found.violations.filter((rule) => ["serious", "critical"].includes(rule.impact));
    return grave.flatMap((rule) => rule.nodes
        .filter((node) => {
            const selector = forgiven[rule.id];
            return !(selector && document.querySelector(node.target[0])?.matches(selector));
        })
        .map((node) => `${rule.id}: ${node.html} (${node.failureSummary})`));
}
"""


def grave_faults(page: Page) -> list[str]:
    """
    Return the serious and critical violations of *page*: rule, element, and why.

    The page's context has to bypass the policy: axe tries styles out.
    """
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    return page.evaluate(FIND, OF_DJANGO)
