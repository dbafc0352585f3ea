mock_provider "aws" {
  mock_resource "aws_cloudfront_distribution" {
    defaults = {
      arn         = "arn:aws:cloudfront::123456789012:distribution/EXAMPLE"
      domain_name = "d111111abcdef8.cloudfront.net"
    }
  }
}

variables {
  prefix = "vestibule-dev"
  media_bucket = {
    id                   = "vestibule-dev-media"
    arn                  = "arn:aws:s3:::vestibule-dev-media"
    regional_domain_name = "vestibule-dev-media.s3.eu-central-1.amazonaws.com"
  }
}

run "the_bucket_is_read_by_signed_requests_only" {
  assert {
    condition = (
      aws_cloudfront_origin_access_control.this.signing_behavior == "always" &&
      aws_cloudfront_origin_access_control.this.signing_protocol == "sigv4" &&
      aws_cloudfront_origin_access_control.this.origin_access_control_origin_type == "s3"
    )
    error_message = "CloudFront must sign every request to the bucket."
  }
  assert {
    condition     = one(aws_cloudfront_distribution.this.origin).origin_access_control_id == aws_cloudfront_origin_access_control.this.id
    error_message = "The origin does not use the access control."
  }
}

run "only_this_distribution_may_read_and_only_objects" {
  assert {
    condition = (
      length(data.aws_iam_policy_document.this.statement) == 1 &&
      data.aws_iam_policy_document.this.statement[0].actions == toset(["s3:GetObject"]) &&
      data.aws_iam_policy_document.this.statement[0].resources == toset(["arn:aws:s3:::vestibule-dev-media/*"]) &&
      one(data.aws_iam_policy_document.this.statement[0].principals).identifiers == toset(["cloudfront.amazonaws.com"])
    )
    error_message = "CloudFront may do more than read objects."
  }
  assert {
    condition = (
      one(data.aws_iam_policy_document.this.statement[0].condition).test == "StringEquals" &&
      one(data.aws_iam_policy_document.this.statement[0].condition).variable == "AWS:SourceArn" &&
      one(data.aws_iam_policy_document.this.statement[0].condition).values == tolist([aws_cloudfront_distribution.this.arn])
    )
    error_message = "Other distributions may read the bucket."
  }
}

run "a_browser_runs_nothing_served_here" {
  assert {
    condition = (
      aws_cloudfront_distribution.this.default_cache_behavior[0].response_headers_policy_id
      == aws_cloudfront_response_headers_policy.this.id
    )
    error_message = "The headers are not sent."
  }
  assert {
    condition = (
      aws_cloudfront_response_headers_policy.this.security_headers_config[0].content_security_policy[0].content_security_policy
      == "default-src 'none'; sandbox"
    )
    error_message = "The content security policy lets something run."
  }
  assert {
    condition = alltrue([for header in [
      aws_cloudfront_response_headers_policy.this.security_headers_config[0].content_security_policy[0],
      aws_cloudfront_response_headers_policy.this.security_headers_config[0].content_type_options[0],
      aws_cloudfront_response_headers_policy.this.security_headers_config[0].referrer_policy[0],
      aws_cloudfront_response_headers_policy.this.security_headers_config[0].strict_transport_security[0],
      one(aws_cloudfront_response_headers_policy.this.custom_headers_config[0].items),
    ] : header.override])
    error_message = "An object could replace a security header."
  }
}

run "other_sites_may_show_images" {
  assert {
    condition = (
      one(aws_cloudfront_response_headers_policy.this.custom_headers_config[0].items).header == "Cross-Origin-Resource-Policy" &&
      one(aws_cloudfront_response_headers_policy.this.custom_headers_config[0].items).value == "cross-origin"
    )
    error_message = "The shop's pages cannot show the images."
  }
}

run "the_path_alone_is_forwarded_and_read_only" {
  assert {
    condition = (
      aws_cloudfront_cache_policy.this.parameters_in_cache_key_and_forwarded_to_origin[0].cookies_config[0].cookie_behavior == "none" &&
      aws_cloudfront_cache_policy.this.parameters_in_cache_key_and_forwarded_to_origin[0].query_strings_config[0].query_string_behavior == "none" &&
      aws_cloudfront_cache_policy.this.parameters_in_cache_key_and_forwarded_to_origin[0].headers_config[0].header_behavior == "none"
    )
    error_message = "Cookies, query strings or headers reach the bucket, or split the cache."
  }
  assert {
    condition     = aws_cloudfront_distribution.this.default_cache_behavior[0].allowed_methods == toset(["GET", "HEAD", "OPTIONS"])
    error_message = "Only reading is allowed."
  }
  assert {
    condition     = aws_cloudfront_distribution.this.default_cache_behavior[0].viewer_protocol_policy == "redirect-to-https"
    error_message = "Images are served in the clear."
  }
}

run "the_edge_forgets_a_deleted_image_before_its_files_are_purged" {
  assert {
    condition     = aws_cloudfront_cache_policy.this.max_ttl < 30 * 86400
    error_message = "Design, section 4: purge grace > CDN lifetime."
  }
  assert {
    condition = (
      toset([for answer in aws_cloudfront_distribution.this.custom_error_response : answer.error_code]) == toset([403, 404]) &&
      alltrue([for answer in aws_cloudfront_distribution.this.custom_error_response : answer.error_caching_min_ttl <= 10])
    )
    error_message = "A rendition that is asked for too early would seem missing for long."
  }
}

run "without_a_certificate_the_name_is_cloudfronts" {
  assert {
    condition     = aws_cloudfront_distribution.this.viewer_certificate[0].cloudfront_default_certificate
    error_message = "There is no certificate to serve with."
  }
  assert {
    condition     = output.url == "https://d111111abcdef8.cloudfront.net"
    error_message = "The URL is ${output.url}."
  }
}

run "with_a_certificate_tls_is_modern" {
  variables {
    aliases         = ["media.shop-files.example"]
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/example"
  }
  assert {
    condition = (
      aws_cloudfront_distribution.this.viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021" &&
      aws_cloudfront_distribution.this.viewer_certificate[0].ssl_support_method == "sni-only" &&
      aws_cloudfront_distribution.this.viewer_certificate[0].cloudfront_default_certificate == false
    )
    error_message = "Old TLS is allowed, or the certificate is not used."
  }
  assert {
    condition     = output.url == "https://media.shop-files.example"
    error_message = "The URL is ${output.url}."
  }
}

run "an_alias_needs_a_certificate" {
  command = plan
  variables {
    aliases = ["media.shop-files.example"]
  }
  expect_failures = [var.aliases]
}

run "arns_that_cloudfront_cannot_use_are_refused" {
  command = plan
  variables {
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/example"
    web_acl_arn     = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/example/1"
  }
  expect_failures = [var.certificate_arn, var.web_acl_arn]
}

run "names_carry_the_prefix" {
  assert {
    condition = alltrue([for name in [
      aws_cloudfront_distribution.this.comment,
      aws_cloudfront_origin_access_control.this.name,
      aws_cloudfront_cache_policy.this.name,
      aws_cloudfront_response_headers_policy.this.name,
    ] : startswith(name, var.prefix)])
    error_message = "Two stages would share a name."
  }
}
