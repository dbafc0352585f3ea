mock_provider "aws" {
  mock_resource "aws_cloudfront_distribution" {
    defaults = {
      arn         = "arn:aws:cloudfront::123456789012:distribution/EXAMPLE"
      domain_name = "d111111abcdef8.cloudfront.net"
    }
  }
  mock_resource "aws_s3_bucket" {
    defaults = {
      arn                         = "arn:aws:s3:::vestibule-dev-site"
      bucket_regional_domain_name = "vestibule-dev-site.s3.eu-central-1.amazonaws.com"
    }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  prefix      = "vestibule-dev"
  bucket_name = "vestibule-dev-site"
  places = {
    api     = "https://api.example/dev"
    cognito = "https://cognito.example"
    staging = "https://staging.example"
    vault   = "https://vault.example"
    media   = "https://media.example"
  }
}

# tests/tools/test_site_headers.py holds the server of `make dev` to this very line.
run "the_policy_names_the_stack_and_nothing_else" {
  assert {
    condition     = local.content_security_policy == "base-uri 'none'; connect-src 'self' https://api.example https://cognito.example https://staging.example https://vault.example; default-src 'none'; font-src 'self'; form-action 'none'; frame-ancestors 'none'; img-src 'self' blob: data: https://media.example https://vault.example; manifest-src 'self'; script-src 'self'; style-src 'self'; worker-src 'self'"
    error_message = "The policy is ${local.content_security_policy}"
  }
  assert {
    condition = (
      aws_cloudfront_response_headers_policy.this.security_headers_config[0].content_security_policy[0].content_security_policy == local.content_security_policy &&
      aws_cloudfront_distribution.this.default_cache_behavior[0].response_headers_policy_id == aws_cloudfront_response_headers_policy.this.id
    )
    error_message = "The page is served without its policy."
  }
  assert {
    condition     = !strcontains(local.content_security_policy, "unsafe") && !strcontains(local.content_security_policy, "*")
    error_message = "Inline scripts, or hosts by wildcard, are allowed."
  }
}

run "the_other_headers_are_sent_too" {
  assert {
    condition = (
      aws_cloudfront_response_headers_policy.this.security_headers_config[0].strict_transport_security[0].access_control_max_age_sec == 63072000 &&
      aws_cloudfront_response_headers_policy.this.security_headers_config[0].content_type_options[0].override &&
      aws_cloudfront_response_headers_policy.this.security_headers_config[0].referrer_policy[0].referrer_policy == "no-referrer"
    )
    error_message = "HSTS, nosniff or the referrer policy is missing."
  }
}

run "two_places_of_one_origin_are_named_once" {
  variables {
    places = {
      api     = "https://one.example/dev"
      cognito = "https://one.example"
      staging = "https://one.example/staging"
      vault   = "https://one.example/vault"
      media   = "https://one.example/media"
    }
  }
  assert {
    condition     = local.directives["connect-src"] == tolist(["'self'", "https://one.example"])
    error_message = "connect-src is ${join(" ", local.directives["connect-src"])}."
  }
}

run "only_this_distribution_reads_the_bucket_by_signed_requests" {
  assert {
    condition = (
      aws_cloudfront_origin_access_control.this.signing_behavior == "always" &&
      one(aws_cloudfront_distribution.this.origin).origin_access_control_id == aws_cloudfront_origin_access_control.this.id &&
      aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    )
    error_message = "The bucket is open, or CloudFront does not sign."
  }
  assert {
    condition = (
      data.aws_iam_policy_document.this.statement[1].actions == toset(["s3:GetObject"]) &&
      one(data.aws_iam_policy_document.this.statement[1].condition).variable == "AWS:SourceArn" &&
      one(data.aws_iam_policy_document.this.statement[1].condition).values == tolist([aws_cloudfront_distribution.this.arn])
    )
    error_message = "Others may read the bucket."
  }
}

run "the_edge_keeps_nothing_longer_than_the_objects_say" {
  assert {
    condition     = aws_cloudfront_cache_policy.this.min_ttl == 0 && aws_cloudfront_cache_policy.this.default_ttl == 0
    error_message = "index.html and config.json would be old after a deployment."
  }
  assert {
    condition     = aws_cloudfront_distribution.this.default_root_object == "index.html" && aws_cloudfront_distribution.this.default_cache_behavior[0].compress
    error_message = "There is no first page, or it is not compressed."
  }
}

run "the_url_is_cloudfronts_or_the_alias" {
  assert {
    condition     = output.url == "https://d111111abcdef8.cloudfront.net"
    error_message = "The URL is ${output.url}."
  }
}

run "with_a_certificate_tls_is_modern" {
  variables {
    aliases         = ["sell.shop.example"]
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/example"
  }
  assert {
    condition     = aws_cloudfront_distribution.this.viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021" && output.url == "https://sell.shop.example"
    error_message = "Old TLS is allowed, or the URL is not the alias: ${output.url}."
  }
}

run "an_alias_needs_a_certificate" {
  command = plan
  variables {
    aliases = ["sell.shop.example"]
  }
  expect_failures = [var.aliases]
}

run "a_place_is_a_host_behind_tls" {
  command = plan
  variables {
    places = {
      api     = "http://api.example"
      cognito = "https://cognito.example"
      staging = "https://staging.example"
      vault   = "https://*.example"
      media   = "https://media.example"
    }
  }
  expect_failures = [var.places]
}
