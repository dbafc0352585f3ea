resource "aws_cognito_user_pool" "this" {
  name                = "${var.prefix}-users"
  deletion_protection = var.deletion_protection ? "ACTIVE" : "INACTIVE"

  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]

  username_configuration {
    case_sensitive = false
  }

  # Until the new address is proven, the old one stays: a hijacked session cannot move the account to another inbox.
  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = true
    require_uppercase                = true
    require_numbers                  = true
    require_symbols                  = true
    temporary_password_validity_days = 1
  }

  mfa_configuration = "OPTIONAL"

  software_token_mfa_configuration {
    enabled = true
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  admin_create_user_config {
    allow_admin_create_user_only = !var.self_sign_up
  }
}

resource "aws_cognito_user_pool_client" "this" {
  name         = "${var.prefix}-frontend"
  user_pool_id = aws_cognito_user_pool.this.id

  # A browser can keep no secret, and Terraform would write one into its state.
  generate_secret = false

  explicit_auth_flows = concat(
    ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    var.password_auth ? ["ALLOW_USER_PASSWORD_AUTH"] : [],
  )
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  access_token_validity  = 60
  id_token_validity      = 60
  refresh_token_validity = 30

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }

  # PKCE is the frontend's part: Cognito checks a challenge it was sent, but has no setting that demands one.
  # [] and not null where there are no hosted pages: left out, the provider would keep what was there before.
  supported_identity_providers         = ["COGNITO"]
  allowed_oauth_flows_user_pool_client = local.hosted_pages
  allowed_oauth_flows                  = local.hosted_pages ? ["code"] : []
  allowed_oauth_scopes                 = local.hosted_pages ? ["openid", "email"] : []
  callback_urls                        = var.callback_urls
  logout_urls                          = local.hosted_pages ? var.logout_urls : []

  # Left out, a user could write every attribute of the pool, those added later too.
  read_attributes  = ["email", "email_verified"]
  write_attributes = ["email"]
}

resource "aws_cognito_user_pool_domain" "this" {
  domain       = var.domain_prefix
  user_pool_id = aws_cognito_user_pool.this.id
}

# Not prefixed: the name travels in the token (`cognito:groups`) and is the pool's own.
resource "aws_cognito_user_group" "staff" {
  name         = "staff"
  description  = "People who run the shop."
  user_pool_id = aws_cognito_user_pool.this.id
}

locals {
  hosted_pages = length(var.callback_urls) > 0

  # From the ARN: no attribute of data.aws_region is free of deprecation in both provider 5 and 6.
  region = element(split(":", aws_cognito_user_pool.this.arn), 3)
}
