"""Who is signed in, and what remains when they are not."""

from playwright.sync_api import Response, expect

from local.bootstrap import Person
from tests.integration.conftest import Seller

from .conftest import in_product
from .faults import meddling, with_a_stale_token
from .seller_page import SellerPage
from .stage import Stage
from .watch import Watch


def test_a_wrong_password_is_answered_by_a_sentence_and_the_right_one_by_the_products(
    visitor: SellerPage, person: Person, watch: Watch
) -> None:
    watch.allow(r"400 \(")
    visitor.email.fill(person.email)
    visitor.password.fill("Not-the-password-1")
    visitor.button("Sign in").click()
    expect(visitor.alert).to_have_text("E-mail and password do not belong together. Check both, and try again.")
    visitor.sign_in(person)
    expect(visitor.heading("Products")).to_be_visible()


def test_who_has_no_account_is_told_the_same_as_with_a_wrong_password(visitor: SellerPage, watch: Watch) -> None:
    watch.allow(r"400 \(")
    visitor.email.fill("nobody@vestibule.example")
    visitor.password.fill("Not-the-password-1")
    visitor.button("Sign in").click()
    expect(visitor.alert).to_have_text("E-mail and password do not belong together. Check both, and try again.")


def is_sign_in(answer: Response) -> bool:
    """Whether it brings the tokens."""
    return answer.request.headers.get("x-amz-target", "").endswith(".RespondToAuthChallenge")


def test_tokens_are_never_kept_and_after_signing_out_nothing_is_shown_of_the_products(
    visitor: SellerPage, person: Person, api: Seller, watch: Watch
) -> None:
    api.product()
    with visitor.page.expect_response(is_sign_in) as answer:
        in_product(visitor, person, "Brush set")
    tokens = [answer.value.json()["AuthenticationResult"][name] for name in ("IdToken", "AccessToken", "RefreshToken")]

    def expect_none_kept() -> None:
        assert [text for text in watch.kept() for token in tokens if token in text] == []

    expect_none_kept()
    visitor.sign_out()
    expect_none_kept()
    for _ in range(2):
        visitor.page.go_back()
        expect(visitor.heading("Sign in")).to_be_visible()
        expect(visitor.page.get_by_text("Brush set")).not_to_be_visible()
    assert watch.asked_cognito("RevokeToken") == 1


def test_after_a_reload_one_signs_in_again_and_is_where_one_was(
    visitor: SellerPage, person: Person, api: Seller
) -> None:
    api.product()
    product = in_product(visitor, person, "Brush set")
    where = visitor.page.url
    visitor.page.reload()
    expect(visitor.heading("Sign in")).to_be_visible()
    visitor.sign_in(person)
    expect(visitor.heading("Brush set")).to_be_visible()
    assert visitor.page.url == where
    expect(product.images.browse).to_be_visible()


def test_a_session_that_was_ended_elsewhere_asks_to_sign_in_again_and_says_why(
    stage: Stage, visitor: SellerPage, person: Person, api: Seller, watch: Watch
) -> None:
    watch.allow(r"400 \(", r"401 \(")
    api.product()
    in_product(visitor, person, "Brush set")
    stack = stage.running.stack
    stack.client("cognito-idp").admin_user_global_sign_out(UserPoolId=stack.pool_id, Username=person.email)
    with meddling(visitor.page, f"{stage.api}/*", with_a_stale_token):
        visitor.home.click()
        expect(visitor.heading("Sign in")).to_be_visible()
    expect(visitor.status("Your session has ended.")).to_be_visible()
    visitor.sign_in(person)
    expect(visitor.heading("Products")).to_be_visible()
