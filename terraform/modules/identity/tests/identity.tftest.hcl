mock_provider "aws" {
  mock_resource "aws_cognito_user_pool" {
    defaults = {
      id       = "eu-central-1_Example01"
      arn      = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Example01"
      endpoint = "cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example01"
    }
  }
}

variables {
  prefix        = "vestibule-dev"
  domain_prefix = "shop-vestibule-dev"
}

run "the_client_is_public_and_takes_no_password" {
  assert {
    condition     = aws_cognito_user_pool_client.this.generate_secret == false
    error_message = "A secret in a browser is none, and it would be in the state."
  }
  assert {
    condition     = aws_cognito_user_pool_client.this.explicit_auth_flows == toset(["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    error_message = "Only SRP and refresh are allowed by default."
  }
  assert {
    condition     = aws_cognito_user_pool_client.this.prevent_user_existence_errors == "ENABLED"
    error_message = "The client tells who has an account."
  }
}

run "tokens_are_short_and_revocable" {
  assert {
    condition = (
      aws_cognito_user_pool_client.this.id_token_validity == 60 &&
      aws_cognito_user_pool_client.this.access_token_validity == 60 &&
      aws_cognito_user_pool_client.this.refresh_token_validity == 30 &&
      aws_cognito_user_pool_client.this.token_validity_units[0].id_token == "minutes" &&
      aws_cognito_user_pool_client.this.token_validity_units[0].access_token == "minutes" &&
      aws_cognito_user_pool_client.this.token_validity_units[0].refresh_token == "days"
    )
    error_message = "Tokens must live 60 minutes, refresh tokens 30 days."
  }
  assert {
    condition     = aws_cognito_user_pool_client.this.enable_token_revocation
    error_message = "Refresh tokens cannot be revoked."
  }
}

run "passwords_are_allowed_only_when_asked_for" {
  variables {
    password_auth = true
  }
  assert {
    condition     = contains(aws_cognito_user_pool_client.this.explicit_auth_flows, "ALLOW_USER_PASSWORD_AUTH")
    error_message = "password_auth does nothing."
  }
}

run "the_account_is_one_verified_email" {
  assert {
    condition = (
      aws_cognito_user_pool.this.username_attributes == toset(["email"]) &&
      aws_cognito_user_pool.this.auto_verified_attributes == toset(["email"]) &&
      aws_cognito_user_pool.this.username_configuration[0].case_sensitive == false &&
      aws_cognito_user_pool.this.user_attribute_update_settings[0].attributes_require_verification_before_update == toset(["email"])
    )
    error_message = "The email must be the user name, verified, whatever its case, also when it changes."
  }
  assert {
    condition     = [for way in aws_cognito_user_pool.this.account_recovery_setting[0].recovery_mechanism : way.name] == ["verified_email"]
    error_message = "A lost password is recovered by the verified email only."
  }
  assert {
    condition     = aws_cognito_user_pool_client.this.write_attributes == toset(["email"])
    error_message = "A user may write the email and nothing else."
  }
}

run "passwords_are_strong_and_second_factors_possible" {
  assert {
    condition = (
      aws_cognito_user_pool.this.password_policy[0].minimum_length == 12 &&
      aws_cognito_user_pool.this.password_policy[0].require_lowercase &&
      aws_cognito_user_pool.this.password_policy[0].require_uppercase &&
      aws_cognito_user_pool.this.password_policy[0].require_numbers &&
      aws_cognito_user_pool.this.password_policy[0].require_symbols &&
      aws_cognito_user_pool.this.password_policy[0].temporary_password_validity_days == 1
    )
    error_message = "The password policy is weaker than agreed."
  }
  assert {
    condition = (
      aws_cognito_user_pool.this.mfa_configuration == "OPTIONAL" &&
      aws_cognito_user_pool.this.software_token_mfa_configuration[0].enabled
    )
    error_message = "Users must be able to add an authenticator app."
  }
}

run "the_pool_is_closed_and_protected_by_default" {
  assert {
    condition     = aws_cognito_user_pool.this.admin_create_user_config[0].allow_admin_create_user_only
    error_message = "Anyone can sign up."
  }
  assert {
    condition     = aws_cognito_user_pool.this.deletion_protection == "ACTIVE"
    error_message = "The accounts can be deleted by one call."
  }
}

run "the_pool_can_be_opened_and_unprotected" {
  variables {
    self_sign_up        = true
    deletion_protection = false
  }
  assert {
    condition = (
      !aws_cognito_user_pool.this.admin_create_user_config[0].allow_admin_create_user_only &&
      aws_cognito_user_pool.this.deletion_protection == "INACTIVE"
    )
    error_message = "self_sign_up or deletion_protection does nothing."
  }
}

run "without_callback_urls_there_is_no_oauth" {
  variables {
    logout_urls = ["https://shop.example/"]
  }
  assert {
    condition = (
      aws_cognito_user_pool_client.this.allowed_oauth_flows_user_pool_client == false &&
      alltrue([for urls in [
        aws_cognito_user_pool_client.this.allowed_oauth_flows,
        aws_cognito_user_pool_client.this.allowed_oauth_scopes,
        aws_cognito_user_pool_client.this.callback_urls,
        aws_cognito_user_pool_client.this.logout_urls,
      ] : length(urls) == 0])
    )
    error_message = "OAuth is on, but nothing may be called back."
  }
}

run "the_hosted_pages_grant_codes_only" {
  variables {
    callback_urls = ["https://shop.example/signed-in", "http://localhost:5173/"]
    logout_urls   = ["https://shop.example/"]
  }
  assert {
    condition = (
      aws_cognito_user_pool_client.this.allowed_oauth_flows_user_pool_client &&
      aws_cognito_user_pool_client.this.allowed_oauth_flows == toset(["code"]) &&
      aws_cognito_user_pool_client.this.allowed_oauth_scopes == toset(["openid", "email"]) &&
      aws_cognito_user_pool_client.this.callback_urls == toset(var.callback_urls) &&
      aws_cognito_user_pool_client.this.logout_urls == toset(var.logout_urls)
    )
    error_message = "The hosted pages must grant codes, and only to the URLs given."
  }
}

run "callback_urls_are_https" {
  command = plan
  variables {
    callback_urls = ["http://shop.example/"]
    logout_urls   = ["http://localhost.example/"]
  }
  expect_failures = [var.callback_urls, var.logout_urls]
}

run "a_domain_cognito_refuses_is_refused_before" {
  command = plan
  variables {
    domain_prefix = "my-aws-shop"
  }
  expect_failures = [var.domain_prefix]
}

run "names_carry_the_prefix" {
  assert {
    condition     = alltrue([for name in [aws_cognito_user_pool.this.name, aws_cognito_user_pool_client.this.name] : startswith(name, "${var.prefix}-")])
    error_message = "Two stages would share a name."
  }
}

run "outputs_are_what_a_frontend_needs" {
  assert {
    condition     = output.issuer == "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example01"
    error_message = "This is not the `iss` of the pool's tokens: ${output.issuer}"
  }
  assert {
    condition     = output.domain == "shop-vestibule-dev.auth.eu-central-1.amazoncognito.com"
    error_message = "This is not the host of the hosted pages: ${output.domain}"
  }
}
