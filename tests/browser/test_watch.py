"""What watches the pages of the other tests does see what goes wrong."""

from playwright.sync_api import expect

from .seller_page import SellerPage
from .watch import Watch

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9.c2lnbmF0dXJl"
FORBIDDEN = """() => { const script = document.createElement("script"); script.textContent = "1"; document.head.append(script) }"""


def test_whatever_a_page_complains_of_or_keeps_is_noticed(visitor: SellerPage, watch: Watch) -> None:
    page = visitor.page
    expect(visitor.heading("Sign in")).to_be_visible()
    assert watch.complaints() == []
    page.evaluate(FORBIDDEN)
    page.evaluate("() => { setTimeout(() => { throw new Error('lost') }) }")
    page.evaluate("() => { void Promise.reject(new Error('forgotten')) }")
    page.evaluate("(token) => sessionStorage.setItem('token', token)", TOKEN)
    page.evaluate("() => sessionStorage.clear()")
    page.evaluate("(token) => localStorage.setItem('token', token)", TOKEN)
    page.evaluate("() => fetch('/nothing')")
    found = "\n".join(watch.complaints())
    for expected in (
        "Content Security Policy",
        "lost",
        "forgotten",
        "a token was written to localStorage or sessionStorage",
        "a token is kept",
        "404",
    ):
        assert expected in found
    page.evaluate("() => localStorage.clear()")
    watch.allow("")
