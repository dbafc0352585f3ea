"""The seller's page, as somebody sees it who looks and listens: by roles and names. A changed word costs one line here."""

import re

from playwright.sync_api import Locator, Page, expect

from local.bootstrap import Person

from .product_page import ProductPage


class SellerPage:
    """A tab with the page, from signing in to the list of products."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.origin = origin

    # Signing in

    def open(self, path: str = "/") -> None:
        """Go there, as by the address bar."""
        self.page.goto(self.origin + path)

    def heading(self, text: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("heading", level=1, name=text, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def email(self) -> Locator:
        return self.page.get_by_role("textbox", name="Email", exact=True)

    @property
    def password(self) -> Locator:
        # A password field has no role, by the ARIA in HTML specification.
        return self.page.get_by_label(re.compile("^Password"))

    @property
    def alert(self) -> Locator:
        return self.page.get_by_role("alert")

    def sign_in(self, person: Person) -> None:
        """From the form to whatever page was asked for."""
        self.email.fill(person.email)
        self.password.fill(person.password)
        self.button("Sign in").click()
        expect(self.signed_in_as(person.email)).to_be_attached()  # a telephone has no room for it

    def sign_up(self, email: str, password: str) -> None:
        """From the form to an account that is signed in. The emulator takes any code."""
        self.button("Create an account").click()
        expect(self.heading("Create an account")).to_be_visible()
        self.email.fill(email)
        self.password.fill(password)
        self.button("Create account").click()
        expect(self.heading("Confirm your email")).to_be_visible()
        self.page.get_by_role("textbox", name="Code", exact=True).fill("123456")
        self.button("Confirm").click()
        expect(self.signed_in_as(email)).to_be_visible()

    # Signed in

    @property
    def banner(self) -> Locator:
        return self.page.get_by_role("banner")

    def signed_in_as(self, email: str) -> Locator:
        return self.banner.get_by_text(email, exact=True)

    @property
    def storage_used(self) -> Locator:
        return self.banner.get_by_role("meter", name="Storage used")

    def sign_out(self) -> None:
        self.banner.get_by_role("button", name="Sign out").click()
        expect(self.heading("Sign in")).to_be_visible()

    def status(self, text: str | re.Pattern[str]) -> Locator:
        """Something that is said in passing, or for as long as it holds."""
        return self.page.get_by_role("status").filter(has_text=text)

    @property
    def undo(self) -> Locator:
        return self.page.get_by_role("status").get_by_role("button", name="Undo")

    def dialog(self, name: str) -> Locator:
        return self.page.get_by_role("dialog", name=name)

    # Products

    @property
    def no_products(self) -> Locator:
        return self.page.get_by_text("No products yet")

    @property
    def products(self) -> Locator:
        return self.page.get_by_role("main").get_by_role("list", name="Products")

    def product_link(self, title: str) -> Locator:
        return self.products.get_by_role("link", name=re.compile(f"^{re.escape(title)}"))

    @property
    def home(self) -> Locator:
        """The name of the house, at the top of each page."""
        return self.banner.get_by_role("link", name="Vestibule")

    def go_to_products(self) -> None:
        self.home.click()
        expect(self.heading("Products")).to_be_visible()

    def create_product(self, title: str) -> ProductPage:
        """From the products to the new one."""
        self.button("New product").click()
        dialog = self.dialog("New product")
        dialog.get_by_role("textbox", name="Title").fill(title)
        dialog.get_by_role("button", name="Create", exact=True).click()
        return self.product(title)

    def open_product(self, title: str) -> ProductPage:
        """From the products to one of them."""
        self.product_link(title).click()
        return self.product(title)

    def product(self, title: str) -> ProductPage:
        """The product that is shown, or will be in a moment."""
        expect(self.heading(title)).to_be_visible()
        return ProductPage(self.page)
