"""Every page of the admin, in the light and in the dark: axe-core finds nothing grave."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.admin.every_page import World, every_page, make_world
from tests.browser.axe import grave_faults
from tests.browser.test_pictures import fits

# A test opens up to two dozen pages, on a busy machine too.
pytestmark = pytest.mark.timeout(600)

PAGES = every_page()
MODELS = sorted({name.split("_")[0] for name in PAGES})
LONG = "Warehouse-robot-of-the-northernmost-hall"


@pytest.fixture
def world(transactional_db) -> World:
    return make_world(LONG)


def pages_of(model: str, world: World, page: Page) -> Iterator[str]:
    """Open one page after the other, and yield its name."""
    for name, arguments in PAGES.items():
        if name.split("_")[0] != model:
            continue
        address = world.address(name, arguments)
        # What only takes a POST has no page to look at.
        if page.request.get(address).status != 405:
            page.goto(address)
            yield name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("model", MODELS)
def test_axe_finds_nothing_grave_on_any_page(world, open_page, photograph, model, scheme):
    # axe tries styles out on the page; the other test keeps the policy.
    page: Page = open_page(color_scheme=scheme, bypass_csp=True)
    faults = {}
    for name in pages_of(model, world, page):
        photograph(page, f"page-{name}-{scheme}")
        faults[name] = grave_faults(page)
    assert len(faults) >= 5
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("model", MODELS)
def test_every_page_fits_a_narrow_window(world, open_page, photograph, model):
    page: Page = open_page(viewport={"width": 390, "height": 844})
    fitting = {}
    for name in pages_of(model, world, page):
        photograph(page, f"page-{name}-narrow")
        fitting[name] = fits(page)
    assert [name for name, does_fit in fitting.items() if not does_fit] == []
